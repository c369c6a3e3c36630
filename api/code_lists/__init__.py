"""The procedure's own lists as codes, so that no client hard-codes one.

A code, once published, is never renamed: it is retired.
"""
