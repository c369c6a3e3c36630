"""Meetings of the agencies about a family, and what comes of them (procedure §4, "Multi-agency
meetings").

    scheduled → held → recorded; scheduled → cancelled

Seen by the agencies invited to it and by no other, from the invitation on. Whoever convenes it
names its chair: one person, who may hand over, and who alone decides on excluding anybody of the
family, and drafts, records and amends the outcome. The machine and England's statutory timings are
in `rules.py`; timings warn, and block nothing, and count from what the reader reads. `invitations`,
`exclusions`, `reports`, `outcome` and `actions` hold what their names say.
"""
