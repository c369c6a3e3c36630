"""An incident does not exist for whom it was not shared with: not by a field, a count, an error,
an event, a cursor or a version. A family with one is held against a family without."""

from typing import Any
from uuid import uuid4

import pytest

from api.incidents.parts import SenseBody
from tests.breaking import end, opened
from tests.hostility import (
    close,
    correct,
    decide,
    decide_how_to_go_on,
    decisions_of,
    not_shared_with,
    record,
    shared_with,
    throw_out,
)
from tests.involving import bookmark, bookmarks, leave
from tests.merging import decided, proposed, two_records
from tests.watching import Watch, told_of
from tests.world import (
    Caller,
    World,
    an_alert,
    etag,
    join,
    key,
    publish,
    shared_family,
)

pytestmark = pytest.mark.anyio

CANARY = "Canary8152Qz"
CONTENT: dict[str, Any] = {
    "occurred_at": "2026-11-22T23:41:00Z",
    "place": "court",
    "towards": [{"role": f"{CANARY} visitor"}],
    "what_happened": f"{CANARY} what",
    "scope": "specific_individuals",
    "uncooperativeness_types": ["violence"],
    "reasons": [{"code": "resents_staff_changes", "asserted_by": "family"}],
    "circumstances": ["court_proceedings"],
    "hate_elements": ["transgender_identity"],
    "child": {"known": True, "present": True, "heard": True, "statement": f"{CANARY} child"},
    "left_at": "2026-11-22T23:43:00Z",
    "manager_told_at": "2026-11-22T23:44:00Z",
    "police": {"told": True, "reference": f"{CANARY} reference"},
    "injury": {"injured": True, "reportable": True},
    "debrief": {"offered": True, "held_on": "2026-11-23"},
    "cause": {"investigated": True, "statement": f"{CANARY} cause"},
    "making_sense": dict.fromkeys(SenseBody.model_fields, "unclear") | {"note": f"{CANARY} note"},
    "beyond_work": ["followed"],
}
TRACES = (CANARY, "23:41:00", "23:43:00", "23:44:00")
# Of the police, the school and probation, which joins later: each agency in each way.
OUTCOMES = [
    ("alert", "undecided", "not_shared"),
    ("not_shared", "alert", "undecided"),
    ("undecided", "not_shared", "alert"),
    ("incident", "not_shared", "undecided"),
]


async def _decide(
    incident: dict[str, Any], world: World, who: Caller, outcome: str, alert: dict[str, Any]
) -> None:
    """By health visiting, for the agency of somebody."""
    made = {
        "not_shared": not_shared_with(who, reason=f"{CANARY} why not"),
        "alert": shared_with(who, how="alert", alert_id=alert["id"]),
        "incident": shared_with(who),
    }.get(outcome)
    if made is not None:
        now = await decisions_of(incident, world.amina)
        answer = await decide({**incident, **now}, world.amina, made)
        assert answer.status_code == 200, answer.text


async def _incident_goes_on(incident: dict[str, Any], world: World) -> None:
    """Everything that is written on it later. Closing may be refused: somebody is undecided."""
    read = f"/v1/incidents/{incident['id']}"
    more = {"what_happened": f"{CANARY} corrected", "reason": f"{CANARY} misheard"}
    now = (await world.amina.get(read)).json()
    assert (await correct(now, world.amina, **more)).status_code == 200
    now = (await world.amina.get(read)).json()
    assert (await decide_how_to_go_on(now, world.ruth)).status_code == 200
    await close((await world.amina.get(read)).json(), world.ruth)
    await world.amina.get(f"{read}/versions")


async def _write_with(watch: Watch, family: dict[str, Any], who: Caller) -> None:
    """Every write that can name an incident, with an id that is hidden or none at all."""
    incident = {"id": watch.incident, "version": 1}
    grounds = an_alert(family)["grounds"] | {"incident_ids": [watch.incident]}
    body = an_alert(family, grounds=grounds, author={"name": "A", "job_title": "b"})
    path = f"/v1/families/{family['id']}/alerts"
    watch.note("grounds", await who.post(path, body, headers=key()))
    watch.note("correct", await correct(incident, who, what_happened="Nothing."))
    watch.note("decide", await decide(incident, who, shared_with(who)))


async def _story(world: World, chosen: dict[str, str], hidden: bool) -> dict[str, Watch]:
    """The same steps with the incident and without; what each agency sees of them."""
    family = await shared_family(world)
    named = [world.amina, world.tessa, world.jonas, world.lena, world.owen]
    marks = await bookmarks(world)
    alert = await publish(world, family)
    incident = await record(world, family, **CONTENT) if hidden else {"id": str(uuid4())}
    kinds = ("police", "school", "probation")
    watches = {kind: Watch(world, family["id"], incident["id"]) for kind in kinds}
    police, probation = watches["police"], watches["probation"]
    ids = [incident["id"]] if hidden else []
    grounds = an_alert(family)["grounds"] | {"incident_ids": ids}
    grounded = await publish(world, family, grounds=grounds)
    for each in watches.values():
        each.alerts = [alert["id"], grounded["id"]]
    if hidden:
        await _decide(incident, world, world.jonas, chosen["police"], alert)
        await _decide(incident, world, world.tessa, chosen["school"], alert)
        await _incident_goes_on(incident, world)
    await world.amina.get(f"/v1/families/{family['id']}/incidents")
    grant = await opened(world.lena, family)
    await probation.everything(world.lena)
    assert (await end(grant, world.lena)).status_code == 200
    probation.note("joined", await join(world, family, world.probation_system))
    if hidden:
        await _decide(incident, world, world.lena, chosen["probation"], alert)
    for who in named[1:]:
        await watches[who.agency.kind].everything(who)
    police.note("left", await leave(family, world.police_system))
    await police.everything(world.jonas)
    police.note("joined again", await join(world, family, world.police_system))
    await police.everything(world.jonas)
    for kind, watch in watches.items():
        who = world.people[f"{kind}_system"]
        if chosen.get(kind) != "incident":
            await _write_with(watch, family, who)
        await watch.feed(who, marks[kind])
    return watches


@pytest.fixture(scope="module")
async def without(world: World, anyio_backend: Any) -> dict[str, Watch]:
    return await _story(world, {}, hidden=False)


@pytest.mark.parametrize("outcomes", OUTCOMES)
async def test_a_family_with_a_hidden_incident_looks_like_one_without(
    world: World, superuser: Any, without: dict[str, Watch], outcomes: tuple[str, ...]
) -> None:
    chosen = dict(zip(("police", "school", "probation"), outcomes, strict=True))
    with_one = await _story(world, chosen, hidden=True)
    for kind, watch in with_one.items():
        agency = world.agencies[kind].id
        if chosen[kind] == "incident":
            assert watch.found(*TRACES)
            assert await told_of(superuser, agency, watch.incident) > 0
            continue
        assert watch.found(*TRACES) == []
        assert watch.found(watch.incident) == []
        assert watch.seen == without[kind].seen
        assert await told_of(superuser, agency, watch.incident) == 0


@pytest.mark.parametrize("survives", ["this", "other"])
async def test_merging_two_records_shows_it_to_nobody(
    world: World, superuser: Any, survives: str
) -> None:
    """The school stands on both records, the police leads the other one."""
    one, other = await two_records(world)
    marks = await bookmarks(world)
    incident = await record(world, one, **CONTENT)
    await decide(incident, world.amina, not_shared_with(world.tessa))
    merge = await proposed(one, other, world.ruth, survives)
    await decided(merge, "agree", world.nadia)
    if survives == "this":
        assert (await join(world, one, world.police_system)).status_code == 201
    for family in (one, other):
        for who in (world.tessa, world.owen, world.jonas, world.nadia):
            watch = Watch(world, family["id"], incident["id"])
            await watch.everything(who)
            await watch.feed(world.people[f"{who.agency.kind}_system"], marks[who.agency.kind])
            assert watch.found(*TRACES, incident["id"]) == []
    for kind in ("police", "school"):
        assert await told_of(superuser, world.agencies[kind].id, incident["id"]) == 0
    shown = await world.amina.get(f"/v1/incidents/{incident['id']}")
    assert shown.json()["what_happened"] == CONTENT["what_happened"]


async def test_who_was_given_it_and_left_finds_nothing_until_it_is_back(world: World) -> None:
    family = await shared_family(world)
    incident = await record(world, family, **CONTENT)
    given = await decide(incident, world.amina, shared_with(world.police_system))
    assert given.status_code == 200, given.text
    assert (await leave(family, world.police_system)).status_code == 200
    now = (await world.amina.get(f"/v1/incidents/{incident['id']}")).json()
    mark = await bookmark(world.police_system)
    more = await correct(now, world.amina, what_happened=f"{CANARY} more", reason="Heard more.")
    assert more.status_code == 200, more.text
    watch = Watch(world, family["id"], incident["id"])
    await watch.everything(world.jonas)
    await watch.feed(world.police_system, mark)
    assert watch.found(*TRACES) == []
    assert watch.seen[-1] == []
    assert (await join(world, family, world.police_system)).status_code == 201
    shown = await world.jonas.get(f"/v1/incidents/{incident['id']}")
    assert shown.json()["what_happened"] == f"{CANARY} more"


async def test_an_answer_kept_for_a_key_is_given_again_only_to_who_still_reads(
    world: World,
) -> None:
    """The agency that recorded it, thrown out: neither incident nor decisions come back."""
    family = await shared_family(world)
    path, once = f"/v1/families/{family['id']}/incidents", key()
    author = {"name": "Jonas", "job_title": "police constable"}
    made = await record(world, family, world.police_system, recorder=author)
    shares = {"decisions": [shared_with(world.tessa)], "practitioner": author}
    at, twice = f"/v1/incidents/{made['id']}/sharing-decisions", {**etag(made), **key()}
    answers = [
        await world.police_system.post(at, shares, headers=twice),
        await world.police_system.post(
            path,
            {
                "occurred_at": "2026-11-23T08:10:00Z",
                "behaved": [{"kind": "animal", "description": "A dog"}],
                "what_happened": "It bit.",
                "towards": [{"role": "constable"}],
                "recorder": author,
            },
            headers=once,
        ),
    ]
    assert [each.status_code for each in answers] == [200, 201]
    await throw_out(world, family)
    again = [
        await world.police_system.post(at, shares, headers=twice),
        await world.police_system.request("POST", path, content=answers[1].request.content,
            headers={**once, "Content-Type": "application/json"}),
    ]  # fmt: skip
    assert [each.status_code for each in again] == [404, 404]
