"""The keys that sign checkpoints, and what a signature proves.

They are not those of access tokens: only the worker reads the private halves of these, only the
API those of those. A key is named by its thumbprint, so that whoever kept a checkpoint, and nothing
else, can tell whether a public key that is shown later is the one that signed it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from api.access import tokens
from api.audit import rules
from api.audit.models import CheckpointKey
from api.audit.rules import NotACheckpoint, Statement
from api.foundation.crypto import Keyring, Undecipherable
from api.foundation.sealing import row_of

CHECKPOINT_TYPE = "doorstep-checkpoint+jwt"


@dataclass(frozen=True)
class Signer:
    """The present key, opened."""

    kid: str
    pem: bytes

    def sign(self, statement: Statement) -> str:
        return tokens.sign(statement.claims, pem=self.pem, kid=self.kid, typ=CHECKPOINT_TYPE)


async def rotate(session: AsyncSession, keyring: Keyring, now: datetime) -> str:
    """Makes a new key and retires the others, whose public halves stay. Returns its `kid`."""
    pem = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    )
    jwk = dict(tokens.public_key_of("", pem).jwk)
    kid = tokens.thumbprint(jwk)
    await session.execute(
        update(CheckpointKey).where(CheckpointKey.retired_at.is_(None)).values(retired_at=now)
    )
    session.add(
        CheckpointKey(
            kid=kid,
            public_jwk=jwk,
            sealed_private_key=keyring.encrypt(pem, _row(kid)),
            created_at=now,
        )
    )
    return kid


async def present(session: AsyncSession, keyring: Keyring) -> Signer:
    """Raises RuntimeError where there is none, and Undecipherable for one of another service."""
    found = await session.scalar(
        select(CheckpointKey)
        .where(CheckpointKey.retired_at.is_(None))
        .order_by(CheckpointKey.created_at.desc())
        .limit(1)
    )
    if found is None:
        raise RuntimeError("There is no key for checkpoints: run `doorstep migrate`.")
    return Signer(found.kid, keyring.decrypt(found.sealed_private_key, _row(found.kid)))


def is_ours(key: CheckpointKey, keyring: Keyring) -> bool:
    """Whether its private half is kept under the encryption key of this service: whoever can
    write to the database, and no more, can plant a public key and not this."""
    try:
        pem = keyring.decrypt(key.sealed_private_key, _row(key.kid))
    except Undecipherable:
        return False
    return dict(tokens.public_key_of(key.kid, pem).jwk) == dict(key.public_jwk)


def kid_of(jws: str) -> str:
    """Raises NotACheckpoint for what is no JWS."""
    try:
        return str(tokens.read_header(jws)["kid"])
    except tokens.InvalidToken:
        raise NotACheckpoint("it is no signed statement") from None


def read_signed(jws: str, jwk: Mapping[str, Any]) -> Statement:
    """What is signed, if it is signed by this public key and the key is the one that is named.
    Raises NotACheckpoint."""
    kid = kid_of(jws)
    try:
        key = tokens.load_public_key(kid, "ES256", jwk)
        if tokens.thumbprint(key.jwk) != kid:
            raise NotACheckpoint("its public key is not the one that its signature names")
        claims = tokens.verify_statement(jws, key, CHECKPOINT_TYPE)
    except (tokens.UnusableKey, tokens.InvalidToken):
        raise NotACheckpoint("its signature does not hold") from None
    return rules.read_claims(claims)


def _row(kid: str) -> str:
    return row_of(CheckpointKey.sealed_private_key, kid=kid)
