"""Signatures as Standard Webhooks 1.0 has them: published vectors, and an independent verifier."""

import base64
import re
import time

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook, WebhookVerificationError

from api.webhooks.signing import Keys, Signer

MESSAGE = ("msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
PRIVATE = "6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg=="
PUBLIC = "whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4="
V1 = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
V1A = "v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg=="


def vector_keys() -> Keys:
    seed = base64.b64decode(PRIVATE)[:32]
    return Keys(base64.b64decode(SECRET.removeprefix("whsec_")), seed)


def test_the_published_vectors_are_reproduced() -> None:
    headers = Signer([vector_keys()]).headers(*MESSAGE)
    assert headers == {
        "webhook-id": MESSAGE[0],
        "webhook-timestamp": "1614265330",
        "webhook-signature": f"{V1} {V1A}",
    }


def test_the_keys_are_shown_as_the_specification_spells_them() -> None:
    keys = vector_keys()
    assert (keys.shown_secret, keys.public_key) == (SECRET, PUBLIC)


def test_fresh_keys_differ_and_have_the_strength_that_is_asked_for() -> None:
    one, other = Keys.new(), Keys.new()
    assert one.secret != other.secret
    assert one.private_key != other.private_key
    assert len(base64.b64decode(one.shown_secret.removeprefix("whsec_"))) == 32


@given(st.uuids(), st.dictionaries(st.text(), st.text() | st.integers()))
def test_the_reference_library_verifies_what_we_sign(message_id: object, data: object) -> None:
    keys, body = Keys.new(), repr(data).encode("utf-8", "replace")
    headers = Signer([keys]).headers(str(message_id), int(time.time()), body)
    assert Webhook(keys.shown_secret).verify(body, headers, json_parse=False) is None


@pytest.mark.parametrize("changed", ["webhook-id", "webhook-timestamp", "body", "secret"])
def test_the_reference_library_refuses_what_was_changed(changed: str) -> None:
    keys, body = Keys.new(), b'{"type":"alert.published"}'
    headers = Signer([keys]).headers("id-1", int(time.time()), body)
    if changed == "webhook-timestamp":
        headers[changed] = str(int(headers[changed]) - 1)
    elif changed in headers:
        headers[changed] += "0"
    given_body = body + b" " if changed == "body" else body
    secret = Keys.new().shown_secret if changed == "secret" else keys.shown_secret
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(given_body, headers)


def test_the_public_key_verifies_the_asymmetric_signature_and_nothing_else() -> None:
    keys, body = Keys.new(), b"{}"
    headers = Signer([keys]).headers("id-1", 1, body)
    public = Ed25519PublicKey.from_public_bytes(
        base64.b64decode(keys.public_key.removeprefix("whpk_"))
    )
    signature = base64.b64decode(headers["webhook-signature"].split(" ")[1].removeprefix("v1a,"))
    public.verify(signature, b"id-1.1.{}")
    with pytest.raises(InvalidSignature):
        public.verify(signature, b"id-1.2.{}")


@given(st.binary(max_size=200), st.integers(0, 2**33))
def test_the_signature_header_is_exactly_two_tokens_with_one_space(
    body: bytes, timestamp: int
) -> None:
    signature = Signer([vector_keys()]).headers("id", timestamp, body)["webhook-signature"]
    assert re.fullmatch(r"v1,[A-Za-z0-9+/]{43}= v1a,[A-Za-z0-9+/]{86}==", signature)
