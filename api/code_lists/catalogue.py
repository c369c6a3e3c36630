"""Every list that the API serves."""

from api.code_lists import incidents, lists

ALL = (*lists.ALL, *incidents.ALL)
