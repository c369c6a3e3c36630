"""Breaches: what of a written agreement in force was not kept (procedure §3).

Recorded by any involved agency, and known to all of them, as the agreement is. The incidents that
a breach links stay as they are shared: each reader is shown those that it reads, and no trace of
the others.
"""
