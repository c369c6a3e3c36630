"""Unusual reading: a person who reads many families in a short time is noticed.

Counted from the audit, by the worker, every minute: 30 different families or more in 10 minutes,
or 3 opened by break-glass within the hours that one stays open. The person's own agency is told,
at most once an hour for each person. A system, whose work is to read many, is never counted.
"""
