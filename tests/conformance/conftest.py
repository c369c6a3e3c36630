"""A partnership for each file, with quotas that a whole walk does not exhaust."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from api.foundation.quotas import Quota
from tests.conformance import (
    agency_calls,
    agreement_calls,
    alert_calls,
    audit_calls,
    break_glass_calls,
    calls,
    checking_calls,
    engagement_calls,
    follow_up_calls,
    incident_calls,
    meeting_calls,
    merging_calls,
    outcome_calls,
    overview_calls,
    webhook_calls,
)
from tests.conformance.routes import ENTRIES
from tests.conformance.scene import Scene, set_scene
from tests.world import World, open_world

CALLS = (
    agency_calls,
    agreement_calls,
    alert_calls,
    audit_calls,
    break_glass_calls,
    calls,
    engagement_calls,
    follow_up_calls,
    incident_calls,
    checking_calls,
    meeting_calls,
    merging_calls,
    outcome_calls,
    overview_calls,
    webhook_calls,
)
assert {each.__name__ for each in CALLS} <= {each.make.__module__ for each in ENTRIES.values()}

PLENTY = 1_000_000


@pytest.fixture(scope="module")
async def world(database_urls: dict[str, str], anyio_backend: Any) -> AsyncIterator[World]:
    quotas = {"requests_per_minute": PLENTY, "publishes_per_minute": PLENTY}
    async with open_world(database_urls, **quotas) as opened:
        opened.runtime.public_quota = Quota.per_minute("public", PLENTY)
        yield opened


@pytest.fixture(scope="module")
async def scene(world: World) -> Scene:
    return await set_scene(world)
