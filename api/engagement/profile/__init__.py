"""The engagement profile of a family: what to know so that it can be worked with (procedure §5).

One for each record, empty at first, and every version kept: early help assessment (formerly Common
Assessment), lead practitioner (formerly Lead Professional), communication needs, a trusted person,
and whether the family was told of recording and access. What was never said is null.
"""
