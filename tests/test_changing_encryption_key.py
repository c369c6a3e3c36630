"""The encryption key is changed while the service runs: nothing is lost, nobody has to be told."""

from typing import Any

import pytest

from api.foundation.crypto import Keyring, Undecipherable, key_id_of
from api.foundation.sealing import row_of
from api.webhooks.models import SubscriptionKey
from tests.posting import courier_of, deliver
from tests.receivers import Receiver, receiver
from tests.rotating import (
    COLUMNS,
    NEW,
    OLD,
    Kept,
    counted,
    everything,
    following,
    join_by_token,
    read,
    repeated,
    resealed,
    restarted,
)
from tests.test_audit_witnesses import verdict
from tests.test_idempotency import replayed, settled
from tests.test_webhook_keys import verifies
from tests.token_requests import works
from tests.witnessing import checkpoint
from tests.world import World, publish

pytestmark = pytest.mark.anyio

OLD_ID, NEW_ID = Keyring(OLD).key_id, Keyring(NEW).key_id


def check_signed(there: Receiver, kept: Kept) -> None:
    """What came verifies with the secret that was shown once."""
    assert set(there.types) == {"alert.published"}
    for each in there.events:
        message = {**each.headers, "body": each.body.decode()}
        assert verifies(kept.subscription["secret"], message)
    there.forget()


async def check_sealed(world: World, kept: Kept) -> None:
    """What was sealed before is read, answered again, and signed with."""
    again = await repeated(world, kept)
    assert replayed(again)
    assert settled(again) == settled(kept.published)
    assert [each.json() for each in await read(world, kept)] == [kept.check, kept.reflection]
    assert await works(world, await world.token(world.agencies["health_visiting"]))


async def check_delivered(world: World, kept: Kept, there: Receiver) -> None:
    await publish(world, kept.family)
    async with courier_of(world) as courier:
        await deliver(world, courier)
    check_signed(there, kept)


async def check_signed_for(world: World, kept: Kept) -> None:
    """Tokens and cursors from before are accepted."""
    assert await works(world, kept.token)
    assert [each.status_code for each in await following(world, kept)] == [200, 200]


async def test_each_process_reads_what_the_others_write_while_they_are_restarted(
    world: World,
) -> None:
    async with (
        receiver() as there,
        receiver() as elsewhere,
        restarted(world, OLD, NEW) as first,
    ):
        kept = await everything(world, there.url)
        await check_sealed(first, kept)
        async with restarted(world, NEW, OLD) as second:
            for service in (first, second):
                await check_sealed(service, kept)
                await check_delivered(service, kept, there)
                await check_signed_for(service, kept)
            assert (await join_by_token(second.probation_system, kept)).status_code == 201
            later = await everything(second, elsewhere.url)
            await check_sealed(first, later)
            await check_delivered(first, later, elsewhere)
            await check_signed_for(first, later)
            assert (await join_by_token(first.probation_system, later)).status_code == 201
    counts = await counted(world)
    written = [name for name in COLUMNS if not name.startswith(("signing", "checkpoint"))]
    assert {name for name in COLUMNS if counts[name][OLD_ID]} == set(COLUMNS)
    assert {name for name in COLUMNS if counts[name][NEW_ID]} == set(written)


async def test_once_resealed_the_key_before_is_needed_no_more(world: World, superuser: Any) -> None:
    async with receiver() as there, restarted(world, NEW, OLD) as both:
        kept = await everything(world, there.url)
        async with courier_of(both) as running:
            await deliver(both, running)
            check_signed(there, kept)
            done = await resealed(world, NEW, OLD)
            assert [name for name in COLUMNS if not done[name].done] == []
            assert [each.unreadable + each.in_use for each in done.values()] == [0] * len(COLUMNS)
            counts = await counted(world)
            assert [list(counts[name]) for name in COLUMNS] == [[NEW_ID]] * len(COLUMNS)
            await publish(both, kept.family)  # by a signer that was opened before
            await deliver(both, running)
            check_signed(there, kept)
        async with restarted(world, NEW) as alone:
            await check_sealed(alone, kept)
            await check_delivered(alone, kept, there)
            assert await works(alone, kept.token)
            pages = await following(alone, kept)
            assert [each.json()["code"] for each in pages] == ["invalid_cursor"] * 2
            assert (await join_by_token(alone.probation_system, kept)).status_code == 404
            await checkpoint(alone)
            assert (await verdict(world, keyring=Keyring(NEW))).wrong == []
            await alone.amina.token()
            async with restarted(alone, OLD) as stale:
                for answer in (await repeated(stale, kept), *await read(stale, kept)):
                    assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")
        await check_swapped(superuser)
    assert (await resealed(world, OLD, NEW)).keys() == set(COLUMNS)
    await check_sealed(world, kept)


async def check_swapped(superuser: Any) -> None:
    """A ciphertext that was resealed opens in its own row alone."""
    rows = await superuser.fetch("SELECT subscription_id, sealed_secret FROM subscription_keys")
    secrets = {row["subscription_id"]: row["sealed_secret"] for row in rows}
    assert len(secrets) > 1
    for named in secrets:
        row = row_of(SubscriptionKey.sealed_secret, subscription_id=named)
        for owner, sealed in secrets.items():
            assert key_id_of(sealed) == NEW_ID
            if owner == named:
                assert Keyring(NEW).decrypt(sealed, row)
            else:
                with pytest.raises(Undecipherable):
                    Keyring(NEW).decrypt(sealed, row)
