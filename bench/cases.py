"""The requests that are measured. The same bytes go to the service and to its floor."""

import itertools
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from uuid import UUID, uuid4

import orjson

from bench import meetings
from bench.data import (
    ADULT,
    AGENCIES,
    ALERT,
    EVERY,
    FAMILY,
    INVOLVED,
    MANY_INCIDENTS,
    WIDE,
    made_id,
)

PAGE = 200
LOOKED_UP = 1000
_MEASURED_FROM = meetings.FROM + 16 * AGENCIES
_TO_CAPTURE = iter(range(meetings.FROM, _MEASURED_FROM, 2 * AGENCIES))
_UNCONCLUDED = iter(range(_MEASURED_FROM, meetings.FROM + meetings.COUNT))
FIRST = 3  # the number of the family of the captured request
CAPTURED_POSITION = 7


@dataclass(frozen=True)
class Request:
    """One request about the family `number`, made by the agency of that number."""

    number: int
    method: str
    path: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""

    def encode(self, token: str) -> bytes:
        lines = [f"{self.method} {self.path} HTTP/1.1", "host: bench"]
        lines += [f"authorization: Bearer {token}", f"x-number: {self.number}"]
        lines += [f"{name}: {value}" for name, value in self.headers]
        if self.body:
            lines += ["content-type: application/json", f"content-length: {len(self.body)}"]
        return "\r\n".join([*lines, "", ""]).encode() + self.body


@dataclass(frozen=True)
class Case:
    """`make` builds the request about a family, of so many; `goal` is the share of the floor's
    throughput."""

    name: str
    title: str
    goal: float
    make: Callable[[int, UUID, int], Request]
    long_list: bool = False
    wide: bool = False
    by_chair: bool = False
    """In person, and each meeting is concluded once."""

    def to_capture(self) -> tuple[int, int]:
        """The families that the request is about which is played twice: both of the same agency,
        and one family where nothing is used up."""
        if self.by_chair:
            first = next(_TO_CAPTURE)
            return first, first + AGENCIES
        first = WIDE if self.wide else FIRST
        return first, first

    def requests(self, tokens: list[str], families: int, epoch: UUID) -> Iterator[bytes]:
        if self.by_chair:
            for number in _UNCONCLUDED:
                yield self.make(number, epoch, families).encode(tokens[number % AGENCIES])
        chance = random.Random(7)
        lowest, highest = (0, AGENCIES) if self.long_list else (AGENCIES, families - EVERY)
        for _ in itertools.count():
            number = chance.randrange(lowest, highest)
            number += WIDE - number % EVERY if self.wide else -(number % EVERY == WIDE)
            yield self.make(number, epoch, families).encode(tokens[number % AGENCIES])


def _read(number: int, _epoch: UUID, _families: int) -> Request:
    return Request(number, "GET", f"/v1/alerts/{made_id(ALERT, number)}")


def _list(number: int, _epoch: UUID, _families: int) -> Request:
    return Request(number, "GET", f"/v1/families/{made_id(FAMILY, number)}/alerts?limit=50")


def _banner(number: int, _epoch: UUID, _families: int) -> Request:
    return Request(number, "GET", f"/v1/families/{made_id(FAMILY, number)}/banner")


def _picture(number: int, _epoch: UUID, _families: int) -> Request:
    return Request(number, "GET", f"/v1/families/{made_id(FAMILY, number)}/engagement")


def _feed(number: int, epoch: UUID, _families: int) -> Request:
    position = CAPTURED_POSITION + number // AGENCIES * 4 % 40
    query = f"position={position}&epoch={epoch}&limit={PAGE}"
    return Request(number, "GET", f"/v1/events?{query}")


def _publish(number: int, _epoch: UUID, _families: int) -> Request:
    today = date.today()  # noqa: DTZ011 (months away from every limit)
    body = {
        "subject": {"kind": "member", "member_id": str(made_id(ADULT, number))},
        "severity": "serious",
        "behaviours": [
            {"code": "shouting", "manner": "actual"},
            {"code": "animals_as_threat", "manner": "threatened", "covert": True},
        ],
        "circumstances": ["alcohol"],
        "scope": "universal",
        "precautions": ["joint_visit_with_other_agency", "animals_secured_first"],
        "grounds": {
            "kind": "behaviour",
            "basis": "fact",
            "uncooperativeness_types": ["confrontation"],
            "statement": "Shouted and set a dog towards the door when the visit was announced.",
            "incident_ids": [],
        },
        "child_impact": {"known": True, "statement": "The child hid upstairs throughout."},
        "review_due": str(today + timedelta(days=60)),
        "expires_on": str(today + timedelta(days=150)),
        "audience": {"kind": "involved"},
        "author": {"name": "Amina Patel", "job_title": "health visitor"},
    }
    path = f"/v1/families/{made_id(FAMILY, number)}/alerts"
    headers = (("idempotency-key", str(uuid4())),)
    return Request(number, "POST", path, headers, orjson.dumps(body))


def _incident(number: int, _epoch: UUID, _families: int) -> Request:
    body = {
        "occurred_at": "2026-11-20T14:10:00Z",
        "behaved": [{"kind": "member", "member_id": str(made_id(ADULT, number))}],
        "behaviours": [{"code": "shouting", "manner": "actual"}],
        "towards": [{"role": "health visitor"}],
        "place": "home_visit",
        "what_happened": "Shouted through the door that the next visitor would be sorry.",
        "recorder": {"name": "Amina Patel", "job_title": "health visitor"},
    }
    path = f"/v1/families/{made_id(FAMILY, number)}/incidents"
    headers = (("idempotency-key", str(uuid4())),)
    return Request(number, "POST", path, headers, orjson.dumps(body))


def _finalise(number: int, _epoch: UUID, _families: int) -> Request:
    path = f"/v1/meetings/{made_id(meetings.MEETING, number)}/outcome/finalise"
    headers = (("idempotency-key", str(uuid4())), ("if-match", '"1"'))
    return Request(number, "POST", path, headers)


def _lookup(number: int, _epoch: UUID, families: int) -> Request:
    return Request(number, "POST", "/v1/banners/lookup", (), _tomorrow(number % 40, families))


@lru_cache(200)
def _tomorrow(variant: int, families: int) -> bytes:
    """Local ids of families that the agency of this number knows, drawn from all of them; of a
    thousand families it knows 250, so that most are asked for several times."""
    known = [n for n in range(AGENCIES, families) if (variant - n) % AGENCIES < INVOLVED]
    chosen = random.Random(variant).choices(known, k=LOOKED_UP)
    return orjson.dumps({"entries": [{"local_id": f"L-{n}"} for n in chosen]})


CASES = (
    Case("read", "read an alert", 0.5, _read),
    Case("list", "list a family's alerts (20)", 0.5, _list, long_list=True),
    Case("banner", "banner of a family", 0.5, _banner),
    Case("lookup", f"lookup of {LOOKED_UP:,}", 0.8, _lookup),
    Case(
        "picture",
        f"picture of a family with {MANY_INCIDENTS} incidents",
        0.5,
        _picture,
        long_list=True,
    ),
    Case("feed", f"feed page of {PAGE}", 0.6, _feed),
    Case("publish", "publish an alert, 5 inboxes", 0.4, _publish),
    Case("incident", "record an incident, 5 decisions", 0.4, _incident, wide=True),
    Case(
        "finalise",
        f"finalise an outcome, {meetings.INVITED} agencies, {meetings.ACTIONS} actions",
        0.4,
        _finalise,
        by_chair=True,
    ),
)
