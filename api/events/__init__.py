"""The feed: an agency's inbox, in order and without holes, by long poll.

A cursor is the epoch and the position of the last event read. A restore from backup gives the
database a new epoch: an older cursor is answered 410, and the reader starts anew.
"""
