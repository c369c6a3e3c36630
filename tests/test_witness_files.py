"""What an agency may hand over as the checkpoint that it kept, and what is none."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from api.access import tokens
from api.audit import keys
from api.audit.rules import NotACheckpoint, Statement
from api.audit.witnesses import read_kept, read_witnesses
from api.commands.agencies import new_private_key
from tests.command_line import CommandLine

PEM = new_private_key()
JWK = dict(tokens.public_key_of("", PEM).jwk)
KID = tokens.thumbprint(JWK)


def a_checkpoint(number: int = 42, previous: UUID | None = UUID(int=9)) -> dict[str, Any]:
    """As the service answers."""
    made_at = datetime(2026, 11, 24, tzinfo=UTC)
    said = Statement("https://doorstep.example", number, bytes(range(32)), made_at, previous)
    shown = {**said.claims, "id": str(said.id), "jws": keys.Signer(KID, PEM).sign(said)}
    del shown["iss"]
    return shown | {"public_jwk": {**JWK, "kid": KID, "alg": "ES256", "use": "sig"}}


def handed(tmp_path: Path, content: str) -> str:
    file = tmp_path / "handed"
    file.write_text(content)
    return str(file)


def test_every_way_of_keeping_one_is_read(tmp_path: Path) -> None:
    kept, older = a_checkpoint(), a_checkpoint(number=7, previous=None)
    number, digest = kept["number"], bytes.fromhex(kept["digest"])
    for given in (json.dumps(kept), json.dumps({"items": [kept], "next": None}), kept["jws"]):
        [found] = read_witnesses(handed(tmp_path, f"{given}\n"))
        assert (found.id, found.number, found.digest) == (UUID(kept["id"]), number, digest)
        assert found.jws == kept["jws"]
    listed = "\n".join([older["jws"], kept["id"], f"{number}:{kept['digest']}"])
    signed, named, pair = read_witnesses(handed(tmp_path, listed))
    assert signed.number == 7
    assert (named.id, named.number) == (UUID(kept["id"]), None)
    assert (pair.id, pair.number, pair.digest) == (None, number, digest)
    [named] = read_witnesses(kept["id"])
    assert named.id == UUID(kept["id"])


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"number": 1}, "it does not say what was signed"),
        ({"digest": "00" * 32}, "it does not say what was signed"),
        ({"id": str(uuid4())}, "it does not say what was signed"),
        ({"previous": None}, "it does not say what was signed"),
        ({"public_jwk": {}}, "its signature does not hold"),
        ({"public_jwk": 7}, "its public key is none"),
        ({"jws": "x"}, "it is no signed statement"),
        ({"jws": None}, "it is no signed statement"),
    ],
)
def test_an_answer_that_contradicts_its_own_signature_is_refused(
    tmp_path: Path, change: Any, complaint: str
) -> None:
    with pytest.raises(NotACheckpoint, match=complaint):
        read_witnesses(handed(tmp_path, json.dumps(a_checkpoint() | change)))


@pytest.mark.parametrize(
    "content",
    ["", "{", "{}", '{"items": 1}', '{"items": []}', '{"items": [1]}', "a.b.c", "7:beef",
     f"0:{'ab' * 32}", f"{10**19 - 1}:{'ab' * 32}", "{" * 100_000, "\x00"],
)  # fmt: skip
def test_what_is_no_checkpoint_is_refused(tmp_path: Path, content: str) -> None:
    with pytest.raises(NotACheckpoint):
        read_witnesses(handed(tmp_path, content))


def test_an_access_token_is_no_checkpoint(tmp_path: Path) -> None:
    token = tokens.sign({"iss": "x"}, pem=new_private_key(), kid="k", typ="at+jwt")
    with pytest.raises(NotACheckpoint):
        read_witnesses(handed(tmp_path, token))


@pytest.mark.parametrize("typ", ["JWT", "at+jwt"])
def test_a_statement_of_another_type_is_no_checkpoint(typ: str) -> None:
    pem = new_private_key()
    jwk = dict(tokens.public_key_of("", pem).jwk)
    signed = tokens.sign({}, pem=pem, kid=tokens.thumbprint(jwk), typ=typ)
    with pytest.raises(NotACheckpoint, match="its signature does not hold"):
        keys.read_signed(signed, jwk)


@pytest.fixture
def offline(tmp_path: Path) -> CommandLine:
    """A home without any database."""
    return CommandLine(tmp_path / "home")


def test_an_agency_verifies_what_it_kept_without_a_database(
    offline: CommandLine, tmp_path: Path
) -> None:
    older = a_checkpoint(number=7, previous=None)
    newer = a_checkpoint(previous=UUID(older["id"]))
    (tmp_path / "page.json").write_text(json.dumps({"items": [newer, older], "next": None}))
    [(said, kid), _] = read_kept(str(tmp_path / "page.json"))
    assert (str(said.id), kid) == (newer["id"], KID)
    shown = offline.succeed("audit", "verify-checkpoint", str(tmp_path / "page.json")).out
    assert shown.splitlines() == [
        f"checkpoint {older['id']} seal 7 2026-11-24 key {KID}",
        f"checkpoint {newer['id']} seal 42 2026-11-24 key {KID}",
    ]


def test_two_that_contradict_each_other_are_named(offline: CommandLine, tmp_path: Path) -> None:
    one, other = a_checkpoint(), a_checkpoint(previous=UUID(int=8))
    for name, each in (("one", one), ("other", other)):
        (tmp_path / name).write_text(json.dumps(each))
    line = offline.fail(
        "audit", "verify-checkpoint", str(tmp_path / "one"), str(tmp_path / "other")
    )
    assert line.endswith("contradict each other.")
    assert one["id"] in line
    assert other["id"] in line


def test_what_is_not_signed_is_refused_in_one_line(offline: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "edited").write_text(json.dumps(a_checkpoint() | {"number": 43}))
    line = offline.fail("audit", "verify-checkpoint", str(tmp_path / "edited"))
    assert line == f"{tmp_path}/edited: it does not say what was signed."
    (tmp_path / "bare").write_text(a_checkpoint()["jws"])
    line = offline.fail("audit", "verify-checkpoint", str(tmp_path / "bare"))
    assert line == f"{tmp_path}/bare holds no answer of the service."
