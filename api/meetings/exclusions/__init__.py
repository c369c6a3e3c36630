"""Whether somebody of the family is kept out of a meeting, or of a part of it (procedure §4): asked
for by anybody invited, decided by the chair with reasons, how their views are heard otherwise, and
how the outcome is fed back to them.

    requested → excluded | excluded_in_part | refused | withdrawn

The latest decision about somebody holds, so that one can be lifted again. The outcome is not
recorded while the chair has yet to decide.
"""
