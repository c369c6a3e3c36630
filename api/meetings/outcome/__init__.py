"""The outcome of a meeting: drafted by its chair over days, recorded once, never changed after.

A draft is for the chair alone. Recording it (`rules.py` says what it must hold, by the section of
the procedure) assigns its actions, draws up its plans and does to alerts what was decided, all in
one transaction. What is mended later is a new version with its reason, told to all. Every agency
invited confirms the record, or asks for a correction that the chair answers.
"""
