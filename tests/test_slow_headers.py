"""A connection whose request headers never end is closed; whoever is in time is answered."""

import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest
import uvicorn

from api import server

WAIT = 20
REQUEST = b"GET / HTTP/1.1\r\nHost: doorstep.test\r\n\r\n"


async def answering(scope: Any, receive: Any, send: Any) -> None:
    """The smallest application that there is."""
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"in time"})


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """A server with our protocol, whose patience is a moment instead of ten seconds."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(server, "HEADER_SECONDS", 0.3)
        listening = server.listen("127.0.0.1", 0)
        config = uvicorn.Config(
            answering, http=server.ImpatientProtocol, lifespan="off", log_config=None
        )
        running = uvicorn.Server(config)
        thread = threading.Thread(target=running.run, kwargs={"sockets": [listening]})
        thread.start()
        yield listening.getsockname()[1]
        running.should_exit = True
        thread.join()


def connected(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=WAIT)


def answer_of(connection: socket.socket) -> bytes:
    """Until the body has come, or the other side closes."""
    read = b""
    while b"in time" not in read:
        part = connection.recv(4096)
        if not part:
            break
        read += part
    return read


@pytest.mark.parametrize("sent", [b"", b"GET / HT", REQUEST[:-2], REQUEST[:-2] + b"X-A: 1\r\n"])
def test_a_connection_whose_headers_do_not_end_is_closed_unanswered(port: int, sent: bytes) -> None:
    with connected(port) as connection:
        connection.sendall(sent)
        assert connection.recv(4096) == b""


def test_a_second_request_on_a_kept_connection_has_the_same_deadline(port: int) -> None:
    with connected(port) as connection:
        connection.sendall(REQUEST)
        assert answer_of(connection).startswith(b"HTTP/1.1 200")
        connection.sendall(REQUEST[:-2])
        assert connection.recv(4096) == b""


def test_whoever_is_in_time_is_answered_beside_the_slow(port: int) -> None:
    slow = [connected(port) for _ in range(20)]
    for each in slow:
        each.sendall(b"GET / HTTP/1.1\r\n")
    with connected(port) as connection:
        connection.sendall(REQUEST)
        assert answer_of(connection).startswith(b"HTTP/1.1 200")
    for each in slow:
        assert each.recv(4096) == b""
        each.close()


@pytest.mark.parametrize(
    "sent", [b"X-A: " + b"a" * 300_000, b"".join(b"X-%d: 1\r\n" % each for each in range(30_000))]
)
def test_headers_without_measure_are_not_read_to_their_end(port: int, sent: bytes) -> None:
    with connected(port) as connection:
        assert what_came(connection, REQUEST[:-2] + sent) == b""


def what_came(connection: socket.socket, sent: bytes) -> bytes:
    """Nothing, where the other side closed while it was still being sent to."""
    try:
        connection.sendall(sent)
        return connection.recv(4096)
    except OSError:
        return b""


def test_stray_bytes_between_requests_keep_no_connection_open(port: int) -> None:
    with connected(port) as connection:
        connection.sendall(REQUEST)
        assert answer_of(connection).startswith(b"HTTP/1.1 200")
        connection.sendall(b"\r\n")
        assert connection.recv(4096) == b""
