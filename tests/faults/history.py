"""Publishers that never give up, what they were told, and whether the service kept its word."""

import asyncio
import random
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import httpx

from tests.faults.service import PATIENCE_SECONDS, Service, body_for
from tests.world import Caller

PUBLISHERS = 8
INVOLVED = ("health_visiting", "police", "school")


@dataclass(frozen=True)
class Published:
    """An acknowledged alert: the key it was asked for with, what was answered, and when."""

    key: str
    alert_id: str
    family_id: str
    tries: int
    replayed: bool
    asked: float
    answered: float


@dataclass
class History:
    """Everything that was acknowledged, and how many requests got no answer at all."""

    published: list[Published] = field(default_factory=list)
    lost: int = 0
    refused: int = 0

    def __len__(self) -> int:
        return len(self.published)

    async def until(self, count: int) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while len(self.published) < count:
            assert time.monotonic() < deadline, f"only {len(self)} of {count} alerts"
            await asyncio.sleep(0.005)


async def publish(
    service: Service,
    who: Caller,
    family: dict[str, Any],
    history: History,
    severity: str = "serious",
) -> Published:
    """As a client must: the same key until there is an answer. Raises AssertionError for an
    answer that is neither a success nor an invitation to try again."""
    key, path = str(uuid4()), f"/v1/families/{family['id']}/alerts"
    body = body_for(family) | {"severity": severity}
    deadline, tries, asked = time.monotonic() + PATIENCE_SECONDS, 0, time.time()
    while time.monotonic() < deadline:
        tries += 1
        try:
            answer = await who.post(path, body, headers={"Idempotency-Key": key})
        except httpx.TransportError:
            history.lost += 1
            await asyncio.sleep(0.02)
            continue
        if answer.status_code == 201:
            replayed = answer.headers.get("Idempotency-Replayed") == "true"
            alert_id, now = answer.json()["id"], time.time()
            done = Published(key, alert_id, family["id"], tries, replayed, asked, now)
            history.published.append(done)
            return done
        transient = (answer.status_code, answer.json()["code"])
        assert transient in {(503, "unavailable"), (409, "idempotency_in_progress")}, answer.text
        assert int(answer.headers["Retry-After"]) > 0
        history.refused += 1
        await asyncio.sleep(0.02)
    raise AssertionError(f"no answer: {service.api.said()}")


async def publish_many(
    service: Service,
    history: History,
    chance: random.Random,
    each: int = 12,
) -> None:
    """Eight publishers of all agencies, on families that overlap, urgent and routine, until
    there is enough."""
    jobs = []
    for number in range(PUBLISHERS):
        shared = number % 2
        kinds = INVOLVED[: 2 + shared]
        who = service.world.people[f"{chance.choice(kinds)}_system"]
        await who.token()
        jobs.append((who, service.families[shared]))

    async def publisher(who: Caller, family: dict[str, Any]) -> None:
        for _ in range(each):
            severity = chance.choice(("serious", "caution"))
            await publish(service, who, family, history, severity)

    await asyncio.gather(*(publisher(who, family) for who, family in jobs))


async def feed(who: Caller) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = []
    query: dict[str, Any] = {"limit": 200}
    while True:
        answer = await who.get("/v1/events", params=query)
        if answer.status_code == 503:  # by a connection that the database has dropped
            assert int(answer.headers["Retry-After"]) > 0
            continue
        assert answer.status_code == 200, answer.text
        page = answer.json()
        items += page["items"]
        query["after"] = page["next"]
        if not page["items"]:
            return items


async def check(service: Service, history: History) -> None:
    """Nothing acknowledged is lost, nothing is doubled, no feed has a hole, no outsider knows."""
    await _check_alerts(service, history)
    families = {each["id"]: each for each in service.families}
    for kind in INVOLVED:
        items = await feed(service.world.people[f"{kind}_system"])
        positions = [each["data"]["position"] for each in items]
        assert positions == list(range(1, len(items) + 1)), f"the feed of {kind} has a hole"
        told = Counter(
            each["data"]["resource"]["id"] for each in items if each["type"] == "alert.published"
        )
        second = service.families[1]["id"]
        due = [
            each.alert_id
            for each in history.published
            if kind != "school" or each.family_id == second
        ]
        assert told == Counter(due), f"{kind} was told of other alerts than were acknowledged"
    outsider = await feed(service.world.probation_system)
    assert {each["type"].split(".")[0] for each in outsider} - {"audit"} == {"agency"}
    assert not families.keys() & {str(each["data"]["family_id"]) for each in outsider}


async def _check_alerts(service: Service, history: History) -> None:
    acknowledged = {each.key: each.alert_id for each in history.published}
    assert len(acknowledged) == len(history)
    async with service.superuser() as connection:
        saved = {str(row["id"]) for row in await connection.fetch("SELECT id FROM alerts")}
        rows = await connection.fetch("SELECT key, resource_id FROM idempotency_keys")
        audited = await connection.fetch(
            "SELECT resource_id FROM audit_entries WHERE action = 'alert.published'"
        )
    assert set(acknowledged.values()) == saved, "alerts were lost, or doubled by a retry"
    assert {row["key"]: str(row["resource_id"]) for row in rows} == acknowledged
    assert Counter(str(row["resource_id"]) for row in audited) == Counter(saved)


async def delivered(service: Service, kind: str, after: int) -> set[UUID]:
    """The events that a subscription made after this position must have been sent."""
    async with service.superuser() as connection:
        rows = await connection.fetch(
            "SELECT event_id FROM inbox WHERE agency_id = $1 AND position > $2",
            service.world.agencies[kind].id,
            after,
        )
    return {row["event_id"] for row in rows}
