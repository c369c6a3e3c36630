"""The receiver of docs/webhooks.md, beside the real service: nothing is missed, nothing taken
twice."""

import re
from datetime import timedelta
from typing import Any

import httpx
import pytest

from api.webhooks.fan_out import fan_out
from api.webhooks.heartbeats import beat
from api.webhooks.sending import Answer, Sender
from tests.posting import courier_of, deliver, subscribe
from tests.service import ROOT
from tests.world import World, publish, shared_family

pytestmark = pytest.mark.anyio

PAGE = (ROOT / "docs" / "webhooks.md").read_text()


@pytest.fixture(scope="module")
def says() -> dict[str, Any]:
    """What the page's code defines."""
    [block] = re.findall(r"^```python\n(.*?)^```", PAGE, re.M | re.S)
    names: dict[str, Any] = {"__name__": "documented"}
    exec(compile(block, "docs/webhooks.md", "exec", dont_inherit=True), names)
    return names


class Through(Sender):
    """Posts into an application in this process, and loses what it is told to."""

    def __init__(self, app: Any) -> None:
        super().__init__(loopback_allowed=True)
        self._http = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://there")
        self.losing = False
        self.statuses: list[int] = []

    async def post(self, _url: str, body: bytes, headers: dict[str, str]) -> Answer:
        if self.losing:
            return Answer("delivered", 200)  # as if a proxy had answered for it
        answer = await self._http.post("/hook", content=body, headers=headers)
        self.statuses.append(answer.status_code)
        outcome = "delivered" if answer.is_success else f"http_{answer.status_code // 100}xx"
        return Answer(outcome, answer.status_code, answer.content)


async def test_it_takes_everything_once_and_fills_its_gaps_from_the_feed(
    world: World, says: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("time.time", lambda: world.clock.now().timestamp())
    family = await shared_family(world)
    taken: list[str] = []
    secrets: list[str] = []

    async def feed(epoch: str, position: int) -> list[dict[str, Any]]:
        return await world.school_system.events(epoch=epoch, position=position)

    async def take(event: dict[str, Any]) -> None:
        if event["type"] == "alert.published":
            taken.append(event["data"]["resource"]["id"])

    progress = says["Progress"]()
    there = Through(says["receiver"](secrets, progress, feed, take))
    async with courier_of(world, there) as courier:
        made = await subscribe(world.school_system, "http://127.0.0.1:9/hook", ["alert.*"])
        secrets.append(made["secret"])
        await deliver(world, courier)
        alerts = [(await publish(world, family))["id"]]
        await deliver(world, courier)
        there.losing = True
        alerts += [(await publish(world, family))["id"] for _ in range(3)]
        await deliver(world, courier)
        there.losing = False
        alerts.append((await publish(world, family))["id"])
        await deliver(world, courier)
        assert taken == alerts
        there.losing = True
        alerts.append((await publish(world, family))["id"])
        await deliver(world, courier)
        there.losing = False
        world.clock.advance(timedelta(seconds=made["heartbeat_seconds"]))
        assert await beat(world.worker) == 1
        await fan_out(world.worker)
        await deliver(world, courier)
        assert taken == alerts
        assert set(there.statuses) <= {200, 204}


async def test_it_refuses_what_is_not_signed_by_its_keys(
    says: dict[str, Any],
) -> None:
    async def nothing(*_: Any) -> list[Any]:
        raise AssertionError

    app = says["receiver"](["whsec_AAAA"], says["Progress"](), nothing, nothing)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://there"
    ) as client:
        for headers in (
            {},
            {"webhook-id": "x", "webhook-timestamp": "now", "webhook-signature": "v1,x"},
            {"webhook-id": "x", "webhook-timestamp": "1", "webhook-signature": "v1,x v1a,y"},
        ):
            answer = await client.post("/hook", content=b"{}", headers=headers)
            assert answer.status_code == 401
