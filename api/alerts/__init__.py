"""Risk-to-practitioner alerts: what the next visitor must know before knocking.

    provisional → active ⇄ under_review → withdrawn | lapsed | superseded | entered_in_error

and `disputed` as a mark on any state in force. A provisional alert is in force at once and lapses
unless a manager other than its author ratifies it in time (by default 72 hours), or by noon of the
next working day in England, whichever is later; warnings go out after a third and two thirds of
that time. Every alert has a review date (by default at most 6 months away), which escalates and
never removes protection, and a hard expiry (by default at most 12), at which it lapses, announced
30 and 7 days ahead. The machine is one table in `rules.py`.

Subpackages hold what is done with an alert: `acknowledgements`, `reviews`, `corrections`,
`notifications` (of the subject), `challenges`, `recalls`.
"""
