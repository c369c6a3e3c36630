"""What a checkpoint says has one spelling, its id is made of it, and one is due once a day."""

import hashlib
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import RFC_4122, UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.audit.rules import (
    NotACheckpoint,
    Statement,
    checkpoint_id,
    contradiction,
    is_due,
    read_claims,
)

TODAY = date(2026, 11, 24)
STATEMENT = Statement(
    issuer="https://doorstep.example",
    number=42,
    digest=bytes(range(32)),
    made_at=datetime(2026, 11, 24, 0, 0, 3, 250000, tzinfo=UTC),
    previous=UUID("0190b0a8-7ac5-8f5e-8a51-0c2d9a3e4f60"),
)
statements = st.builds(
    Statement,
    issuer=st.text(min_size=1),
    number=st.integers(1, 2**63 - 1),
    digest=st.binary(min_size=32, max_size=32),
    made_at=st.datetimes(timezones=st.just(UTC)),
    previous=st.none() | st.uuids(),
)


def test_what_is_signed_has_five_claims_in_one_spelling() -> None:
    assert list(STATEMENT.claims.items()) == [
        ("iss", "https://doorstep.example"),
        ("number", 42),
        ("digest", "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"),
        ("made_at", "2026-11-24T00:00:03.250000Z"),
        ("previous", "0190b0a8-7ac5-8f5e-8a51-0c2d9a3e4f60"),
    ]


@given(statements)
def test_what_was_said_is_read_back(statement: Statement) -> None:
    assert read_claims(statement.claims) == statement


@pytest.mark.parametrize(
    "change",
    [
        {"iss": None},
        {"number": 0},
        {"number": "42"},
        {"number": True},
        {"number": 42.0},
        {"number": 2**63},
        {"digest": "AB" * 32},
        {"digest": "ab" * 31},
        {"digest": 7},
        {"made_at": "2026-11-24"},
        {"made_at": "2026-11-24T00:00:03.250000+00:00"},
        {"made_at": 3},
        {"previous": "x"},
        {"previous": "0190B0A8-7AC5-8F5E-8A51-0C2D9A3E4F60"},
        {"previous": 1},
        {"another": 1},
    ],
)
def test_anything_else_is_no_checkpoint(change: dict[str, Any]) -> None:
    with pytest.raises(NotACheckpoint):
        read_claims(STATEMENT.claims | change)


@pytest.mark.parametrize("name", STATEMENT.claims)
def test_nothing_may_be_left_out(name: str) -> None:
    claims = STATEMENT.claims
    del claims[name]
    with pytest.raises(NotACheckpoint):
        read_claims(claims)


def test_the_id_is_a_hash_of_number_digest_and_previous_as_documented() -> None:
    assert STATEMENT.previous is not None
    said = b"\x01" + (42).to_bytes(8, "big") + STATEMENT.digest + STATEMENT.previous.bytes
    expected = hashlib.sha256(said).hexdigest()[:32]
    spelled = STATEMENT.id.hex
    assert (spelled[:12], spelled[13:16], spelled[17:]) == (
        expected[:12],
        expected[13:16],
        expected[17:],
    )
    assert STATEMENT.id == UUID("54d5d252-2787-8c7d-82ba-5ae820be4ad0")


@given(statements)
def test_an_id_is_a_uuid_of_version_8(statement: Statement) -> None:
    assert statement.id.version == 8
    assert statement.id.variant == RFC_4122


@given(statements, statements)
def test_another_history_has_another_id(one: Statement, other: Statement) -> None:
    said = [(each.number, each.digest, each.previous) for each in (one, other)]
    assert (one.id == other.id) == (said[0] == said[1])


def test_the_first_id_counts_on_nothing_before_it() -> None:
    first = checkpoint_id(1, bytes(32), None)
    assert first == checkpoint_id(1, bytes(32), UUID(int=0))
    assert first != checkpoint_id(2, bytes(32), None)


def test_two_histories_of_one_chain_contradict_each_other() -> None:
    later = replace(STATEMENT, number=43, digest=bytes(32), previous=STATEMENT.id)
    gap = replace(STATEMENT, number=99, previous=UUID(int=5))
    assert contradiction([STATEMENT, later, gap, STATEMENT]) is None
    same_number = replace(STATEMENT, digest=bytes(32))
    assert contradiction([STATEMENT, gap, same_number]) == (STATEMENT, same_number)
    forked = replace(later, number=44)
    assert contradiction([STATEMENT, later, forked]) == (later, forked)


def test_one_is_due_on_a_new_day_if_anything_was_sealed_since() -> None:
    yesterday = TODAY - timedelta(days=1)
    assert is_due(TODAY, 1, None, 0)
    assert not is_due(TODAY, 0, None, 0)
    assert is_due(TODAY, 8, yesterday, 7)
    assert not is_due(TODAY, 7, yesterday, 7)
    assert not is_due(TODAY, 6, yesterday, 7)
    assert not is_due(TODAY, 8, TODAY, 7)


def test_a_clock_that_was_set_back_makes_no_second_one() -> None:
    assert not is_due(TODAY - timedelta(days=1), 8, TODAY, 7)
