"""The only module that imports python-jose, whose sharp edges are closed here, once.

python-jose 3.5 lets `algorithms` be omitted, passes tokens without `exp` or `aud`, ignores
`crit` and `typ`, reads many spellings of one signature, and raises what is no JOSEError on
hostile input. So the header and the claims are parsed and checked here, the key and its one
algorithm are chosen before jose sees the token, and every failure is one InvalidToken.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from jose import jwk, jws
from jose.utils import base64url_decode, base64url_encode

MAX_TOKEN = 8 * 1024
MAX_HEADER = 1024
MAX_BRACKETS = 32
MAX_TEXT = 200
LAST_SECOND = 2**40
LEEWAY = timedelta(seconds=30)
REFUSED_HEADERS = frozenset({"crit", "b64", "jku", "jwk", "x5u", "x5c", "zip"})
ALGORITHMS = frozenset({"ES256", "RS256", "RS384", "RS512"})
RSA_BITS = range(2048, 8193)

Claims = Mapping[str, Any]


class InvalidToken(Exception):
    """The token is not acceptable. `reason` is a fixed code, for metrics and tests only."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


class UnusableKey(Exception):
    """The public key is not one that signatures may be verified with; the text says why."""


@dataclass(frozen=True)
class PublicKey:
    """A verified public key and the one algorithm it is used with (RFC 8725, 3.1)."""

    kid: str
    algorithm: str
    jwk: Mapping[str, str]


@dataclass(frozen=True)
class Expected:
    """What a token must say to be accepted."""

    types: frozenset[str | None]
    audiences: frozenset[str]
    claims: Mapping[str, type]
    lifetime: timedelta
    issuer: str | None = None


def load_public_key(kid: str, algorithm: str, given: Mapping[str, Any]) -> PublicKey:
    """Checks a JWK (RFC 7517) before it is ever used. Raises UnusableKey."""
    if algorithm not in ALGORITHMS:
        raise UnusableKey("The algorithm must be ES256, RS256, RS384 or RS512.")
    wanted = {"kty": "EC", "crv": "P-256"} if algorithm == "ES256" else {"kty": "RSA"}
    if any(given.get(name) != value for name, value in wanted.items()):
        raise UnusableKey("The key's type does not fit its algorithm.")
    if "d" in given:
        raise UnusableKey("This is a private key; register the public one.")
    if given.get("use", "sig") != "sig" or given.get("alg", algorithm) != algorithm:
        raise UnusableKey("The key is meant for another use or algorithm.")
    names = ("kty", "crv", "x", "y") if algorithm == "ES256" else ("kty", "n", "e")
    if not all(isinstance(given.get(name), str) for name in names):
        raise UnusableKey("The key lacks a parameter.")
    chosen = {name: str(given[name]) for name in names}
    try:
        _check_numbers(algorithm, chosen)
    except UnusableKey:
        raise
    except Exception:
        raise UnusableKey("The key's numbers are not a valid public key.") from None
    return PublicKey(kid, algorithm, chosen)


def _check_numbers(algorithm: str, chosen: Mapping[str, str]) -> None:
    def number(name: str) -> int:
        return int.from_bytes(base64url_decode(chosen[name].encode()), "big")

    if algorithm == "ES256":
        ec.EllipticCurvePublicNumbers(number("x"), number("y"), ec.SECP256R1()).public_key()
        return
    modulus = number("n")
    if modulus.bit_length() not in RSA_BITS or number("e") != 65537:
        raise UnusableKey("An RSA key has 2048 to 8192 bits and the exponent 65537.")
    rsa.RSAPublicNumbers(65537, modulus).public_key()


def public_key_of(kid: str, pem: bytes) -> PublicKey:
    """The public half of a P-256 private key in PEM."""
    private = load_pem_private_key(pem, password=None)
    if not isinstance(private, ec.EllipticCurvePrivateKey) or private.curve.name != "secp256r1":
        raise UnusableKey("An EC private key on P-256 is needed.")
    numbers = private.public_key().public_numbers()
    coordinates = {
        name: base64url_encode(value.to_bytes(32, "big")).decode()
        for name, value in (("x", numbers.x), ("y", numbers.y))
    }
    return load_public_key(kid, "ES256", {"kty": "EC", "crv": "P-256", **coordinates})


def thumbprint(public_jwk: Mapping[str, Any]) -> str:
    """The name that a P-256 key has by itself (RFC 7638)."""
    needed = {name: public_jwk[name] for name in ("crv", "kty", "x", "y")}
    spelled = json.dumps(needed, separators=(",", ":")).encode()
    return base64url_encode(hashlib.sha256(spelled).digest()).decode()


def sign(claims: Claims, *, pem: bytes, kid: str, typ: str) -> str:
    """A compact JWS with ES256."""
    payload = json.dumps(dict(claims), separators=(",", ":")).encode()
    headers = {"typ": typ, "kid": kid}
    return str(jws.sign(payload, pem.decode(), headers=headers, algorithm="ES256"))


def read_header(token: object) -> Mapping[str, Any]:
    """The header of a token that is well-formed. Nothing in it is verified yet."""
    if not isinstance(token, str) or len(token) > MAX_TOKEN or not token.isascii():
        raise InvalidToken("malformed")
    parts = token.split(".")
    if len(parts) != 3 or len(parts[0]) > MAX_HEADER:
        raise InvalidToken("malformed")
    if any(_canonical(part) is None for part in parts):
        raise InvalidToken("malformed")
    header = _json_object(_canonical(parts[0]) or b"")
    if REFUSED_HEADERS & header.keys():
        raise InvalidToken("header")
    if not _is_text(header.get("kid")):
        raise InvalidToken("kid")
    return header


def read_unverified(token: str) -> Claims:
    """The claims before any verification: only to find out whose key to verify with."""
    read_header(token)
    return _json_object(_canonical(token.split(".")[1]) or b"")


def verify(token: str, key: PublicKey, expected: Expected, now: datetime) -> Claims:
    """The claims of a token signed with this key that says all that is expected.

    Raises InvalidToken whatever is wrong with it."""
    claims = _signed(token, key, expected.types)
    _check_claims(claims, expected, now.timestamp())
    return claims


def verify_statement(token: str, key: PublicKey, typ: str) -> Claims:
    """The claims of a statement to everybody and for ever, so without audience or expiry. Only
    its type keeps it apart from a token, so that must be one of its own.

    Raises InvalidToken whatever is wrong with it."""
    return _signed(token, key, frozenset({typ}))


def _signed(token: str, key: PublicKey, types: frozenset[str | None]) -> dict[str, Any]:
    header = read_header(token)
    if header.get("alg") != key.algorithm or header.get("kid") != key.kid:
        raise InvalidToken("key")
    if _media_type(header.get("typ")) not in types:
        raise InvalidToken("type")
    try:
        payload = jws.verify(token, jwk.construct(dict(key.jwk), key.algorithm), [key.algorithm])
    except Exception:  # jose raises RecursionError, TypeError and others beside its own
        raise InvalidToken("signature") from None
    return _json_object(payload)


def _media_type(given: object) -> str | None:
    if given is None:
        return None
    return str(given).lower().removeprefix("application/")


def _check_claims(claims: Claims, expected: Expected, now: float) -> None:
    needed = {"iss": str, "exp": int, "iat": int, "jti": str, **expected.claims}
    if "nbf" in claims:
        needed["nbf"] = int
    for name, kind in needed.items():
        _check_claim(name, claims.get(name), kind)
    if expected.issuer is not None and claims["iss"] != expected.issuer:
        raise InvalidToken("iss")
    audience = claims.get("aud")
    if isinstance(audience, list) and len(audience) == 1:
        audience = audience[0]
    if not isinstance(audience, str) or audience not in expected.audiences:
        raise InvalidToken("aud")
    leeway = LEEWAY.total_seconds()
    if claims["exp"] <= now:
        raise InvalidToken("exp")
    if max(claims["iat"], claims.get("nbf", 0)) > now + leeway:
        raise InvalidToken("iat")
    longest = min(claims["iat"], now) + expected.lifetime.total_seconds() + leeway
    if claims["exp"] > longest:
        raise InvalidToken("lifetime")


def _check_claim(name: str, value: object, kind: type) -> None:
    if not isinstance(value, kind) or isinstance(value, bool):
        raise InvalidToken(name)
    if isinstance(value, str) and not _is_text(value):
        raise InvalidToken(name)
    if isinstance(value, int) and not 0 <= value <= LAST_SECOND:
        raise InvalidToken(name)


def _is_text(value: object) -> bool:
    """A short text that every database and log can hold: no control characters, no halves of
    surrogate pairs."""
    return isinstance(value, str) and 0 < len(value) <= MAX_TEXT and value.isprintable()


def _canonical(part: str) -> bytes | None:
    """The bytes of one segment, or None where it is not their one canonical spelling."""
    try:
        decoded = bytes(base64url_decode(part.encode()))
    except Exception:
        return None
    return decoded if base64url_encode(decoded).decode() == part else None


def _json_object(data: bytes) -> dict[str, Any]:
    if data.count(b"[") + data.count(b"{") > MAX_BRACKETS:
        raise InvalidToken("malformed")
    try:
        found = json.loads(data, object_pairs_hook=_unique, parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise InvalidToken("malformed") from None
    if not isinstance(found, dict):
        raise InvalidToken("malformed")
    return found


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("duplicate")
    return found


def _refuse(constant: str) -> None:
    raise ValueError(constant)
