"""Whatever happens on a family: its chronology and its accesses name only what their reader may
read, and leave nothing of it out."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.involving import acknowledge, leave
from tests.world import World, join, publish, register

pytestmark = pytest.mark.anyio

OTHERS = {"police": "jonas", "school": "tessa", "probation": "lena"}
EVERYBODY = {"health_visiting": "amina", **OTHERS}

others = st.sampled_from(sorted(OTHERS))
audiences = st.none() | st.sets(others, min_size=1)
steps = st.lists(
    st.tuples(st.just("join"), others)
    | st.tuples(st.just("leave"), others)
    | st.tuples(st.just("publish"), audiences)
    | st.tuples(st.just("acknowledge"), others)
    | st.tuples(st.just("read"), others)
    | st.tuples(st.just("look_up"), others),
    max_size=12,
)


class Family:
    """One family of health visiting, and what may be done with it. What is refused is left."""

    def __init__(self, world: World, record: dict[str, Any]) -> None:
        self.world = world
        self.record = record
        self.path = f"/v1/families/{record['id']}"
        self.involved: set[str] = set()
        self.alerts: list[dict[str, Any]] = []

    async def do(self, act: str, given: Any) -> None:
        if act in {"join", "publish"} or given in self.involved:
            await getattr(self, act)(given)

    async def join(self, kind: str) -> None:
        if kind not in self.involved:
            answer = await join(self.world, self.record, self.world.people[f"{kind}_system"])
            assert answer.status_code == 201, answer.text
            self.involved.add(kind)

    async def leave(self, kind: str) -> None:
        answer = await leave(self.record, self.world.people[f"{kind}_system"])
        assert answer.status_code == 200, answer.text
        self.involved.remove(kind)

    async def publish(self, audience: set[str] | None) -> None:
        if audience is None:
            self.alerts.append(await publish(self.world, self.record))
            return
        named = [
            {"agency_id": str(self.world.agencies[kind].id), "reason": "Visits too"}
            for kind in sorted(audience & self.involved)
        ]
        if named:
            chosen = {"kind": "agencies", "agencies": named}
            self.alerts.append(await publish(self.world, self.record, audience=chosen))

    async def acknowledge(self, kind: str) -> None:
        for alert in self.alerts:
            answer = await acknowledge(alert, self.world.people[f"{kind}_system"])
            assert answer.status_code in {201, 404}

    async def read(self, kind: str) -> None:
        who = self.world.people[OTHERS[kind]]
        for alert in self.alerts:
            assert (await who.get(f"/v1/alerts/{alert['id']}")).status_code in {200, 404}
        assert (await who.get(f"{self.path}/banner")).status_code == 200

    async def look_up(self, kind: str) -> None:
        body = {"entries": [{"family_id": self.record["id"]}]}
        answer = await self.world.people[OTHERS[kind]].post("/v1/banners/lookup", body)
        assert answer.json()["items"][0]["status"] == "found"


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(story=steps)
async def test_chronology_and_accesses_name_what_their_reader_may_read_and_nothing_else(
    world: World, story: list[tuple[str, Any]]
) -> None:
    family = Family(world, await register(world))
    for act, given_ in story:
        await family.do(act, given_)
    for kind, person in EVERYBODY.items():
        who = world.people[person]
        told = await who.get(f"{family.path}/chronology", params={"limit": 200})
        read = await who.get(f"{family.path}/accesses", params={"limit": 200})
        if kind not in {"health_visiting", *family.involved}:
            assert (told.status_code, read.status_code) == (404, 404)
            continue
        shown = [each["resource"] for each in told.json()["items"] + read.json()["items"]]
        for url in {each["url"] for each in shown}:
            assert (await who.get(url)).status_code == 200, url
        readable = {
            each["id"]
            for each in family.alerts
            if (await who.get(f"/v1/alerts/{each['id']}")).status_code == 200
        }
        published = [each for each in told.json()["items"] if each["type"] == "alert.published"]
        assert {each["resource"]["id"] for each in published} == readable
        assert {each["id"] for each in shown if each["type"] == "alert"} <= readable
