"""The keys that sign access tokens, and the verification of a token that was presented."""

import asyncio
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from api.access import tokens
from api.access.roles import Role
from api.access.tokens import InvalidToken, PublicKey
from api.agencies.models import SigningKey
from api.foundation.clock import Clock
from api.foundation.crypto import Keyring, new_secret
from api.foundation.database import Database
from api.foundation.errors import Unauthenticated
from api.foundation.ids import new_id
from api.foundation.sealing import row_of
from api.journal.runtime import TokenSubject

TOKEN_LIFETIME = timedelta(minutes=10)
KEY_OVERLAP = TOKEN_LIFETIME + timedelta(minutes=2)
REFRESH_AFTER = timedelta(seconds=30)
REFRESH_AT_MOST_EVERY = timedelta(seconds=2)
CACHED_TOKENS = 10_000
ACCESS_TOKEN = "at+jwt"  # noqa: S105 (the media type of RFC 9068)


@dataclass(frozen=True)
class _LoadedKey:
    public: PublicKey
    sealed_private_key: bytes
    retired_at: datetime | None


async def rotate(session: AsyncSession, keyring: Keyring, now: datetime) -> str:
    """Makes a new signing key and retires the others. Returns its `kid`."""
    pem = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    )
    kid = new_secret("key_", 9)
    public = tokens.public_key_of(kid, pem)
    await session.execute(
        update(SigningKey).where(SigningKey.retired_at.is_(None)).values(retired_at=now)
    )
    session.add(
        SigningKey(
            kid=kid,
            public_jwk=dict(public.jwk),
            sealed_private_key=keyring.encrypt(pem, _row(kid)),
            created_at=now,
        )
    )
    return kid


class SigningKeys:
    """Signs and verifies access tokens. Keys are read again every 30 seconds, and at once when a
    token names one that another process made since."""

    def __init__(self, database: Database, keyring: Keyring, clock: Clock, issuer: str) -> None:
        self._database = database
        self._keyring = keyring
        self._clock = clock
        self._issuer = issuer
        self._keys: dict[str, _LoadedKey] = {}
        self._loaded_at: datetime | None = None
        self._loading = asyncio.Lock()
        self._verified: OrderedDict[str, tuple[str, int, TokenSubject]] = OrderedDict()

    async def check(self) -> None:
        """Raises Undecipherable when the present signing key cannot be read."""
        key = await self._signing_key()
        self._keyring.decrypt(key.sealed_private_key, _row(key.public.kid))

    async def issue(self, subject: TokenSubject) -> str:
        """An access token after RFC 9068."""
        key = await self._signing_key()
        now = int(self._clock.now().timestamp())
        claims = {
            "iss": self._issuer,
            "aud": self._issuer,
            "sub": str(subject.practitioner_id or subject.client_id),
            "client_id": str(subject.client_id),
            "agency": str(subject.agency_id),
            "roles": sorted(subject.roles),
            "jti": str(new_id()),
            "iat": now,
            "exp": now + int(TOKEN_LIFETIME.total_seconds()),
        }
        pem = self._keyring.decrypt(key.sealed_private_key, _row(key.public.kid))
        return tokens.sign(claims, pem=pem, kid=key.public.kid, typ=ACCESS_TOKEN)

    async def authenticate(self, token: str) -> TokenSubject:
        """Whom the token speaks for. Raises Unauthenticated, always the same."""
        try:
            return await self._verify(token)
        except InvalidToken:
            raise Unauthenticated from None

    async def jwks(self) -> list[dict[str, str]]:
        """The public keys, as RFC 7517 spells them."""
        await self._load(REFRESH_AFTER)
        return [
            {"kid": key.public.kid, "alg": key.public.algorithm, "use": "sig", **key.public.jwk}
            for key in self._keys.values()
        ]

    async def _verify(self, token: str) -> TokenSubject:
        await self._load(REFRESH_AFTER)
        now = self._clock.now()
        known = self._verified.get(token)
        if known is not None:
            kid, expires, subject = known
            if kid in self._keys and now.timestamp() < expires:
                return subject
            del self._verified[token]
        key = await self._key_named(tokens.read_header(token)["kid"])
        claims = tokens.verify(token, key, self._expected(), now)
        subject = _subject(claims)
        self._verified[token] = (key.kid, claims["exp"], subject)
        if len(self._verified) > CACHED_TOKENS:
            self._verified.popitem(last=False)
        return subject

    def _expected(self) -> tokens.Expected:
        return tokens.Expected(
            types=frozenset({ACCESS_TOKEN}),
            audiences=frozenset({self._issuer}),
            issuer=self._issuer,
            claims={"sub": str, "client_id": str, "agency": str, "roles": list},
            lifetime=TOKEN_LIFETIME,
        )

    async def _key_named(self, kid: str) -> PublicKey:
        if kid not in self._keys:
            await self._load(REFRESH_AT_MOST_EVERY)
        found = self._keys.get(kid)
        if found is None:
            raise InvalidToken("kid")
        return found.public

    async def _signing_key(self) -> _LoadedKey:
        await self._load(REFRESH_AFTER)
        for key in self._keys.values():
            if key.retired_at is None:
                return key
        raise RuntimeError("There is no signing key: run `doorstep migrate`.")

    async def _load(self, older_than: timedelta) -> None:
        if self._fresh(older_than):
            return
        async with self._loading:
            if self._fresh(older_than):
                return
            now = self._clock.now()
            async with self._database.session() as session:
                rows = await session.scalars(
                    select(SigningKey)
                    .where(
                        SigningKey.retired_at.is_(None)
                        | (SigningKey.retired_at > now - KEY_OVERLAP)
                    )
                    .order_by(SigningKey.created_at.desc())
                )
                self._keys = {row.kid: _loaded(row) for row in rows}
            self._loaded_at = now

    def _fresh(self, older_than: timedelta) -> bool:
        return self._loaded_at is not None and self._clock.now() < self._loaded_at + older_than


def _row(kid: str) -> str:
    return row_of(SigningKey.sealed_private_key, kid=kid)


def _loaded(row: SigningKey) -> _LoadedKey:
    public = tokens.load_public_key(row.kid, "ES256", row.public_jwk)
    return _LoadedKey(public, row.sealed_private_key, row.retired_at)


def _subject(claims: tokens.Claims) -> TokenSubject:
    try:
        client_id = UUID(claims["client_id"])
        sub = UUID(claims["sub"])
        return TokenSubject(
            agency_id=UUID(claims["agency"]),
            client_id=client_id,
            practitioner_id=None if sub == client_id else sub,
            roles=frozenset(Role(role) for role in claims["roles"]),
        )
    except (ValueError, TypeError):
        raise InvalidToken("subject") from None
