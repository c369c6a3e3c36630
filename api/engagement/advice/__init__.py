"""Expert advice: what was asked of whom, so that the family is understood (procedure §5).

From whom is said by function, never by name: in such discussions the family is not named either.
"""
