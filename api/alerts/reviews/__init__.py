"""Reviews: in time, and again, a manager weighs whether an alert is still needed.

    active ⇄ under_review, or withdrawn

A review weighs how grave it was, how long ago, what has happened since, and whether it was a
one-off under stress. Renewing needs grounds. The author never reviews, and who ratified a severe
alert not alone. An overdue review is told to everybody and shown on the banner; the alert goes on
protecting.
"""
