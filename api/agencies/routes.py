"""Agencies, and what each manages of its own: clients, keys, practitioners."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Depends

from api.access.roles import Permission
from api.agencies import access, queries, service
from api.agencies.models import Agency, AgencyKey, Client, Practitioner
from api.agencies.schemas import (
    AgencyList,
    AgencyResponse,
    ClientList,
    ClientResponse,
    ClientWithSecret,
    CreateAgency,
    CreateClient,
    CreatedAgency,
    Enrol,
    EnrolledAgency,
    KeyList,
    KeyResponse,
    NewPractitioner,
    PractitionerList,
    PractitionerResponse,
    RegisterKey,
    UpdateAgency,
    UpdatePractitioner,
)
from api.foundation.openapi import ALWAYS, problems, public_problems
from api.journal.dependencies import IfMatch, PublicWork, Work, etag, open_to_all, requires

router = APIRouter(prefix="/v1", tags=["Agencies"])

READ = [requires(Permission.AGENCY_READ)]
MANAGE = [requires(Permission.AGENCY_MANAGE)]
ENROL = [requires(Permission.AGENCY_ENROL)]


def _agency(agency: Agency) -> AgencyResponse:
    return AgencyResponse.model_validate(agency, from_attributes=True)


def _client(client: Client) -> ClientResponse:
    return ClientResponse.model_validate(client, from_attributes=True)


def _key(key: AgencyKey) -> KeyResponse:
    return KeyResponse.model_validate(key, from_attributes=True)


def _person(practitioner: Practitioner) -> PractitionerResponse:
    return PractitionerResponse.model_validate(practitioner, from_attributes=True)


async def managed_agency(agency_id: UUID, work: Work) -> Agency:
    """The agency of the path, if the caller manages it."""
    agency = await queries.get_agency(work, agency_id)
    access.check_manages(work.actor, agency_id)
    return agency


Managed: Any = Depends(managed_agency)


@router.get("/agencies", dependencies=READ, responses=problems())
async def list_agencies(work: Work) -> AgencyList:
    """Every agency of the partnership, by name: to invite one, or to name it in an audience."""
    found = await queries.list_agencies(work)
    return work.answer(200, AgencyList(items=[_agency(each) for each in found]))


@router.get(
    "/agencies/{agency_id}", summary="Read an agency", dependencies=READ, responses=problems(404)
)
async def get_agency(agency_id: UUID, work: Work) -> AgencyResponse:
    """One agency: its kind, codes, emergency contact and statement on unacceptable behaviour."""
    agency = await queries.get_agency(work, agency_id)
    return work.answer(200, _agency(agency), headers=etag(agency.version))


@router.post(
    "/agencies",
    summary="Create an agency",
    status_code=201,
    dependencies=ENROL,
    responses=problems(409, 422),
)
async def create_agency(body: CreateAgency, work: Work) -> CreatedAgency:
    """By the operator. The agency then enrols itself with the one-time code."""
    agency, code, kept = await service.create_agency(work, body)
    created = CreatedAgency(agency=_agency(agency), enrolment_code=code, expires_at=kept.expires_at)
    headers = {"Location": f"/v1/agencies/{agency.id}", **etag(agency.version)}
    return work.answer(201, created, headers=headers)


@router.post(
    "/enrolments",
    summary="Enrol an agency",
    status_code=201,
    dependencies=[open_to_all()],
    openapi_extra={"security": []},
    responses=public_problems(*ALWAYS, 404, 409, 422),
)
async def enrol_agency(body: Enrol, work: PublicWork) -> EnrolledAgency:
    """With the one-time code, and without a token: registers the agency's own public key, its
    first client and its first administrator."""
    agency, client, secret, practitioner = await service.enrol(work, body)
    enrolled = EnrolledAgency(
        agency=_agency(agency),
        client=_client(client),
        client_secret=secret,
        administrator=_person(practitioner),
    )
    headers = {"Location": f"/v1/agencies/{agency.id}"}
    return work.answer(201, enrolled, headers=headers)


@router.patch(
    "/agencies/{agency_id}",
    summary="Update an agency",
    dependencies=MANAGE,
    responses=problems(404, 412, 422, 428),
)
async def update_agency(
    body: UpdateAgency, work: Work, version: IfMatch, agency: Agency = Managed
) -> AgencyResponse:
    """Emergency contact, statement on unacceptable behaviour, domains webhooks may go to, the
    mailbox that is told when one fails."""
    updated = await service.update_agency(work, agency, body, version)
    return work.answer(200, _agency(updated), headers=etag(updated.version))


@router.post(
    "/agencies/{agency_id}/suspend",
    summary="Suspend an agency",
    dependencies=ENROL,
    responses=problems(404, 409, 412, 428),
)
async def suspend_agency(agency_id: UUID, work: Work, version: IfMatch) -> AgencyResponse:
    """By the operator. Works at the agency's next request and at its next delivery."""
    agency = await queries.get_agency(work, agency_id)
    suspended = await service.suspend_agency(work, agency, version)
    return work.answer(200, _agency(suspended), headers=etag(suspended.version))


@router.post(
    "/agencies/{agency_id}/reactivate",
    summary="Reactivate an agency",
    dependencies=ENROL,
    responses=problems(404, 409, 412, 428),
)
async def reactivate_agency(agency_id: UUID, work: Work, version: IfMatch) -> AgencyResponse:
    """By the operator. Nothing was lost: what waited is delivered now."""
    agency = await queries.get_agency(work, agency_id)
    active = await service.reactivate_agency(work, agency, version)
    return work.answer(200, _agency(active), headers=etag(active.version))


@router.get("/agencies/{agency_id}/clients", dependencies=MANAGE, responses=problems(404))
async def list_clients(work: Work, agency: Agency = Managed) -> ClientList:
    """The agency's clients, revoked ones included. Secrets are never shown again."""
    found = await queries.list_of(work, Client, agency.id)
    return work.answer(200, ClientList(items=[_client(each) for each in found]))


@router.post(
    "/agencies/{agency_id}/clients",
    summary="Create a client",
    status_code=201,
    dependencies=MANAGE,
    responses=problems(404, 409, 422),
)
async def create_client(
    body: CreateClient, work: Work, agency: Agency = Managed
) -> ClientWithSecret:
    """A system of the agency. Its secret is shown once; the agency is told of the client."""
    client, secret = await service.create_client(work, agency.id, body)
    created = ClientWithSecret(client=_client(client), client_secret=secret)
    headers = {"Location": f"/v1/agencies/{agency.id}/clients", **etag(client.version)}
    return work.answer(201, created, headers=headers)


@router.post(
    "/agencies/{agency_id}/clients/{client_id}/rotate",
    summary="Rotate a client's secret",
    dependencies=MANAGE,
    responses=problems(404, 409, 412, 428),
)
async def rotate_client_secret(
    client_id: UUID, work: Work, version: IfMatch, agency: Agency = Managed
) -> ClientWithSecret:
    """A new secret, shown once. The one before works for another 24 hours."""
    client = await queries.get_of(work, Client, agency.id, client_id)
    secret = await service.rotate_client_secret(work, client, version)
    rotated = ClientWithSecret(client=_client(client), client_secret=secret)
    return work.answer(200, rotated, headers=etag(client.version))


@router.post(
    "/agencies/{agency_id}/clients/{client_id}/revoke",
    summary="Revoke a client",
    dependencies=MANAGE,
    responses=problems(404, 409, 412, 428),
)
async def revoke_client(
    client_id: UUID, work: Work, version: IfMatch, agency: Agency = Managed
) -> ClientResponse:
    """Works at the client's next request, also with tokens it already holds."""
    client = await queries.get_of(work, Client, agency.id, client_id)
    revoked = await service.revoke_client(work, client, version)
    return work.answer(200, _client(revoked), headers=etag(revoked.version))


@router.get("/agencies/{agency_id}/keys", dependencies=MANAGE, responses=problems(404))
async def list_keys(work: Work, agency: Agency = Managed) -> KeyList:
    """The agency's public keys, revoked ones included."""
    found = await queries.list_of(work, AgencyKey, agency.id)
    return work.answer(200, KeyList(items=[_key(each) for each in found]))


@router.post(
    "/agencies/{agency_id}/keys",
    summary="Register a key",
    status_code=201,
    dependencies=MANAGE,
    responses=problems(404, 409, 422),
)
async def register_key(body: RegisterKey, work: Work, agency: Agency = Managed) -> KeyResponse:
    """A public key: for the agency's assertions, or for one client's `private_key_jwt`."""
    key = await service.register_key(work, agency.id, body)
    headers = {"Location": f"/v1/agencies/{agency.id}/keys"}
    return work.answer(201, _key(key), headers=headers)


@router.post(
    "/agencies/{agency_id}/keys/{key_id}/revoke",
    summary="Revoke a key",
    dependencies=MANAGE,
    responses=problems(404, 409),
)
async def revoke_key(key_id: UUID, work: Work, agency: Agency = Managed) -> KeyResponse:
    """Assertions signed with the key are refused from now on."""
    key = await queries.get_of(work, AgencyKey, agency.id, key_id)
    return work.answer(200, _key(await service.revoke_key(work, key)))


@router.get("/agencies/{agency_id}/practitioners", dependencies=MANAGE, responses=problems(404))
async def list_practitioners(work: Work, agency: Agency = Managed) -> PractitionerList:
    """The agency's practitioners and the roles they hold."""
    found = await queries.list_of(work, Practitioner, agency.id)
    return work.answer(200, PractitionerList(items=[_person(each) for each in found]))


@router.post(
    "/agencies/{agency_id}/practitioners",
    summary="Add a practitioner",
    status_code=201,
    dependencies=MANAGE,
    responses=problems(404, 409, 422),
)
async def create_practitioner(
    body: NewPractitioner, work: Work, agency: Agency = Managed
) -> PractitionerResponse:
    """A person of the agency, with the roles that its assertions may ask for."""
    practitioner = await service.create_practitioner(work, agency, body)
    headers = {
        "Location": f"/v1/agencies/{agency.id}/practitioners",
        **etag(practitioner.version),
    }
    return work.answer(201, _person(practitioner), headers=headers)


@router.patch(
    "/agencies/{agency_id}/practitioners/{practitioner_id}",
    summary="Update a practitioner",
    dependencies=MANAGE,
    responses=problems(404, 412, 422, 428),
)
async def update_practitioner(
    practitioner_id: UUID,
    body: UpdatePractitioner,
    work: Work,
    version: IfMatch,
    agency: Agency = Managed,
) -> PractitionerResponse:
    """Name, job title, roles or status. Works at the person's next request."""
    found = await queries.get_of(work, Practitioner, agency.id, practitioner_id)
    updated = await service.update_practitioner(work, agency, found, body, version)
    return work.answer(200, _person(updated), headers=etag(updated.version))
