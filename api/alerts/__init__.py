"""Risk-to-practitioner alerts: what the next visitor must know before knocking.

    provisional → active → withdrawn | lapsed

A provisional alert is in force at once and lapses unless a manager other than its author
ratifies it within 72 hours, or by noon of the next working day in England, whichever is later;
warnings go out after 24 and 48 hours. Every alert has a review date (at most 6 months away)
and a hard expiry (at most 12), at which it lapses. Withdrawing and lapsing reach every agency
that was ever told. `under_review`, `superseded`, `entered_in_error` and the mark `disputed`
are part of the table and not yet reached.
"""
