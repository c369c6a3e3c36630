"""Involvement: an agency's reason to know. Joining, inviting, contesting, leaving, leading.

An involvement is active until it ends, by leaving or by an upheld contest, and is never
reopened. An invitation is open for 7 days; a contest until it is `upheld` or `dismissed`.
"""
