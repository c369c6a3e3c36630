"""Assessment constraints: what is hard to assess, and why (procedure §3).

    open → resolved

Which area, for which child, since when, which agency meets it; and whether the hostility is
included in the child's risk assessment. What stands open is on the banner of the family, beside the
alerts: whoever visits knows what the last one could not see.
"""
