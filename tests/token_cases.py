"""A good header, good claims and what is expected of them; tests change one thing at a time."""

from datetime import UTC, datetime, timedelta
from typing import Any

from api.access.tokens import Expected

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
NOW_SECONDS = int(NOW.timestamp())
ISSUER = AUDIENCE = "https://doorstep.test"
EXPECTED = Expected(
    types=frozenset({"at+jwt"}),
    audiences=frozenset({AUDIENCE}),
    claims={"sub": str, "roles": list},
    lifetime=timedelta(minutes=10),
    issuer=ISSUER,
)


def header(**changes: Any) -> dict[str, Any]:
    return {"alg": "ES256", "typ": "at+jwt", "kid": "k1", **changes}


def claims(**changes: Any) -> dict[str, Any]:
    given = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": "somebody",
        "roles": ["system"],
        "jti": "j1",
        "iat": NOW_SECONDS,
        "exp": NOW_SECONDS + 300,
    }
    return given | changes
