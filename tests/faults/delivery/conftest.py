"""One service for all of these: each test has workers and subscriptions of its own."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.faults.history import History
from tests.faults.service import Service, running_service


@pytest.fixture(scope="package")
async def service(anyio_backend: Any) -> AsyncIterator[Service]:
    async with running_service() as running:
        yield running


@pytest.fixture
def history() -> History:
    return History()
