"""How much is measured, and what is made of it."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Effort:
    """How long and how often is measured."""

    rounds: int
    seconds: float
    connections: int
    messages: int
    """For each receiver, in one round of deliveries."""
    publishing_seconds: float
    hung_seconds: float
    """Longer than an attempt may take: those that hang are given up, and found to be broken."""
    waiting: int
    """For each receiver, after an outage."""


FULL = Effort(
    rounds=3,
    seconds=5,
    connections=24,
    messages=200,
    publishing_seconds=15,
    hung_seconds=20,
    waiting=500,
)
QUICK = Effort(
    rounds=1,
    seconds=0.3,
    connections=8,
    messages=20,
    publishing_seconds=0.3,
    hung_seconds=0.5,
    waiting=20,
)


def percentile(ordered: Sequence[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]
