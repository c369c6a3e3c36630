"""Challenges: a recorded objection to an alert, by an agency or by the subject.

    received → acknowledged → answered → appealed → closed

The owner acknowledges it in time (by default 30 days); somebody other than the alert's author
answers; the answer may be appealed once, which yet another person decides. Until it is answered
for good the alert is marked `disputed`, wherever it shows, and goes on protecting.
"""
