"""Giving an agreement to the family, and what it answers: signed, or refused with what was said.

Each member answers for themselves, to the content that they were given; a signature belongs to
that content and to no other.
"""
