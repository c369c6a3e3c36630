"""Who rewrites, shortens or replaces the audit is found out: by what the database cannot forge,
and, if it is the operator with every key, by what the agencies have kept."""

import json
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import pytest

from api.access import tokens
from api.audit import keys, verification
from api.audit.rules import Statement
from api.audit.verification import Verdict
from api.audit.witnesses import Witness, read_witnesses
from api.commands.agencies import new_private_key
from api.foundation.crypto import Keyring
from api.foundation.database import Database
from tests.rewriting import Operator, cut_off, entry_at
from tests.tampering import seal_all, tampering
from tests.witnessing import all_kept, checkpoint
from tests.world import BASE_URL, World

pytestmark = pytest.mark.anyio

__all__ = ["tampering"]


async def verdict(
    world: World,
    witnesses: Sequence[Witness] = (),
    *,
    keyring: Keyring | None = None,
    trusted: frozenset[str] = frozenset(),
) -> Verdict:
    """As `doorstep audit verify` asks."""
    database = Database(world.urls["doorstep_owner"], pool_size=1, wait_seconds=5)
    ring = keyring or world.worker.keyring
    try:
        async with database.session() as session:
            return await verification.verify(session, ring, witnesses, trusted)
    finally:
        await database.close()


async def wrong(world: World, *witnesses: Witness) -> list[str]:
    return (await verdict(world, witnesses)).wrong


@pytest.fixture
async def three(world: World, superuser: Any) -> list[dict[str, Any]]:
    """Three checkpoints as agencies keep them, oldest first, of an audit that holds."""
    made = [await checkpoint(world) for _ in range(3)]
    await seal_all(world)
    assert await wrong(world, *map(answer, made)) == []
    return made


def answer(kept: dict[str, Any]) -> Witness:
    """A witness that kept all of it."""
    return Witness(
        "kept.json", UUID(kept["id"]), kept["number"], bytes.fromhex(kept["digest"]), kept["jws"]
    )


def told(kept: dict[str, Any]) -> Witness:
    """A witness that kept no more than the id of its feed."""
    return Witness("feed", UUID(kept["id"]))


async def test_what_holds_is_counted(world: World, three: Any) -> None:
    found = await verdict(world, [answer(each) for each in three])
    assert (found.wrong, found.checkpoints) == ([], len(await all_kept(world)))
    assert found.last_checkpoint is not None
    assert found.last_checkpoint.number == three[-1]["number"]
    assert found.sealed > three[-1]["number"]


async def test_an_edited_entry_and_the_checkpoints_that_still_hold(
    world: World, three: Any, tampering: Any
) -> None:
    number = three[1]["number"]
    entry = await entry_at(tampering, number)
    await tampering.execute("UPDATE audit_entries SET action = 'x' WHERE id = $1", entry)
    what = "the entry or its place was altered"
    assert await wrong(world) == [f"seal {number}, entry {entry}: {what}"]


async def test_a_chain_recomputed_by_who_cannot_sign_contradicts_its_checkpoints(
    world: World, three: Any, tampering: Any
) -> None:
    between = three[1]["number"] - 1
    entry = await entry_at(tampering, between)
    await tampering.execute("UPDATE audit_entries SET action = 'x' WHERE id = $1", entry)
    await Operator(world, tampering).seal_anew()
    found = await wrong(world)
    assert found == [
        f"seal {each['number']}, entry {await entry_at(tampering, each['number'])}: not what "
        f"checkpoint {each['id']} says: this entry or one after seal {three[0]['number']} was "
        "rewritten"
        for each in three[1:]
    ]


async def test_the_tail_cut_off_is_named_by_its_checkpoint(
    world: World, three: Any, tampering: Any
) -> None:
    """Also that checkpoint's own entry is gone, or it would be missed."""
    last = three[1]["number"]
    await cut_off(tampering, last, checkpoints=False)
    found = await wrong(world)
    covered = f"seal {three[2]['number']}: checkpoint {three[2]['id']} covers it"
    assert f"{covered}, but the chain ends at {last}: what followed was cut off" in found
    assert f"checkpoint {three[2]['id']}: no entry of the audit speaks of it" in found


@pytest.mark.parametrize("witness", [answer, told])
async def test_the_tail_cut_off_with_its_checkpoints_is_named_by_a_witness_alone(
    world: World, three: Any, tampering: Any, witness: Any
) -> None:
    last = three[1]["number"]
    await cut_off(tampering, last, checkpoints=True)
    await tampering.execute("DELETE FROM audit_checkpoints WHERE number = $1", last)
    assert await wrong(world) == []
    assert await wrong(world, witness(three[0])) == []
    found = await wrong(world, witness(three[2]))
    gone = f"there is no checkpoint {three[2]['id']}: removed, or replaced by another"
    if witness is told:
        assert found == [f"witness feed: {gone}"]
        return
    assert found == [
        f"seal {three[2]['number']}: witness kept.json covers it, but the chain ends at {last}: "
        "what followed was cut off",
        f"witness kept.json: {gone}",
    ]


@pytest.mark.parametrize("witness", [answer, told])
async def test_an_operator_who_signs_everything_anew_is_convicted_by_a_witness_alone(
    world: World, three: Any, tampering: Any, witness: Any
) -> None:
    between = three[1]["number"] - 1
    await Operator(world, tampering).rewrite(between, "action = 'harmless.read'")
    assert await wrong(world) == []
    assert await wrong(world, witness(three[0])) == []
    found = await wrong(world, witness(three[1]))
    gone = f"there is no checkpoint {three[1]['id']}: removed, or replaced by another"
    if witness is told:
        assert found == [f"witness feed: {gone}"]
        return
    number = three[1]["number"]
    assert found == [
        f"seal {number}, entry {await entry_at(tampering, number)}: not what witness kept.json "
        f"says: this entry or one after seal {three[0]['number']} was rewritten",
        f"witness kept.json: {gone}",
    ]


async def test_a_number_and_a_digest_are_witness_enough(
    world: World, three: Any, tampering: Any
) -> None:
    pair = f"{three[2]['number']}:{three[2]['digest']}"
    assert await wrong(world, *read_witnesses(pair)) == []
    await Operator(world, tampering).rewrite(three[1]["number"] + 1, "outcome = 'denied'")
    [line] = await wrong(world, *read_witnesses(pair))
    assert f"witness {pair} says" in line
    assert line.startswith(f"seal {three[2]['number']}, entry ")


async def test_a_checkpoint_taken_away_is_missed(world: World, three: Any, tampering: Any) -> None:
    middle, last = three[1], three[2]
    await tampering.execute("DELETE FROM audit_checkpoints WHERE id = $1", middle["id"])
    assert await wrong(world) == [
        f"checkpoint {last['id']}: the checkpoint before it is not the one that it names",
        f"checkpoint {middle['id']}: it was made and is gone",
    ]
    await tampering.execute("DELETE FROM audit_checkpoints WHERE id = $1", last["id"])
    assert sorted(await wrong(world)) == sorted(
        f"checkpoint {each['id']}: it was made and is gone" for each in (middle, last)
    )


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ("digest = sha256(digest)", "its id is not made of what it says"),
        ("previous = gen_random_uuid()", "the checkpoint before it is not the one that it names"),
        ("made_at = made_at - interval '1 day'", "it does not say what was signed"),
        ("jws = 'x.y.z'", "it is no signed statement"),
        ("jws = left(jws, -4) || 'AAAA'", "its signature does not hold"),
        ("kid = 'nobody'", "its key nobody is gone"),
        (
            "jws = (SELECT jws FROM audit_checkpoints ORDER BY number LIMIT 1)",
            "it does not say what was signed",
        ),
    ],
)
async def test_a_checkpoint_that_was_edited_is_named(
    world: World, three: Any, tampering: Any, change: str, complaint: str
) -> None:
    last = three[2]["id"]
    await tampering.execute(f"UPDATE audit_checkpoints SET {change} WHERE id = $1", last)
    assert f"checkpoint {last}: {complaint}" in await wrong(world)


async def test_a_key_that_was_planted_convinces_nobody(
    world: World, three: Any, tampering: Any
) -> None:
    """Who has the database and not the encryption key signs with a key of their own."""
    pem = new_private_key()
    jwk = dict(tokens.public_key_of("", pem).jwk)
    kid = tokens.thumbprint(jwk)
    await tampering.execute(
        "INSERT INTO checkpoint_keys SELECT $1, $2, sealed_private_key, created_at, now() "
        "FROM checkpoint_keys LIMIT 1",
        kid, json.dumps(jwk),
    )  # fmt: skip
    row = await tampering.fetchrow("SELECT * FROM audit_checkpoints ORDER BY number DESC LIMIT 1")
    said = Statement(BASE_URL, row["number"], row["digest"], row["made_at"], row["previous"])
    await tampering.execute(
        "UPDATE audit_checkpoints SET kid = $2, jws = $3 WHERE id = $1",
        row["id"], kid, keys.Signer(kid, pem).sign(said),
    )  # fmt: skip
    [line] = await wrong(world)
    assert line.startswith(f"checkpoint {row['id']}: its key {kid} is not under this service's")
    assert (await verdict(world, trusted=frozenset({kid}))).wrong == []


async def test_a_key_whose_public_half_was_exchanged_verifies_nothing(
    world: World, three: Any, tampering: Any
) -> None:
    jwk = dict(tokens.public_key_of("", new_private_key()).jwk)
    await tampering.execute("UPDATE checkpoint_keys SET public_jwk = $1", json.dumps(jwk))
    found = await wrong(world)
    complaint = "its public key is not the one that its signature names"
    assert f"checkpoint {three[2]['id']}: {complaint}" in found


async def test_after_a_change_of_the_encryption_key_old_keys_are_trusted_by_name(
    world: World, three: Any
) -> None:
    other = Keyring(b"another key of exactly 32 bytes.")
    kids = {each["public_jwk"]["kid"] for each in three}
    assert (await verdict(world, keyring=other)).wrong != []
    assert (await verdict(world, keyring=other, trusted=frozenset(kids))).wrong == []


async def test_a_witness_signed_by_another_key_is_said_to_be(world: World, three: Any) -> None:
    pem = new_private_key()
    kid = tokens.thumbprint(tokens.public_key_of("", pem).jwk)
    last = (await verdict(world)).last_checkpoint
    assert last is not None
    said = Statement(BASE_URL, last.number, last.digest, last.made_at, last.previous)
    witness = Witness("w", last.id, last.number, last.digest, keys.Signer(kid, pem).sign(said))
    assert await wrong(world, witness) == [
        f"witness w: the database has no key {kid}, which signed it"
    ]


async def test_a_witness_whose_signature_was_altered_is_no_witness(
    world: World, three: Any
) -> None:
    kept = three[2] | {"jws": three[2]["jws"][:-4] + "AAAA"}
    assert await wrong(world, answer(kept)) == ["witness kept.json: its signature does not hold"]
