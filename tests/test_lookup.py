"""Many banners at once: tomorrow's visits, by the agency's own ids, in one statement."""

import itertools
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import event

from api.foundation import statements
from tests.involving import a_child, an_adult, involvement_of, leave, pointers, registered
from tests.world import Caller, World, key, publish, register, shared_family

pytestmark = pytest.mark.anyio

NOTHING = {"status": "no_shared_record"}
_numbers = itertools.count(1)


async def ask(who: Caller, entries: list[Any], **given: Any) -> httpx.Response:
    return await who.post("/v1/banners/lookup", {"entries": entries}, **given)


async def look_up(who: Caller, *entries: dict[str, Any]) -> list[dict[str, Any]]:
    answer = await ask(who, list(entries))
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    assert len(items) == len(entries)
    return items


async def local_id(family: dict[str, Any], who: Caller) -> dict[str, Any]:
    """What the agency of `who` calls the family."""
    own = await involvement_of(family, who, who)
    return {"local_id": own["local_id"]}


@contextmanager
def counted(world: World) -> Iterator[list[str]]:
    """The SQL that requests run meanwhile, by asyncpg itself or through SQLAlchemy."""
    seen: list[str] = []
    run = statements.run

    async def noting(connection: Any, statement: Any, values: Any) -> Any:
        seen.append(str(statement))
        return await run(connection, statement, values)

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        seen.append(statement)

    engine = world.runtime.database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", note)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(statements, "run", noting)
        yield seen
    event.remove(engine, "before_cursor_execute", note)


async def test_a_family_is_found_by_the_agencys_own_id_and_by_the_shared_one(world: World) -> None:
    family = await shared_family(world)
    await publish(world, family)
    entries = [await local_id(family, world.tessa), {"family_id": family["id"]}]
    by_case, by_family = await look_up(world.tessa, *entries)
    shown = (await world.tessa.get(f"/v1/families/{family['id']}/banner")).json()
    del shown["assessment_constraints"], shown["plans"]  # of a single banner alone
    assert by_case == by_family == {"status": "found", **shown}


async def test_order_and_duplicates_are_kept(world: World) -> None:
    families = [await shared_family(world) for _ in range(3)]
    for family, severity in zip(families, ("caution", "serious", "immediate_danger"), strict=True):
        await publish(world, family, severity=severity)
    first, second, third = [await local_id(each, world.jonas) for each in families]
    entries = [
        third,
        first,
        {"local_id": "NOBODY"},
        third,
        second,
        {"family_id": families[2]["id"]},
    ]
    found = await look_up(world.jonas, *entries)
    assert [each.get("level") for each in found] == [
        "immediate_danger",
        "caution",
        None,
        "immediate_danger",
        "serious",
        "immediate_danger",
    ]
    assert found[2] == NOTHING


async def test_a_family_without_alerts_is_found_and_says_none(world: World) -> None:
    family = await register(world)
    [item] = await look_up(world.amina, {"family_id": family["id"]})
    assert (item["status"], item["family_id"]) == ("found", family["id"])
    assert (item["level"], item["alerts"], item["last_incident"]) == ("none", [], None)


async def test_unknown_and_unreadable_are_one_answer_byte_for_byte(world: World) -> None:
    family = await shared_family(world)
    await publish(world, family)
    left = await shared_family(world)
    was = await local_id(left, world.police_system)
    assert (await leave(left, world.police_system)).status_code == 200
    of_others = await local_id(family, world.health_visiting_system)
    answers = [
        await ask(world.jonas, [each])
        for each in (
            {"family_id": str(uuid4())},
            {"local_id": "NOBODY"},
            {"family_id": left["id"]},
            was,
            of_others,
        )
    ]
    answers += [await ask(world.lena, [each]) for each in ({"family_id": family["id"]}, of_others)]
    assert {(each.status_code, each.content) for each in answers} == {
        (200, b'{"items":[{"status":"no_shared_record"}]}')
    }


async def test_a_local_id_is_looked_up_within_its_own_agency(world: World) -> None:
    family = await shared_family(world)
    other = await shared_family(world)
    number = f"SAME-{next(_numbers)}"
    for who, named in ((world.police_system, family), (world.school_system, other)):
        body = {
            "member_id": named["members"][0]["id"],
            "system": "local_id",
            "value": number,
        }
        answer = await who.post(f"/v1/families/{named['id']}/identifiers", body)
        assert answer.status_code == 201, answer.text
    ids = [(await look_up(who, {"local_id": number}))[0] for who in (world.jonas, world.tessa)]
    assert [each["family_id"] for each in ids] == [family["id"], other["id"]]
    assert await look_up(world.amina, {"local_id": number}) == [NOTHING]


async def test_a_members_local_id_finds_the_family_until_the_agency_leaves(world: World) -> None:
    number = f"PUPIL-{next(_numbers)}"
    child = a_child(identifiers=[{"system": "local_id", "value": number}])
    family = await registered(world.school_system, child, an_adult())
    await publish(world, family, world.tessa)
    [item] = await look_up(world.tessa, {"local_id": number})
    assert (item["family_id"], item["level"]) == (family["id"], "serious")
    assert (await look_up(world.jonas, {"local_id": number})) == [NOTHING]


async def test_an_id_of_a_case_and_of_another_familys_member_is_not_guessed_at(
    world: World,
) -> None:
    number = f"BOTH-{next(_numbers)}"
    child = a_child(identifiers=[{"system": "local_id", "value": number}])
    one = await registered(world.school_system, child, an_adult())
    case = {
        "local_id": number,
        "reason": "Teaches the child",
        "practitioner": {"name": "Tessa", "job_title": "teacher"},
    }
    other = await registered(world.school_system, a_child(), an_adult(), involvement=case)
    [item] = await look_up(world.tessa, {"local_id": number})
    assert item == {"status": "ambiguous", "family_ids": sorted([one["id"], other["id"]])}


async def test_a_member_and_a_case_of_one_family_may_share_an_id(world: World) -> None:
    number = f"ONE-{next(_numbers)}"
    child = a_child(identifiers=[{"system": "local_id", "value": number}])
    case = {
        "local_id": number,
        "reason": "Teaches the child",
        "practitioner": {"name": "Tessa", "job_title": "teacher"},
    }
    family = await registered(world.school_system, child, an_adult(), involvement=case)
    [item] = await look_up(world.tessa, {"local_id": number})
    assert item["family_id"] == family["id"]


async def test_only_what_the_reader_may_read_is_shown_and_weighed(world: World) -> None:
    family = await shared_family(world)
    police = {"agency_id": str(world.agencies["police"].id), "reason": "Attends with us"}
    audience = {"kind": "agencies", "agencies": [police]}
    named = await publish(world, family, severity="immediate_danger", audience=audience)
    [item] = await look_up(world.jonas, {"family_id": family["id"]})
    assert (item["level"], item["alerts"][0]["id"]) == ("immediate_danger", named["id"])
    [item] = await look_up(world.tessa, {"family_id": family["id"]})
    assert (item["level"], item["alerts"]) == ("none", [])


async def test_a_thousand_are_answered_by_one_statement_and_audited_once(
    world: World, superuser: Any
) -> None:
    families = [await shared_family(world) for _ in range(3)]
    alerts = [await publish(world, each) for each in families]
    own = [await local_id(each, world.tessa) for each in families]
    entries = [*own, *({"local_id": f"NOBODY-{n}"} for n in range(994)), *own]
    with counted(world) as seen:
        answer = await ask(world.tessa, entries)
    assert answer.status_code == 200, answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    found = [each["status"] for each in answer.json()["items"]]
    assert found == ["found"] * 3 + ["no_shared_record"] * 994 + ["found"] * 3
    context, banners, audit = seen
    assert ("open_context" in context, "INTO audit_entries" in audit) == (True, True)
    assert {"alerts", "involvements", "identifiers", "agencies"} <= set(banners.split())
    rows = await superuser.fetch(
        "SELECT * FROM audit_entries WHERE request_id::text = $1", answer.headers["X-Request-ID"]
    )
    assert [each["action"] for each in rows] == ["banners.looked_up"]
    details = json.loads(rows[0]["details"])
    assert set(details) == {"families", "alerts", "incidents"}
    assert sorted(details["families"]) == sorted(each["id"] for each in families)
    assert sorted(details["alerts"]) == sorted(each["id"] for each in alerts)
    assert (rows[0]["outcome"], rows[0]["agency_id"]) == ("allowed", world.agencies["school"].id)


@pytest.mark.parametrize(
    ("entries", "wrong"),
    [
        ([], "/entries"),
        ([{"local_id": "A"}] * 1001, "/entries"),
        ([{}], "/entries/0"),
        ([{"local_id": "A"}, {"local_id": "A", "family_id": str(uuid4())}], "/entries/1"),
        ([{"local_id": "A"}, {"local_id": 7}], "/entries/1/local_id"),
        ([{"family_id": "A"}], "/entries/0/family_id"),
    ],
)
async def test_what_is_no_list_of_ids_is_refused(
    world: World, entries: list[Any], wrong: str
) -> None:
    assert wrong in pointers(await ask(world.jonas, entries))


async def test_a_thousand_ids_of_the_longest_kind_fit(world: World) -> None:
    answer = await ask(world.jonas, [{"local_id": f"{n:0>64}"} for n in range(1000)])
    assert answer.status_code == 200, answer.text


async def test_a_repeated_lookup_is_asked_anew_whatever_its_key(world: World) -> None:
    family = await shared_family(world)
    entries, headers = [await local_id(family, world.police_system)], key()
    first = await ask(world.police_system, entries, headers=headers)
    assert first.json()["items"][0]["status"] == "found"
    assert (await leave(family, world.police_system)).status_code == 200
    second = await ask(world.police_system, entries, headers=headers)
    assert second.json()["items"] == [NOTHING]


async def test_who_reads_no_alerts_looks_nothing_up(world: World) -> None:
    answer = await ask(world.ada, [{"local_id": "A"}])
    assert answer.status_code == 403
    anonymous = await world.http.post("/v1/banners/lookup", json={"entries": [{"local_id": "A"}]})
    assert anonymous.status_code == 401
