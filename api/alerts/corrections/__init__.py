"""Corrections: an alert is never overwritten.

- *Superseding* publishes a replacement; the alert before goes on protecting until a manager has
  ratified the replacement, and is recalled then.
- *Entering in error* takes an alert back at once, such as one about the wrong person; *correcting
  the subject* does so and publishes the same alert about the right one, on this family's record or
  on another's.
- *Extending* brings a ratified alert on an adult to that adult's other household.
- *Confirming* says that an alert on premises still holds after the family has moved.
"""
