"""Every list that the API serves."""

from api.code_lists import incidents, lists, reflections

ALL = (*lists.ALL, *incidents.ALL, *reflections.ALL)
