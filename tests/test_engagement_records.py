"""What the four kinds of record of engagement have in common: who reads, corrects and resolves."""

import asyncio
from typing import Any

import pytest

from tests.engaging import (
    BODIES,
    PLACES,
    WRITER,
    advice,
    ask_to_record,
    at,
    correct,
    listed,
    recorded,
    resolve,
)
from tests.involving import (
    bookmarks,
    heard,
    leave,
    news,
    pointers,
    problem,
    types,
)
from tests.merging import decided, proposed, two_records
from tests.world import World, etag, key, shared_family

pytestmark = pytest.mark.anyio

KINDS = list(BODIES)
RESOLVABLE = ["assessment-constraints", "engagement/inabilities"]
RECORDED = {
    "engagement/observations": "engagement.observed",
    "assessment-constraints": "assessment_constraint.recorded",
    "engagement/inabilities": "engagement.unable_to_work",
    "engagement/expert-advice": "engagement.advice_taken",
}
CORRECTED = {
    "engagement/observations": "engagement.observation_corrected",
    "assessment-constraints": "assessment_constraint.corrected",
    "engagement/inabilities": "engagement.inability_corrected",
    "engagement/expert-advice": "engagement.advice_corrected",
}
RESOLVED = {
    "assessment-constraints": "assessment_constraint.resolved",
    "engagement/inabilities": "engagement.able_again",
}
DAYS = {
    "engagement/observations": "observed_on",
    "assessment-constraints": "since",
    "engagement/inabilities": "since",
    "engagement/expert-advice": "advised_on",
}
every_kind = pytest.mark.parametrize("what", KINDS)
every_resolvable = pytest.mark.parametrize("what", RESOLVABLE)


def to_all(*told: str) -> dict[str, list[str]]:
    return {kind: list(told) for kind in ("health_visiting", "police", "school")}


@every_kind
async def test_every_agency_involved_is_told_and_reads_it(world: World, what: str) -> None:
    family = await shared_family(world)
    marks = await bookmarks(world)
    row = await recorded(world.jonas, family, what)
    assert row["recorded_by"] == {
        "agency_id": str(world.agencies["police"].id),
        "name": "Jonas",  # whatever the body says
        "job_title": "practitioner",
    }
    assert await heard(world, marks, row["id"]) == to_all(RECORDED[what])
    for who in (world.jonas, world.amina, world.tessa, world.school_system):
        found = await who.get(at(what, row))
        assert (found.status_code, found.json()) == (200, row)
        assert await listed(who, family, what) == [row]
    for path in (at(what, row), f"{at(what, row)}/versions", f"/v1/families/{family['id']}/{what}"):
        problem(await world.lena.get(path), 404, "not_found")
        problem(await world.ada.get(path), 403, "forbidden")
        assert (await world.http.get(path)).status_code == 401


@every_kind
async def test_news_of_it_says_where_it_is_and_is_never_urgent(world: World, what: str) -> None:
    family = await shared_family(world)
    row = await recorded(world.amina, family, what)
    told = [each for each in await news(world.school_system) if each["type"] == RECORDED[what]][-1]
    assert told["data"]["priority"] == "routine"
    assert told["data"]["resource"]["url"].endswith(at(what, row))
    answer = await world.tessa.get(told["data"]["resource"]["url"])
    assert (answer.status_code, answer.json()) == (200, row)


@every_kind
async def test_it_is_withheld_from_who_has_left(world: World, what: str) -> None:
    family = await shared_family(world)
    marks = await bookmarks(world)
    row = await recorded(world.amina, family, what)
    assert (await leave(family, world.police_system)).status_code == 200
    problem(await world.jonas.get(at(what, row)), 404, "not_found")
    assert (await correct(world.amina, what, row)).status_code == 200
    told = [RECORDED[what], CORRECTED[what]]
    both = {"health_visiting": told, "school": told}
    assert await heard(world, marks, row["id"]) == both
    seen = types(await news(world.police_system, marks["police"]))
    assert set(seen) == {"event.withheld"}


@every_kind
async def test_an_outsider_and_a_merged_record_take_nothing(world: World, what: str) -> None:
    one, other = await two_records(world)
    body = BODIES[what]()
    problem(await ask_to_record(world.lena, one, what, body), 404, "not_found")
    problem(await ask_to_record(world.ada, one, what, body), 403, "forbidden")
    row = await recorded(world.jonas, other, what)
    await decided(await proposed(one, other, world.ruth), "agree", world.nadia)
    refused = problem(await ask_to_record(world.jonas, other, what, body), 409, "family_merged")
    assert refused["family_id"] == one["id"]
    assert (await correct(world.jonas, what, row)).status_code == 200  # it is read all the same


@every_kind
async def test_a_repeated_request_records_it_once(world: World, what: str) -> None:
    family, same = await shared_family(world), key()
    path, body = f"/v1/families/{family['id']}/{what}", BODIES[what]()
    first = await world.police_system.post(path, body, headers=same)
    again = await world.police_system.post(path, body, headers=same)
    assert (first.status_code, again.json()) == (201, first.json())
    assert len(await listed(world.amina, family, what)) == 1
    assert first.headers["Location"] == at(what, first.json())


@every_kind
async def test_a_system_names_the_practitioner_it_acts_for(world: World, what: str) -> None:
    family = await shared_family(world)
    body = BODIES[what]()
    del body["practitioner"]
    answer = await ask_to_record(world.police_system, family, what, body)
    assert pointers(answer) == ["/practitioner"]
    assert await listed(world.amina, family, what) == []


@every_kind
async def test_no_day_is_to_come(world: World, what: str) -> None:
    family = await shared_family(world)
    for day in ("2026-11-24", "1899-12-31"):
        answer = await ask_to_record(world.jonas, family, what, BODIES[what](**{DAYS[what]: day}))
        assert pointers(answer) == [f"/{DAYS[what]}"]
    row = await recorded(world.jonas, family, what, **{DAYS[what]: "2026-11-23"})
    answer = await correct(world.jonas, what, row, **{DAYS[what]: "2026-11-24"})
    assert pointers(answer) == [f"/{PLACES[what][1]}/{DAYS[what]}"]


@every_kind
async def test_a_correction_keeps_what_stood_there_and_why(world: World, what: str) -> None:
    family = await shared_family(world)
    row = await recorded(world.jonas, family, what)
    marks = await bookmarks(world)
    day = DAYS[what]
    answer = await correct(world.nadia, what, row, **{day: "2026-11-01"})
    assert answer.status_code == 200, answer.text
    now = answer.json()
    assert (now[day], now["version"], now["recorded_by"]) == (
        "2026-11-01",
        2,
        row["recorded_by"],
    )
    assert await heard(world, marks, row["id"]) == to_all(CORRECTED[what])
    shown = await world.tessa.get(f"{at(what, row)}/versions")
    [before] = shown.json()["items"]
    around = {"id", "family_id", "recorded_by", "resolved", "created_at", "version"}
    said = {name: row[name] for name in row if name not in around}
    assert (before["version"], before["content"]) == (1, said)
    assert before["reason"] == "It was written in haste."
    assert before["replaced_by"]["name"] == "Nadia"
    assert (await correct(world.jonas, what, now)).status_code == 200
    shown = await world.tessa.get(f"{at(what, row)}/versions")
    assert [each["version"] for each in shown.json()["items"]] == [1, 2]


@every_kind
async def test_only_the_agency_that_recorded_it_corrects_it(world: World, what: str) -> None:
    family = await shared_family(world)
    row = await recorded(world.jonas, family, what)
    problem(await correct(world.amina, what, row), 403, "forbidden")
    problem(await correct(world.lena, what, row), 404, "not_found")
    assert (await world.amina.get(at(what, row))).json() == row


@every_kind
async def test_pages_are_of_the_latest_day_first_without_holes(world: World, what: str) -> None:
    family = await shared_family(world)
    writers = (world.jonas, world.amina, world.tessa)
    days = ("2026-11-10", "2026-11-12", "2026-11-10")
    made = [
        await recorded(who, family, what, **{DAYS[what]: day})
        for who, day in zip(writers, days, strict=True)
    ]
    expected = [made[1]["id"], made[2]["id"], made[0]["id"]]
    read, path = [], f"/v1/families/{family['id']}/{what}?limit=1"
    while path:
        page = await world.school_system.get(path)
        assert page.status_code == 200, page.text
        read += [each["id"] for each in page.json()["items"]]
        path = page.links.get("next", {}).get("url")
    assert read == expected


@every_kind
async def test_each_read_is_audited_and_shown_among_the_accesses(world: World, what: str) -> None:
    family = await shared_family(world)
    row = await recorded(world.amina, family, what)
    await world.jonas.get(at(what, row))
    await listed(world.jonas, family, what)
    shown = await world.tessa.get(f"/v1/families/{family['id']}/accesses")
    reads = [
        (each["action"], each["resource"]["url"])
        for each in shown.json()["items"]
        if each["practitioner"] and each["practitioner"]["name"] == "Jonas"
    ]
    name = reads[0][0].removesuffix("s.listed")
    assert reads == [
        (f"{name}s.listed", f"/v1/families/{family['id']}"),
        (f"{name}.read", at(what, row)),
    ]


@every_resolvable
async def test_it_is_resolved_once_by_its_own_agency(world: World, what: str) -> None:
    family = await shared_family(world)
    row = await recorded(world.jonas, family, what)
    assert row["resolved"] is None
    for who, status, code in ((world.amina, 403, "forbidden"), (world.lena, 404, "not_found")):
        problem(await resolve(who, what, row), status, code)
    marks = await bookmarks(world)
    answer = await resolve(world.nadia, what, row)
    assert answer.status_code == 200, answer.text
    now = answer.json()
    assert now["resolved"] == {
        "resolved_on": "2026-11-23",
        "how": "Agreed with the mother.",
        "by": {
            "agency_id": str(world.agencies["police"].id),
            "name": "Nadia",
            "job_title": "practitioner",
        },
    }
    assert await heard(world, marks, row["id"]) == to_all(RESOLVED[what])
    problem(await resolve(world.jonas, what, now), 409, "conflict")
    assert await listed(world.amina, family, what, resolved=False) == []
    assert await listed(world.amina, family, what, resolved=True) == [now]
    assert (await correct(world.jonas, what, now)).json()["resolved"] == now["resolved"]


@every_resolvable
@pytest.mark.parametrize("day", ["2026-11-24", "2026-10-31"])
async def test_it_ends_neither_before_it_began_nor_in_days_to_come(
    world: World, what: str, day: str
) -> None:
    row = await recorded(world.jonas, await shared_family(world), what, since="2026-11-01")
    assert pointers(await resolve(world.jonas, what, row, resolved_on=day)) == ["/resolved_on"]


@every_resolvable
async def test_what_an_agency_left_open_is_resolved_by_the_others(world: World, what: str) -> None:
    family = await shared_family(world)
    row = await recorded(world.jonas, family, what)
    assert (await leave(family, world.police_system)).status_code == 200
    answer = await resolve(world.tessa, what, row)
    assert answer.status_code == 200, answer.text
    assert answer.json()["resolved"]["by"]["agency_id"] == str(world.agencies["school"].id)


@every_resolvable
async def test_of_two_who_resolve_at_once_one_does(world: World, what: str) -> None:
    row = await recorded(world.jonas, await shared_family(world), what)
    await world.nadia.token()
    both = await asyncio.gather(*(resolve(w, what, row) for w in (world.jonas, world.nadia)))
    assert sorted(each.status_code for each in both) == [200, 412]


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [({"kind": "astrology"}, "/kind"), ({"source": ""}, "/source"), ({"advice": ""}, "/advice")],
)
async def test_advice_is_of_a_kind_and_says_from_whom(
    world: World, changes: dict[str, Any], pointer: str
) -> None:
    answer = await ask_to_record(
        world.jonas, await shared_family(world), "engagement/expert-advice", advice(**changes)
    )
    assert pointers(answer) == [pointer]


async def test_a_correction_is_based_on_the_version_last_read(world: World) -> None:
    what = "engagement/expert-advice"
    row = await recorded(world.jonas, await shared_family(world), what)
    body = {"reason": "Why", "advice": advice(), "practitioner": WRITER}
    del body["advice"]["practitioner"]
    path = f"{at(what, row)}/correct"
    problem(await world.jonas.post(path, body), 428, "precondition_required")
    assert (await world.jonas.post(path, body, headers=etag(row))).status_code == 200
    problem(await world.jonas.post(path, body, headers=etag(row)), 412, "precondition_failed")
