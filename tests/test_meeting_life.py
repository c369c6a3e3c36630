"""What becomes of a meeting: moved, cancelled, held, handed over; and who answers for it."""

from datetime import timedelta
from typing import Any

import pytest

from tests.arranging import cancel, done, hand_over, held, invited, meet, move, read, steps, times
from tests.involving import (
    bookmark,
    bookmarks,
    heard,
    involvement_of,
    leave,
    news,
    pointers,
    problem,
    types,
)
from tests.meeting import on_meeting, try_to_schedule
from tests.merging import decided, proposed, two_records
from tests.test_chronology import entries
from tests.world import Caller, World, join, shared_family

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
async def chairs(world: World) -> None:
    """`hilda` of health visiting and `paul` of the police chair as well, and nothing else."""
    for kind, name, roles in (
        ("health_visiting", "hilda", ["chair"]),
        ("police", "paul", ["chair"]),
        ("school", "simon", ["manager"]),
    ):
        await employ(world, kind, name, roles)


async def employ(world: World, kind: str, name: str, roles: list[str]) -> None:
    agency = world.agencies[kind]
    body = {"staff_id": f"staff-{name}", "name": name.title(), "job_title": "head", "roles": roles}
    done(await world.ada.post(f"/v1/agencies/{agency.id}/practitioners", body))
    world.people[name] = Caller(world, agency, f"staff-{name}", name.title())


async def test_it_is_moved_by_who_convened_it_or_chairs_it_and_those_invited_are_told(
    world: World,
) -> None:
    family = await shared_family(world)
    made = await meet(world.jonas, family, invited=invited(world.jonas))
    marks = await bookmarks(world)
    later = times(world, 3)
    moved = done(await move(world.jonas, made, **later))
    assert moved == made | later | {"version": 2}
    system = {"practitioner": {"staff_id": "staff-tessa"}}
    link = {"link": "https://meet.example/7", "place": None}
    linked = done(await move(world.school_system, moved, **link, **system))
    assert linked == moved | link | {"version": 3}
    taker = {"minute_taker": {"name": "Iris Cole", "job_title": "support"}}
    taken = done(await move(world.owen, linked, **taker))
    assert (taken["minute_taker"], taken["link"]) == (taker["minute_taker"], link["link"])
    gone = done(await move(world.owen, taken, minute_taker=None))
    assert gone["minute_taker"] is None
    told = ["meeting.moved"] * 4
    assert await heard(world, marks, made["id"]) == {"police": told, "school": told}
    done_so = await steps(world.jonas, made)
    assert [each["act"] for each in done_so] == ["schedule"] + ["move"] * 4
    assert done_so[1]["details"] == later
    assert (done_so[1]["note"], done_so[1]["by"]["name"]) == ("Illness.", "Jonas")
    assert (done_so[2]["details"], done_so[2]["by"]["name"]) == ({}, "Tessa")
    assert done_so[0]["details"] == {each: made[each] for each in later}


async def test_a_move_that_leaves_it_nowhere_or_says_nothing_is_refused(world: World) -> None:
    made = await meet(world.owen, await shared_family(world))
    for changes, pointer in (
        ({"place": None}, "/place"),
        ({"link": "ftp://meet.example"}, "/link"),
        ({"starts_at": times(world)["starts_at"]}, "/ends_at"),
        ({"ends_at": times(world)["ends_at"]}, "/starts_at"),
        (times(world, -8), "/starts_at"),
        (times(world, 1, 25), "/ends_at"),
        ({"purpose": "Another"}, "/purpose"),
    ):
        assert pointers(await move(world.owen, made, **changes)) == [pointer], changes
    assert pointers(await on_meeting(world.owen, made, "move", {"reason": "No."})) == ["/starts_at"]
    assert pointers(await move(world.school_system, made)) == ["/practitioner"]
    assert await read(world.owen, made) == made


async def test_who_is_only_invited_arranges_nothing(world: World) -> None:
    family = await shared_family(world)
    made = await meet(world.owen, family, invited=invited(world.jonas))
    for act in (move, cancel):
        problem(await act(world.nadia, made), 403, "forbidden")
        problem(await act(world.amina, made), 404, "not_found")
        problem(await act(world.owen, made | {"version": 9}), 412, "precondition_failed")


async def test_it_is_cancelled_for_good_with_the_reason(world: World) -> None:
    family = await shared_family(world)
    made = await meet(world.jonas, family)
    marks = await bookmarks(world)
    off = done(await cancel(world.jonas, made))
    assert off == made | {"status": "cancelled", "version": 2}
    told = {kind: ["meeting.cancelled"] for kind in ("health_visiting", "police", "school")}
    assert await heard(world, marks, made["id"]) == told
    last = (await steps(world.amina, made))[-1]
    assert (last["act"], last["note"]) == ("cancel", "They moved away.")
    for answer in (
        await cancel(world.jonas, off),
        await move(world.jonas, off),
        await on_meeting(world.owen, off, "hold", {}),
        await hand_over(world.owen, off, world.owen),
    ):
        refusal = problem(answer, 409, "conflict")
        assert (refusal["meeting_status"], refusal["legal_acts"]) == ("cancelled", [])


async def test_what_was_held_is_neither_moved_nor_cancelled(world: World) -> None:
    now = await held(world, await shared_family(world))
    assert now["held_at"] is not None
    for answer in (await move(world.owen, now), await cancel(world.owen, now)):
        refusal = problem(answer, 409, "conflict")
        assert refusal["legal_acts"] == ["invite", "hand_over", "record"]
    refusal = problem(await on_meeting(world.owen, now, "hold", {}), 409, "conflict")
    assert refusal["meeting_status"] == "held"


@pytest.mark.usefixtures("chairs")
async def test_the_chair_hands_over_to_another_agency_which_answers_from_now_on(
    world: World,
) -> None:
    family = await shared_family(world)
    made = await meet(world.owen, family, -1)
    marks = await bookmarks(world)
    handed = done(await hand_over(world.owen, made, world.hilda))
    chair = {"agency_id": str(world.hilda.agency.id), "name": "Hilda", "job_title": "head"}
    agency = {"agency_id": str(world.hilda.agency.id)}
    assert handed == made | {"chair": chair, "version": 2} | agency
    told = {kind: ["meeting.handed_over"] for kind in ("health_visiting", "police", "school")}
    assert await heard(world, marks, made["id"]) == told
    problem(await on_meeting(world.owen, handed, "hold", {}), 403, "forbidden")
    problem(await hand_over(world.owen, handed, world.owen), 403, "forbidden")
    now = done(await on_meeting(world.hilda, handed, "hold", {"note": "All came."}))
    problem(await hand_over(world.hilda, now, world.hilda), 409, "conflict")
    last, before = (await steps(world.jonas, made))[-1:-3:-1]
    assert (last["act"], last["note"], last["by"]["name"]) == ("hold", "All came.", "Hilda")
    assert (before["act"], before["by"]["name"], before["note"]) == (
        "hand_over", "Owen", "Illness.",
    )  # fmt: skip
    assert before["details"]["agency_id"] == str(world.hilda.agency.id)
    done(await hand_over(world.hilda, now, world.paul))


@pytest.mark.usefixtures("chairs")
async def test_a_manager_of_the_agency_that_answers_names_another_chair(world: World) -> None:
    family = await shared_family(world)
    made = await meet(world.hilda, family, chair={"staff_id": "staff-hilda"})
    problem(await hand_over(world.simon, made, world.owen), 403, "forbidden")
    problem(await hand_over(world.nadia, made, world.paul), 403, "forbidden")
    problem(await hand_over(world.amina, made, world.paul), 403, "forbidden")
    problem(await hand_over(world.health_visiting_system, made, world.paul), 403, "forbidden")
    problem(await hand_over(world.victor, made, world.paul), 404, "not_found")
    handed = done(await hand_over(world.ruth, made, world.paul))
    assert handed["chair"]["name"] == "Paul"
    problem(await hand_over(world.ruth, handed, world.hilda), 403, "forbidden")


@pytest.mark.usefixtures("chairs")
async def test_a_new_chair_holds_the_role_and_takes_part(world: World) -> None:
    family = await shared_family(world)
    made = await meet(world.owen, family, invited=invited(world.amina))
    assert pointers(await hand_over(world.owen, made, world.tessa)) == ["/staff_id"]
    assert pointers(await hand_over(world.owen, made, world.paul)) == ["/agency_id"]
    own = await hand_over(world.owen, made, world.simon)
    assert pointers(own) == ["/staff_id"]
    both = await meet(world.owen, family)
    assert (await leave(family, world.police_system)).status_code == 200
    assert pointers(await hand_over(world.owen, both, world.paul)) == ["/agency_id"]


@pytest.mark.usefixtures("chairs")
async def test_whoever_answers_for_a_meeting_hands_it_over_before_leaving(
    world: World, superuser: Any
) -> None:
    family = await shared_family(world)
    await meet(world.paul, family)  # that the police convened, and the school chairs
    to_come = await meet(world.paul, family, chair={"staff_id": "staff-paul"})
    now = await meet(world.paul, family, -1, chair={"staff_id": "staff-paul"})
    now = done(await on_meeting(world.paul, now, "hold", {}))
    over = await meet(world.paul, family, -2, chair={"staff_id": "staff-paul"})
    unfinished = await meet(world.paul, family, -3, chair={"staff_id": "staff-paul"})
    for each in (over, unfinished):
        await recorded(superuser, each)
    action = await assigned(superuser, unfinished)
    owed = [{"type": "meeting", "id": each["id"]} for each in (to_come, now, unfinished)]
    assert await meetings_owed(world, family) == owed
    done(await cancel(world.jonas, to_come))
    done(await hand_over(world.paul, now, world.hilda))
    for status in ("accepted", "declined"):
        await superuser.execute(
            "UPDATE meeting_actions SET status = $1 WHERE id = $2", status, action
        )
        assert await meetings_owed(world, family) == owed[-1:]
    await superuser.execute("UPDATE meeting_actions SET status = 'done' WHERE id = $1", action)
    done(await leave(family, world.police_system))


async def meetings_owed(world: World, family: dict[str, Any]) -> list[dict[str, str]]:
    """What of them keeps the police from leaving; the action is its own besides."""
    refusal = problem(await leave(family, world.police_system), 409, "duties_remain")
    return [each for each in refusal["duties"] if each["type"] == "meeting"]


async def recorded(superuser: Any, meeting: dict[str, Any]) -> None:
    """As the outcome leaves it."""
    await superuser.execute(
        "UPDATE meetings SET status = 'recorded', outcome_number = 1 WHERE id = $1", meeting["id"]
    )


async def assigned(superuser: Any, meeting: dict[str, Any]) -> Any:
    """An action of the convening agency's own."""
    return await superuser.fetchval(
        "INSERT INTO meeting_actions (id, meeting_id, family_id, agency_id, kind, what, due_on, "
        "with_agency_ids, status, assigned_at, notices_sent, version) "
        "SELECT gen_random_uuid(), id, family_id, agency_id, 'task', 'Ring.', now(), '{}', "
        "'assigned', now(), 0, 1 FROM meetings WHERE id = $1 RETURNING id",
        meeting["id"],
    )


async def thrown_out(
    world: World,
    family: dict[str, Any],
    who: Caller,
    by: Caller | None = None,
    decider: Caller | None = None,
) -> None:
    """The police doubts an involvement, and the lead agrees, unless others are named."""
    other = await involvement_of(family, who, world.jonas)
    base = f"/v1/families/{family['id']}"
    doubt = {"reason": "Knows nobody of them"}
    path = f"{base}/involvements/{other['id']}/contests"
    contest = await (by or world.jonas).post(path, doubt)
    body = {"outcome": "upheld", "reason": "The child has left the school"}
    done(
        await (decider or world.ruth).post(f"{base}/contests/{contest.json()['id']}/decision", body)
    )


@pytest.mark.usefixtures("chairs")
async def test_what_an_ended_agency_chaired_goes_to_the_lead_which_names_a_chair(
    world: World,
) -> None:
    family = await shared_family(world)
    known = await meet(world.owen, family)
    kept = await meet(world.owen, family, 2, invited=invited(world.jonas))
    off = done(await cancel(world.owen, await meet(world.owen, family, 3)))
    marks = await bookmarks(world)
    await thrown_out(world, family, world.school_system)
    lead = str(world.ruth.agency.id)
    told = ["meeting.handed_over"]
    everybody = {"health_visiting": told, "police": told}
    assert await heard(world, marks, known["id"]) == everybody
    assert await heard(world, marks, kept["id"]) == everybody  # it leads, and answers from now on
    assert await heard(world, marks, off["id"]) == {}
    now = await read(world.amina, kept)
    assert (now["agency_id"], now["chair"], now["version"]) == (lead, None, 2)
    assert lead in [each["agency_id"] for each in now["invited"]]
    last = (await steps(world.jonas, kept))[-1]
    assert (last["act"], last["by"], last["by_agency_id"]) == ("hand_over", None, None)
    problem(await world.owen.get(f"/v1/meetings/{known['id']}"), 404, "not_found")
    assert [each["type"] for each in await entries(world.jonas, family)].count(
        "meeting.handed_over"
    ) == 2
    problem(await on_meeting(world.hilda, now, "hold", {}), 403, "forbidden")
    handed = done(await hand_over(world.ruth, now, world.hilda))
    assert handed["chair"]["name"] == "Hilda"


async def test_who_decides_is_not_named_beside_a_meeting_that_it_does_not_know(
    world: World, superuser: Any
) -> None:
    """Where the lead itself contests, a third agency decides."""
    await employ(world, "police", "ida", ["information_governance"])
    family = await shared_family(world)
    kept = await meet(world.owen, family, invited=invited(world.amina))
    mark = await bookmark(world.police_system)
    await thrown_out(world, family, world.school_system, by=world.amina, decider=world.ida)
    query = "SELECT agency_id FROM audit_entries WHERE resource_id = $1 AND action = $2"
    [entry] = await superuser.fetch(query, kept["id"], "meeting.handed_over")
    assert entry["agency_id"] is None
    assert kept["id"] not in str(await news(world.police_system, mark))
    assert (await read(world.amina, kept))["chair"] is None


@pytest.mark.usefixtures("chairs")
async def test_on_a_record_that_is_merged_away_meetings_are_only_wound_up(world: World) -> None:
    one, other = await two_records(world)
    chair = {"staff_id": "staff-owen", "agency_id": str(world.owen.agency.id)}
    made, past = [
        done(await try_to_schedule(world.jonas, other, chair=chair, **times(world, days)))
        for days in (1, -1)
    ]
    await decided(await proposed(one, other, world.ruth), "agree", world.nadia)
    again = await try_to_schedule(world.jonas, other, chair=chair, **times(world))
    for refusal in (
        again,
        await move(world.jonas, made),
        await on_meeting(world.owen, past, "hold", {}),
        await on_meeting(world.owen, made, "invitations", invited(world.lena)[0]),
    ):
        assert problem(refusal, 409, "family_merged")["family_id"] == one["id"]
    assert done(await cancel(world.owen, made))["status"] == "cancelled"
    assert done(await hand_over(world.owen, past, world.paul))["chair"]["name"] == "Paul"


@pytest.mark.usefixtures("chairs")
async def test_the_chronology_tells_every_step_to_those_invited(world: World) -> None:
    family = await shared_family(world)
    made = await meet(world.owen, family, invited=invited(world.jonas))
    world.clock.advance(timedelta(minutes=1))
    made = done(await move(world.owen, made, **times(world, -1)))
    world.clock.advance(timedelta(minutes=1))
    made = done(await hand_over(world.owen, made, world.paul))
    world.clock.advance(timedelta(minutes=1))
    made = done(await on_meeting(world.paul, made, "hold", {}))
    told = [each for each in await entries(world.jonas, family) if "meeting" in each["type"]]
    assert [each["type"] for each in told] == [
        "meeting.held",
        "meeting.handed_over",
        "meeting.moved",
        "meeting.scheduled",
    ]
    assert told[2]["note"] == "Illness."
    assert told[0]["resource"]["url"] == f"/v1/meetings/{made['id']}"
    seen = [each["type"] for each in await entries(world.amina, family)]
    assert [each for each in seen if "meeting" in each] == []


async def test_a_joiner_who_is_not_invited_learns_of_nothing(world: World) -> None:
    family = await shared_family(world)
    made = await meet(world.owen, family)
    mark = await bookmark(world.probation_system)
    done(await join(world, family, world.probation_system))
    assert [
        each for each in types(await news(world.probation_system, mark)) if "meeting" in each
    ] == []
    problem(await world.lena.get(f"/v1/meetings/{made['id']}"), 404, "not_found")
