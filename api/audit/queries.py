"""Reads of the audit, which start from `readable_by`, and of checkpoints, which are everybody's."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    DateTime,
    Integer,
    Select,
    Text,
    Uuid,
    any_,
    bindparam,
    literal_column,
    not_,
    select,
    tuple_,
)

from api.agencies.models import Client, Practitioner
from api.audit.access import readable_by
from api.audit.models import Checkpoint, CheckpointKey
from api.foundation.errors import NotFound
from api.foundation.paging import Cursors, cut
from api.journal.models import AuditEntry, AuditSeal
from api.journal.unit_of_work import CALLER, UnitOfWork

_PLAIN = ("id", "recorded_at", "action", "outcome", "family_id", "request_id", "details")
_COLUMNS = (
    *(getattr(AuditEntry, name) for name in _PLAIN),
    AuditEntry.client_id, Client.name.label("client_name"),
    AuditEntry.practitioner_id, Practitioner.name.label("person_name"), Practitioner.job_title,
    AuditEntry.resource_type, AuditEntry.resource_id, AuditEntry.resource_version,
    AuditSeal.number.label("seal_number"),
)  # fmt: skip
# Names only of the caller's own systems and people, whatever an entry says.
_READABLE = (
    select(*_COLUMNS)
    .outerjoin(Client, (Client.id == AuditEntry.client_id) & (Client.agency_id == CALLER))
    .outerjoin(
        Practitioner,
        (Practitioner.id == AuditEntry.practitioner_id) & (Practitioner.agency_id == CALLER),
    )
    .outerjoin(AuditSeal, AuditSeal.entry_id == AuditEntry.id)
    .where(readable_by(CALLER))
    .order_by(AuditEntry.recorded_at.desc(), AuditEntry.id.desc())
    .limit(bindparam("rows", type_=Integer()))
)
# Spelled out, as in the partial indexes: with a parameter they would not be seen to fit.
_MARKED: ColumnElement[bool] = AuditEntry.details.bool_op("?")(literal_column("'break_glass'"))
_DENIED: ColumnElement[bool] = AuditEntry.outcome == literal_column("'denied'")
_ALLOWED: ColumnElement[bool] = AuditEntry.outcome == literal_column("'allowed'")
_MOMENT = DateTime(timezone=True)
_FILTERS: dict[str, ColumnElement[bool]] = {
    "since": AuditEntry.recorded_at >= bindparam("since", type_=_MOMENT),
    "until": AuditEntry.recorded_at < bindparam("until", type_=_MOMENT),
    "practitioner_id": AuditEntry.practitioner_id == bindparam("practitioner_id", type_=Uuid()),
    "family_id": AuditEntry.family_id == bindparam("family_id", type_=Uuid()),
    "resource_id": AuditEntry.resource_id == bindparam("resource_id", type_=Uuid()),
    "action": AuditEntry.action == any_(bindparam("action", type_=ARRAY(Text))),
    "denied": _DENIED,
    "allowed": _ALLOWED,
    "marked": _MARKED,
    "unmarked": not_(_MARKED),
    "last": tuple_(AuditEntry.recorded_at, AuditEntry.id)
    < tuple_(bindparam("last_at", type_=_MOMENT), bindparam("last_id", type_=Uuid())),
}


@dataclass(frozen=True)
class Wanted:
    """Which entries are asked for. What is None or empty does not narrow."""

    since: datetime | None
    until: datetime | None
    practitioner_id: UUID | None
    family_id: UUID | None
    resource_id: UUID | None
    action: tuple[str, ...]
    outcome: str | None
    break_glass: bool | None

    @property
    def given(self) -> dict[str, Any]:
        """What narrows, by the names of the query parameters."""
        return {name: value for name, value in vars(self).items() if value not in (None, ())}


@cache
def _page(filters: frozenset[str]) -> Select[Any]:
    """The statement of a page with these filters, which are few: so it is built once."""
    return _READABLE.where(*(each for name, each in _FILTERS.items() if name in filters))


def _filters(wanted: Wanted) -> tuple[set[str], dict[str, Any]]:
    """The names of the filters, and the values of those that have one."""
    values = wanted.given
    names = set(values) & _FILTERS.keys()
    if wanted.outcome is not None:
        names.add(values.pop("outcome"))
    if wanted.break_glass is not None:
        names.add("marked" if values.pop("break_glass") else "unmarked")
    if wanted.action:
        values["action"] = list(wanted.action)
    return names, values


async def list_entries(
    work: UnitOfWork, wanted: Wanted, cursors: Cursors, cursor: str | None, limit: int
) -> tuple[list[dict[str, Any]], str | None]:
    """The agency's own entries, newest first."""
    names, values = _filters(wanted)
    if cursor is not None:
        names.add("last")
        at, last = (str(part) for part in cursors.read(cursor))
        values |= {"last_at": datetime.fromisoformat(at), "last_id": UUID(last)}
    rows = await work.fetch(_page(frozenset(names)), rows=limit + 1, **values)
    page, more = cut(
        rows, limit, cursors, lambda last: (last.recorded_at.isoformat(), str(last.id))
    )
    return [_entry(row) for row in page], more


def _entry(row: Any) -> dict[str, Any]:
    """An entry as information governance sees it: ids, codes, and the names of its own people."""
    body = {name: getattr(row, name) for name in _PLAIN}
    body["client"] = row.client_id and {"id": row.client_id, "name": row.client_name}
    body["practitioner"] = row.practitioner_id and {
        "id": row.practitioner_id,
        "name": row.person_name,
        "job_title": row.job_title,
    }
    body["resource"] = row.resource_type and {
        "type": row.resource_type,
        "id": row.resource_id,
        "version": row.resource_version,
    }
    body["seal_number"] = row.seal_number
    return body


_CHECKPOINTS = select(
    Checkpoint.id, Checkpoint.number, Checkpoint.digest, Checkpoint.made_at, Checkpoint.previous,
    Checkpoint.jws, CheckpointKey.kid, CheckpointKey.public_jwk,
).join(CheckpointKey, CheckpointKey.kid == Checkpoint.kid)  # fmt: skip


async def get_checkpoint(work: UnitOfWork, checkpoint_id: UUID) -> dict[str, Any]:
    """Raises NotFound."""
    found = await work.session.execute(_CHECKPOINTS.where(Checkpoint.id == checkpoint_id))
    row = found.first()
    if row is None:
        raise NotFound
    return _checkpoint(row)


async def list_checkpoints(
    work: UnitOfWork, cursors: Cursors, cursor: str | None, limit: int
) -> tuple[list[dict[str, Any]], str | None]:
    """All of them, newest first."""
    query = _CHECKPOINTS.order_by(Checkpoint.number.desc()).limit(limit + 1)
    if cursor is not None:
        query = query.where(Checkpoint.number < int(cursors.read(cursor)[0]))
    rows = list(await work.session.execute(query))
    page, more = cut(rows, limit, cursors, lambda last: (last.number,))
    return [_checkpoint(row) for row in page], more


def _checkpoint(row: Any) -> dict[str, Any]:
    jwk: Mapping[str, Any] = row.public_jwk
    return {
        "id": row.id,
        "number": row.number,
        "digest": row.digest.hex(),
        "made_at": row.made_at,
        "previous": row.previous,
        "jws": row.jws,
        "public_jwk": {**jwk, "kid": row.kid, "alg": "ES256", "use": "sig"},
    }
