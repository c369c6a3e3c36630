"""Every list that the API serves."""

from api.code_lists import actions, agreements, engagement, incidents, lists, picture, reflections

ALL = (
    *lists.ALL, *incidents.ALL, *engagement.ALL, *reflections.ALL, *agreements.ALL,
    *actions.ALL, *picture.ALL,
)  # fmt: skip
