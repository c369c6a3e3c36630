"""Everything that somebody may GET of a family, comparable with another family's: so that what an
agency sees of a family with a hidden incident can be held against one without."""

import json
import re
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import httpx

from tests.conformance.routes import Operation, walk
from tests.involving import news
from tests.world import Caller, World

_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_OWN = re.compile(r"\b(?:HV|L)-\d+\b|\b\d{10}\b")  # what `tests.world` gives to each family
_COUNTED = {"event_id", "position", "previous", "next", "epoch", "cursor"}
FAMILY = {"family_id"}


def gets(world: World) -> list[Operation]:
    """Every GET with a token."""
    return [each for each in walk(world.app) if each.method == "GET" and each.requirement]


def paths(world: World, family: str, alerts: list[str], incident: str) -> Iterator[str]:
    """Of the family, of its alerts, and with the id of the incident wherever an id may stand."""
    for each in gets(world):
        if not each.ids:
            continue
        first = {each.ids[0]: incident}
        if FAMILY & set(each.ids):
            first = {"family_id": family}
        others = dict.fromkeys(each.ids, incident)
        yield each.path.format(**{**others, **first})
        if "alert_id" in each.ids:
            yield from (each.path.format(**others | {"alert_id": alert}) for alert in alerts)


def lists(world: World) -> list[str]:
    return [each.path for each in gets(world) if not each.ids]


class Watch:
    """What callers were shown, in order: `seen` to be compared, `texts` to be searched."""

    def __init__(self, world: World, family: str, incident: str) -> None:
        self.world = world
        self.family, self.incident = family, incident
        self.alerts: list[str] = []
        self.seen: list[Any] = []
        self.texts: list[tuple[str, str]] = []
        self._names: dict[str, str] = {}

    def note(self, what: str, answer: httpx.Response) -> None:
        body = answer.json() if answer.content else None
        etag = answer.headers.get("ETag")
        self.seen.append((self._plain(what), answer.status_code, etag, self._plain(body)))
        self.texts.append((what, answer.text))

    async def everything(self, who: Caller) -> None:
        """Reads whatever can be read; lists of all families are only searched."""
        await self.of_family(who)
        await self.across(who)

    async def of_family(self, who: Caller) -> None:
        for path in paths(self.world, self.family, self.alerts, self.incident):
            self.note(f"{who.name} {path}", await who.get(path))
        self.texts += [("lookup", (await self._lookup(who)).text)]

    async def across(self, who: Caller) -> None:
        for path in lists(self.world):
            self.texts.append((path, (await who.get(path)).text))

    async def _lookup(self, who: Caller) -> httpx.Response:
        answer = await who.post("/v1/banners/lookup", {"entries": [{"family_id": self.family}]})
        if answer.is_success:
            self.note(f"{who.name} lookup", answer)
        return answer

    async def feed(self, who: Caller, mark: str) -> None:
        """What it was told since: of this family, or of none."""
        told = await news(who, mark)
        told = [each for each in told if each["data"]["family_id"] in (self.family, None)]
        self.seen.append([each["type"] for each in told])
        # Of one moment, the events on two alerts stand in either order.
        self.seen.append(sorted(json.dumps(self._plain(each)) for each in told))
        self.texts.append(("feed", json.dumps(told)))

    def found(self, *needles: str) -> list[str]:
        """Where a piece of the incident came out, but for the echo of an address asked for."""
        return [
            what for what, text in self.texts if any(needle in text for needle in needles)
        ]  # fmt: skip

    def _plain(self, value: Any) -> Any:
        if isinstance(value, dict):
            kept = {name: each for name, each in value.items() if name not in _COUNTED}
            more = {"next": value["next"] is not None} if "next" in value else {}
            return {name: self._plain(each) for name, each in kept.items()} | more
        if isinstance(value, list):
            return [self._plain(each) for each in value]
        if isinstance(value, str):
            return _OWN.sub("…", _ID.sub(self._name, value))
        return value

    def _name(self, found: re.Match[str]) -> str:
        known = {str(each.id): kind for kind, each in self.world.agencies.items()}
        given = found.group()
        return self._names.setdefault(given, known.get(given) or f"#{len(self._names)}")


async def told_of(superuser: Any, agency: UUID, resource: str) -> int:
    """How many events about it stand in the agency's inbox, delivered or not."""
    query = "SELECT count(*) FROM inbox WHERE agency_id = $1 AND resource_id = $2"
    count: int = await superuser.fetchval(query, agency, UUID(resource))
    return count
