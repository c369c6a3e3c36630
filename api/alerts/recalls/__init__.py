"""Recalls: what was told is taken back, and everybody who had it says so.

Withdrawing an alert, superseding it or entering it in error recalls it: every agency that was ever
told or ever read it owes a receipt, also when it has left the family since. Such an agency
learns the alert's id and that it was recalled, and nothing else. Outstanding receipts are told of
again, by default every day. A recall has the id of its alert, since an alert is recalled once.
"""
