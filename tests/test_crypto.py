"""Keys serve one purpose, ciphertexts one row, and nothing altered is ever accepted."""

import base64
import secrets

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from hypothesis import given
from hypothesis import strategies as st

from api.foundation.crypto import (
    KEY_ID_BYTES,
    NONCE_BYTES,
    UNNAMED,
    Keyring,
    Undecipherable,
    b64url,
    hash_secret,
    key_id_of,
    new_secret,
    same,
    unb64url,
)

RING = Keyring(b"k" * 32)
OTHER = Keyring(b"o" * 32)
MASTER_KEYS = st.binary(min_size=32, max_size=32)
RINGS = st.lists(MASTER_KEYS, min_size=1, max_size=4, unique=True)


def unnamed(master_key: bytes, plain: bytes, row: str) -> bytes:
    """As it was encrypted before ciphertexts named their key."""
    key = HKDF(SHA256(), 32, salt=None, info=b"encrypt").derive(master_key)
    nonce = secrets.token_bytes(NONCE_BYTES)
    return UNNAMED + nonce + AESGCM(key).encrypt(nonce, plain, row.encode())


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


@given(RINGS, st.data())
def test_a_ring_opens_what_any_of_its_keys_made_and_nothing_else(
    keys: list[bytes], data: st.DataObject
) -> None:
    ring, key = Keyring(*keys), data.draw(MASTER_KEYS | st.sampled_from(keys))
    for sealed in (Keyring(key).encrypt(b"secret", "row"), unnamed(key, b"secret", "row")):
        if key in keys:
            assert ring.decrypt(sealed, "row") == b"secret"
            with pytest.raises(Undecipherable):
                ring.decrypt(sealed, "other row")
        else:
            with pytest.raises(Undecipherable):
                ring.decrypt(sealed, "row")
    token = Keyring(key).sign(b"payload", "cursor")
    assert ring.verify(token, "cursor") == (b"payload" if key in keys else None)
    assert ring.verify(token, "join") is None


@given(RINGS, st.data())
def test_whatever_is_new_is_made_with_the_current_key(
    keys: list[bytes], data: st.DataObject
) -> None:
    ring, alone = Keyring(*keys), Keyring(keys[0])
    assert ring.key_id == key_id_of(ring.encrypt(b"secret", "row")) == ring.key_ids[0]
    assert alone.decrypt(ring.encrypt(b"secret", "row"), "row") == b"secret"
    assert alone.verify(ring.sign(b"payload", "join"), "join") == b"payload"
    assert Keyring(keys[0], *data.draw(st.permutations(keys[1:]))).key_id == ring.key_id


@given(RINGS)
def test_a_key_goes_by_an_id_of_its_own_that_is_none_of_its_bytes(keys: list[bytes]) -> None:
    ids = [Keyring(key).key_id for key in keys]
    assert Keyring(*keys).key_ids == ids
    assert len(set(ids)) == len(keys)
    for key, key_id in zip(keys, ids, strict=True):
        assert len(key_id) == KEY_ID_BYTES
        assert key_id != UNNAMED
        assert key_id not in key


@given(RINGS, st.data())
def test_a_ciphertext_opens_under_no_other_id_than_its_own(
    keys: list[bytes], data: st.DataObject
) -> None:
    ring = Keyring(*keys)
    for sealed in (ring.encrypt(b"secret", "row"), unnamed(keys[-1], b"secret", "row")):
        ids = st.sampled_from([*ring.key_ids, UNNAMED]) | st.binary(min_size=8, max_size=8)
        claimed = data.draw(ids.filter(lambda each: each != key_id_of(sealed)))  # noqa: B023
        with pytest.raises(Undecipherable):
            ring.decrypt(claimed + sealed[KEY_ID_BYTES:], "row")


@given(st.data())
def test_one_altered_bit_is_noticed(data: st.DataObject) -> None:
    sealed = bytearray(RING.encrypt(b"secret", "row"))
    bit = data.draw(st.integers(0, len(sealed) * 8 - 1))
    sealed[bit // 8] ^= 1 << bit % 8
    with pytest.raises(Undecipherable):
        RING.decrypt(bytes(sealed), "row")


@pytest.mark.parametrize("size", range(0, 30, 3))
def test_what_is_too_short_is_undecipherable_and_no_crash(size: int) -> None:
    for start in (b"", UNNAMED, RING.key_id):
        with pytest.raises(Undecipherable):
            RING.decrypt(start + b"x" * size, "row")


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
