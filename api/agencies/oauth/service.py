"""Grants access tokens: to an agency's system, and to a practitioner whom the agency asserts."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import unquote_plus
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from api.access import tokens
from api.access.actor import Actor
from api.access.roles import Role
from api.access.tokens import InvalidToken
from api.agencies import service
from api.agencies.models import Agency, AgencyKey, Client, Practitioner, UsedAssertion
from api.agencies.schemas import NewPractitioner
from api.foundation.crypto import hash_secret, same
from api.foundation.errors import Invalid
from api.journal.origin import RequestOrigin
from api.journal.runtime import Runtime, TokenSubject
from api.journal.unit_of_work import Subject, UnitOfWork

CLIENT_CREDENTIALS = "client_credentials"
JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
CLIENT_ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ASSERTION_LIFETIME = timedelta(minutes=5)
CLIENT_ASSERTION_TYPES = frozenset({None, "jwt", "client-authentication+jwt"})
GRANT_ASSERTION_TYPES = frozenset({None, "jwt", "authorization-grant+jwt"})


class TokenRefused(Exception):
    """An error of RFC 6749, 5.2. The description is a fixed sentence."""

    def __init__(self, error: str, description: str, status: int = 400) -> None:
        self.error = error
        self.description = description
        self.status = status
        super().__init__(error)


@dataclass(frozen=True)
class TokenRequest:
    """The form of a token request, and its Basic credentials if it has any."""

    form: Mapping[str, str]
    authorization: str | None
    origin: RequestOrigin

    @property
    def grant(self) -> str:
        return self.form.get("grant_type", "")

    @property
    def claimed_client(self) -> str:
        """Who the request says it is, before anything is verified. For throttling alone."""
        basic = _basic(self.authorization)
        return (basic[0] if basic else self.form.get("client_id", ""))[:64]


def _invalid_client() -> TokenRefused:
    return TokenRefused("invalid_client", "The client could not be authenticated.", 401)


def _invalid_grant() -> TokenRefused:
    return TokenRefused("invalid_grant", "The assertion is not acceptable.")


async def grant_token(runtime: Runtime, request: TokenRequest) -> TokenSubject:
    """Whom a token may be issued for. Raises TokenRefused; nothing says which check failed."""
    if request.grant not in (CLIENT_CREDENTIALS, JWT_BEARER):
        known = "invalid_request" if not request.grant else "unsupported_grant_type"
        raise TokenRefused(known, "The grant type is client_credentials or jwt-bearer.")
    async with runtime.database.session() as session:
        client = await _authenticate_client(runtime, session, request)
        if request.grant == CLIENT_CREDENTIALS:
            if client is None:
                raise _invalid_client()
            subject = TokenSubject(client.agency_id, client.id, None, frozenset({Role.SYSTEM}))
            work = UnitOfWork(runtime, session, _actor(subject), request.origin)
        else:
            work, subject = await _practitioner(runtime, session, request, client)
        work.note("token.issued", Subject("client", subject.client_id))
        await work.commit()
    return subject


def _actor(subject: TokenSubject) -> Actor:
    return Actor(subject.agency_id, subject.client_id, subject.roles, None)


async def _authenticate_client(
    runtime: Runtime, session: AsyncSession, request: TokenRequest
) -> Client | None:
    """The authenticated client, or None where the request holds no client credentials at all."""
    form, basic = request.form, _basic(request.authorization)
    if sum((basic is not None, "client_secret" in form, "client_assertion" in form)) > 1:
        raise TokenRefused("invalid_request", "Use one way of client authentication, not two.")
    if "client_assertion" in form:
        return await _client_by_assertion(runtime, session, form)
    if basic is not None or "client_secret" in form:
        client_id, secret = basic or (form.get("client_id", ""), form["client_secret"])
        return await _client_by_secret(runtime, session, client_id, secret)
    if request.authorization is not None:
        raise _invalid_client()
    return None


async def _client_by_secret(
    runtime: Runtime, session: AsyncSession, client_id: str, secret: str
) -> Client:
    client = await _active_client(session, client_id)
    given = hash_secret(secret)
    accepted = [b"\0" * 32, b"\0" * 32]
    if client is not None and client.secret_hash is not None:
        accepted[0] = client.secret_hash
        until = client.previous_secret_until
        if client.previous_secret_hash and until and until > runtime.clock.now():
            accepted[1] = client.previous_secret_hash
    matches = [same(given, each) for each in accepted]
    if client is None or not any(matches):
        raise _invalid_client()
    return client


async def _active_client(session: AsyncSession, client_id: str) -> Client | None:
    try:
        wanted = UUID(client_id)
    except ValueError:
        wanted = UUID(int=0)
    found: Client | None = await session.scalar(
        select(Client)
        .join(Agency, Agency.id == Client.agency_id)
        .where(Client.id == wanted, Client.status == "active", Agency.status == "active")
    )
    return found


async def _client_by_assertion(
    runtime: Runtime, session: AsyncSession, form: Mapping[str, str]
) -> Client:
    if form.get("client_assertion_type") != CLIENT_ASSERTION:
        raise TokenRefused("invalid_request", "The client_assertion_type is not jwt-bearer.")
    assertion = form["client_assertion"]
    try:
        claimed = tokens.read_unverified(assertion).get("iss")
        client = await _active_client(session, str(claimed))
        if client is None or form.get("client_id", str(client.id)) != str(client.id):
            raise InvalidToken("client")
        audiences = {runtime.settings.issuer}
        if client.accepts_token_url_audience:
            audiences.add(runtime.settings.token_url)
        claims = await _verify(
            runtime,
            session,
            assertion,
            await _key(session, assertion, client.agency_id, client.id),
            CLIENT_ASSERTION_TYPES,
            frozenset(audiences),
        )
        if claims["sub"] != str(client.id) or claims["iss"] != str(client.id):
            raise InvalidToken("sub")
    except InvalidToken:
        raise _invalid_client() from None
    return client


async def _key(
    session: AsyncSession, assertion: str, agency_id: UUID, client_id: UUID | None
) -> AgencyKey:
    kid = tokens.read_header(assertion)["kid"]
    found: AgencyKey | None = await session.scalar(
        select(AgencyKey).where(
            AgencyKey.agency_id == agency_id,
            AgencyKey.kid == kid,
            AgencyKey.client_id.is_not_distinct_from(client_id),
            AgencyKey.status == "active",
        )
    )
    if found is None:
        raise InvalidToken("kid")
    return found


async def _verify(
    runtime: Runtime,
    session: AsyncSession,
    assertion: str,
    key: AgencyKey,
    types: frozenset[str | None],
    audiences: frozenset[str],
) -> tokens.Claims:
    """The claims of an assertion that is signed, meant for us, and was never used before."""
    claims = tokens.verify(
        assertion,
        tokens.load_public_key(key.kid, key.algorithm, key.public_jwk),
        tokens.Expected(types, audiences, {"sub": str}, ASSERTION_LIFETIME),
        runtime.clock.now(),
    )
    until = datetime.fromtimestamp(claims["exp"], UTC) + tokens.LEEWAY
    first = await session.execute(
        insert(UsedAssertion)
        .values(key_id=key.id, jti=claims["jti"], expires_at=until)
        .on_conflict_do_nothing()
        .returning(UsedAssertion.jti)
    )
    if first.first() is None:
        raise InvalidToken("replayed")
    await session.commit()  # used up, whatever comes of the request
    return claims


async def _practitioner(
    runtime: Runtime, session: AsyncSession, request: TokenRequest, client: Client | None
) -> tuple[UnitOfWork, TokenSubject]:
    assertion = request.form.get("assertion", "")
    try:
        issuer = str(tokens.read_unverified(assertion).get("iss"))
        client = client or await _asserting_client(session, issuer, request)
        if client is None or issuer not in (str(client.id), str(client.agency_id)):
            raise InvalidToken("iss")
        key = await _key(session, assertion, client.agency_id, None)
        audiences = {runtime.settings.issuer}
        if client.accepts_token_url_audience:
            audiences.add(runtime.settings.token_url)
        claims = await _verify(
            runtime, session, assertion, key, GRANT_ASSERTION_TYPES, frozenset(audiences)
        )
        asked = _asked_roles(claims)
    except InvalidToken:
        raise _invalid_grant() from None
    subject = TokenSubject(client.agency_id, client.id, None, frozenset())
    work = UnitOfWork(runtime, session, _actor(subject), request.origin)
    practitioner = await _known_or_new(work, claims)
    granted = await _granted_roles(session, practitioner, asked)
    return work, TokenSubject(client.agency_id, client.id, practitioner.id, granted)


async def _asserting_client(
    session: AsyncSession, issuer: str, request: TokenRequest
) -> Client | None:
    """The client of an assertion sent without client authentication (RFC 7521, 4.1): its issuer;
    with the agency as issuer the one that `client_id` names, or the only one it has."""
    named = request.form.get("client_id", issuer)
    return await _active_client(session, named) or await _only_client(session, named)


async def _only_client(session: AsyncSession, agency_id: str) -> Client | None:
    try:
        wanted = UUID(agency_id)
    except ValueError:
        return None
    found = await session.scalars(
        select(Client)
        .join(Agency, Agency.id == Client.agency_id)
        .where(Agency.id == wanted, Client.status == "active", Agency.status == "active")
        .limit(2)
    )
    clients = list(found)
    return clients[0] if len(clients) == 1 else None


def _asked_roles(claims: tokens.Claims) -> frozenset[Role] | None:
    given = claims.get("roles")
    if given is None:
        return None
    try:
        return frozenset(Role(role) for role in given)
    except (ValueError, TypeError):
        raise InvalidToken("roles") from None


async def _known_or_new(work: UnitOfWork, claims: tokens.Claims) -> Practitioner:
    """A first assertion introduces a practitioner; every other role than `practitioner` is
    granted by the agency's administrator, not by a system that asserts."""
    found = await _practitioner_of(work, claims["sub"])
    if found is None:
        body = _introduction(claims)
        # Two first assertions at once: the second waits here, then finds whom the first made.
        await work.session.execute(
            select(Agency.id).where(Agency.id == work.agency_id).with_for_update()
        )
        found = await _practitioner_of(work, claims["sub"])
        if found is None:
            return await service.introduce_practitioner(work, body)
    if found.status != "active":
        raise _invalid_grant()
    return found


async def _practitioner_of(work: UnitOfWork, staff_id: str) -> Practitioner | None:
    found: Practitioner | None = await work.session.scalar(
        select(Practitioner).where(
            Practitioner.agency_id == work.agency_id, Practitioner.staff_id == staff_id
        )
    )
    return found


def _introduction(claims: tokens.Claims) -> NewPractitioner:
    given = {
        "staff_id": claims["sub"],
        "name": claims.get("name"),
        "job_title": claims.get("job_title"),
        "roles": [Role.PRACTITIONER],
    }
    try:
        return NewPractitioner.model_validate(given)
    except (Invalid, TypeError):  # half a surrogate pair is no text for JSON
        raise TokenRefused(
            "invalid_grant", "A first assertion names the practitioner: name and job_title."
        ) from None


async def _granted_roles(
    session: AsyncSession, practitioner: Practitioner, asked: frozenset[Role] | None
) -> frozenset[Role]:
    grantable = await session.scalar(
        select(Agency.grantable_roles).where(Agency.id == practitioner.agency_id)
    )
    possible = frozenset(Role(role) for role in practitioner.roles) & frozenset(
        Role(role) for role in grantable or []
    )
    if asked is not None and not asked <= possible:
        raise TokenRefused("invalid_scope", "The practitioner does not hold every role asked for.")
    granted = possible if asked is None else asked
    if not granted:
        raise _invalid_grant()
    return granted


def _basic(authorization: str | None) -> tuple[str, str] | None:
    """Client id and secret of RFC 6749, 2.3.1, form-decoded; None where there are none."""
    scheme, _, encoded = (authorization or "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        text = base64.b64decode(encoded, validate=True).decode()
    except ValueError:  # not base64, not ASCII, not UTF-8
        return ("", "")
    client_id, _, secret = text.partition(":")
    return unquote_plus(client_id), unquote_plus(secret)
