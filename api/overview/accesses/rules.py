"""Which audit entries are reads. Pure."""

READ = "(read|listed|looked_up)$"
"""How the action of every read ends, in every domain; a pattern for PostgreSQL as well."""
