"""The review of a plan, by the agency that answers for it, in person: it goes on, says something
else from now on, or ends. Each review schedules the next, until one ends it.
"""
