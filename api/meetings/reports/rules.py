"""For whom a report is."""

from enum import StrEnum


class Audience(StrEnum):
    INVITED = "invited"
    CHAIR = "chair"
