"""Writes on agencies, clients, keys and practitioners, one verb each."""

from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select

from api.access import tokens
from api.access.roles import GRANTABLE_ROLES, Role
from api.agencies import events
from api.agencies.models import Agency, AgencyKey, Client, EnrolmentCode, Practitioner
from api.agencies.schemas import (
    CreateAgency,
    CreateClient,
    Enrol,
    NewPractitioner,
    RegisterKey,
    UpdateAgency,
    UpdatePractitioner,
)
from api.foundation.crypto import hash_secret, new_secret
from api.foundation.errors import Conflict, Invalid, NotFound, PreconditionFailed
from api.foundation.ids import new_id
from api.journal.models import InboxCounter
from api.journal.unit_of_work import Subject, UnitOfWork

ENROLMENT_DAYS = 7
SECRET_OVERLAP = timedelta(hours=24)


def _about(agency_id: UUID) -> Subject:
    return Subject("agency", agency_id)


async def create_agency(
    work: UnitOfWork, body: CreateAgency, *, kind: str | None = None
) -> tuple[Agency, str, EnrolmentCode]:
    """An agency that is still to enrol, and its one-time code. Raises Conflict on its name."""
    taken = await work.session.scalar(select(Agency.id).where(Agency.name == body.name))
    if taken is not None:
        raise Conflict("An agency of this name exists.")
    agency = Agency(
        id=new_id(),
        kind=kind or body.kind,
        name=body.name,
        ods_code=body.ods_code,
        urn=body.urn,
        la_code=body.la_code,
        status="enrolling",
        grantable_roles=sorted(GRANTABLE_ROLES),
        webhook_domains=[],
        version=1,
        created_at=work.now,
    )
    work.add(agency)
    await work.session.flush()  # its code and its inbox refer to it
    code = new_secret("enrol_")
    kept = EnrolmentCode(
        agency_id=agency.id,
        code_hash=hash_secret(code),
        expires_at=work.now + timedelta(days=ENROLMENT_DAYS),
    )
    work.add(kept, InboxCounter(agency_id=agency.id, last_position=0))
    work.note("agency.created", _about(agency.id))
    return agency, code, kept


async def enrol(work: UnitOfWork, body: Enrol) -> tuple[Agency, Client, str | None, Practitioner]:
    """Exchanges the code for the agency's first client, key and administrator. Raises NotFound
    for a code that is unknown, used or expired."""
    if Role.AGENCY_ADMINISTRATOR not in body.administrator.roles:
        raise Invalid.field(
            "/administrator/roles", "administrator_needed", "Include agency_administrator."
        )
    code = await work.session.scalar(
        select(EnrolmentCode)
        .where(
            EnrolmentCode.code_hash == hash_secret(body.code),
            EnrolmentCode.used_at.is_(None),
            EnrolmentCode.expires_at > work.now,
        )
        .with_for_update()
    )
    if code is None:
        raise NotFound
    agency = await work.session.get_one(Agency, code.agency_id)
    code.used_at = work.now
    agency.status = "active"
    agency.version += 1
    await register_key(work, agency.id, body.key, at="/key")
    client, secret = await create_client(work, agency.id, body.client)
    practitioner = await create_practitioner(work, agency, body.administrator, at="/administrator")
    work.note("agency.enrolled", _about(agency.id))
    return agency, client, secret, practitioner


async def update_agency(
    work: UnitOfWork, agency: Agency, body: UpdateAgency, version: int
) -> Agency:
    await _expect(work, agency, version)
    given = body.model_dump(mode="json", exclude_unset=True)
    if given.get("webhook_domains", []) is None:
        raise Invalid.field("/webhook_domains", "null", "Give an empty list for none.")
    for name, value in given.items():
        setattr(agency, name, value)
    agency.version += 1
    work.record(events.UPDATED, _about(agency.id), to=[agency.id])
    return agency


async def suspend_agency(work: UnitOfWork, agency: Agency, version: int) -> Agency:
    """Works at the next request of the agency, and at the next attempt of its deliveries."""
    return await _set_status(work, agency, version, "active", "suspended")


async def reactivate_agency(work: UnitOfWork, agency: Agency, version: int) -> Agency:
    return await _set_status(work, agency, version, "suspended", "active")


async def _set_status(
    work: UnitOfWork, agency: Agency, version: int, before: str, after: str
) -> Agency:
    await _expect(work, agency, version)
    if agency.status != before:
        raise Conflict(f"Only an agency that is {before} can be {after}.")
    if agency.kind == "operator":
        raise Conflict("The operator cannot be suspended.")
    agency.status = after
    agency.version += 1
    event_type = events.SUSPENDED if after == "suspended" else events.REACTIVATED
    work.record(event_type, _about(agency.id), to=[agency.id])
    return agency


async def create_client(
    work: UnitOfWork, agency_id: UUID, body: CreateClient
) -> tuple[Client, str | None]:
    """A client and its secret, which is shown once; without one for `private_key_jwt`."""
    secret = new_secret("dss_") if body.auth_method == "client_secret" else None
    client = Client(
        id=new_id(),
        agency_id=agency_id,
        name=body.name,
        auth_method=body.auth_method,
        secret_hash=hash_secret(secret) if secret else None,
        accepts_token_url_audience=body.accepts_token_url_audience,
        status="active",
        version=1,
        created_at=work.now,
    )
    work.add(client)
    work.record(events.CLIENT_CREATED, Subject("client", client.id), to=[agency_id])
    return client, secret


async def rotate_client_secret(work: UnitOfWork, client: Client, version: int) -> str:
    """A new secret; the one before works for another 24 hours."""
    await _expect(work, client, version)
    if client.auth_method != "client_secret" or client.status != "active":
        raise Conflict("Only an active client with a secret can be given a new one.")
    secret = new_secret("dss_")
    client.previous_secret_hash = client.secret_hash
    client.previous_secret_until = work.now + SECRET_OVERLAP
    client.secret_hash = hash_secret(secret)
    client.version += 1
    work.record(events.CLIENT_SECRET_ROTATED, Subject("client", client.id), to=[client.agency_id])
    return secret


async def revoke_client(work: UnitOfWork, client: Client, version: int) -> Client:
    await _expect(work, client, version)
    if client.status == "revoked":
        raise Conflict("The client is revoked already.")
    client.status = "revoked"
    client.version += 1
    work.record(events.CLIENT_REVOKED, Subject("client", client.id), to=[client.agency_id])
    return client


async def register_key(
    work: UnitOfWork, agency_id: UUID, body: RegisterKey, *, at: str = ""
) -> AgencyKey:
    """Raises Invalid for a key no signature may be verified with, Conflict on its `kid`. `at`
    is where the body stands in the whole request."""
    try:
        public = tokens.load_public_key(body.kid, body.algorithm, body.public_jwk)
    except tokens.UnusableKey as error:
        raise Invalid.field(f"{at}/public_jwk", "unusable_key", str(error)) from None
    if body.client_id is not None:
        client = await work.session.get(Client, body.client_id)
        if client is None or client.agency_id != agency_id:
            raise Invalid.field(
                f"{at}/client_id", "unknown_client", "No such client of the agency."
            )
        if client.auth_method != "private_key_jwt":
            raise Invalid.field(f"{at}/client_id", "auth_method", "This client uses a secret.")
    taken = await work.session.scalar(
        select(AgencyKey.id).where(AgencyKey.agency_id == agency_id, AgencyKey.kid == body.kid)
    )
    if taken is not None:
        raise Conflict("The agency has a key of this kid.")
    key = AgencyKey(
        id=new_id(),
        agency_id=agency_id,
        client_id=body.client_id,
        kid=body.kid,
        algorithm=body.algorithm,
        public_jwk=dict(public.jwk),
        status="active",
        created_at=work.now,
    )
    work.add(key)
    work.record(events.KEY_REGISTERED, _about(agency_id), to=[agency_id])
    return key


async def revoke_key(work: UnitOfWork, key: AgencyKey) -> AgencyKey:
    if key.status == "revoked":
        raise Conflict("The key is revoked already.")
    key.status = "revoked"
    work.record(events.KEY_REVOKED, _about(key.agency_id), to=[key.agency_id])
    return key


async def create_practitioner(
    work: UnitOfWork, agency: Agency, body: NewPractitioner, *, at: str = ""
) -> Practitioner:
    """Raises Conflict on the staff id and Invalid for roles the agency may not grant."""
    taken = await work.session.scalar(
        select(Practitioner.id).where(
            Practitioner.agency_id == agency.id, Practitioner.staff_id == body.staff_id
        )
    )
    if taken is not None:
        raise Conflict("The agency has a practitioner of this staff id.")
    _check_roles(agency, body.roles, at)
    return _add_practitioner(
        work, agency.id, body.staff_id, body.name, body.job_title, sorted(body.roles)
    )


async def introduce_practitioner(work: UnitOfWork, body: NewPractitioner) -> Practitioner:
    """By a first assertion: with the role of a practitioner, and no other."""
    return _add_practitioner(
        work, work.agency_id, body.staff_id, body.name, body.job_title, [Role.PRACTITIONER]
    )


async def update_practitioner(
    work: UnitOfWork,
    agency: Agency,
    practitioner: Practitioner,
    body: UpdatePractitioner,
    version: int,
) -> Practitioner:
    await _expect(work, practitioner, version)
    if body.roles is not None:
        _check_roles(agency, body.roles)
    if work.actor.practitioner_id == practitioner.id:
        raise Conflict("Nobody changes their own record: another administrator does.")
    for name, value in body.model_dump(exclude_none=True).items():
        setattr(practitioner, name, sorted(value) if name == "roles" else value)
    practitioner.version += 1
    work.note("practitioner.updated", Subject("practitioner", practitioner.id))
    return practitioner


def _add_practitioner(
    work: UnitOfWork, agency_id: UUID, staff_id: str, name: str, job_title: str, roles: list[str]
) -> Practitioner:
    practitioner = Practitioner(
        id=new_id(),
        agency_id=agency_id,
        staff_id=staff_id,
        name=name,
        job_title=job_title,
        roles=roles,
        status="active",
        version=1,
        created_at=work.now,
    )
    work.add(practitioner)
    work.note("practitioner.created", Subject("practitioner", practitioner.id))
    return practitioner


def _check_roles(agency: Agency, roles: Iterable[Role], at: str = "") -> None:
    if not set(roles) <= set(agency.grantable_roles):
        raise Invalid.field(f"{at}/roles", "not_grantable", "The agency may not grant this role.")


async def _expect(work: UnitOfWork, row: Agency | Client | Practitioner, version: int) -> None:
    """Locks the row, so that of two changes based on one version only one passes. Raises
    PreconditionFailed."""
    await work.session.refresh(row, with_for_update=True)
    if row.version != version:
        raise PreconditionFailed
