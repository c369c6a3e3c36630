"""Agencies of the partnership: their clients, keys and practitioners, and their tokens.

An agency is `active` or `suspended`; suspension works at the next request. The operator agency
runs the service and can never be involved with a family. Every other agency enrols with a
one-time code (7 days), registers its own keys with it, and holds its own practitioners.
"""
