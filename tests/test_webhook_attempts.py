"""The attempts of a subscription one by one: newest first, the failed ones alone, never a body."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any, get_args
from uuid import uuid4

import pytest
from sqlalchemy.dialects.postgresql import asyncpg

from api.webhooks.attempts.queries import Wanted, newest
from api.webhooks.attempts.schemas import Outcome
from tests.involving import leave
from tests.posting import courier_of, deliver, log_of, subscribed
from tests.receivers import answering, receiver
from tests.service import ROOT
from tests.world import Caller, World, publish, shared_family

pytestmark = pytest.mark.anyio


def path_of(made: dict[str, Any]) -> str:
    return f"/v1/webhooks/{made['id']}/attempts"


async def attempts(who: Caller, made: dict[str, Any], **query: Any) -> list[dict[str, Any]]:
    """The newest page, but for the challenge."""
    answer = await who.get(path_of(made), params=query)
    assert answer.status_code == 200, answer.text
    return [each for each in answer.json()["items"] if each["kind"] != "verification"]


async def test_each_says_when_how_long_and_what_came_of_which_message(world: World) -> None:
    family = await shared_family(world)
    async with (
        receiver(answering(503, b"CANARY")) as there,
        courier_of(world) as courier,
        subscribed(world, world.school_system, there, courier=courier) as made,
    ):
        await publish(world, family)
        await deliver(world, courier)
        first = world.clock.now()
        there.behaviour = answering(202)
        world.clock.advance(timedelta(minutes=1))
        await deliver(world, courier)
        answer = await world.school_system.get(path_of(made))
        assert "CANARY" not in answer.text
        newer, older, challenge = answer.json()["items"]
        assert (challenge["kind"], challenge["position"]) == ("verification", None)
        assert challenge["message_id"] == challenge["delivery_id"]
        assert older | {"duration_ms": 0} == {
            "delivery_id": (await log_of(world.school_system, made))[0]["id"],
            "message_id": there.events[0].message_id,
            "kind": "event",
            "priority": "urgent",
            "position": there.events[0].data["position"],
            "number": 1,
            "started_at": first.isoformat().replace("+00:00", "Z"),
            "duration_ms": 0,
            "http_status": 503,
            "outcome": "http_5xx",
        }
        assert (newer["number"], newer["http_status"], newer["outcome"]) == (2, 202, "delivered")
        assert newer["message_id"] == older["message_id"]


async def test_they_are_filtered_by_what_came_of_them_and_by_delivery(world: World) -> None:
    family = await shared_family(world)
    async with (
        receiver(answering(503)) as there,
        courier_of(world) as courier,
        subscribed(world, world.school_system, there, courier=courier) as made,
    ):
        await publish(world, family)
        await deliver(world, courier)
        there.behaviour = answering(404)
        world.clock.advance(timedelta(minutes=1))
        await deliver(world, courier)
        there.behaviour = answering(200)
        world.clock.advance(timedelta(minutes=1))
        await publish(world, family)
        await deliver(world, courier)

        async def outcomes(**query: Any) -> list[str]:
            return [each["outcome"] for each in await attempts(world.school_system, made, **query)]

        assert sorted(await outcomes()) == ["delivered", "delivered", "http_4xx", "http_5xx"]
        assert await outcomes(outcome="failed") == ["http_4xx", "http_5xx"]
        assert await outcomes(outcome="http_5xx") == ["http_5xx"]
        assert await outcomes(outcome="delivered") == ["delivered", "delivered"]
        assert await outcomes(outcome="timeout") == []
        first = (await log_of(world.school_system, made))[-1]["id"]
        assert await outcomes(delivery_id=first) == ["delivered", "http_4xx", "http_5xx"]
        assert await outcomes(delivery_id=first, outcome="failed") == ["http_4xx", "http_5xx"]
        assert await outcomes(delivery_id=str(uuid4())) == []


async def test_a_filter_that_is_none_is_refused_and_not_answered_with_nothing(
    world: World,
) -> None:
    async with (
        receiver() as there,
        courier_of(world) as courier,
        subscribed(world, world.school_system, there, courier=courier) as made,
    ):
        for query in ({"outcome": "timeouts"}, {"outcome": ""}, {"delivery_id": "1"}):
            refused = await world.school_system.get(path_of(made), params=query)
            assert refused.status_code == 400, query
            [error] = refused.json()["errors"]
            assert "outcome" not in query or "'failed', 'delivered'" in error["detail"]


def test_every_outcome_can_be_asked_for() -> None:
    sources = [path.read_text() for path in Path(ROOT / "api/webhooks").rglob("*.py")]
    given = {name for each in sources for name in re.findall(r'Answer\(\s*"(\w+)"', each)}
    given |= {f"http_{first}xx" for first in range(1, 10) if first != 2}  # that is `delivered`
    assert len(given) > 12
    assert given | {"failed", "delivered", "connection_error"} == set(get_args(Outcome))


async def test_they_page_newest_first_without_skipping_or_repeating(world: World) -> None:
    family = await shared_family(world)
    async with (
        receiver(answering(500)) as there,
        courier_of(world) as courier,
        subscribed(world, world.school_system, there, courier=courier) as made,
    ):
        for _ in range(4):
            await publish(world, family)
        await deliver(world, courier)
        there.behaviour = answering(200)
        world.clock.advance(timedelta(hours=1))
        await deliver(world, courier)
        failed = await attempts(world.school_system, made, outcome="failed")
        assert len(failed) >= 4
        found: list[dict[str, Any]] = []
        query: dict[str, Any] = {"limit": 1, "outcome": "failed"}
        while True:
            page = await world.school_system.get(path_of(made), params=query)
            found += page.json()["items"]
            if page.json()["next"] is None:
                break
            assert "outcome=failed" in page.headers["link"]
            query["cursor"] = page.json()["next"]
        assert found == failed
        for other in ({"outcome": "http_5xx"}, {"delivery_id": failed[0]["delivery_id"]}, {}):
            answer = await world.school_system.get(
                path_of(made), params=other | {"cursor": query["cursor"]}
            )
            assert (answer.status_code, answer.json()["code"]) == (400, "invalid_cursor")


async def test_of_what_the_agency_may_no_longer_read_only_the_delivery_is_named(
    world: World,
) -> None:
    family = await shared_family(world)
    async with (
        receiver() as there,
        courier_of(world) as courier,
        subscribed(world, world.school_system, there, courier=courier) as made,
    ):
        await publish(world, family)
        await deliver(world, courier)
        sent = there.events[0].message_id
        assert (await attempts(world.school_system, made))[0]["message_id"] == sent
        assert (await leave(family, world.school_system)).status_code == 200
        seen = (await attempts(world.school_system, made))[-1]
        assert seen["message_id"] == seen["delivery_id"] != sent


async def test_another_agency_finds_none(world: World) -> None:
    async with (
        receiver() as there,
        courier_of(world) as courier,
        subscribed(world, world.school_system, there, courier=courier) as made,
    ):
        answer = await world.police_system.get(path_of(made))
        assert answer.status_code == 404


async def test_failures_are_found_by_their_own_index(superuser: Any) -> None:
    """Whatever outcome is asked for, and also in a plan that is kept for every value of it."""
    for outcome in ("failed", "timeout"):
        query = newest(uuid4(), uuid4(), Wanted(outcome, None)).limit(50)
        compiled = query.compile(
            dialect=asyncpg.dialect(), compile_kwargs={"render_postcompile": True}
        )
        names = compiled.positiontup or []
        given = ", ".join(f"'{compiled.params[name]}'" for name in names)
        async with superuser.transaction():
            await superuser.execute("SET LOCAL plan_cache_mode = force_generic_plan")
            await superuser.execute("SET LOCAL enable_seqscan = off")
            await superuser.execute(f"PREPARE asked AS {compiled}")
            plan = await superuser.fetch(f"EXPLAIN EXECUTE asked({given})")
            await superuser.execute("DEALLOCATE asked")
        assert "ix_attempts_failed" in " ".join(row[0] for row in plan)
