"""Observations: how one contact with the family went, by day and agency (procedure §2, §3, §5).

A contact that was meant or made, whether the child was seen, and whether ambivalence, avoidance or
confrontation was met, or none. Violence is an incident. These rows are also the facts of "everyone
backs off", "the child is not seen" and "one agency carries all visits": agency, day, contact,
whether it took place, the child and the type are columns.
"""
