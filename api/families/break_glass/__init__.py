"""Break-glass: reading, in an emergency and for a stated reason, without being involved.

    open (3 hours by default, or until she ends it) → unreviewed
        → reviewed (justified | not_justified)

It opens one family, to her alone, for reading alone: the banner, the contacts, and those alerts
that are shared with everybody involved. Every read under it is marked. Her own agency and the one
that leads the family are told at once; information governance of either reviews it within 3
working days, never the reader herself. Until an overdue review is recorded, the client through
which it was opened opens no other.
"""
