"""`doorstep agency`, `client`, `practitioner`: who takes part."""

import os
from pathlib import Path
from typing import Annotated, Any, TypeVar
from uuid import UUID

import typer
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from pydantic import BaseModel
from sqlalchemy import select

from api.access.roles import Role
from api.agencies import queries, service
from api.agencies.models import Agency, Client, Practitioner
from api.agencies.schemas import CreateAgency, CreateClient, NewPractitioner
from api.commands.context import console, fail, find_agency, run, show
from api.journal.unit_of_work import UnitOfWork

agency = typer.Typer(help="Agencies of the partnership.", no_args_is_help=True)
client = typer.Typer(help="Systems of an agency.", no_args_is_help=True)
practitioner = typer.Typer(help="People of an agency.", no_args_is_help=True)

Model = TypeVar("Model", bound=BaseModel)

OPERATOR = "operator"
OPERATOR_ROLES = [Role.ADMINISTRATOR.value]

AgencyName = Annotated[str, typer.Option("--agency", help="Its id or name.")]


@agency.command("create")
def create_agency(
    kind: Annotated[str, typer.Option(help="Such as police; `operator` for who runs this.")],
    name: Annotated[str, typer.Option(help="As the other agencies know it.")],
) -> None:
    """An agency, and the one-time code it enrols with. The operator agency needs no code."""

    async def step(work: UnitOfWork) -> tuple[Agency, str]:
        body = _body(CreateAgency, kind="other" if kind == OPERATOR else kind, name=name)
        made, code, kept = await service.create_agency(
            work, body, kind=OPERATOR if kind == OPERATOR else None
        )
        if kind == OPERATOR:
            made.status, made.grantable_roles, kept.used_at = "active", OPERATOR_ROLES, work.now
        return made, code

    made, code = run(step)
    console.print(f"agency {made.id}")
    if kind != OPERATOR:
        console.print(f"enrolment code (7 days, one use): {code}", soft_wrap=True)


@agency.command("list")
def list_agencies() -> None:
    """All of them."""

    async def step(work: UnitOfWork) -> list[Agency]:
        return list(await work.session.scalars(select(Agency).order_by(Agency.name)))

    rows = [[str(each.id), each.kind, each.name, each.status] for each in run(step)]
    show("Agencies", ["id", "kind", "name", "status"], rows)


@agency.command("suspend")
def suspend_agency(named: Annotated[str, typer.Argument(help="Its id or name.")]) -> None:
    """Works at its next request, and at the next attempt of its deliveries."""

    async def step(work: UnitOfWork) -> None:
        found = await find_agency(work, named)
        await service.suspend_agency(work, found, found.version)

    run(step)
    console.print("suspended")


@agency.command("reactivate")
def reactivate_agency(named: Annotated[str, typer.Argument(help="Its id or name.")]) -> None:
    """Lifts a suspension."""

    async def step(work: UnitOfWork) -> None:
        found = await find_agency(work, named)
        await service.reactivate_agency(work, found, found.version)

    run(step)
    console.print("active")


@client.command("create")
def create_client(agency: AgencyName, name: Annotated[str, typer.Option()]) -> None:
    """A client with a secret, which is shown once."""

    async def step(work: UnitOfWork) -> tuple[Client, str | None]:
        found = await find_agency(work, agency)
        return await service.create_client(work, found.id, _body(CreateClient, name=name))

    made, secret = run(step)
    console.print(f"client_id {made.id}\nclient_secret {secret}", soft_wrap=True)


@client.command("list")
def list_clients(agency: AgencyName) -> None:
    """An agency's clients."""

    async def step(work: UnitOfWork) -> list[Client]:
        found = await find_agency(work, agency)
        return list(await queries.list_of(work, Client, found.id))

    rows = [[str(each.id), each.name, each.auth_method, each.status] for each in run(step)]
    show("Clients", ["id", "name", "authentication", "status"], rows)


@client.command("rotate")
def rotate_client(client_id: UUID) -> None:
    """A new secret; the one before works for another 24 hours."""

    async def step(work: UnitOfWork) -> str:
        found = await _client(work, client_id)
        return await service.rotate_client_secret(work, found, found.version)

    console.print(f"client_secret {run(step)}", soft_wrap=True)


@client.command("revoke")
def revoke_client(client_id: UUID) -> None:
    """Works at its next request."""

    async def step(work: UnitOfWork) -> None:
        found = await _client(work, client_id)
        await service.revoke_client(work, found, found.version)

    run(step)
    console.print("revoked")


async def _client(work: UnitOfWork, client_id: UUID) -> Client:
    found = await work.session.get(Client, client_id)
    if found is None:
        raise fail("No client has this id.")
    return found


@practitioner.command("create")
def create_practitioner(
    agency: AgencyName,
    staff_id: Annotated[str, typer.Option()],
    name: Annotated[str, typer.Option()],
    job_title: Annotated[str, typer.Option()],
    role: Annotated[list[str], typer.Option(help="Repeat for several.")],
) -> None:
    """A person, with the roles that the agency's assertions may ask for."""

    async def step(work: UnitOfWork) -> Practitioner:
        found = await find_agency(work, agency)
        body = _body(NewPractitioner, staff_id=staff_id, name=name, job_title=job_title, roles=role)
        return await service.create_practitioner(work, found, body)

    console.print(f"practitioner {run(step).id}")


@practitioner.command("list")
def list_practitioners(agency: AgencyName) -> None:
    """An agency's people."""

    async def step(work: UnitOfWork) -> list[Practitioner]:
        found = await find_agency(work, agency)
        return list(await queries.list_of(work, Practitioner, found.id))

    rows = [
        [str(each.id), each.staff_id, each.name, ", ".join(each.roles), each.status]
        for each in run(step)
    ]
    show("Practitioners", ["id", "staff id", "name", "roles", "status"], rows)


def new_private_key() -> bytes:
    private = ec.generate_private_key(ec.SECP256R1())
    return private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def write_private(path: Path, content: bytes) -> None:
    """Readable by its owner alone, from the first byte on."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
    path.chmod(0o600)


def _body(model: type[Model], **given: Any) -> Model:
    """Raises Invalid, which `run` turns into one line."""
    return model.model_validate(given)
