"""Which audit entries are reads. Pure."""

import re

READ = "(read|listed|looked_up)$"
"""How the action of every read ends, in every domain; a pattern for PostgreSQL as well."""


def is_read(action: str) -> bool:
    return re.search(READ, action) is not None
