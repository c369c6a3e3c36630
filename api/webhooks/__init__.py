"""Webhooks: the feed, pushed. Subscriptions, deliveries and attempts (Standard Webhooks 1.0).

A subscription is `pending_verification` until its receiver has answered a signed challenge,
then `active`; `degraded` while the receiver fails, `held` until somebody resumes it, and `revoked`
in the end. A delivery is `pending`, `sending` under a lease of 30
seconds, then `delivered`, or `undeliverable` when its schedule is exhausted; revoking cancels
what waits. At least once, and never dropped: a `kill -9` anywhere leaves a lease that runs out
and an attempt that is repeated.
"""
