"""Which addresses we agree to call.

A URL is judged when it is given and at every attempt, and every address its name resolves to
whenever a connection is made; the connection then goes to the judged address. Python's `is_global`
lets through what leads inside (6to4, NAT64, site-local, multicast), so the table is our own.
"""

import asyncio
import ipaddress
import re
import socket
from collections.abc import Collection
from urllib.parse import urlsplit

from aiohttp.abc import AbstractResolver, ResolveResult
from dns.asyncresolver import Resolver
from dns.exception import DNSException

from api.settings import LOOPBACK_HOSTS

HTTPS_PORT = 443
_HOST = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)*")

_REFUSED_4 = [
    ipaddress.IPv4Network(network)
    for network in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "168.63.129.16/32",
        "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24",
        "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24",
        "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
    )
]  # fmt: skip
_PUBLIC_6 = ipaddress.IPv6Network("2000::/3")
_REFUSED_6 = [
    ipaddress.IPv6Network(network)
    for network in (
        "2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20",
    )
]  # fmt: skip


class Refused(Exception):
    """The destination is not one we call. `reason` is a fixed code."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


def is_public(address: str) -> bool:
    """Whether the address is on the public internet, by our own table."""
    try:
        judged = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(judged, ipaddress.IPv4Address):
        return not any(judged in network for network in _REFUSED_4)
    return judged in _PUBLIC_6 and not any(judged in network for network in _REFUSED_6)


def check_address(address: str, *, loopback_allowed: bool) -> None:
    """Raises Refused for an address that no connection may go to."""
    loopback = loopback_allowed and ipaddress.ip_address(address).is_loopback
    if not (loopback or is_public(address)):
        raise Refused("address")


def check_literal(host: str, *, loopback_allowed: bool) -> None:
    """Judges a host that is an address already: no resolver is asked for it."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return
    check_address(host, loopback_allowed=loopback_allowed)


def check_url(url: str, domains: Collection[str], *, loopback_allowed: bool) -> None:
    """Raises Refused for a URL that no attempt should ever be made to."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise Refused("malformed") from None
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise Refused("malformed")
    if not (url.isascii() and url.isprintable()) or " " in url:
        raise Refused("malformed")
    if loopback_allowed and host in LOOPBACK_HOSTS and parts.scheme in {"http", "https"}:
        return
    if not _HOST.fullmatch(host):
        raise Refused("malformed")
    if parts.scheme != "https":
        raise Refused("not_https")
    asked = HTTPS_PORT if port is None else port
    listed = [
        (each.partition(":")[0], int(each.partition(":")[2] or HTTPS_PORT)) for each in domains
    ]
    if asked not in {HTTPS_PORT, *(allowed for _, allowed in listed)}:
        raise Refused("port")
    ports = {allowed for domain, allowed in listed if _lies_under(host, domain)}
    if not ports:
        raise Refused("domain")
    if asked not in ports:
        raise Refused("port")


def _lies_under(host: str, domain: str) -> bool:
    return host == domain or host.endswith(f".{domain}")


class JudgingResolver(AbstractResolver):
    """Resolves a name to addresses that were all judged: one that is not public refuses all.

    Not by the system's own resolver: that takes a thread for each name, and has so few that some
    names that hang would stop every other. `names` is whom to ask, else whom the system asks."""

    def __init__(self, *, loopback_allowed: bool, names: Resolver | None = None) -> None:
        self._loopback_allowed = loopback_allowed
        self._names = names

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Raises OSError for a name that does not resolve, Refused for where it leads."""
        found = [self._judged(host, port, each) for each in await self._addresses(host)]
        asked = [each for each in found if family in (socket.AF_UNSPEC, each["family"])]
        if not asked:
            raise OSError("The name does not resolve.")
        return asked

    async def _addresses(self, host: str) -> list[str]:
        if self._loopback_allowed and host in LOOPBACK_HOSTS:
            return ["127.0.0.1", "::1"]
        try:
            names = self._names or Resolver()  # as the system is configured at this moment
        except DNSException as error:
            raise OSError("Nobody is there to be asked for names.") from error
        answers = await asyncio.gather(
            *(names.resolve(host, kind, search=False) for kind in ("A", "AAAA")),
            return_exceptions=True,
        )
        return [
            record.address
            for answer in answers
            if not isinstance(answer, BaseException)
            for record in answer
        ]

    def _judged(self, host: str, port: int, address: str) -> ResolveResult:
        check_address(address, loopback_allowed=self._loopback_allowed)
        return ResolveResult(
            hostname=host,
            host=address,
            port=port,
            family=socket.AF_INET6 if ":" in address else socket.AF_INET,
            proto=socket.IPPROTO_TCP,
            flags=socket.AI_NUMERICHOST,
        )

    async def close(self) -> None:
        """Nothing is kept."""
