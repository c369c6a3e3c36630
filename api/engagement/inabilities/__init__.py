"""Inabilities: that an agency cannot work with the family, at a meeting or outside (procedure §4).

    open → resolved

Since when, why and who covers; and what the agencies must agree upon then: whether information can
still be gathered, whether the child's well-being can be monitored, and whether a truly multi-agency
plan is possible. One stands open for an agency at a time; the agency resolves its own.
"""
