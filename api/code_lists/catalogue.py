"""Every list that the API serves."""

from api.code_lists import (
    agreements,
    engagement,
    incidents,
    lists,
    meetings,
    outcomes,
    picture,
    reflections,
)

ALL = (
    *lists.ALL, *incidents.ALL, *engagement.ALL, *reflections.ALL, *agreements.ALL, *meetings.ALL,
    *outcomes.ALL, *picture.ALL,
)  # fmt: skip
