"""joserfc as the independent oracle, and whatever Hypothesis can think of."""

import contextlib
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from hypothesis import given, settings
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

from api.access import tokens
from api.access.tokens import InvalidToken
from tests.forging import encode, forge, forge_hmac, jwk_of, pem_of, public_bytes_of
from tests.token_cases import AUDIENCE, EXPECTED, ISSUER, NOW, NOW_SECONDS, claims, header

EC_KEY = ec.generate_private_key(ec.SECP256R1())
RSA_KEY = rsa.generate_private_key(65537, 2048)
PUBLIC = tokens.load_public_key("k1", "ES256", jwk_of(EC_KEY))
ORACLE_KEY = ECKey.import_key(pem_of(EC_KEY))

RULES = jwt.JWTClaimsRegistry(
    now=lambda: NOW_SECONDS,
    leeway=0,
    iss={"essential": True, "value": ISSUER},
    aud={"essential": True, "value": AUDIENCE},
    exp={"essential": True},
    iat={"essential": True},
)


def ours(token: str) -> Any:
    return tokens.verify(token, PUBLIC, EXPECTED, NOW)


def theirs(token: str) -> Any:
    found = jwt.decode(token, ORACLE_KEY, algorithms=["ES256"])
    RULES.validate(found.claims)
    return found.claims


def test_what_joserfc_signs_is_accepted() -> None:
    token = jwt.encode(header(), claims(), ORACLE_KEY, algorithms=["ES256"])
    assert ours(token) == claims()


@pytest.mark.parametrize("algorithm", ["RS256", "RS384", "RS512"])
def test_what_joserfc_signs_with_rsa_is_accepted_by_a_key_of_that_algorithm(algorithm: str) -> None:
    oracle = RSAKey.import_key(pem_of(RSA_KEY))
    token = jwt.encode(header(alg=algorithm), claims(), oracle, algorithms=[algorithm])
    for each in ("RS256", "RS384", "RS512"):
        public = tokens.load_public_key("k1", each, jwk_of(RSA_KEY))
        if each == algorithm:
            assert tokens.verify(token, public, EXPECTED, NOW) == claims()
        else:
            with pytest.raises(InvalidToken):
                tokens.verify(token, public, EXPECTED, NOW)


def test_what_is_signed_here_joserfc_verifies() -> None:
    token = tokens.sign(claims(), pem=pem_of(EC_KEY), kid="k1", typ="at+jwt")
    found = jwt.decode(token, ORACLE_KEY, algorithms=["ES256"])
    assert found.claims == claims()
    assert found.header == header()
    assert tokens.public_key_of("k1", pem_of(EC_KEY)) == PUBLIC


HOSTILE = {
    "expired": forge(header(), claims(exp=NOW_SECONDS - 1), EC_KEY),
    "expires now": forge(header(), claims(exp=NOW_SECONDS), EC_KEY),
    "no exp": forge(header(), {k: v for k, v in claims().items() if k != "exp"}, EC_KEY),
    "null exp": forge(header(), claims(exp=None), EC_KEY),
    "exp as text": forge(header(), claims(exp="9999999999"), EC_KEY),
    "future iat": forge(header(), claims(iat=NOW_SECONDS + 3600, exp=NOW_SECONDS + 4000), EC_KEY),
    "future nbf": forge(header(), claims(nbf=NOW_SECONDS + 3600), EC_KEY),
    "other audience": forge(header(), claims(aud="https://other"), EC_KEY),
    "no audience": forge(header(), {k: v for k, v in claims().items() if k != "aud"}, EC_KEY),
    "other issuer": forge(header(), claims(iss="https://other"), EC_KEY),
    "unknown crit": forge(header(crit=["exp"]), claims(), EC_KEY),
    "b64 false": forge(header(b64=False, crit=["b64"]), claims(), EC_KEY),
    "alg none": f"{encode(header(alg='none'))}.{encode(claims())}.",
    "alg HS256": forge_hmac(header(alg="HS256"), claims(), public_bytes_of(EC_KEY)[0]),
    "padded": forge(header(), claims(), EC_KEY) + "=",
    "other key": forge(header(), claims(), ec.generate_private_key(ec.SECP256R1())),
    "claims are a list": forge(header(), [], EC_KEY),
    "infinite exp": forge(header(), b'{"exp": 1e999}', EC_KEY),
    "two segments": forge(header(), claims(), EC_KEY).rpartition(".")[0],
}


@pytest.mark.parametrize("name", list(HOSTILE))
def test_what_joserfc_refuses_is_refused(name: str) -> None:
    with pytest.raises((JoseError, ValueError, TypeError, OverflowError)):
        theirs(HOSTILE[name])
    with pytest.raises(InvalidToken):
        ours(HOSTILE[name])


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)
HEADERS = st.dictionaries(st.sampled_from(["alg", "kid", "typ", "crit", "b64", "x"]), JSON)
CLAIMS = st.dictionaries(
    st.sampled_from(["iss", "aud", "exp", "iat", "nbf", "jti", "sub", "roles"]), JSON
)


@settings(deadline=None)
@given(st.one_of(st.text(), st.text("abc.-_=", max_size=40), st.binary(), JSON))
def test_anything_at_all_raises_nothing_but_invalid_token(anything: Any) -> None:
    with pytest.raises(InvalidToken):
        tokens.verify(anything, PUBLIC, EXPECTED, NOW)


@settings(deadline=None)
@given(HEADERS, CLAIMS)
def test_any_signed_header_and_claims_raise_nothing_but_invalid_token(
    odd_header: dict[str, Any], odd_claims: dict[str, Any]
) -> None:
    for changed in (header(), header(**odd_header)):
        token = forge(changed, claims(**odd_claims), EC_KEY)
        with contextlib.suppress(InvalidToken):
            assert ours(token)["iss"] == ISSUER
        with contextlib.suppress(InvalidToken):
            assert isinstance(tokens.read_unverified(token), dict)


@settings(deadline=None)
@given(st.lists(st.binary(max_size=200), min_size=3, max_size=3))
def test_any_bytes_in_the_segments_raise_nothing_but_invalid_token(parts: list[bytes]) -> None:
    with pytest.raises(InvalidToken):
        ours(".".join(encode(part) for part in parts))


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(["kty", "crv", "x", "y", "n", "e", "use", "alg"]), JSON))
def test_any_key_is_usable_or_refused_as_such(changes: dict[str, Any]) -> None:
    for algorithm, private in (("ES256", EC_KEY), ("RS256", RSA_KEY)):
        with contextlib.suppress(tokens.UnusableKey):
            loaded = tokens.load_public_key("k1", algorithm, jwk_of(private) | changes)
            assert json.loads(json.dumps(dict(loaded.jwk))) == jwk_of(private)
