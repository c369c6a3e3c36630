"""Failed token requests are throttled, and never lock out who has the right secret."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.token_requests import SYSTEM, assertion_form, basic, post_token
from tests.world import World, open_world

pytestmark = pytest.mark.anyio

ALLOWED = 3


@pytest.fixture(scope="module")
async def world(database_urls: dict[str, str], anyio_backend: Any) -> AsyncIterator[World]:
    async with open_world(database_urls, failed_tokens_per_minute=ALLOWED) as opened:
        yield opened


async def fail_until_throttled(world: World, client_id: str) -> None:
    """At most twice what a minute allows: the quota's window may end once between two tries."""
    statuses = []
    for _ in range(2 * ALLOWED + 1):
        answer = await post_token(world, SYSTEM, auth=(client_id, "wrong"))
        statuses.append(answer.status_code)
        if answer.status_code == 429:
            assert answer.json()["error"] == "slow_down"
            assert int(answer.headers["retry-after"]) in range(1, 61)
            assert answer.headers["cache-control"] == "no-store"
            assert "www-authenticate" not in answer.headers
            break
    assert statuses[:ALLOWED] == [401] * ALLOWED
    assert statuses[-1] == 429


async def test_after_some_failures_the_answer_is_429_while_the_right_secret_still_works(
    world: World,
) -> None:
    client_id, secret = basic(world.agencies["police"])
    await fail_until_throttled(world, client_id)
    for _ in range(2 * ALLOWED):
        answer = await post_token(world, SYSTEM, auth=(client_id, secret))
        assert answer.status_code == 200
    asserted = world.assertion(world.agencies["police"], "staff-nadia")
    answer = await post_token(world, assertion_form(asserted), auth=(client_id, secret))
    assert answer.status_code == 200


async def test_failures_in_one_client_s_name_do_not_throttle_another(world: World) -> None:
    noisy, quiet = (str(world.agencies[kind].client_id) for kind in ("school", "probation"))
    await fail_until_throttled(world, noisy)
    answer = await post_token(world, SYSTEM, auth=(quiet, "wrong"))
    assert answer.status_code == 401
