"""Families: the shared record, its members, addresses and identifiers, and who is involved.

An agency reads a family while it has an active *involvement*; knowing an id is no right. It
joins with a `join_token` (15 minutes, from a match or from registering a family that exists)
or by invitation (7 days). A joining can be contested; until that is decided it stands. One
involved agency leads: the one that registered, until it hands over. Two records that are one
family can be merged, and parted again.
"""
