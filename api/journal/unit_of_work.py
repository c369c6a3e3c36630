"""One transaction per request: the change, its audit entries, its events and its answer.

`record` and `disclosed` only buffer. `commit` flushes, writes them all, and takes the positions
of every recipient last. It refuses a change of a domain table that nobody recorded.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar, cast
from uuid import UUID

from fastapi import Response
from pydantic import BaseModel
from sqlalchemy import ARRAY, Executable, Select, UpdateBase, Uuid, bindparam
from sqlalchemy import event as sqlalchemy_event
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession
from sqlalchemy.orm import ORMExecuteState, Session

from api.access.actor import Actor, Grant
from api.foundation import metrics, statements
from api.foundation.ids import new_id
from api.journal import models
from api.journal.audiences import recipients_of
from api.journal.event_types import RESOURCES, EventType
from api.journal.origin import RequestOrigin
from api.journal.priorities import Priority
from api.journal.runtime import Runtime
from api.journal.writing import (
    WRITE_ANSWERED,
    WRITE_AUDITS,
    WRITE_EVENTS,
    WRITE_READS,
    as_json,
)

Body = TypeVar("Body", bound=BaseModel)

# Rows the journal itself writes, and what is neither shared nor somebody's record.
UNRECORDED_TABLES = frozenset({
    models.IdempotencyKey.__tablename__, models.InboxCounter.__tablename__, "used_assertions",
    "deliveries", "endpoint_health", "picture_checks",
})  # fmt: skip

# The caller's agency, in a statement that is built once and run by `UnitOfWork.fetch`.
CALLER = bindparam("caller", type_=Uuid())
# The same of the families that the caller has opened by break-glass.
OPENED = bindparam("opened", type_=ARRAY(Uuid()))


class UnrecordedChange(Exception):
    """A domain table was changed and nothing was recorded: a defect of the service function."""


@dataclass(frozen=True)
class Subject:
    """What an audit entry or an event is about."""

    type: str
    id: UUID
    family_id: UUID | None = None
    version: int | None = None


@dataclass
class Recorded:
    """An event waiting for the commit. `to` names its recipients, or None: all entitled."""

    type: EventType
    subject: Subject
    priority: Priority
    to: frozenset[UUID] | None
    id: UUID = field(default_factory=new_id)


class UnitOfWork:
    """The session, who asks, and everything that will be committed with the change."""

    def __init__(
        self,
        runtime: Runtime,
        session: AsyncSession,
        actor: Actor | None,
        origin: RequestOrigin | None = None,
        connection: AsyncConnection | None = None,
    ) -> None:
        self.runtime = runtime
        self.session = session
        self._connection = connection
        self._actor = actor
        self.origin = origin or RequestOrigin()
        self.now: datetime = runtime.clock.now()
        self.woken: set[UUID] = set()
        self._changed: set[str] = set()
        self._spoken_of = False
        self._events: list[Recorded] = []
        self._audits: list[dict[str, Any]] = []
        self._answer: dict[str, Any] | None = None
        self._shown: set[UUID | str] = set()
        self._shown_under: Grant | None = None
        sqlalchemy_event.listen(session.sync_session, "before_flush", self._note_flush)
        sqlalchemy_event.listen(session.sync_session, "do_orm_execute", self._note_execute)

    @property
    def actor(self) -> Actor:
        if self._actor is None:
            raise RuntimeError("This unit of work has no caller.")
        return self._actor

    @property
    def agency_id(self) -> UUID:
        return self.actor.agency_id

    @property
    def silent(self) -> bool:
        """Whether the commit tells nobody of anything, and is noted in no audit, so far."""
        return not self._spoken_of

    async def fetch(self, query: Select[*tuple[Any, ...]], **values: Any) -> list[Any]:
        """The rows of a query that was built once, with bound parameters, for hot paths: to
        build it anew and to pass SQLAlchemy costs more than the database does."""
        known = {"caller": self.agency_id, "opened": list(self.actor.break_glass)}
        return await self.run(query, {**known, **values})

    async def run(self, statement: Executable, values: Mapping[str, Any]) -> list[Any]:
        """As `fetch`, of any statement built once. What it writes must be recorded as well."""
        if self._connection is None or self._connection.closed:
            self._connection = await self.session.connection()
        return await statements.run(self._connection, statement, values)

    def add(self, *rows: Any) -> None:
        self.session.add_all(rows)

    def record(
        self,
        event_type: EventType,
        subject: Subject,
        *,
        priority: Priority = Priority.ROUTINE,
        to: Iterable[UUID] | None = None,
        details: Mapping[str, Any] | None = None,
        unseen: bool = False,
    ) -> None:
        """Something happened: an audit entry, and an event for those entitled to it (or for
        those of `to` only). `details` of the audit entry: ids, codes and counts. `unseen`: it
        happened to what the caller may not know of, so the entry is in nobody's name; who caused
        it stands in the others of the same request."""
        recipients = None if to is None else frozenset(to)
        self._events.append(Recorded(event_type, subject, priority, recipients))
        self._spoken_of = True
        self._audit(event_type.name, "allowed", subject, details, None if unseen else self._actor)

    def note(
        self, action: str, subject: Subject | None, *, details: Mapping[str, Any] | None = None
    ) -> None:
        """Something happened that is nobody's news: an audit entry without an event."""
        self._spoken_of = True
        self._audit(action, "allowed", subject, details, self._actor)

    def disclosed(
        self, subject: Subject, *, action: str = "", details: Mapping[str, Any] | None = None
    ) -> None:
        """The caller was shown this. No audit entry, no data: both leave by the same commit."""
        name = action or f"{subject.type}.read"
        self._audit(name, "allowed", subject, details, self._actor)
        self.showed(subject.type, [subject.id])

    def showed(self, resource_type: str, ids: Iterable[UUID | str]) -> None:
        """The resources of a list that was shown, and noted. Who has ever been shown what can be
        recalled is told of the recall."""
        known = RESOURCES.get(resource_type)
        if known is not None and known.recallable:
            self._shown.update(ids)

    def answer(
        self,
        status: int,
        body: Body,
        *,
        headers: Mapping[str, str] | None = None,
        about: Subject | None = None,
    ) -> Body:
        """The answer, serialised now, so that it is stored before the commit. `about` names the
        resource a caller must still be able to read when it is given the answer again.

        Typed as the body it holds, so that a route's annotation documents what it returns;
        FastAPI passes the response that it really is through as it stands."""
        content = body.model_dump_json().encode()
        return cast(Body, self.respond(status, content, headers=headers, about=about))

    def respond(
        self,
        status: int,
        content: bytes,
        *,
        headers: Mapping[str, str] | None = None,
        about: Subject | None = None,
        keep: bool = True,
        media_type: str = "application/json",
    ) -> Response:
        """As `answer`, for what is serialised already. What only reads is not kept with an
        Idempotency-Key: repeated, it is asked anew."""
        given = {"Cache-Control": "no-store", **(headers or {})}
        if self._shown_under is not None and self.origin.method == "GET":
            until = self._shown_under.expires_at.isoformat()
            given["Break-Glass"] = f"{self._shown_under.id}; expires={until}"
        if keep and self.origin.idempotency_key is not None:
            client_id = self.actor.client_id
            sealed = self.runtime.keyring.encrypt(content, self.origin.bound_to(client_id))
            self._answer = {
                "client_id": client_id,
                "method": self.origin.method,
                "path": self.origin.path,
                "key": self.origin.idempotency_key,
                "agency_id": self.agency_id,
                "practitioner_id": self.actor.practitioner_id,
                "body_hash": "\\x" + self.origin.body_hash.hex(),
                "created_at": self.now,
                "status": status,
                "headers": given,
                "body": "\\x" + sealed.hex(),
                "resource_type": about.type if about else None,
                "resource_id": about.id if about else None,
            }
        return Response(content, status, given, media_type=media_type)

    async def commit(self) -> None:
        """Raises UnrecordedChange for a change that nothing speaks of. Waiters are woken by the
        caller, once the commit is through."""
        if self.session.new or self.session.dirty or self.session.deleted:
            await self.session.flush()
        if self._changed and not self._spoken_of:
            raise UnrecordedChange(", ".join(sorted(self._changed)))
        await self._write_journal()
        await self.session.commit()
        for each in self._events:
            metrics.EVENTS.labels(each.type.name).inc()
        self.runtime.bell.ring(self.woken)

    async def _write_journal(self) -> None:
        given: dict[str, Any] = {"audits": as_json(self._audits)}
        if self._shown:
            shown = {"shown": sorted(map(str, self._shown)), "now": self.now}
            await self.run(WRITE_READS, given | shown)
            given["audits"] = "[]"
        elif self._audits and not (self._events or self._answer):
            await self.run(WRITE_AUDITS, given)
        if not (self._events or self._answer):
            return
        given["postings"] = as_json(await self._postings())
        if self._answer is None:
            await self.session.execute(WRITE_EVENTS, given)
        else:
            answer = as_json(self._answer)
            await self.session.execute(WRITE_ANSWERED, given | {"answer": answer})

    async def commit_denial(self, action: str, details: Mapping[str, Any]) -> None:
        """A refusal, in a transaction of its own: the request's is rolled back."""
        await self.session.rollback()
        self._audits.clear()
        self._audit(action, "denied", None, details, self._actor)
        await self.session.execute(WRITE_AUDITS, {"audits": as_json(self._audits)})
        await self.session.commit()

    async def _postings(self) -> list[dict[str, Any]]:
        postings = []
        for each in self._events:
            recipients = each.to
            if recipients is None:
                recipients = await recipients_of(self.session, each.type, each.subject.id)
            self.woken.update(recipients)
            postings.append(
                {
                    "id": each.id,
                    "type": each.type.name,
                    "priority": each.priority,
                    "occurred_at": self.now,
                    "agency_id": self._actor.agency_id if self._actor else None,
                    "family_id": each.subject.family_id,
                    "resource_type": each.subject.type,
                    "resource_id": each.subject.id,
                    "resource_version": each.subject.version,
                    "recipients": sorted(recipients),
                }
            )
        return postings

    def _audit(
        self,
        action: str,
        outcome: str,
        subject: Subject | None,
        details: Mapping[str, Any] | None,
        actor: Actor | None,
    ) -> None:
        noted = dict(details or {})
        grant = _grant_on(actor, subject)
        if grant is not None:  # said here, so that no read under it can forget the mark
            noted["break_glass"] = grant.id
            self._shown_under = grant
        self._audits.append(
            {
                "id": new_id(),
                "recorded_at": self.now,
                "agency_id": actor.agency_id if actor else None,
                "client_id": actor.client_id if actor else None,
                "practitioner_id": actor.practitioner_id if actor else None,
                "action": action,
                "outcome": outcome,
                "family_id": subject.family_id if subject else None,
                "resource_type": subject.type if subject else None,
                "resource_id": subject.id if subject else None,
                "resource_version": subject.version if subject else None,
                "request_id": self.origin.request_id,
                "details": noted,
            }
        )

    def _note_flush(self, session: Session, _context: Any, _instances: Any) -> None:
        for row in (*session.new, *session.dirty, *session.deleted):
            if row in session.new or row in session.deleted or session.is_modified(row):
                self._note(row.__tablename__)

    def _note_execute(self, state: ORMExecuteState) -> None:
        if isinstance(state.statement, UpdateBase):
            self._note(state.statement.entity_description["table"].name)

    def _note(self, table: str) -> None:
        if table not in UNRECORDED_TABLES:
            self._changed.add(table)


def _grant_on(actor: Actor | None, subject: Subject | None) -> Grant | None:
    """The break-glass of the caller that is open on what the entry is about."""
    if actor is None or subject is None or subject.family_id is None:
        return None
    return actor.break_glass.get(subject.family_id)
