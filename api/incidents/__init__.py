"""Incidents: hostility met once, recorded once, and considered for everyone (procedure §4, §6, §7).

    open → closed            open | closed → entered_in_error

The least an incident says is when, what, who and towards whom; what is missing is listed as
`outstanding`, each with its deadline. A change makes a new version, and the ones before are kept.
Only the agency that recorded an incident reads it, until it decides to share it: see `sharing`.
"""
