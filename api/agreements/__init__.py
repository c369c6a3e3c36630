"""Written agreements with a family: what behaviour is not accepted, that it counts in the child's
risk assessment, and what follows where it goes on (procedure §3, "Drawing up a written contract").

    drafted → given → in_force | refused → ended | replaced

and back to `drafted` when its content changes: what somebody has signed is never changed under
them. Known to every involved agency from the first draft; changed by the agency that answers for
it alone. Every agreement is reviewed, at most 3 months later; an overdue review shows, and ends
nothing. The machine is one table in `rules.py`. `breaches` holds what was not kept.
"""
