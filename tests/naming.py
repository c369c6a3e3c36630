"""A name server on this machine, that says whatever it is told to, or nothing."""

import asyncio
import ipaddress
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from dns.asyncresolver import Resolver
from dns.nameserver import Do53Nameserver

TYPES = {1: 4, 28: 6}  # A and AAAA, by the version of the addresses
IN, ANSWERS, NO_SUCH_NAME = 1, 0x8180, 0x8183


@dataclass
class Names(asyncio.DatagramProtocol):
    """`known` are the addresses of each name, and None of one that is never answered; `others`
    are those of every name that is not listed."""

    known: dict[str, list[str] | None] = field(default_factory=dict)
    others: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    resolver: Resolver = field(default_factory=lambda: Resolver(configure=False))

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        host, port = transport.get_extra_info("sockname")
        self.resolver.nameservers = [Do53Nameserver(host, port)]

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        name, end = _name_in(data)
        self.asked.append(name)
        addresses = self.known.get(name, self.others)
        if addresses is None:
            return
        version = TYPES[struct.unpack("!H", data[end : end + 2])[0]]
        packed = [
            each.packed for each in map(ipaddress.ip_address, addresses) if each.version == version
        ]
        flags = ANSWERS if addresses else NO_SUCH_NAME
        head = data[:2] + struct.pack("!HHHHH", flags, 1, len(packed), 0, 0)
        question = data[12 : end + 4]
        kind = data[end : end + 2]
        records = [
            b"\xc0\x0c" + kind + struct.pack("!HIH", IN, 0, len(each)) + each for each in packed
        ]
        self._transport.sendto(head + question + b"".join(records), addr)


def _name_in(query: bytes) -> tuple[str, int]:
    """The name that is asked for, in lower case, and where it ends."""
    labels, at = [], 12
    while query[at]:
        labels.append(query[at + 1 : at + 1 + query[at]].decode())
        at += 1 + query[at]
    return ".".join(labels).lower(), at + 1


@asynccontextmanager
async def naming() -> AsyncIterator[Names]:
    loop = asyncio.get_running_loop()
    transport, names = await loop.create_datagram_endpoint(Names, local_addr=("127.0.0.1", 0))
    try:
        yield names
    finally:
        transport.close()
