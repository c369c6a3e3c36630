"""Random secrets and their hashes, keys derived for one purpose each, and encryption at rest."""

import base64
import hashlib
import hmac
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

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
    """Derives one key per purpose from the master key, so that no key serves two."""

    def __init__(self, master_key: bytes) -> None:
        self._master_key = master_key

    def _key(self, purpose: str) -> bytes:
        return HKDF(SHA256(), 32, salt=None, info=purpose.encode()).derive(self._master_key)

    def encrypt(self, plain: bytes, bound_to: str) -> bytes:
        """AES-256-GCM; `bound_to` names the row, so that ciphertexts cannot be swapped."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        return nonce + AESGCM(self._key("encrypt")).encrypt(nonce, plain, bound_to.encode())

    def decrypt(self, sealed: bytes, bound_to: str) -> bytes:
        """Raises Undecipherable where the key, the row or the bytes are not the ones encrypted."""
        nonce, ciphertext = sealed[:NONCE_BYTES], sealed[NONCE_BYTES:]
        try:
            return AESGCM(self._key("encrypt")).decrypt(nonce, ciphertext, bound_to.encode())
        except (InvalidTag, ValueError):
            raise Undecipherable from None

    def sign(self, payload: bytes, purpose: str) -> str:
        """An opaque token of the payload and its MAC, valid for this purpose only."""
        mac = hmac.digest(self._key(f"sign:{purpose}"), payload, "sha256")[:MAC_BYTES]
        return b64url(mac + payload)

    def verify(self, token: str, purpose: str) -> bytes | None:
        """The payload of a token made by `sign` for this purpose, or None."""
        try:
            data = unb64url(token)
        except ValueError:
            return None
        mac, payload = data[:MAC_BYTES], data[MAC_BYTES:]
        expected = hmac.digest(self._key(f"sign:{purpose}"), payload, "sha256")[:MAC_BYTES]
        return payload if hmac.compare_digest(mac, expected) else None
