"""`doorstep deliveries`, as an operator types it."""

import asyncio
from collections.abc import Iterator
from uuid import UUID, uuid4

import asyncpg
import pytest

from api.foundation.embedded import running_cluster
from tests.command_line import CommandLine
from tests.servers import embedded, temporary_folder

ADD = """
INSERT INTO subscriptions (id, agency_id, client_id, url, event_types, status, heartbeat_seconds,
                           scanned_position, last_matched, version, created_at)
SELECT $1, c.agency_id, c.id, 'https://hooks.example.org/', '{}', 'active', 300, 0, 0, 1, now()
  FROM clients c LIMIT 1
"""
ADD_HEALTH = """
INSERT INTO endpoint_health (subscription_id, agency_id, failures_in_row, probes, allowed,
                             heartbeat_at)
SELECT id, agency_id, 0, 0, 4, now() FROM subscriptions WHERE id = $1
"""
ADD_WAITING = """
INSERT INTO deliveries (id, subscription_id, agency_id, kind, priority, position, previous, status,
                        due_at, first_due_at, attempts)
SELECT gen_random_uuid(), id, agency_id, 'event', 'routine', 1, 0, 'pending',
       now() + interval '10 hours', now(), 6
  FROM subscriptions WHERE id = $1
    ON CONFLICT DO NOTHING
"""


@pytest.fixture(scope="module")
def doorstep() -> Iterator[CommandLine]:
    """A migrated database under a home of its own, with an agency that has a client."""
    with temporary_folder() as folder, embedded(folder / "home" / "postgres") as server:
        server.start()
        command = CommandLine(folder / "home")
        command.succeed("migrate")
        command.succeed("agency", "create", "--kind", "gp", "--name", "Dock Road Surgery")
        command.succeed("client", "create", "--agency", "Dock Road Surgery", "--name", "System")
        yield command


def add_subscription(doorstep: CommandLine) -> str:
    async def go() -> str:
        found = running_cluster(doorstep.home / "postgres")
        assert found is not None
        connection = await asyncpg.connect(found.url("postgres"))
        made = uuid4()
        await connection.execute(ADD, made)
        await connection.execute(ADD_HEALTH, made)
        await connection.close()
        return str(made)

    return asyncio.run(go())


def waits(doorstep: CommandLine, made: str) -> bool:
    """Whether what waits for it is due only later; adds a message that is, where there is none."""

    async def go() -> bool:
        found = running_cluster(doorstep.home / "postgres")
        assert found is not None
        connection = await asyncpg.connect(found.url("postgres"))
        await connection.execute(ADD_WAITING, UUID(made))
        later: bool = await connection.fetchval(
            "SELECT bool_and(due_at > now()) FROM deliveries WHERE subscription_id = $1",
            UUID(made),
        )
        await connection.close()
        return later

    return asyncio.run(go())


def test_a_subscription_is_listed_held_and_resumed(doorstep: CommandLine) -> None:
    made = add_subscription(doorstep)
    assert "active" in doorstep.succeed("deliveries", "list").out
    assert made not in doorstep.succeed("deliveries", "list", "--troubled").out
    assert doorstep.succeed("deliveries", "hold", made).out.strip() == f"held {made}"
    assert waits(doorstep, made)
    listed = doorstep.succeed("deliveries", "list", "--troubled").out
    assert made in listed
    assert "held (by_operator)" in listed
    assert "The subscription is held." in doorstep.fail("deliveries", "hold", made)
    assert doorstep.succeed("deliveries", "resume", made).out.strip() == f"resumed {made}"
    assert not waits(doorstep, made)  # tried at once, not when its schedule says
    assert "degraded" in doorstep.succeed("deliveries", "list", "--troubled").out
    assert "no such subscription" in doorstep.fail("deliveries", "resume", str(uuid4()))
