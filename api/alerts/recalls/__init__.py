"""Recalls: what was told is taken back, and everybody who had it says so.

Withdrawing an alert, superseding it or entering it in error recalls it: every agency that was ever
told or ever read it owes a receipt, also when it has left the family since. Such an agency
learns the alert's id and that it was recalled, and nothing else. Who read it by break-glass while
it was being recalled is found by the worker a moment later. Outstanding receipts are told of again,
by default every day, and to the owner, or to the lead once the owner has left. A recall has the id
of its alert, since an alert is recalled once.
"""
