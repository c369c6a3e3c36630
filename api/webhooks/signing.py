"""Signatures of Standard Webhooks 1.0: `v1` (HMAC-SHA256) and `v1a` (Ed25519).

The signed text is `id.timestamp.body`, the body being exactly the bytes that are sent.
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

SECRET_BYTES = 32
SECRET_PREFIX, PUBLIC_PREFIX = "whsec_", "whpk_"


@dataclass(frozen=True)
class Keys:
    """What a subscription signs with."""

    secret: bytes
    private_key: bytes

    @classmethod
    def new(cls) -> "Keys":
        private = Ed25519PrivateKey.generate().private_bytes_raw()
        return cls(secrets.token_bytes(SECRET_BYTES), private)

    @property
    def shown_secret(self) -> str:
        """As the receiver is shown it, once."""
        return SECRET_PREFIX + base64.b64encode(self.secret).decode()

    @property
    def public_key(self) -> str:
        public = Ed25519PrivateKey.from_private_bytes(self.private_key).public_key()
        raw = public.public_bytes(Encoding.Raw, PublicFormat.Raw)
        return PUBLIC_PREFIX + base64.b64encode(raw).decode()


class Signer:
    """Signs for one subscription, with each of its live keys, the newest first. Kept, since
    preparing the keys costs more than a signature."""

    def __init__(self, keys: Sequence[Keys]) -> None:
        self._keys = [
            (each.secret, Ed25519PrivateKey.from_private_bytes(each.private_key)) for each in keys
        ]

    def headers(self, message_id: str, timestamp: int, body: bytes) -> dict[str, str]:
        """Single-spaced `v1,… v1a,…`: verifiers choke on anything else."""
        signed = f"{message_id}.{timestamp}.".encode() + body
        return {
            "webhook-id": message_id,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": " ".join(self._signatures(signed)),
        }

    def _signatures(self, signed: bytes) -> Iterator[str]:
        for secret, private in self._keys:
            symmetric = hmac.new(secret, signed, hashlib.sha256).digest()
            yield f"v1,{base64.b64encode(symmetric).decode()}"
            yield f"v1a,{base64.b64encode(private.sign(signed)).decode()}"
