"""Every list that the API serves."""

from api.code_lists import engagement, incidents, lists, picture

ALL = (*lists.ALL, *incidents.ALL, *engagement.ALL, *picture.ALL)
