"""Merging: two records that are one family, made one by agreement, and parted again.

    proposed → agreed → undone
             → declined

The lead of one record proposes, the lead of the other agrees, by another person. Two records
stay two: each keeps its members, its alerts and its audience, and nothing is moved. The one
that is merged away points at its survivor; nothing new is written on it, and a match answers
the survivor. Who works with the survivor joins it, and that joining is the decision by which an
audience grows. A record stands at most one step from its survivor.
"""
