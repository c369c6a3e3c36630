"""Plans that a meeting draws up: the family-sharing plan (what the family is told, how, when and by
whom), and the risk reduction plan (measures that keep practitioners safe), procedure §4.

    current → superseded | ended

Seen by the agencies it was given to. The one that answers for it reviews it, again and again: each
review schedules the next. The owner is reminded before one is due; an overdue one is told to every
reader, and ends nothing.
"""
