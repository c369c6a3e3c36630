"""What practitioners ask of themselves: for whom it is, and how it is kept.

It is about staff, who are honest only where nobody else listens: so it is for the one who wrote it
and the managers of their own agency, and stands encrypted in the database, in its backups too.
"""

from collections.abc import Mapping
from typing import Any

import orjson
from sqlalchemy import ColumnElement, true
from sqlalchemy.orm import InstrumentedAttribute

from api.access.actor import Actor
from api.access.roles import Role
from api.foundation.crypto import Keyring


def for_party(actor: Actor, author_id: InstrumentedAttribute[Any]) -> ColumnElement[bool]:
    """Of the rows of the actor's agency, all for a manager; for anybody else their own."""
    if Role.MANAGER in actor.roles:
        return true()
    return author_id == actor.practitioner_id


def seal(keyring: Keyring, content: Mapping[str, Any], row: str) -> bytes:
    """`row` names the row it is kept in: nowhere else can it be opened."""
    return keyring.encrypt(orjson.dumps(content), row)


def unseal(keyring: Keyring, sealed: bytes, row: str) -> dict[str, Any]:
    content: dict[str, Any] = orjson.loads(keyring.decrypt(sealed, row))
    return content
