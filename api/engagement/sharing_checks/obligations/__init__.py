"""Obligations to share, which follow from a sharing check with any yes (procedure §4).

    open → discharged (by an alert, by an incident shared, by a manager's reason, or because the
                       agency's involvement was ended)

Owed to every other agency involved, those that join while it is open included. Due within 24 hours;
where nobody else is involved, the clock starts when another agency joins. The agency that owes it
sees that it does, to whom, until when and how it was discharged; what was answered it does not say.
"""
