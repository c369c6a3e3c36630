"""One HTTP attempt: the bytes that were signed, out; a status and at most 16 KiB, back."""

import asyncio
import ssl
from dataclasses import dataclass
from http.cookiejar import CookieJar, DefaultCookiePolicy

import aiohttp
import httpx
from aiohttp.connector import Connection
from dns.asyncresolver import Resolver
from httpx_aiohttp import AiohttpTransport

from api.webhooks.destinations import JudgingResolver, Refused, check_literal

TOTAL_SECONDS = 15
MAX_ANSWER = 16 * 1024
HEADERS = {
    "content-type": "application/json",
    "user-agent": "Doorstep-Webhooks/1",
    "accept-encoding": "identity",
}


@dataclass(frozen=True)
class Answer:
    """What came back. `outcome` is a fixed code; `body` only as far as it was read."""

    outcome: str
    status: int | None = None
    body: bytes = b""
    retry_after: str | None = None

    @property
    def succeeded(self) -> bool:
        return self.outcome == "delivered"


class _WithoutReason(aiohttp.ClientResponse):
    """Drops the reason phrase, which may hold any bytes: the transport chokes on some."""

    async def start(self, connection: Connection) -> aiohttp.ClientResponse:
        await super().start(connection)
        self.reason = None
        return self


class Sender:
    """Sends over connections that go to judged addresses only. No proxies, redirects, cookies."""

    def __init__(
        self,
        *,
        loopback_allowed: bool,
        total_seconds: float = TOTAL_SECONDS,
        names: Resolver | None = None,
    ) -> None:
        self._loopback_allowed = loopback_allowed
        self._total_seconds = total_seconds
        self._resolver = JudgingResolver(loopback_allowed=loopback_allowed, names=names)
        self._client = httpx.AsyncClient(
            transport=AiohttpTransport(client=self._session),
            headers=HEADERS,
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
            timeout=None,  # noqa: S113 (one deadline for the whole attempt, in `post`)
            follow_redirects=False,
            trust_env=False,
        )

    def _session(self) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                resolver=self._resolver,
                use_dns_cache=False,
                limit=0,
                ssl=ssl.create_default_context(),
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            read_bufsize=MAX_ANSWER,
            response_class=_WithoutReason,
            trust_env=False,
        )

    async def post(self, url: str, body: bytes, headers: dict[str, str]) -> Answer:
        """Never raises for what a receiver does: every failure is an outcome."""
        try:
            async with asyncio.timeout(self._total_seconds):
                return await self._post(url, body, headers)
        except TimeoutError:
            return Answer("timeout")
        except Refused:
            return Answer("destination_refused")
        except (
            httpx.HTTPError,
            httpx.InvalidURL,
            aiohttp.ClientError,
            OSError,
            ValueError,
        ) as error:
            unconnected = isinstance(error.__cause__, aiohttp.ClientConnectorError)
            return Answer("connect_error" if unconnected else "connection_error")

    async def _post(self, url: str, body: bytes, headers: dict[str, str]) -> Answer:
        check_literal(httpx.URL(url).host, loopback_allowed=self._loopback_allowed)
        async with self._client.stream("POST", url, content=body, headers=headers) as response:
            read = b""
            if response.is_success:
                async for chunk in response.aiter_raw():
                    read += chunk
                    if len(read) > MAX_ANSWER:
                        break
            outcome = (
                "delivered" if response.is_success else f"http_{response.status_code // 100}xx"
            )
            return Answer(
                outcome,
                response.status_code,
                read[:MAX_ANSWER],
                response.headers.get("retry-after"),
            )

    async def close(self) -> None:
        await self._client.aclose()
