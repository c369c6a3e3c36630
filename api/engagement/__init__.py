"""How a family engages with the agencies, short of hostility (procedure §2, §3, §4, §5).

Each of its parts is a package of its own: what was observed, what cannot be assessed and why, which
agency cannot work with the family, what the family needs, and what agencies ask of themselves. None
of it is an alert, and none of it is ever scored.

What is recorded here for every agency involved (`observations`, `constraints`, `inabilities`,
`advice`, `profile`) is read by each of them and opened by no break-glass. A correction keeps what
stood there before, with its reason.
"""
