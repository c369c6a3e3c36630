"""The two lanes in which events travel."""

from enum import StrEnum


class Priority(StrEnum):
    URGENT = "urgent"
    ROUTINE = "routine"
