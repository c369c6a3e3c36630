"""One mail to servers that behave in every way a mail server can."""

import ssl
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

import pytest

from api.foundation.ids import new_id
from api.settings import Settings
from api.webhooks.mails import sending
from api.webhooks.mails.sending import Mailer, mailer_of
from api.webhooks.mails.writing import envelope
from tests.certifying import certified, trusting
from tests.mailboxes import Mailbox, mailbox

pytestmark = pytest.mark.anyio

FROM, TO = "doorstep@example.org", "integration@school.example.org"


def a_mail() -> EmailMessage:
    now = datetime(2026, 11, 26, 18, 5, tzinfo=UTC)
    return envelope(new_id(), "A test", "Nothing.\n", sender=FROM, to=TO, now=now)


async def outcome(
    there: Mailbox, scheme: str = "smtp+plain", tls: ssl.SSLContext | None = None, **user: str
) -> str:
    return await Mailer(there.address(scheme, **user), FROM, tls).send(a_mail())


async def test_it_is_handed_in_as_it_was_written() -> None:
    async with mailbox() as there:
        message = a_mail()
        assert await Mailer(there.address(), FROM).send(message) == "sent"
        [letter] = there.letters
        assert (letter.to, letter.id, letter.subject) == (TO, message["Message-ID"], "A test")
        assert letter.text.strip() == "Nothing."
        assert letter.message["From"] == FROM
        assert letter.message["Auto-Submitted"] == "auto-generated"
        assert letter.message["Date"] == "Thu, 26 Nov 2026 18:05:00 +0000"
        assert there.verbs[-1] == "QUIT"


@pytest.mark.parametrize(
    ("verb", "answer", "expected"),
    [
        ("CONNECT", "554 go away", "connect_error"),
        ("CONNECT", "421 too busy", "connect_error"),
        ("MAIL", "550 who are you?", "sender_refused"),
        ("RCPT", "450 greylisted", "deferred"),
        ("RCPT", "550 nobody here", "refused"),
        ("DATA", "451 later", "deferred"),
        ("TEXT", "452 disk full", "deferred"),
        ("TEXT", "554 no", "refused"),
        ("TEXT", "nonsense", "failed"),
    ],
)
async def test_a_refusal_says_whether_it_is_for_ever(verb: str, answer: str, expected: str) -> None:
    async with mailbox() as there:
        there.answers[verb] = answer
        assert await outcome(there) == expected
        assert there.letters == []


@pytest.mark.parametrize("verb", ["CONNECT", "MAIL", "RCPT", "DATA", "TEXT"])
async def test_a_server_that_hangs_costs_no_more_than_the_deadline(
    monkeypatch: pytest.MonkeyPatch, verb: str
) -> None:
    monkeypatch.setattr(sending, "DEADLINE_SECONDS", 0.3)
    async with mailbox() as there:
        there.hangs.add(verb)
        assert await outcome(there) == "timeout"


async def test_a_hang_after_it_was_taken_does_not_make_it_fail(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sending, "GOODBYE_SECONDS", 0.1)
    async with mailbox() as there:
        there.hangs.add("QUIT")
        assert await outcome(there) == "sent"
        assert len(there.letters) == 1


async def test_a_server_that_is_not_there_is_an_outcome() -> None:
    async with mailbox() as there:
        address = there.address()
    assert await Mailer(address, FROM).send(a_mail()) == "connect_error"


async def test_without_starttls_nothing_is_said_in_the_clear() -> None:
    async with mailbox("AUTH PLAIN") as there:
        assert await outcome(there, "smtp", user="doorstep", password="s3cret") == "no_starttls"
        assert there.verbs == ["CONNECT"]
        assert (there.logins, there.letters) == ([], [])


async def test_a_server_that_refuses_starttls_gets_nothing(tmp_path: Path) -> None:
    async with mailbox("STARTTLS", tls=certified(tmp_path)[0]) as there:
        there.answers["STARTTLS"] = "454 not now"
        assert await outcome(there, "smtp", trusting(tmp_path / "both.pem")) == "failed"
        assert "MAIL" not in there.verbs


async def test_with_starttls_user_and_mail_are_encrypted(tmp_path: Path) -> None:
    async with mailbox("STARTTLS", "AUTH PLAIN", tls=certified(tmp_path)[0]) as there:
        given = {"user": "doorstep", "password": "s3cret"}
        assert await outcome(there, "smtp", trusting(tmp_path / "both.pem"), **given) == "sent"
        assert there.logins == ["\0doorstep\0s3cret"]
        assert there.verbs.index("STARTTLS") < there.verbs.index("AUTH")
        assert [each.encrypted for each in there.letters] == [True]


async def test_with_smtps_all_of_it_is_encrypted(tmp_path: Path) -> None:
    async with mailbox(tls=certified(tmp_path)[0], implicit=True) as there:
        assert await outcome(there, "smtps", trusting(tmp_path / "both.pem")) == "sent"
        assert [each.encrypted for each in there.letters] == [True]


@pytest.mark.parametrize(("scheme", "implicit"), [("smtp", False), ("smtps", True)])
async def test_a_certificate_nobody_vouches_for_is_refused(
    tmp_path: Path, scheme: str, implicit: bool
) -> None:
    async with mailbox("STARTTLS", tls=certified(tmp_path)[0], implicit=implicit) as there:
        assert await outcome(there, scheme) == "tls_error"
        assert there.letters == []


async def test_a_password_that_is_wrong_may_be_mended(tmp_path: Path) -> None:
    async with mailbox("STARTTLS", "AUTH PLAIN", tls=certified(tmp_path)[0]) as there:
        there.answers["AUTH"] = "535 no"
        given = {"user": "doorstep", "password": "wrong"}
        assert (
            await outcome(there, "smtp", trusting(tmp_path / "both.pem"), **given)
            == "not_authenticated"
        )


async def test_a_server_that_takes_no_login_is_told_from_one_that_is_broken() -> None:
    async with mailbox() as there:
        given = {"user": "doorstep", "password": "s3cret"}
        assert await outcome(there, "smtp+plain", **given) == "not_authenticated"
        assert (there.logins, there.letters) == ([], [])


def test_who_has_set_no_mail_server_has_no_mailer() -> None:
    assert mailer_of(Settings()) is None
    given = {"smtp_url": "smtps://mail.example.org", "mail_from": FROM}
    made = mailer_of(Settings.model_validate(given))
    assert made is not None
    assert made.sender == FROM
