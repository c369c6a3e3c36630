"""The demo's agencies and people, made once. Their secrets stay in `.doorstep/demo.json`."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import select

from api.access import tokens
from api.agencies import service
from api.agencies.models import Agency, AgencyKey, Client, Practitioner
from api.agencies.schemas import CreateAgency, CreateClient, NewPractitioner, RegisterKey
from api.commands.agencies import new_private_key, write_private
from api.foundation.crypto import hash_secret
from api.journal.unit_of_work import UnitOfWork


@dataclass(frozen=True)
class Cast:
    """An agency of the demo and its people: staff id, name, job title, roles."""

    kind: str
    name: str
    telephone: str
    people: tuple[tuple[str, str, str, list[str]], ...]


CAST = (
    Cast(
        "health_visiting",
        "Fishdock Health Visiting",
        "01472 555 0101",
        (
            ("HV-0042", "Amina Patel", "health visitor", ["practitioner"]),
            (
                "HV-0007",
                "Ruth Lindqvist",
                "health visiting manager",
                ["manager", "agency_administrator"],
            ),
            ("HV-0008", "Rosa Bianchi", "health visiting manager", ["manager"]),
            ("HV-0011", "Vera Holm", "Caldicott guardian", ["information_governance"]),
        ),
    ),
    Cast(
        "police",
        "Humber Quay Police",
        "01472 555 0102",
        (
            ("POL-3311", "Jonas Wood", "police constable", ["practitioner"]),
            ("POL-1004", "Nadia Reyes", "sergeant", ["manager", "agency_administrator"]),
        ),
    ),
    Cast(
        "school",
        "Harbour Primary School",
        "01472 555 0103",
        (
            ("SCH-021", "Tessa Birch", "school nurse", ["practitioner"]),
            (
                "SCH-001",
                "Owen Mbeki",
                "designated safeguarding lead",
                ["manager", "chair", "information_governance", "agency_administrator"],
            ),
        ),
    ),
    Cast(
        "probation",
        "East Coast Probation",
        "01472 555 0104",
        (
            ("PRB-118", "Lena Hart", "probation officer", ["practitioner"]),
            ("PRB-002", "Victor Amaral", "senior probation officer", ["manager"]),
        ),
    ),
)


async def make(work: UnitOfWork, path: Path, base_url: str) -> dict[str, Any]:
    """The demo as its file holds it: kept where it still fits the database, made where not."""
    kept = _kept(path)
    if kept is not None and await _still_holds(work, kept):
        kept["base_url"] = base_url
        for cast, agency in zip(CAST, kept["agencies"], strict=True):
            agency["practitioners"] = await _employ(work, await _agency(work, cast), cast)
    else:
        agencies = [await _make_agency(work, cast) for cast in CAST]
        kept = {"base_url": base_url, "agencies": agencies, "family": None}
    save(path, kept)
    return kept


def save(path: Path, demo: dict[str, Any]) -> None:
    write_private(path, json.dumps(demo, indent=1, ensure_ascii=False).encode() + b"\n")


def _kept(path: Path) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = json.loads(path.read_text())
    except (OSError, ValueError):
        return None
    return found


async def _still_holds(work: UnitOfWork, kept: dict[str, Any]) -> bool:
    for agency in kept.get("agencies", []):
        secret = hash_secret(agency["client_secret"])
        known = await work.session.scalar(
            select(Client.id).where(Client.secret_hash == secret, Client.status == "active")
        )
        if str(known) != agency["client_id"]:
            return False
    return len(kept.get("agencies", [])) == len(CAST)


async def _make_agency(work: UnitOfWork, cast: Cast) -> dict[str, Any]:
    agency = await _agency(work, cast)
    client, secret = await service.create_client(
        work, agency.id, CreateClient.model_validate({"name": "Demo case system"})
    )
    kid, pem = await _assertion_key(work, agency)
    return {
        "kind": cast.kind,
        "name": agency.name,
        "agency_id": str(agency.id),
        "client_id": str(client.id),
        "client_secret": secret,
        "assertion_key": {"kid": kid, "alg": "ES256", "pem": pem.decode()},
        "practitioners": await _employ(work, agency, cast),
    }


async def _employ(work: UnitOfWork, agency: Agency, cast: Cast) -> list[dict[str, Any]]:
    """The people of an agency, also where the demo was made before some of them joined it."""
    people = [
        {"staff_id": staff_id, "name": name, "job_title": job_title, "roles": roles}
        for staff_id, name, job_title, roles in cast.people
    ]
    for given in people:
        known = await work.session.scalar(
            select(Practitioner.id).where(
                Practitioner.agency_id == agency.id, Practitioner.staff_id == given["staff_id"]
            )
        )
        if known is None:
            await service.create_practitioner(work, agency, NewPractitioner.model_validate(given))
    return people


async def _agency(work: UnitOfWork, cast: Cast) -> Agency:
    found = await work.session.scalar(select(Agency).where(Agency.name == cast.name))
    if found is None:
        body = CreateAgency.model_validate({"kind": cast.kind, "name": cast.name})
        found, _, code = await service.create_agency(work, body)
        code.used_at = work.now
    found.status = "active"
    found.emergency_contact = {"name": "Duty desk", "telephone": cast.telephone}
    return found


async def _assertion_key(work: UnitOfWork, agency: Agency) -> tuple[str, bytes]:
    made = await work.session.scalars(select(AgencyKey.id).where(AgencyKey.agency_id == agency.id))
    kid, pem = f"demo-{len(list(made)) + 1}", new_private_key()
    public = tokens.public_key_of(kid, pem)
    await service.register_key(
        work,
        agency.id,
        RegisterKey.model_validate(
            {"kid": kid, "algorithm": "ES256", "public_jwk": dict(public.jwk)}
        ),
    )
    return kid, pem
