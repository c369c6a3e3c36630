"""Reads over everything below: the banner before a visit, what happened on a family, and who read
what of it; and the worker's look at unusual reading."""
