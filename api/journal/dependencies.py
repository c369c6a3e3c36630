"""How a route gets its unit of work, and the checks that its decorator names.

Everything here is resolved before the handler runs: the token, the state of agency, client and
practitioner (in the round trip that also sets the database's context), the permission, the
quota, and the answer already given to the same Idempotency-Key.
"""

import hashlib
import re
from collections.abc import AsyncIterator, Iterator
from datetime import datetime
from typing import Annotated, Any, cast
from uuid import UUID

from fastapi import Depends, Header, Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.security import HTTPBearer
from sqlalchemy import Uuid, bindparam, literal, select, text
from sqlalchemy.exc import IntegrityError

from api.access.actor import Actor, Grant, Person
from api.access.roles import Permission, Role, permitted
from api.foundation import statements
from api.foundation.errors import (
    NEEDS_A_PERSON,
    BadRequest,
    DoorstepError,
    FieldError,
    Forbidden,
    IdempotencyInProgress,
    IdempotencyKeyMissing,
    IdempotencyKeyReused,
    NotFound,
    PreconditionFailed,
    PreconditionRequired,
    Unauthenticated,
)
from api.foundation.middleware import route_of
from api.foundation.schemas import is_field_name, is_id, pointer
from api.journal.event_types import RESOURCES
from api.journal.origin import RequestOrigin
from api.journal.runtime import Runtime, TokenSubject
from api.journal.unit_of_work import UnitOfWork

_KEY = re.compile(r'("?)([A-Za-z0-9._~-]{8,100})\1')
_ETAG = re.compile(r'"([^"]*)"')
_VERSION = re.compile(r"\d{1,9}")

_OPEN_CONTEXT = text(
    "SELECT * FROM open_context(:agency, :client, :practitioner, :method, :path, :key, :now)"
).bindparams(*(bindparam(n, type_=Uuid()) for n in ("agency", "client", "practitioner")))

bearer = HTTPBearer(auto_error=False, description="An access token of `POST /oauth2/token`.")


class Replay(Exception):
    """Not an error: the answer this Idempotency-Key was given before."""

    def __init__(self, response: Response) -> None:
        self.response = response


def runtime_of(request: Request) -> Runtime:
    runtime: Runtime = request.app.state.runtime
    return runtime


async def authenticated(request: Request, _documented: Any = Depends(bearer)) -> TokenSubject:
    """Every bad token is one constant 401."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Unauthenticated(token_given=False)
    return await runtime_of(request).authenticate(token.strip())


async def admitted(request: Request, subject: TokenSubject, permission: Permission) -> bool:
    """Whether the caller is active and permitted: for what happens before the unit of work that
    refuses it is open."""
    runtime = runtime_of(request)
    async with runtime.database.session() as session:
        connection = await session.connection()
        context = _context(subject, RequestOrigin(), runtime.clock.now())
        [opened] = await statements.run(connection, _OPEN_CONTEXT, context)
    return opened.allowed and _actor(subject, opened).may(permission)


async def open_unit_of_work(
    request: Request, subject: Annotated[TokenSubject, Depends(authenticated)]
) -> AsyncIterator[UnitOfWork]:
    """Opens the transaction of a request; commits it before the answer leaves."""
    runtime = runtime_of(request)
    async with runtime.database.session() as session:
        origin = await _origin(request)
        connection = await session.connection()
        context = _context(subject, origin, runtime.clock.now())
        [opened] = await statements.run(connection, _OPEN_CONTEXT, context)
        if not opened.allowed:
            raise Unauthenticated
        actor = _actor(subject, opened)
        request.state.actor = actor
        request.state.opened = opened
        work = UnitOfWork(runtime, session, actor, origin, connection)
        try:
            yield work
            await _commit(work)
        except Replay:
            await _commit(work)
            raise
        except DoorstepError as error:
            await _note_denial(request, work, error)
            raise


async def _note_denial(request: Request, work: UnitOfWork, error: DoorstepError) -> None:
    if error.audited:
        action = f"{request.method} {route_of(request.scope)}"
        await work.commit_denial(action, {"reason": error.code, **error.noted})


async def _commit(work: UnitOfWork) -> None:
    try:
        await work.commit()
    except IntegrityError as error:
        if "pk_idempotency_keys" in str(error.orig):
            raise IdempotencyInProgress from None
        raise


async def _origin(request: Request) -> RequestOrigin:
    key = None
    given = request.headers.get("idempotency-key")
    if given is not None and request.method == "POST":
        found = _KEY.fullmatch(given)
        if not found:
            raise BadRequest(
                "An Idempotency-Key has 8 to 100 letters, digits or -._~: best a UUID."
            )
        key = found.group(2)
    return RequestOrigin(
        request_id=UUID(request.state.request_id),
        method=request.method,
        path=_address(request),
        idempotency_key=key,
        body_hash=hashlib.sha256(await request.body()).digest() if key else b"",
    )


def _names_no_record(request: Request) -> bool:
    """Whether an id of the path is not even spelled as one."""
    given = request.path_params.items()
    return any(name.endswith("_id") and not is_id(value) for name, value in given)


def _address(request: Request) -> str:
    """The path; with the names of its ids where they are none, since those go nowhere."""
    return route_of(request.scope) if _names_no_record(request) else request.url.path


def _context(subject: TokenSubject, origin: RequestOrigin, now: datetime) -> dict[str, Any]:
    return {
        "agency": subject.agency_id,
        "client": subject.client_id,
        "practitioner": subject.practitioner_id,
        "method": origin.method,
        "path": origin.path,
        "key": origin.idempotency_key,
        "now": now,
    }


def _actor(subject: TokenSubject, opened: Any) -> Actor:
    """The token only bounds the roles: what is granted is what the database says now."""
    person = None
    if subject.practitioner_id is not None:
        person = Person(subject.practitioner_id, opened.person_name, opened.job_title)
    granted = frozenset(Role(role) for role in opened.roles)
    roles = granted & subject.roles
    return Actor(subject.agency_id, subject.client_id, roles, person, _grants(opened, roles))


def _grants(opened: Any, roles: frozenset[Role]) -> dict[UUID, Grant]:
    """By family. Nothing to a token without the role that may break glass."""
    if opened.glass_ids is None or not permitted(roles, Permission.FAMILY_BREAK_GLASS):
        return {}
    grants = map(Grant, opened.glass_ids, opened.glass_until)
    return dict(zip(opened.glass_families, grants, strict=True))


Work = Annotated[UnitOfWork, Depends(open_unit_of_work, scope="function")]


async def open_public_work(request: Request) -> AsyncIterator[UnitOfWork]:
    """The unit of work of a route that needs no token: it speaks for nobody."""
    runtime = runtime_of(request)
    async with runtime.database.session() as session:
        origin = RequestOrigin(UUID(request.state.request_id), request.method, request.url.path)
        work = UnitOfWork(runtime, session, None, origin)
        try:
            yield work
            await work.commit()
        except DoorstepError as error:
            await _note_denial(request, work, error)
            raise


PublicWork = Annotated[UnitOfWork, Depends(open_public_work, scope="function")]


_DECLARED: dict[Any, frozenset[str]] = {}
"""The parameters of the query that each endpoint declares, once asked for."""


def check_parameters(request: Request) -> None:
    """Raises BadRequest for a parameter of the query that the route does not have: a misspelt
    filter would otherwise answer everything. A name that is not spelled as ours are is not
    repeated."""
    if not request.scope["query_string"]:
        return
    route = request.scope["route"]
    if route.endpoint not in _DECLARED:
        _DECLARED[route.endpoint] = frozenset(_parameters(route.dependant))
    unknown = sorted(request.query_params.keys() - _DECLARED[route.endpoint])
    if unknown:
        said = "This parameter is not known here."
        raise BadRequest(
            "A parameter of the query is not known here.",
            errors=[
                FieldError(pointer((name,)) if is_field_name(name) else "", "unknown", said)
                for name in unknown
            ],
        )


def _parameters(dependant: Dependant) -> Iterator[str]:
    yield from (each.alias for each in dependant.query_params)
    for each in dependant.dependencies:
        yield from _parameters(each)


class OpenToAll:
    """The mark of a route that needs no token. Counted by address."""

    async def __call__(self, request: Request) -> None:
        runtime = runtime_of(request)
        address = request.client.host if request.client else ""
        request.state.quota_headers = runtime.quotas.use(runtime.public_quota, address)


def open_to_all() -> Any:
    return Depends(OpenToAll())


class Requirement:
    """What a route asks of its caller. Its decorator names it: `requires(Permission.…)`."""

    def __init__(
        self, permission: Permission, *, quota: str = "general", key_required: bool = False
    ) -> None:
        self.permission = permission
        self.quota = quota
        self.key_required = key_required

    async def __call__(self, request: Request, work: Work) -> None:
        quota = getattr(work.runtime, f"{self.quota}_quota")
        counted = work.agency_id if self.quota == "match" else work.actor.client_id
        request.state.quota_headers = work.runtime.quotas.use(quota, str(counted))
        if not work.actor.may(self.permission):
            raise self._refusal(work.actor)
        if _names_no_record(request):
            raise NotFound
        check_parameters(request)
        if work.origin.idempotency_key is not None:
            await _replay(work, request.state.opened)
        elif self.key_required:
            raise IdempotencyKeyMissing

    def _refusal(self, actor: Actor) -> Forbidden:
        """Another role would help a person; a system never gets those of people."""
        no_system = not permitted(frozenset({Role.SYSTEM}), self.permission)
        return Forbidden(NEEDS_A_PERSON if actor.person is None and no_system else None)


def requires(permission: Permission, *, quota: str = "general", key_required: bool = False) -> Any:
    """For a route's `dependencies`: the permission it needs and the quota it is counted in."""
    return Depends(Requirement(permission, quota=quota, key_required=key_required))


async def _replay(work: UnitOfWork, opened: Any) -> None:
    """Raises Replay with the answer given before, if its resource may still be read."""
    if opened.in_progress:
        raise IdempotencyInProgress
    if opened.stored_hash is None:
        return
    if opened.stored_hash != work.origin.body_hash:
        raise IdempotencyKeyReused
    if opened.stored_practitioner != work.actor.practitioner_id:
        raise IdempotencyKeyReused
    if opened.stored_type is not None:
        readable = RESOURCES[opened.stored_type].readable(
            literal(work.agency_id), literal(opened.stored_id)
        )
        if not await work.session.scalar(select(readable)):
            raise NotFound
    work.note("request.replayed", None)
    headers = {**opened.stored_headers, "Idempotency-Replayed": "true"}
    bound_to = work.origin.bound_to(work.actor.client_id)
    content = work.runtime.keyring.decrypt(opened.stored_body, bound_to)
    raise Replay(Response(content, opened.stored_status, headers, media_type="application/json"))


def if_match(
    value: Annotated[
        str | None,
        Header(
            alias="If-Match",
            description="The `ETag` of the version this change is based on, with its quotes.",
        ),
    ] = None,
) -> int:
    """The version the caller has read. Raises PreconditionRequired, BadRequest for what is no
    single strong ETag (nothing has changed then), and PreconditionFailed for one that is not
    ours."""
    if value is None:
        raise PreconditionRequired
    found = _ETAG.fullmatch(value.strip())
    if not found:
        raise BadRequest('If-Match is the ETag with its quotes, such as "1".')
    if not _VERSION.fullmatch(found.group(1)):
        raise PreconditionFailed
    return int(found.group(1))


IfMatch = Annotated[int, Depends(if_match)]


def etag(version: int) -> dict[str, str]:
    return {"ETag": f'"{version}"'}


async def replayed(_request: Request, replay: Exception) -> Response:
    return cast(Replay, replay).response
