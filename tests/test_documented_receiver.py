"""The receivers of docs/webhooks.md beside the service, its feed over HTTP: nothing is missed,
nothing is taken twice, and both languages do the same."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from api.webhooks.delivery import Courier
from api.webhooks.fan_out import fan_out
from api.webhooks.heartbeats import beat
from api.webhooks.signing import Keys, Signer
from tests.documented import LANGUAGES, Process, Served, Way, running, served
from tests.involving import leave
from tests.posting import courier_of, deliver, revoke, until
from tests.world import World, etag, publish, shared_family

pytestmark = pytest.mark.anyio

LONG, SHORT = 60.0, 0.05


@dataclass
class Scene:
    """A subscription of the school, and everything between it and a receiver."""

    world: World
    family: dict[str, Any]
    subscription: dict[str, Any]
    way: Way
    courier: Courier
    served: Served
    start: Callable[..., AbstractAsyncContextManager[Process]]

    async def publish(self, does: str = "bring") -> str:
        """One more alert; what becomes of its message."""
        self.way.does = does
        alert = await publish(self.world, self.family)
        await deliver(self.world, self.courier)
        self.way.does = "bring"
        return str(alert["id"])


@pytest.fixture(params=LANGUAGES)
async def scene(
    world: World, tmp_path: Path, request: pytest.FixtureRequest
) -> AsyncIterator[Scene]:
    who, way = world.school_system, Way()
    body = {
        "url": "http://127.0.0.1:9/hook",
        "event_types": ["alert.*"],
        "heartbeat_seconds": 60,
    }
    async with served(world) as by, courier_of(world, way) as courier:
        made = (await who.post("/v1/webhooks", body)).json()

        @asynccontextmanager
        async def start(*secrets: str, patience: float = LONG) -> AsyncIterator[Process]:
            given = list(secrets) or [made["secret"]]
            async with running(request.param, tmp_path, by, who, given, patience) as process:
                way.to = process.url
                await deliver(world, courier)
                yield process

        yield Scene(world, await shared_family(world), made, way, courier, by, start)
        await revoke(who, made)


async def test_it_answers_the_challenge_and_takes_everything_once(scene: Scene) -> None:
    async with scene.start() as there:
        shown = await scene.world.school_system.get(f"/v1/webhooks/{scene.subscription['id']}")
        assert shown.json()["status"] == "active"
        alerts = [await scene.publish(does) for does in ("bring", "bring twice", "bring twice")]
        await until(lambda: len(there.progress) == 5)
        assert there.alerts == alerts
        assert set(scene.way.statuses) == {200, 204}
        assert there.progress[-1] | {"epoch": ""} == {"epoch": "", "missing": 0, "ahead": 0}
        assert scene.served.feed_reads == 0


async def test_it_waits_for_what_was_overtaken_and_takes_the_rest_meanwhile(scene: Scene) -> None:
    async with scene.start() as there:
        first, second = await scene.publish(), await scene.publish("hold")
        third, fourth = await scene.publish(), await scene.publish()
        await until(lambda: there.alerts == [first, third, fourth])
        await until(lambda: there.progress[-1]["ahead"] == 2)
        await scene.way.release()
        await until(lambda: there.alerts == [first, third, fourth, second])
        await until(lambda: there.progress[-1]["ahead"] == 0)
        assert there.progress[-1]["missing"] == 0
        assert scene.served.feed_reads == 0


async def test_it_fetches_what_does_not_come_from_the_feed(scene: Scene) -> None:
    async with scene.start(patience=SHORT) as there:
        alerts = [await scene.publish()]
        alerts += [await scene.publish("lose") for _ in range(3)]
        alerts.append(await scene.publish())
        await until(lambda: set(there.alerts) == set(alerts))
        assert scene.served.feed_reads > 0
        alerts.append(await scene.publish("lose"))
        scene.world.clock.advance(timedelta(seconds=60))
        assert await beat(scene.world.worker) >= 1
        await fan_out(scene.world.worker)
        await deliver(scene.world, scene.courier)
        await until(lambda: set(there.alerts) == set(alerts))
        alerts.append(await scene.publish())
        await until(lambda: there.progress[-1]["missing"] == 0)
        assert sorted(there.alerts) == sorted(alerts)


async def test_what_is_withheld_leaves_no_gap_and_is_not_taken(scene: Scene) -> None:
    async with scene.start() as there:
        first = await scene.publish()
        await publish(scene.world, scene.family)
        await fan_out(scene.world.worker)
        left = await leave(scene.family, scene.world.school_system)
        assert left.status_code == 200, left.text
        await deliver(scene.world, scene.courier)
        await until(lambda: len(there.progress) >= 2)
        scene.family = await shared_family(scene.world)
        last = await scene.publish()
        await until(lambda: there.alerts == [first, last])
        assert "event.withheld" not in [each["type"] for each in there.took]
        await until(lambda: there.progress[-1]["missing"] == 0)
        assert scene.served.feed_reads == 0


async def test_with_another_epoch_it_reads_everything_again_and_takes_each_once(
    scene: Scene, superuser: Any
) -> None:
    world = scene.world
    async with scene.start(patience=SHORT) as there:
        await scene.publish()
        await until(lambda: len(there.alerts) == 1)
        lost, epoch = await scene.publish("lose"), uuid4()
        await superuser.execute("UPDATE instance SET epoch = $1", epoch)
        world.runtime.epoch = world.worker.epoch = None
        async with courier_of(world, scene.way) as scene.courier:
            last = await scene.publish()
            feed = [each for each in await world.school_system.events() if each["data"]["event_id"]]
            published = {
                each["data"]["resource"]["id"] for each in feed if each["type"] == "alert.published"
            }
            assert {lost, last} <= published
            await until(lambda: set(there.alerts) == published)
            await scene.publish()
            await until(lambda: there.progress[-1]["missing"] == 0)
        assert there.progress[-1]["epoch"] == str(epoch)
        assert len(there.alerts) == len(set(there.alerts)) == len(published) + 1


async def rotate(scene: Scene, overlap_days: int) -> str:
    who, path = scene.world.school_system, f"/v1/webhooks/{scene.subscription['id']}"
    version = etag((await who.get(path)).json())
    made = await who.post(f"{path}/keys", {"overlap_days": overlap_days}, headers=version)
    assert made.status_code == 201, made.text
    return str(made.json()["secret"])


async def test_while_keys_are_rotated_it_verifies_with_either_secret_or_both(scene: Scene) -> None:
    old, new = scene.subscription["secret"], await rotate(scene, 1)
    for secrets in ([old], [new], [old, new]):
        async with scene.start(*secrets) as there:
            alert = await scene.publish()
            await until(lambda: there.alerts == [alert])  # noqa: B023 (awaited in the loop)
    async with scene.start(old, new) as there:
        newest = await rotate(scene, 0)
        alert = await scene.publish()
        assert (there.alerts, scene.way.statuses[-1]) == ([], 401)
    scene.world.clock.advance(timedelta(seconds=10))
    async with scene.start(new, newest) as there:
        await until(lambda: there.alerts == [alert])


async def test_it_refuses_what_is_not_signed_by_its_keys(scene: Scene) -> None:
    now, body = int(scene.world.clock.now().timestamp()), b'{"type":"webhook.test","data":{}}'
    keys = Keys.new()
    right = Signer([keys]).headers("msg_1", now, body)
    late = Signer([keys]).headers("msg_1", now - 400, body)
    early = Signer([keys]).headers("msg_1", now + 400, body)
    other = Signer([Keys.new()]).headers("msg_1", now, body)
    forged: list[dict[str, str]] = [
        {},
        {"webhook-id": "x", "webhook-timestamp": "now", "webhook-signature": "v1,x"},
        {"webhook-id": "x", "webhook-timestamp": "1", "webhook-signature": "v1,x v1a,y"},
        late, early, other,
        right | {"webhook-id": "msg_2"},
        right | {"webhook-timestamp": str(now + 1)},
        right | {"webhook-signature": right["webhook-signature"].replace("v1,", "v2,")},
        right | {"webhook-signature": ""},
    ]  # fmt: skip
    async with scene.start(keys.shown_secret) as there, httpx.AsyncClient() as http:

        async def status(content: bytes, headers: dict[str, str]) -> int:
            return (await http.post(there.url, content=content, headers=headers)).status_code

        assert await status(body, right) == 204
        assert await status(body + b" ", right) == 401
        assert [await status(body, headers) for headers in forged] == [401] * len(forged)
        assert there.took == []
