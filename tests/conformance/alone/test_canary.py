"""A canary in every personal field, and everywhere that none of them may sing."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import asyncpg
import pytest

from tests.conformance.canaries import Evidence, Story, dump, everything_written, feed_of
from tests.posting import courier_of, deliver
from tests.receivers import Receiver, receiver
from tests.world import World

pytestmark = pytest.mark.anyio

HOLDING = [
    "families", "members", "addresses", "identifiers", "involvements", "invitations", "contests",
    "alerts", "alert_recipients", "alert_transitions", "alert_acknowledgements",
    "break_glasses", "alert_reviews", "subject_notifications", "challenges", "recall_receipts",
    "incidents", "incident_versions", "sharing_decisions",
    "engagement_observations", "expert_advice", "engagement_inabilities",
    "assessment_constraints", "engagement_profiles", "engagement_versions",
    "sharing_obligations",
    "agreements", "agreement_versions", "agreement_steps", "agreement_breaches",
    "meetings", "meeting_invitations", "meeting_steps", "meeting_reports", "meeting_exclusions",
    "outcome_versions", "outcome_information", "outcome_responses",
    "meeting_actions", "action_steps",
    "plan_versions", "plan_recipients", "plan_reviews", "plan_steps",
]  # fmt: skip
# What these say is encrypted, and its canaries are named so.
SEALED = ["sharing_checks", "reflections", "reflection_versions"]
SILENT = ["audit_entries", "events", "inbox", "deliveries", "attempts", "subscriptions"]


@dataclass
class Played:
    """What is left when the story is over."""

    evidence: Evidence
    there: Receiver
    world: World


@pytest.fixture(scope="module")
async def played(world: World, database_urls: dict[str, str]) -> AsyncIterator[Played]:
    evidence = Evidence()
    superuser = await asyncpg.connect(database_urls["postgres"])
    async with receiver() as there, courier_of(world) as courier:
        with everything_written(evidence):
            story = Story(world, evidence, there)
            await story.play(superuser)
            await deliver(world, courier)
            await deliver(world, courier)
        await superuser.close()
        yield Played(evidence, there, world)


async def test_every_canary_but_the_refused_ones_was_kept(played: Played, superuser: Any) -> None:
    kept = played.evidence.found_in(await dump(superuser, HOLDING))
    refused = {"refused withdrawal", "refused place", "refused chair"}
    sealed = {name for name in played.evidence.canaries if name.startswith("sealed ")}
    assert len(sealed) == 6
    assert set(played.evidence.canaries) - set(kept) == refused | sealed


async def test_what_is_sealed_is_not_found_where_it_is_kept(played: Played, superuser: Any) -> None:
    for table in SEALED:
        kept = await dump(superuser, [table])
        assert kept, table
        assert played.evidence.found_in(kept) == []


async def test_the_story_met_every_kind_of_answer(played: Played) -> None:
    statuses = {each.status_code for each in played.evidence.answers}
    assert statuses == {200, 201, 400, 401, 403, 404, 409, 412, 422, 500}


async def test_no_log_line_holds_one(played: Played) -> None:
    log = played.evidence.log.getvalue()
    assert '"status": 500' in log
    assert '"event": "defect"' in log
    assert played.evidence.found_in(log) == []


async def test_no_refusal_holds_one(played: Played) -> None:
    for each in played.evidence.refusals:
        assert played.evidence.found_in(each.text) == []
        assert played.evidence.found_in(str(each.headers)) == []


async def test_no_header_and_no_address_that_we_give_holds_one(played: Played) -> None:
    for each in played.evidence.answers:
        assert played.evidence.found_in(str(each.headers)) == []
        addresses = re.findall(r"(?:https?:/)?/[^\s\"]+", each.text)
        assert played.evidence.found_in(" ".join(addresses)) == []


async def test_no_feed_holds_one(played: Played) -> None:
    callers = ("health_visiting", "police", "school", "probation")
    for name in callers:
        feed = await feed_of(played.world.people[f"{name}_system"])
        assert len(feed) > 2
        assert played.evidence.found_in(feed) == []


async def test_no_webhook_holds_one(played: Played) -> None:
    types = {each.type for each in played.there.events}
    told = {"alert.published", "alert.withdrawn", "family.agency_joined", "incident.recorded"}
    assert told <= types
    assert {"engagement.observed", "engagement.profile_changed"} <= types
    for each in played.there.requests:
        sent = f"{each.line} {each.headers} {each.body.decode()}"
        assert played.evidence.found_in(sent) == []


async def test_no_audit_that_is_read_holds_one(played: Played) -> None:
    """The school's, which is read over HTTP by its information governance."""
    shown = await played.world.owen.get("/v1/audit", params={"limit": 200})
    assert len(shown.json()["items"]) > 2
    assert played.evidence.found_in(shown.text) == []


async def test_no_metric_holds_one_nor_any_id(played: Played) -> None:
    metrics = (await played.world.http.get("/metrics")).text
    assert 'route="/v1/families/{family_id}"' in metrics
    assert played.evidence.found_in(metrics) == []
    assert re.findall(r"[0-9a-f]{8}-[0-9a-f]{4}-", metrics) == []


async def test_no_audit_entry_event_or_delivery_holds_one(played: Played, superuser: Any) -> None:
    for table in SILENT:
        kept = await dump(superuser, [table])
        assert kept, table
        assert played.evidence.found_in(kept) == []
