"""One attempt against receivers that behave in every way a receiver can."""

import asyncio
import contextlib
import gzip
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from api.webhooks.sending import MAX_ANSWER, TOTAL_SECONDS, Answer, Sender
from tests.certifying import certified
from tests.messages import A_TEST
from tests.receivers import Behaviour, Request, answering, hang, receiver, reset

pytestmark = pytest.mark.anyio

SIGNED = {"webhook-id": "1", "webhook-timestamp": "2", "webhook-signature": "v1,x v1a,y"}


@pytest.fixture
async def sender() -> AsyncIterator[Sender]:
    made = Sender(loopback_allowed=True)
    yield made
    await made.close()


@pytest.fixture
async def hasty() -> AsyncIterator[Sender]:
    """A sender whose patience ends soon, for receivers that try it."""
    made = Sender(loopback_allowed=True, total_seconds=0.3)
    yield made
    await made.close()


async def post_to(behaviour: Behaviour, sender: Sender) -> Answer:
    async with receiver(behaviour) as there:
        return await sender.post(there.url, A_TEST, SIGNED)


def writing(content: bytes) -> Behaviour:
    """Writes exactly these bytes, and closes."""

    async def behave(_request: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(content)
        await writer.drain()
        writer.close()

    return behave


def dripping(start: bytes, drop: bytes) -> Behaviour:
    """Never stops: every drop would start the patience of a read timeout anew."""

    async def behave(_request: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(start)
        while not writer.is_closing():
            writer.write(drop)
            await asyncio.sleep(0.02)

    return behave


async def test_a_message_arrives_as_it_was_signed(sender: Sender) -> None:
    async with receiver(answering(200)) as there:
        await sender.post(there.url, A_TEST, SIGNED)
        request = there.requests[0]
    assert request.line == "POST /hook HTTP/1.1"
    assert request.body == A_TEST
    assert {name: request.headers[name] for name in SIGNED} == SIGNED
    assert request.headers["content-type"] == "application/json"
    assert request.headers["content-length"] == str(len(A_TEST))
    assert request.headers["accept-encoding"] == "identity"
    assert request.headers["user-agent"] == "Doorstep-Webhooks/1"


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
async def test_every_2xx_is_a_success(sender: Sender, status: int) -> None:
    answer = await post_to(answering(status), sender)
    assert (answer.outcome, answer.status, answer.succeeded) == ("delivered", status, True)


@pytest.mark.parametrize("status", [300, 304, 400, 404, 410, 429, 500, 503, 599])
async def test_anything_else_is_a_failure_named_after_its_class(
    sender: Sender, status: int
) -> None:
    answer = await post_to(answering(status, b"", "retry-after: 7"), sender)
    expected = (f"http_{status // 100}xx", status, "7", False)
    assert (answer.outcome, answer.status, answer.retry_after, answer.succeeded) == expected


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_not_followed(sender: Sender, status: int) -> None:
    async with receiver(answering(200)) as elsewhere:
        answer = await post_to(answering(status, b"", f"location: {elsewhere.url}"), sender)
        assert (answer.outcome, elsewhere.requests) == ("http_3xx", [])


async def test_a_refused_connection_is_named(sender: Sender) -> None:
    async with receiver() as there:
        url = there.url
    assert await sender.post(url, A_TEST, SIGNED) == Answer("connect_error")


@pytest.mark.parametrize(
    "behaviour",
    [
        reset,
        writing(b""),
        writing(b"HTTP/1.1 200 OK\r\ncontent-len"),
        writing(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nshort"),
        writing(b"220 mail.example ESMTP\r\n"),
        writing(b"\x00\xff\x16\x03\x01"),
        writing(b"HTTP/1.1 200 OK\r\nx: " + b"a" * 100_000 + b"\r\n\r\n"),
        writing(b"HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n"),
        writing(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n"),
    ],
    ids=[
        "reset", "closed", "half a head", "half a body", "no http", "garbage", "huge header",
        "negative length", "bad chunk",
    ],
)  # fmt: skip
async def test_a_broken_connection_is_named(sender: Sender, behaviour: Behaviour) -> None:
    assert (await post_to(behaviour, sender)).outcome == "connection_error"


@pytest.mark.parametrize(
    "behaviour",
    [
        hang,
        dripping(b"HTTP/1.1 200 OK\r\nx: ", b"a"),
        dripping(b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n", b"a"),
        dripping(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    ],
    ids=["silence", "dripping headers", "dripping body", "endless continue"],
)
async def test_all_of_an_attempt_shares_one_deadline(hasty: Sender, behaviour: Behaviour) -> None:
    assert await post_to(behaviour, hasty) == Answer("timeout")


async def test_a_handshake_that_hangs_shares_the_deadline(hasty: Sender) -> None:
    async def say_nothing(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _reader.read()
        writer.close()

    async with await asyncio.start_server(say_nothing, "127.0.0.1", 0) as mute:
        port = mute.sockets[0].getsockname()[1]
        answer = await hasty.post(f"https://127.0.0.1:{port}/hook", A_TEST, SIGNED)
    assert answer == Answer("timeout")


async def test_a_connection_that_nobody_accepts_shares_the_deadline(hasty: Sender) -> None:
    """The backlog is full: the system drops whoever knocks."""
    with contextlib.ExitStack() as opened:
        deaf = opened.enter_context(socket.socket())
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(0)
        for _ in range(3):
            waiting = opened.enter_context(socket.socket())
            waiting.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                waiting.connect(deaf.getsockname())
        answer = await hasty.post(f"http://127.0.0.1:{deaf.getsockname()[1]}/", A_TEST, SIGNED)
    assert answer == Answer("timeout")


def test_the_deadline_is_fifteen_seconds_and_ends_before_the_lease() -> None:
    assert TOTAL_SECONDS == 15
    assert Sender(loopback_allowed=False)._total_seconds == TOTAL_SECONDS


async def test_an_endless_body_is_read_no_further_than_16_kib(sender: Sender) -> None:
    written = 0

    async def pour(_request: Request, writer: asyncio.StreamWriter) -> None:
        nonlocal written
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 100000000\r\n\r\n")
        while not writer.is_closing():
            writer.write(b"a" * 10_000)
            written += 10_000
            await writer.drain()

    answer = await post_to(pour, sender)
    assert (answer.outcome, len(answer.body)) == ("delivered", MAX_ANSWER)
    assert written < 100_000_000


async def test_the_body_of_a_failure_is_not_read(sender: Sender) -> None:
    start = b"HTTP/1.1 500 Oh\r\ncontent-length: 100000\r\n\r\n"
    answer = await post_to(dripping(start, b"a"), sender)
    assert (answer.outcome, answer.body) == ("http_5xx", b"")


async def test_a_compressed_bomb_is_not_inflated(sender: Sender) -> None:
    bomb = gzip.compress(b"\x00" * 10_000_000)
    answer = await post_to(answering(200, bomb, "content-encoding: gzip"), sender)
    assert (answer.outcome, answer.body) == ("delivered", bomb[:MAX_ANSWER])


async def test_cookies_are_not_sent_back(sender: Sender) -> None:
    cookie = "set-cookie: session=1; path=/; max-age=1000"
    async with receiver(answering(200, b"{}", cookie)) as there:
        for _ in range(2):
            assert (await sender.post(there.url, A_TEST, SIGNED)).succeeded
        assert [each.headers.get("cookie") for each in there.requests] == [None, None]


async def test_a_proxy_of_the_environment_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    async with receiver() as proxy, receiver() as there:
        for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.delenv("NO_PROXY", raising=False)
        sender = Sender(loopback_allowed=True)
        answer = await sender.post(there.url, A_TEST, SIGNED)
        await sender.close()
        assert (answer.outcome, len(there.requests), proxy.requests) == ("delivered", 1, [])


async def test_credentials_of_the_machine_are_not_sent(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login root password secret\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    async with receiver() as there:
        sender = Sender(loopback_allowed=True)
        await sender.post(there.url, A_TEST, SIGNED)
        await sender.close()
        assert "authorization" not in there.requests[0].headers


async def test_a_certificate_nobody_vouches_for_is_refused(sender: Sender, tmp_path: Path) -> None:
    async with receiver(tls=certified(tmp_path)[0]) as there:
        answer = await sender.post(there.url.replace("http:", "https:"), A_TEST, SIGNED)
        assert (answer.outcome, there.requests) == ("connect_error", [])


@pytest.mark.parametrize(
    "url", ["http://", "http://127.0.0.1:1:1/", "http://\x00/", "http://" + "a" * 70]
)
async def test_a_url_that_no_client_can_call_is_an_outcome_not_an_error(
    sender: Sender, url: str
) -> None:
    assert not (await sender.post(url, A_TEST, SIGNED)).succeeded


async def test_an_answer_with_an_odd_reason_is_taken_by_its_status(sender: Sender) -> None:
    odd = b"HTTP/1.1 200 Re\xe7u\r\ncontent-length: 2\r\n\r\n{}"
    assert (await post_to(writing(odd), sender)).outcome == "delivered"


async def test_a_kept_connection_serves_the_next_message(sender: Sender) -> None:
    async with receiver(answering(200, b"{}")) as there:
        outcomes = [(await sender.post(there.url, A_TEST, SIGNED)).outcome for _ in range(3)]
        assert outcomes == ["delivered"] * 3
        assert len(there._writers) == 1
