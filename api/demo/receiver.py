"""A webhook receiver on this machine: verifies every signature and keeps what came."""

import base64
import hashlib
import hmac
import json
import queue
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

TOLERANCE_SECONDS = 300


class Receiver:
    """Answers challenges; what it verified is in `messages`, in the order of arrival."""

    def __init__(self) -> None:
        self.messages: queue.Queue[dict[str, Any]] = queue.Queue()
        self.secrets: set[str] = set()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", "0")))
                answer = receiver.take(dict(self.headers.items()), body)
                self.send_response(200 if answer is not None else 401)
                self.send_header("content-type", "application/json")
                content = json.dumps(answer or {}).encode()
                self.send_header("content-length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (inherited)
                """Silent: the story tells what came."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/hook"

    def take(self, headers: dict[str, str], body: bytes) -> dict[str, Any] | None:
        """The answer to a message whose signature holds, else None."""
        given = {name.lower(): value for name, value in headers.items()}
        message = json.loads(body)
        if message["type"] == "webhook.verification":
            return {"challenge": message["data"]["challenge"]}
        if not any(verified(secret, given, body) for secret in self.secrets):
            return None
        message["webhook-id"] = given["webhook-id"]
        self.messages.put(message)
        return {}

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def verified(secret: str, headers: dict[str, str], body: bytes) -> bool:
    """Standard Webhooks 1.0, scheme `v1`."""
    timestamp = headers["webhook-timestamp"]
    if abs(time.time() - int(timestamp)) > TOLERANCE_SECONDS:
        return False
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{headers['webhook-id']}.{timestamp}.".encode() + body
    expected = base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
    return any(
        hmac.compare_digest(each, f"v1,{expected}")
        for each in headers["webhook-signature"].split(" ")
    )
