"""What receivers got, held against what publishers were told and what the feeds hold."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import pairwise
from typing import Any
from uuid import UUID

from tests.faults.history import INVOLVED, Published, feed
from tests.faults.service import Service
from tests.faults.subscribers import Subscriber, settled

WITHHELD = "event.withheld"
TOLD = """
    SELECT type, resource_id FROM inbox
     WHERE agency_id = $1 AND position > $2 AND type IN ('alert.published', 'alert.shared')
"""
FIRST_ATTEMPTS = """
    SELECT d.priority, d.position, a.started_at
      FROM attempts a JOIN deliveries d ON d.id = a.delivery_id
     WHERE d.subscription_id = $1 AND d.position IS NOT NULL AND a.number = 1
     ORDER BY d.priority, d.position
"""


async def check_deliveries(
    service: Service, published: Sequence[Published], subscribers: Sequence[Subscriber]
) -> None:
    """Nothing acknowledged is missing where it is due, nothing is told to who is not in its
    audience, no position and no link of a chain is missing, and every message is genuine."""
    for each, items in zip(subscribers, await _settled_feeds(service, subscribers), strict=True):
        positions = [item["data"]["position"] for item in items]
        assert positions == list(range(1, len(items) + 1)), f"the feed of {each.kind} has a hole"
        due = {item["data"]["position"]: item for item in items[each.start :]}
        assert each.positions == due.keys(), f"{each.kind} was not told what its feed holds"
        check_chain(each)
        check_messages(each, due)
        check_signatures(each)
        await _check_audience(service, published, each)


async def _settled_feeds(
    service: Service, subscribers: Sequence[Subscriber]
) -> list[list[dict[str, Any]]]:
    """What the feeds hold, once nothing has come while that was delivered: the worker itself tells
    of something now and then, such as of a checkpoint."""
    while True:
        before = [await feed(each.who) for each in subscribers]
        await settled(service, subscribers)
        if before == [await feed(each.who) for each in subscribers]:
            return before


def check_chain(subscriber: Subscriber) -> None:
    """Each position names the one before it, and what is repeated is the same to the byte."""
    previous = {each.data["position"]: each.data["previous"] for each in subscriber.messages}
    assert [previous[each] for each in sorted(previous)] == [
        subscriber.start,
        *sorted(previous)[:-1],
    ]
    ids, bodies = defaultdict(set), defaultdict(set)
    for each in subscriber.messages:
        withheld = each.type == WITHHELD
        ids[each.data["position"], withheld].add(each.message_id)
        bodies[each.message_id].add(each.body)
    assert {len(each) for each in ids.values()} == {1}, "a message has two ids"
    assert {len(each) for each in bodies.values()} == {1}, "a message has two bodies"
    assert len(ids) == len(bodies), "two messages share an id"


def check_messages(subscriber: Subscriber, due: dict[int, dict[str, Any]]) -> None:
    """Each is what the feed holds at its position; a tombstone tells nothing, and only who has
    been away is sent one."""
    for each in subscriber.messages:
        told = {name: each.data[name] for name in each.data.keys() - {"previous"}}
        assert told.pop("subscription_id") == subscriber.id
        if each.type == WITHHELD:
            assert any(absence.asked <= each.at for absence in subscriber.absences)
            assert (told["event_id"], told["family_id"], told["resource"]) == (None, None, None)
            continue
        assert told["event_id"] == each.message_id
        item = due[told["position"]]
        if item["type"] == WITHHELD:
            assert subscriber.absences
            continue
        assert (each.type, each.json["timestamp"], told) == (
            item["type"],
            item["timestamp"],
            item["data"],
        )


def check_signatures(subscriber: Subscriber) -> None:
    """By keys that were live, and by nothing else."""
    for each in subscriber.receiving.requests:
        signed_at = int(each.headers["webhook-timestamp"])
        assert -1 <= each.at - signed_at <= 30
        signers = [key for key in subscriber.keys if key.signed(each)]
        assert signers, "a message is signed by no key that was shown"
        assert len(each.headers["webhook-signature"].split(" ")) == 2 * len(signers)
        for key in signers:
            assert int(key.since) <= signed_at
            assert key.until is None or signed_at <= key.until


async def _check_audience(
    service: Service, published: Sequence[Published], subscriber: Subscriber
) -> None:
    """Who was involved at that moment was told at once, who came back later was told then, and
    nobody else was."""
    async with service.superuser() as connection:
        rows = await connection.fetch(TOLD, subscriber.who.agency.id, subscriber.start)
    told = Counter((row["type"], str(row["resource_id"])) for row in rows)
    for alert in published:
        at_once = told["alert.published", alert.alert_id]
        due = _entitled(service, alert, subscriber)
        assert at_once == due or (due is None and at_once <= 1), (subscriber.kind, alert)
        if subscriber.absences:
            assert at_once or told["alert.shared", alert.alert_id], (subscriber.kind, alert)
        if not at_once:
            _check_named(subscriber, alert)
    for absence in subscriber.absences:
        for message in subscriber.messages:
            if absence.gone <= message.at < absence.returning:
                assert absence.family_id.encode() not in message.body, "told to who had left"


def _check_named(subscriber: Subscriber, alert: Published) -> None:
    """An alert that it was not told of at once is named to it after it has returned, or never."""
    back = [each.returning for each in subscriber.absences if alert.asked <= each.back]
    for message in subscriber.messages:
        if alert.alert_id.encode() in message.body:
            assert back, f"{subscriber.kind} was told of {alert}"
            assert message.at >= min(back)


def _entitled(service: Service, alert: Published, subscriber: Subscriber) -> bool | None:
    """Whether the agency was in the audience, or None: it was just leaving or returning."""
    of_all = alert.family_id != service.families[0]["id"]
    if subscriber.kind not in INVOLVED[: 2 + of_all]:
        return False
    for each in subscriber.absences:
        if each.family_id != alert.family_id:
            continue
        if each.left <= alert.asked and alert.answered <= each.returning:
            return False
        if each.asked <= alert.answered and alert.asked <= each.back:
            return None
    return True


async def check_order(service: Service, subscriber: Subscriber) -> None:
    """One worker started first attempts in the order of their positions, within each lane."""
    async with service.superuser() as connection:
        rows = await connection.fetch(FIRST_ATTEMPTS, UUID(subscriber.id))
    for one, other in pairwise(rows):
        assert one["priority"] != other["priority"] or one["started_at"] <= other["started_at"]
