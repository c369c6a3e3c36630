"""One service for the rounds of a module: they share its history."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.faults.history import History
from tests.faults.service import Service, running_service


@pytest.fixture(scope="module")
async def service(anyio_backend: Any) -> AsyncIterator[Service]:
    async with running_service() as running:
        yield running


@pytest.fixture(scope="module")
def history() -> History:
    return History()
