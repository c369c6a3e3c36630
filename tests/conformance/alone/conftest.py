"""What changes the scene for everybody has one of its own: a partnership for each file."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from api.foundation.embedded import Cluster
from tests.conformance.conftest import unhurried_world
from tests.conformance.scene import Scene, set_scene
from tests.conftest import fresh_database
from tests.world import World


@pytest.fixture(scope="module")
def database_urls(cluster: Cluster) -> dict[str, str]:
    return fresh_database(cluster)


@pytest.fixture(scope="module")
async def world(database_urls: dict[str, str], anyio_backend: Any) -> AsyncIterator[World]:
    async with unhurried_world(database_urls) as opened:
        yield opened


@pytest.fixture(scope="module")
async def scene(world: World) -> Scene:
    return await set_scene(world)
