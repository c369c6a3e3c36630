"""A partnership of its own for each test module: a fresh database, an application, its people.

`Caller` is one of them with a token: an agency's system or a named practitioner. Everything goes
through HTTP; the token comes from the real token endpoint.
"""

import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
from fastapi import FastAPI

from api.access import tokens
from api.agencies import service
from api.agencies.models import Agency
from api.agencies.oauth.service import JWT_BEARER
from api.agencies.schemas import CreateAgency, CreateClient, NewPractitioner, RegisterKey
from api.commands.agencies import new_private_key
from api.foundation.clock import ManualClock
from api.foundation.crypto import new_secret
from api.journal.runtime import Runtime
from api.journal.unit_of_work import UnitOfWork
from api.main import assemble, attach, build_runtime
from api.settings import Settings
from tests.messages import check_feed

START = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
BASE_URL = "http://doorstep.test"
_numbers = itertools.count(1)
# Applications that no world uses at the moment: to work out its routes costs each a second.
_FREE: list[FastAPI] = []


def nhs_number() -> str:
    """A valid NHS number that no other test has."""
    while True:
        stem = f"{943000000 + next(_numbers):09d}"
        check = (11 - sum(int(d) * (10 - i) for i, d in enumerate(stem)) % 11) % 11
        if check < 10:
            return f"{stem}{check}"


def key() -> dict[str, str]:
    return {"Idempotency-Key": str(uuid4())}


@dataclass
class AgencyInWorld:
    id: UUID
    kind: str
    client_id: UUID
    secret: str
    pem: bytes
    kid: str


@dataclass
class Caller:
    """Somebody with a token."""

    world: "World"
    agency: AgencyInWorld
    staff_id: str | None
    name: str | None = None
    _token: str | None = None
    _token_until: datetime | None = None

    async def token(self) -> str:
        now = self.world.clock.now()
        if self._token is None or self._token_until is None or now >= self._token_until:
            self._token = await self.world.token(self.agency, self.staff_id)
            self._token_until = now + timedelta(minutes=9)
        return self._token

    async def request(self, method: str, path: str, **given: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {await self.token()}", **given.pop("headers", {})}
        answer = await self.world.http.request(method, path, headers=headers, **given)
        if path.partition("?")[0] == "/v1/events" and answer.status_code == 200:
            check_feed(answer.json())
        return answer

    async def get(self, path: str, **given: Any) -> httpx.Response:
        return await self.request("GET", path, **given)

    async def post(self, path: str, body: Any = None, **given: Any) -> httpx.Response:
        return await self.request("POST", path, json=body, **given)

    async def patch(self, path: str, body: Any, **given: Any) -> httpx.Response:
        return await self.request("PATCH", path, json=body, **given)

    async def delete(self, path: str, **given: Any) -> httpx.Response:
        return await self.request("DELETE", path, **given)

    async def events(self, **query: Any) -> list[dict[str, Any]]:
        """Everything in the agency's feed."""
        page = await self.get("/v1/events", params={"limit": 200, **query})
        assert page.status_code == 200, page.text
        return page.json()["items"]


@dataclass
class World:
    app: FastAPI
    clock: ManualClock
    http: httpx.AsyncClient
    urls: dict[str, str]
    worker: Runtime
    agencies: dict[str, AgencyInWorld] = field(default_factory=dict)
    people: dict[str, Caller] = field(default_factory=dict)

    @property
    def runtime(self) -> Runtime:
        return self.app.state.runtime

    def __getattr__(self, name: str) -> Caller:
        try:
            return self.people[name]
        except KeyError:
            raise AttributeError(name) from None

    async def token(self, agency: AgencyInWorld, staff_id: str | None = None, **claims: Any) -> str:
        form = {"grant_type": "client_credentials"}
        if staff_id is not None:
            form = {
                "grant_type": JWT_BEARER,
                "assertion": self.assertion(agency, staff_id, **claims),
            }
        answer = await self.http.post(
            "/oauth2/token", data=form, auth=(str(agency.client_id), agency.secret)
        )
        assert answer.status_code == 200, answer.text
        return answer.json()["access_token"]

    def assertion(self, agency: AgencyInWorld, staff_id: str, **claims: Any) -> str:
        now = int(self.clock.now().timestamp())
        given = {
            "iss": str(agency.client_id),
            "sub": staff_id,
            "aud": BASE_URL,
            "jti": str(uuid4()),
            "iat": now,
            "exp": now + 120,
            **claims,
        }
        return tokens.sign(given, pem=agency.pem, kid=agency.kid, typ="JWT")

    @asynccontextmanager
    async def work(self) -> AsyncIterator[UnitOfWork]:
        """A unit of work as the operator's CLI opens it."""
        async with self.runtime.database.session() as session:
            work = UnitOfWork(self.runtime, session, None)
            yield work
            await work.commit()

    async def add_agency(
        self, kind: str, people: dict[str, list[str]], *, name: str | None = None
    ) -> AgencyInWorld:
        """An active agency with a client, a key and people: `{fixture name: roles}`."""
        pem = new_private_key()
        public = tokens.public_key_of("assertions-1", pem)
        async with self.work() as work:
            body = CreateAgency.model_validate(
                {"kind": "other" if kind == "operator" else kind, "name": name or f"{kind} agency"}
            )
            agency, _, _ = await service.create_agency(
                work, body, kind="operator" if kind == "operator" else None
            )
            agency.status = "active"
            if kind == "operator":
                agency.grantable_roles = ["administrator"]
            client, secret = await service.create_client(
                work, agency.id, CreateClient.model_validate({"name": "Case system"})
            )
            await service.register_key(
                work,
                agency.id,
                RegisterKey.model_validate(
                    {"kid": "assertions-1", "algorithm": "ES256", "public_jwk": dict(public.jwk)}
                ),
            )
            for person, roles in people.items():
                await self._add_person(work, agency, person, roles)
        made = AgencyInWorld(agency.id, kind, client.id, str(secret), pem, "assertions-1")
        self.agencies[kind] = made
        for person in people:
            self.people[person] = Caller(self, made, f"staff-{person}", person.title())
        self.people[f"{kind}_system"] = Caller(self, made, None)
        return made

    async def _add_person(
        self, work: UnitOfWork, agency: Agency, person: str, roles: list[str]
    ) -> None:
        if roles == ["administrator"]:
            service._add_practitioner(
                work, agency.id, f"staff-{person}", person.title(), "operator", roles
            )
            return
        body = {
            "staff_id": f"staff-{person}",
            "name": person.title(),
            "job_title": "practitioner",
            "roles": roles,
        }
        await service.create_practitioner(work, agency, NewPractitioner.model_validate(body))


@asynccontextmanager
async def open_world(urls: dict[str, str], **settings: Any) -> AsyncIterator[World]:
    """The partnership that most tests need:

    - health visiting: `amina` (practitioner), `ruth` (manager), `health_visiting_system`
    - police: `jonas` (practitioner), `nadia` (manager), `police_system`
    - school: `tessa` (practitioner), `owen` (manager, chair, information governance,
      administrator of the agency), `school_system`
    - probation, the outsider: `lena` (practitioner), `victor` (manager), `probation_system`
    - the operator: `ada` (administrator)
    """
    clock = ManualClock(START)
    given = {
        "base_url": BASE_URL,
        "encryption_key": "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
        "allow_loopback_webhooks": True,
        "failed_tokens_per_minute": 1000,
        "matches_per_hour": 100_000,
        **settings,
    }
    configured = Settings.model_validate(given)
    app = _FREE.pop() if _FREE and configured.issuer == BASE_URL else assemble(configured.issuer)
    attach(app, configured, urls["doorstep_api"], clock=clock)
    worker, _ = build_runtime(configured, urls["doorstep_worker"], clock=clock)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url=BASE_URL) as http,
    ):
        world = World(app, clock, http, urls, worker)
        await world.add_agency("operator", {"ada": ["administrator"]})
        await world.add_agency("health_visiting", {"amina": ["practitioner"], "ruth": ["manager"]})
        await world.add_agency("police", {"jonas": ["practitioner"], "nadia": ["manager"]})
        everything = ["manager", "chair", "information_governance", "agency_administrator"]
        await world.add_agency("school", {"tessa": ["practitioner"], "owen": everything})
        await world.add_agency("probation", {"lena": ["practitioner"], "victor": ["manager"]})
        yield world
        await worker.database.close()
    if configured.issuer == BASE_URL:
        _FREE.append(app)


def a_family(**changes: Any) -> dict[str, Any]:
    """A body that registers a family nobody else has."""
    return {
        "members": [
            {
                "kind": "child",
                "given_name": "Maya",
                "family_name": "Okafor",
                "birth_date": "2019-04-02",
                "identifiers": [{"system": "nhs_number", "value": nhs_number()}],
            },
            {
                "kind": "adult",
                "given_name": "Daniel",
                "family_name": "Okafor",
                "birth_date": "1990-01-15",
                "relationship": "father",
            },
        ],
        "addresses": [{"lines": ["12 Fish Dock Road"], "postcode": "DN31 3NB"}],
        "involvement": {
            "local_id": f"HV-{next(_numbers)}",
            "reason": "Universal health visiting",
            "practitioner": {"name": "Amina Patel", "job_title": "health visitor"},
        },
        **changes,
    }


def an_alert(family: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """A body that publishes an alert on the second member of a family."""
    return {
        "subject": {"kind": "member", "member_id": family["members"][1]["id"]},
        "severity": "serious",
        "behaviours": [
            {"code": "shouting", "manner": "actual"},
            {"code": "animals_as_threat", "manner": "threatened", "covert": True},
        ],
        "circumstances": ["alcohol"],
        "scope": "universal",
        "precautions": ["joint_visit_with_other_agency", "animals_secured_first"],
        "grounds": {
            "kind": "behaviour",
            "basis": "fact",
            "uncooperativeness_types": ["confrontation"],
            "statement": "Shouted and set a dog towards the door on 12 November.",
            "incident_ids": [],
        },
        "child_impact": {"known": True, "statement": "Maya hid upstairs throughout."},
        "review_due": "2027-02-01",
        "expires_on": "2027-05-01",
        "audience": {"kind": "involved"},
        "author": {"staff_id": "staff-amina"},
        **changes,
    }


async def register(world: World, body: dict[str, Any] | None = None) -> dict[str, Any]:
    """A family that health visiting registered."""
    answer = await world.health_visiting_system.post("/v1/families", body or a_family())
    assert answer.status_code == 201, answer.text
    return answer.json()


async def join(world: World, family: dict[str, Any], who: Caller) -> httpx.Response:
    """Matched by the child's identifiers, then joined."""
    identifiers = [
        {"system": each["system"], "value": each["value"]}
        for each in family["members"][0]["identifiers"]
    ]
    found = await who.post("/v1/families/match", {"members": [{"identifiers": identifiers}]})
    assert found.status_code == 200, found.text
    body = {
        "join_token": found.json()["items"][0]["join_token"],
        "local_id": f"L-{next(_numbers)}",
        "reason": "Works with the family",
        "practitioner": {"name": "A Colleague", "job_title": "practitioner"},
    }
    return await who.post(f"/v1/families/{family['id']}/involvements", body)


async def shared_family(world: World) -> dict[str, Any]:
    """A family of health visiting, police and school; probation is not involved."""
    family = await register(world)
    for who in (world.police_system, world.school_system):
        answer = await join(world, family, who)
        assert answer.status_code == 201, answer.text
    return family


async def publish(
    world: World, family: dict[str, Any], who: Caller | None = None, **changes: Any
) -> dict[str, Any]:
    """An alert of health visiting on the family, unless somebody else is named."""
    answer = await (who or world.health_visiting_system).post(
        f"/v1/families/{family['id']}/alerts", an_alert(family, **changes), headers=key()
    )
    assert answer.status_code == 201, answer.text
    return answer.json()


def etag(body: dict[str, Any]) -> dict[str, str]:
    return {"If-Match": f'"{body["version"]}"'}


def random_name() -> str:
    return new_secret("n")[:12]
