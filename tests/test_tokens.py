"""Every hostile token and key that python-jose would let pass, and every one it would crash on."""

import string
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from api.access import tokens
from api.access.tokens import InvalidToken, PublicKey, UnusableKey
from tests.forging import b64, forge, forge_hmac, jwk_of, pem_of, public_bytes_of
from tests.token_cases import (
    AUDIENCE,
    EXPECTED,
    ISSUER,
    NOW,
    NOW_SECONDS,
    claims,
    header,
)

EC_KEY = ec.generate_private_key(ec.SECP256R1())
RSA_KEY = rsa.generate_private_key(65537, 2048)
OTHER_KEY = ec.generate_private_key(ec.SECP256R1())
PUBLIC = tokens.load_public_key("k1", "ES256", jwk_of(EC_KEY))
RSA_PUBLIC = tokens.load_public_key("k1", "RS256", jwk_of(RSA_KEY))
ALPHABET = string.ascii_letters + string.digits + "-_"

HUGE = 10**400
MISSING = object()


def verify(token: Any, key: PublicKey = PUBLIC) -> tokens.Claims:
    return tokens.verify(token, key, EXPECTED, NOW)


def refusal(token: Any, key: PublicKey = PUBLIC) -> str:
    with pytest.raises(InvalidToken) as refused:
        verify(token, key)
    return refused.value.reason


def without_missing(given: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in given.items() if value is not MISSING}


def test_a_good_token_is_accepted_and_its_claims_come_back_whole() -> None:
    given = claims(extra={"nested": [1, "two"]})
    assert verify(forge(header(), given, EC_KEY)) == given


def test_an_rsa_key_verifies_its_one_algorithm() -> None:
    assert verify(forge(header(alg="RS256"), claims(), RSA_KEY), RSA_PUBLIC) == claims()


@pytest.mark.parametrize("typ", ["at+jwt", "AT+JWT", "application/at+jwt"])
def test_the_media_type_is_read_in_all_its_spellings(typ: str) -> None:
    assert verify(forge(header(typ=typ), claims(), EC_KEY)) == claims()


def test_an_audience_of_one_in_a_list_is_accepted() -> None:
    given = claims(aud=[AUDIENCE])
    assert verify(forge(header(), given, EC_KEY)) == given


@pytest.mark.parametrize(
    "changes",
    [
        {"iat": NOW_SECONDS + 30, "exp": NOW_SECONDS + 300},
        {"nbf": NOW_SECONDS + 30},
        {"exp": NOW_SECONDS + 1},
        {"iat": NOW_SECONDS, "exp": NOW_SECONDS + 630},
        {"jti": "j" * 200},
    ],
)
def test_what_lies_just_inside_the_limits_is_accepted(changes: dict[str, Any]) -> None:
    assert verify(forge(header(), claims(**changes), EC_KEY)) == claims(**changes)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("exp", each) for each in (MISSING, None, [], {}, "9999999999", 1.5, True, HUGE, -HUGE)),
        *(("exp", each) for each in (NOW_SECONDS, NOW_SECONDS - 1, 0, -1, 253402300799)),
        *(("iat", each) for each in (MISSING, None, "1", 1.5, True, HUGE, -HUGE, -1)),
        ("iat", NOW_SECONDS + 31),
        *(("nbf", each) for each in (None, "1", True, 1.5, HUGE, NOW_SECONDS + 31)),
        *(("aud", each) for each in (MISSING, None, "", 1, {}, [], [[AUDIENCE]], [None])),
        *(("aud", each) for each in ("https://other", [AUDIENCE, "x"], [AUDIENCE] * 2)),
        ("aud", f"{AUDIENCE}/"),
        *(("iss", each) for each in (MISSING, None, "", 1, [ISSUER], "https://other", True)),
        *(("jti", each) for each in (MISSING, None, "", 7, [], "j" * 201, "a\x00b", "\ud800")),
        *(("sub", each) for each in (MISSING, None, "", 7, "s" * 201, "line\nbreak")),
        *(("roles", each) for each in (MISSING, None, "system", {"system": 1})),
    ],
)
def test_a_claim_that_is_missing_mistyped_or_out_of_range_is_refused(name: str, value: Any) -> None:
    given = without_missing(claims(**{name: value}))
    assert refusal(forge(header(), given, EC_KEY)) in {name, "iat", "lifetime"}


@pytest.mark.parametrize("exp", [NOW_SECONDS + 631, 2**40])
def test_a_token_that_lives_too_long_is_refused(exp: int) -> None:
    given = claims(iat=NOW_SECONDS, exp=exp)
    assert refusal(forge(header(), given, EC_KEY)) == "lifetime"


def test_a_token_dated_ahead_cannot_stretch_its_lifetime() -> None:
    given = claims(iat=NOW_SECONDS + 30, exp=NOW_SECONDS + 631)
    assert refusal(forge(header(), given, EC_KEY)) == "lifetime"


@pytest.mark.parametrize(
    "payload",
    [
        b'{"exp": 1e999}',
        b'{"exp": NaN}',
        b'{"exp": Infinity}',
        b'{"exp": -Infinity}',
        b'{"a": 1, "a": 2}',
        b'{"deep": {"a": 1, "a": 2}}',
        b"[]",
        b"null",
        b'"text"',
        b"1",
        b"",
        b"{",
        b"\xff\xfe{}",
        b'{"exp": ' + b"9" * 5000 + b"}",
        b"[" * 3000,
        b'{"a":' * 1200 + b"1" + b"}" * 1200,
        b'{"a":' + b"[" * 40 + b"]" * 40 + b"}",
    ],
)
def test_claims_that_are_no_plain_json_object_are_refused(payload: bytes) -> None:
    assert refusal(forge(header(), payload, EC_KEY)) in {"malformed", "iss"}


@pytest.mark.parametrize(
    "raw",
    [
        b"[]",
        b"null",
        b"{",
        b"",
        b'{"alg":"ES256","alg":"none","kid":"k1","typ":"at+jwt"}',
        b'{"alg":"ES256","kid":"k1","typ":"at+jwt","a":' + b"[" * 150 + b"]" * 150 + b"}",
        b"[" * 700,
        b'{"alg":"ES256","kid":"k1","typ":"at+jwt","a":NaN}',
        b'{"alg":"ES256","kid":"k1","typ":"at+jwt","a":"' + b"x" * 800 + b'"}',
        b"\xc3\x28",
    ],
)
def test_a_header_that_is_no_plain_small_json_object_is_refused(raw: bytes) -> None:
    assert refusal(forge(raw, claims(), EC_KEY)) == "malformed"


@pytest.mark.parametrize("name", sorted(tokens.REFUSED_HEADERS))
@pytest.mark.parametrize("value", [None, False, [], ["exp"], "https://evil", {}])
def test_a_header_that_would_change_how_the_token_is_read_is_refused(name: str, value: Any) -> None:
    assert refusal(forge(header(**{name: value}), claims(), EC_KEY)) == "header"


@pytest.mark.parametrize(
    "alg", ["none", "None", "NONE", "", None, "HS256", "RS256", "ES384", "es256", ["ES256"], 1, {}]
)
def test_any_algorithm_but_the_key_s_own_is_refused(alg: Any) -> None:
    assert refusal(forge(header(alg=alg), claims(), EC_KEY)) == "key"
    assert refusal(f"{forge(header(alg=alg), claims(), EC_KEY).rpartition('.')[0]}.") == "key"


@pytest.mark.parametrize("private", [EC_KEY, RSA_KEY])
@pytest.mark.parametrize("alg", ["HS256", "RS256", "ES256"])
def test_the_public_key_is_never_taken_for_an_hmac_secret(private: Any, alg: str) -> None:
    public = PUBLIC if private is EC_KEY else RSA_PUBLIC
    for secret in (*public_bytes_of(private), b""):
        assert refusal(forge_hmac(header(alg=alg), claims(), secret), public) in {
            "key",
            "signature",
        }


@pytest.mark.parametrize(
    "kid", [MISSING, None, "", "k2", "K1", 1, [], ["k1"], {}, True, "k" * 201, "k1\x00", "\ud800"]
)
def test_a_key_that_is_not_named_rightly_is_refused(kid: Any) -> None:
    assert refusal(forge(without_missing(header(kid=kid)), claims(), EC_KEY)) in {"kid", "key"}


@pytest.mark.parametrize("typ", [MISSING, None, "", "JWT", "jwt", "at+jwt ", 1, ["at+jwt"], {}])
def test_a_token_of_another_type_is_refused(typ: Any) -> None:
    assert refusal(forge(without_missing(header(typ=typ)), claims(), EC_KEY)) == "type"


def test_a_type_may_be_left_out_where_that_is_expected() -> None:
    lenient = tokens.Expected(frozenset({None}), EXPECTED.audiences, {}, EXPECTED.lifetime)
    token = forge(without_missing(header(typ=MISSING)), claims(iss="anybody"), EC_KEY)
    assert tokens.verify(token, PUBLIC, lenient, NOW)["iss"] == "anybody"


def test_a_signature_by_another_key_is_refused() -> None:
    assert refusal(forge(header(), claims(), OTHER_KEY)) == "signature"


@pytest.mark.parametrize(
    "signature", ["", "AA", b64(b"\0" * 64), b64(b"\0" * 63), b64(b"\xff" * 65)]
)
def test_a_signature_of_another_shape_is_refused(signature: str) -> None:
    signed = forge(header(), claims(), EC_KEY).rpartition(".")[0]
    assert refusal(f"{signed}.{signature}") == "signature"


@pytest.mark.parametrize("given", [None, b"a.b.c", 1, [], "", ".", "..", "a.b", "a.b.c.d", "é.é.é"])
def test_what_is_no_token_at_all_is_refused(given: Any) -> None:
    assert refusal(given) == "malformed"


def test_two_or_four_segments_of_a_good_token_are_refused() -> None:
    good = forge(header(), claims(), EC_KEY)
    for spelling in (good.rpartition(".")[0], f"{good}.", f"{good}.{good.rpartition('.')[2]}"):
        assert refusal(spelling) == "malformed"


def test_a_token_of_9_kilobytes_is_refused_before_it_is_read() -> None:
    token = forge(header(), claims(padding="x" * 9000), EC_KEY)
    assert refusal(token) == "malformed"


@pytest.mark.parametrize("added", ["=", "==", " ", "\n", "\t", "\x00", "é", "/"])
def test_a_token_has_one_spelling_only(added: str) -> None:
    good = forge(header(), claims(), EC_KEY)
    for spelling in (good + added, added + good, good.replace(".", f"{added}.", 1)):
        assert refusal(spelling) == "malformed"


def test_the_other_base64_alphabet_and_other_last_characters_are_refused() -> None:
    good = next(
        token
        for token in iter(lambda: forge(header(), claims(), EC_KEY), None)
        if "-" in token and "_" in token
    )
    assert refusal(good.replace("-", "+").replace("_", "/")) == "malformed"
    others = [good[:-1] + each for each in ALPHABET if each != good[-1]]
    assert {refusal(each) for each in others} <= {"malformed", "signature"}


@pytest.mark.parametrize(("private", "public"), [(EC_KEY, PUBLIC), (RSA_KEY, RSA_PUBLIC)])
def test_every_change_of_a_single_character_is_refused(private: Any, public: PublicKey) -> None:
    good = forge(header(alg=public.algorithm), claims(), private)
    assert verify(good, public)
    for position, character in enumerate(good):
        changed = "B" if character == "A" else "A"
        refusal(good[:position] + changed + good[position + 1 :], public)
        refusal(good[:position] + good[position + 1 :], public)


@pytest.mark.parametrize(
    ("algorithm", "changes"),
    [
        ("HS256", {}),
        ("none", {}),
        ("ES384", {}),
        ("EdDSA", {}),
        ("RS256", {}),
        ("ES256", {"kty": "RSA"}),
        ("ES256", {"crv": "P-384"}),
        ("ES256", {"crv": None}),
        ("ES256", {"d": "AAAA"}),
        ("ES256", {"use": "enc"}),
        ("ES256", {"alg": "ES384"}),
        ("ES256", {"x": None}),
        ("ES256", {"y": 1}),
        ("ES256", {"x": "AAAA"}),
        ("ES256", {"x": "é"}),
        ("ES256", {"y": b64(b"\xff" * 32)}),
        ("ES256", {"x": b64(b"\0" * 32), "y": b64(b"\0" * 32)}),
    ],
)
def test_a_key_of_another_kind_or_off_its_curve_is_unusable(
    algorithm: str, changes: dict[str, Any]
) -> None:
    with pytest.raises(UnusableKey):
        tokens.load_public_key("k1", algorithm, jwk_of(EC_KEY) | changes)


@pytest.mark.parametrize(
    "changes",
    [
        {"n": jwk_of(rsa.generate_private_key(65537, 1024))["n"]},
        {"n": b64(b"\x80" + b"\0" * 1025)},
        {"e": "Aw"},
        {"e": "AQ"},
        {"e": ""},
        {"n": ""},
        {"d": "AAAA"},
        {"kty": "oct"},
        {"use": "enc"},
        {"alg": "PS256"},
    ],
)
def test_an_rsa_key_that_is_too_small_too_large_or_odd_is_unusable(changes: dict[str, Any]) -> None:
    with pytest.raises(UnusableKey):
        tokens.load_public_key("k1", "RS256", jwk_of(RSA_KEY) | changes)


def test_a_p384_key_is_unusable_whatever_it_claims() -> None:
    p384 = ec.generate_private_key(ec.SECP384R1())
    for changes in ({}, {"crv": "P-256"}):
        with pytest.raises(UnusableKey):
            tokens.load_public_key("k1", "ES256", jwk_of(p384) | changes)


def test_only_what_a_key_needs_is_kept_of_it() -> None:
    given = jwk_of(EC_KEY) | {"use": "sig", "alg": "ES256", "x5c": ["x"], "kid": "another"}
    loaded = tokens.load_public_key("k1", "ES256", given)
    assert (loaded.kid, dict(loaded.jwk)) == ("k1", jwk_of(EC_KEY))


@pytest.mark.parametrize("private", [RSA_KEY, ec.generate_private_key(ec.SECP384R1())])
def test_only_a_p256_private_key_signs(private: Any) -> None:
    with pytest.raises(UnusableKey):
        tokens.public_key_of("k1", pem_of(private))
