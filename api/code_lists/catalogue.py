"""Every list that the API serves."""

from api.code_lists import agreements, engagement, incidents, lists, meetings, picture, reflections

ALL = (
    *lists.ALL, *incidents.ALL, *engagement.ALL, *reflections.ALL, *agreements.ALL, *picture.ALL,
    *meetings.ALL,
)  # fmt: skip
