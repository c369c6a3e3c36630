"""Replays: a range of positions is sent again to a subscription, at its own pace, by the worker.

    running → done | cancelled

Queued a batch at a time and only as fast as it is taken, so that a replay is never a stampede. A
message keeps its `webhook-id`, and whether the agency may still read it is asked at every attempt.
"""
