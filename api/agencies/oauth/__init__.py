"""The token endpoint (RFC 6749, 7523, 9068), its metadata (RFC 8414) and its signing keys.

An access token lives 10 minutes and only identifies: roles and states are looked up again at
every request. A signing key that was rotated out verifies until its last token has expired.
"""
