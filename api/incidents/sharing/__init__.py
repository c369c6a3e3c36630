"""Sharing decisions: of every incident and every other agency involved, shared or why not.

    undecided → shared (the incident itself, or an alert) | not_shared (with its reason)

Opened by the recording, and by every agency that joins while the incident is open. Whoever has
not decided within 24 hours is reminded; with one undecided, an incident cannot be closed
(procedure §4; Children Act 2004 s.16LA).
"""
