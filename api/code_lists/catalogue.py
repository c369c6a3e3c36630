"""Every list that the API serves."""

from api.code_lists import agreements, incidents, lists

ALL = (*lists.ALL, *incidents.ALL, *agreements.ALL)
