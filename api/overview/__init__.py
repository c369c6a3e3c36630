"""Reads over everything below: the banner before a visit."""
