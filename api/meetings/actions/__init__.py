"""What a meeting asks of an agency: a task, a joint visit, a debrief, or to think again about one
of its alerts.

    assigned → accepted → done; assigned | accepted → declined → assigned …; → cancelled

What is declined, or owned by an agency that is no longer involved, goes back to the chair, who
assigns it anew or cancels it. Overdue is told to its owner, those who join it and the
chair, and changes nothing.
"""
