"""How a family engages with the agencies, short of hostility (procedure §2, §3, §5).

Each of its parts is a package of its own: what was observed, what cannot be assessed and why, and
what agencies ask of themselves. None of it is an alert, and none of it is ever scored.
"""
