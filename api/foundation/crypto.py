"""Random secrets and their hashes, keys derived for one purpose each, and encryption at rest."""

import base64
import contextlib
import hashlib
import hmac
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_ID_BYTES = 8
# In front of what was encrypted before ciphertexts named their key (migration 0022).
UNNAMED = bytes(KEY_ID_BYTES)
NONCE_BYTES = 12
MAC_BYTES = 16


class Undecipherable(Exception):
    """The ciphertext was made with another key, for another row, or was altered."""


def new_secret(prefix: str = "", size: int = 32) -> str:
    return prefix + base64.urlsafe_b64encode(secrets.token_bytes(size)).rstrip(b"=").decode()


def hash_secret(secret: str) -> bytes:
    """SHA-256 is enough for 256-bit random secrets (OWASP ASVS 5.0, 6.5.2)."""
    return hashlib.sha256(secret.encode()).digest()


def same(left: bytes, right: bytes) -> bool:
    return hmac.compare_digest(left, right)


def b64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64url(text: str) -> bytes:
    """Decodes unpadded base64url in its one spelling. Raises ValueError on anything else."""
    if not text.isascii() or "=" in text:
        raise ValueError("not base64url")
    data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    if b64url(data) != text:
        raise ValueError("not base64url")
    return data


class Keyring:
    """Derives one key per purpose from each master key, so that no key serves two. It encrypts and
    signs with the current one; the others open and verify as well, while keys are changed."""

    def __init__(self, current: bytes, *others: bytes) -> None:
        self._current = current
        self._keys = {_id_of(key): key for key in (current, *others)}
        self.key_id = _id_of(current)

    @property
    def key_ids(self) -> list[bytes]:
        """Of every key that opens, the current one first."""
        return list(self._keys)

    def encrypt(self, plain: bytes, bound_to: str) -> bytes:
        """AES-256-GCM, after the id of its key; `bound_to` names the row, so that ciphertexts
        cannot be swapped."""
        nonce, about = secrets.token_bytes(NONCE_BYTES), self.key_id + bound_to.encode()
        return self.key_id + nonce + _cipher(self._current).encrypt(nonce, plain, about)

    def decrypt(self, sealed: bytes, bound_to: str) -> bytes:
        """Raises Undecipherable where the key, the row or the bytes are not the ones encrypted."""
        key_id, rest = key_id_of(sealed), sealed[KEY_ID_BYTES:]
        nonce, ciphertext = rest[:NONCE_BYTES], rest[NONCE_BYTES:]
        about = bound_to.encode() if key_id == UNNAMED else key_id + bound_to.encode()
        for key in self._that_may_open(key_id):
            with contextlib.suppress(InvalidTag, ValueError):
                return _cipher(key).decrypt(nonce, ciphertext, about)
        raise Undecipherable

    def _that_may_open(self, key_id: bytes) -> list[bytes]:
        if key_id == UNNAMED:
            return list(self._keys.values())
        return [self._keys[key_id]] if key_id in self._keys else []

    def sign(self, payload: bytes, purpose: str) -> str:
        """An opaque token of the payload and its MAC, valid for this purpose only."""
        return b64url(_mac(self._current, payload, purpose) + payload)

    def verify(self, token: str, purpose: str) -> bytes | None:
        """The payload of a token made by `sign` for this purpose, or None."""
        try:
            data = unb64url(token)
        except ValueError:
            return None
        mac, payload = data[:MAC_BYTES], data[MAC_BYTES:]
        known = (_mac(key, payload, purpose) for key in self._keys.values())
        return payload if any(same(mac, each) for each in known) else None


def key_id_of(sealed: bytes) -> bytes:
    """The id of the key that a ciphertext says it is under."""
    return sealed[:KEY_ID_BYTES]


def _id_of(key: bytes) -> bytes:
    """Names a master key and says nothing about it."""
    return _derived(key, "key id", KEY_ID_BYTES)


def _derived(key: bytes, purpose: str, size: int = 32) -> bytes:
    return HKDF(SHA256(), size, salt=None, info=purpose.encode()).derive(key)


def _cipher(key: bytes) -> AESGCM:
    return AESGCM(_derived(key, "encrypt"))


def _mac(key: bytes, payload: bytes, purpose: str) -> bytes:
    return hmac.digest(_derived(key, f"sign:{purpose}"), payload, "sha256")[:MAC_BYTES]
