"""The journal: one transaction holds the change, its audit entry, its event and its answer.

Audit entries and events are only ever appended. An event reaches each recipient at a *position*
of that agency's inbox; positions are contiguous per agency, so a reader can prove that it lost
nothing. Answers of idempotent requests are kept for 7 days.
"""
