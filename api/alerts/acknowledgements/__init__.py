"""Acknowledgements: that an agency has taken note of an alert, through a named practitioner.

Every agency of the audience but the owner owes one: by default within 15 minutes for an urgent
alert, and two working days for a routine one. Silence is escalated once, to that agency and to the
owner, who sees what became of the alert at each: when it was addressed, told, read and
acknowledged.
"""
