"""Tokens made by hand, so that a test can put anything into them. Knows nothing of `api`."""

import base64
import hashlib
import hmac
import json
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def encode(content: Any) -> str:
    """A segment: JSON of anything but bytes, which go in as they are."""
    data = content if isinstance(content, bytes) else json.dumps(content).encode()
    return b64(data)


def signature(signed: bytes, key: PrivateKey) -> bytes:
    """ES256 or RS256, after the key."""
    if isinstance(key, rsa.RSAPrivateKey):
        return key.sign(signed, padding.PKCS1v15(), SHA256())
    r, s = decode_dss_signature(key.sign(signed, ec.ECDSA(SHA256())))
    size = (key.key_size + 7) // 8
    return r.to_bytes(size, "big") + s.to_bytes(size, "big")


def forge(header: Any, claims: Any, key: PrivateKey) -> str:
    """A token with exactly this header and these claims, rightly signed."""
    signed = f"{encode(header)}.{encode(claims)}"
    return f"{signed}.{b64(signature(signed.encode(), key))}"


def forge_hmac(header: Any, claims: Any, secret: bytes) -> str:
    signed = f"{encode(header)}.{encode(claims)}"
    return f"{signed}.{b64(hmac.digest(secret, signed.encode(), hashlib.sha256))}"


def pem_of(key: PrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def public_bytes_of(key: PrivateKey) -> list[bytes]:
    """The spellings of a public key that somebody could pass off as an HMAC secret."""
    public = key.public_key()
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    der = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    unarmoured = b"".join(pem.splitlines()[1:-1])
    return [pem, der, unarmoured, json.dumps(jwk_of(key)).encode()]


def jwk_of(key: PrivateKey) -> dict[str, str]:
    numbers = key.public_key().public_numbers()
    if isinstance(numbers, rsa.RSAPublicNumbers):
        return {"kty": "RSA", "n": _number(numbers.n), "e": _number(numbers.e)}
    size = (key.key_size + 7) // 8
    crv = {"secp256r1": "P-256", "secp384r1": "P-384"}[key.curve.name]
    x, y = (b64(each.to_bytes(size, "big")) for each in (numbers.x, numbers.y))
    return {"kty": "EC", "crv": crv, "x": x, "y": y}


def _number(value: int) -> str:
    return b64(value.to_bytes((value.bit_length() + 7) // 8, "big"))
