"""Quotas count each client for itself, say what is left, and protect what matters most."""

from collections.abc import Mapping
from typing import Any

import httpx
import pytest

from api.foundation.errors import QuotaExceeded
from api.foundation.quotas import Quota, Quotas
from tests.world import World, an_alert, key, open_world, register


def test_a_quota_is_used_up_by_one_key_and_not_by_another() -> None:
    quotas, quota = Quotas(), Quota.per_hour("match", 2)
    assert [remaining(quotas.use(quota, "one")) for _ in range(2)] == [1, 0]
    with pytest.raises(QuotaExceeded) as refused:
        quotas.use(quota, "one")
    assert 0 < int(refused.value.headers["Retry-After"]) <= 3600
    assert remaining(refused.value.headers) == 0
    assert remaining(quotas.use(quota, "two")) == 1


def remaining(headers: Mapping[str, str]) -> int:
    return int(headers["RateLimit"].split(";r=")[1].split(";")[0])


def test_quotas_of_one_key_are_counted_apart() -> None:
    quotas = Quotas()
    for name in ("client", "publish"):
        assert remaining(quotas.use(Quota.per_minute(name, 1), "one")) == 0


def test_the_policy_is_told_with_every_answer() -> None:
    headers = Quotas().use(Quota.per_minute("publish", 10), "one")
    assert headers["RateLimit-Policy"] == '"publish";q=10;w=60'
    assert headers["RateLimit"].startswith('"publish";r=9;t=')


@pytest.mark.anyio
async def test_a_client_that_publishes_too_much_is_told_so_and_can_still_read(
    database_urls: dict[str, str],
) -> None:
    async with open_world(database_urls, publishes_per_minute=2) as world:
        family = await register(world)
        answers = [await publish_once(world, family) for _ in range(3)]
        assert [each.status_code for each in answers] == [201, 201, 429]
        refused = answers[-1]
        assert refused.json()["code"] == "quota_exceeded"
        assert int(refused.headers["Retry-After"]) > 0
        assert refused.headers["RateLimit-Policy"] == '"publish";q=2;w=60'
        read = await world.health_visiting_system.get(f"/v1/families/{family['id']}")
        assert read.status_code == 200
        assert read.headers["RateLimit-Policy"].startswith('"client"')


async def publish_once(world: World, family: dict[str, Any]) -> httpx.Response:
    path = f"/v1/families/{family['id']}/alerts"
    return await world.health_visiting_system.post(path, an_alert(family), headers=key())
