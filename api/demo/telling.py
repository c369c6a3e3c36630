"""Calls the API as agencies and people of the demo, and shows each exchange."""

import json
from typing import Any

import httpx
from rich.console import Console

from api.agencies.oauth.service import JWT_BEARER
from api.commands.access import assertion, request_token

SHOWN = 600


class StoryFailed(Exception):
    """The story did not go as it must; the message says where."""


class Teller:
    """Calls the API for one agency after the other, and shows each exchange."""

    def __init__(self, demo: dict[str, Any], console: Console, *, quiet: bool = False) -> None:
        self.demo = demo
        self._console = console
        self._quiet = quiet
        self._http = httpx.Client(base_url=demo["base_url"], timeout=10)

    def close(self) -> None:
        self._http.close()

    def agency(self, kind: str) -> dict[str, Any]:
        return next(each for each in self.demo["agencies"] if each["kind"] == kind)

    def token(self, kind: str, staff_id: str | None = None) -> str:
        """Of the agency's system, or of one of its people."""
        agency, base_url = self.agency(kind), self.demo["base_url"]
        form = {"grant_type": "client_credentials"}
        if staff_id is not None:
            key = agency["assertion_key"]
            pem = key["pem"].encode()
            asserted = assertion(base_url, agency["client_id"], staff_id, pem, key["kid"])
            form = {"grant_type": JWT_BEARER, "assertion": asserted}
        return request_token(base_url, form, agency["client_id"], agency["client_secret"])

    def say(self, text: str) -> None:
        if not self._quiet:
            self._console.print(f"\n[bold]{text}[/bold]")

    def call(
        self,
        token: str,
        method: str,
        path: str,
        body: dict[str, Any] | None = None,
        *,
        expect: int | tuple[int, ...],
        headers: dict[str, str] | None = None,
    ) -> httpx.Response:
        """One exchange. Raises StoryFailed on any other status than expected."""
        given = {"Authorization": f"Bearer {token}", **(headers or {})}
        answer = self._http.request(method, path, json=body, headers=given)
        self._show(method, path, body, answer)
        expected = (expect,) if isinstance(expect, int) else expect
        if answer.status_code not in expected:
            raise StoryFailed(f"{method} {path} was answered {answer.status_code}.")
        return answer

    def _show(
        self, method: str, path: str, body: dict[str, Any] | None, answer: httpx.Response
    ) -> None:
        if self._quiet:
            return
        self._console.print(f"[cyan]→ {method} {path}[/cyan]", highlight=False)
        if body:
            self._console.print(f"  {shortened(body)}", style="dim", highlight=False, markup=False)
        self._console.print(f"[green]← {answer.status_code}[/green]", highlight=False)
        text = shortened(answer.json())
        self._console.print(f"  {text}", style="dim", highlight=False, markup=False)


def shortened(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"
