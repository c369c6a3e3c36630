"""Keys serve one purpose, ciphertexts one row, and nothing altered is ever accepted."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.foundation.crypto import (
    Keyring,
    Undecipherable,
    b64url,
    hash_secret,
    new_secret,
    same,
    unb64url,
)

RING = Keyring(b"k" * 32)
OTHER = Keyring(b"o" * 32)


@given(st.binary(max_size=200), st.text(max_size=50))
def test_what_is_encrypted_comes_back_for_its_row(plain: bytes, row: str) -> None:
    sealed = RING.encrypt(plain, row)
    assert RING.decrypt(sealed, row) == plain
    assert len(plain) < 8 or plain not in sealed


def test_the_same_text_is_never_encrypted_alike() -> None:
    assert RING.encrypt(b"secret", "row") != RING.encrypt(b"secret", "row")


def test_ciphertexts_swapped_between_rows_do_not_open() -> None:
    one, two = RING.encrypt(b"one", "row|1"), RING.encrypt(b"two", "row|2")
    for sealed, row in ((one, "row|2"), (two, "row|1")):
        with pytest.raises(Undecipherable):
            RING.decrypt(sealed, row)


def test_another_master_key_opens_nothing() -> None:
    with pytest.raises(Undecipherable):
        OTHER.decrypt(RING.encrypt(b"secret", "row"), "row")


@given(st.data())
def test_one_altered_bit_is_noticed(data: st.DataObject) -> None:
    sealed = bytearray(RING.encrypt(b"secret", "row"))
    bit = data.draw(st.integers(0, len(sealed) * 8 - 1))
    sealed[bit // 8] ^= 1 << bit % 8
    with pytest.raises(Undecipherable):
        RING.decrypt(bytes(sealed), "row")


@pytest.mark.parametrize("size", range(0, 30, 3))
def test_what_is_too_short_is_undecipherable_and_no_crash(size: int) -> None:
    with pytest.raises(Undecipherable):
        RING.decrypt(b"x" * size, "row")


@given(st.binary(max_size=100))
def test_a_signed_payload_is_read_for_its_purpose_only(payload: bytes) -> None:
    token = RING.sign(payload, "cursor")
    assert RING.verify(token, "cursor") == payload
    assert RING.verify(token, "join") is None
    assert OTHER.verify(token, "cursor") is None


@given(st.text(max_size=60))
def test_any_text_that_was_not_signed_is_refused(text: str) -> None:
    assert RING.verify(text, "cursor") is None


@pytest.mark.parametrize("change", ["=", "\n", " ", "é", "+", "/"])
def test_a_token_with_anything_added_is_refused(change: str) -> None:
    assert RING.verify(RING.sign(b"x", "cursor") + change, "cursor") is None


def test_a_token_has_one_spelling() -> None:
    """The last character of unpadded base64 has spare bits: no other one may pass for it."""
    token = RING.sign(b"x", "cursor")
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    accepted = [each for each in alphabet if RING.verify(token[:-1] + each, "cursor") is not None]
    assert accepted == [token[-1]]


@given(st.binary(max_size=40))
def test_base64url_has_no_padding_and_comes_back(data: bytes) -> None:
    assert "=" not in b64url(data)
    assert unb64url(b64url(data)) == data


@pytest.mark.parametrize("text", ["YQ==", "Y!", "é", "Y"])
def test_what_is_not_base64url_is_a_value_error(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        unb64url(text)


def test_secrets_are_long_random_and_named() -> None:
    made = {new_secret("dss_") for _ in range(100)}
    assert len(made) == 100
    for each in made:
        assert each.startswith("dss_")
        raw = each.removeprefix("dss_")
        assert len(base64.urlsafe_b64decode(raw + "=" * (-len(raw) % 4))) == 32


def test_a_secret_is_kept_as_its_hash() -> None:
    assert hash_secret("a") != hash_secret("b")
    assert same(hash_secret("a"), hash_secret("a"))
    assert not same(hash_secret("a"), hash_secret("b"))
