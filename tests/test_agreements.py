"""Written agreements: drawn up, given, signed or refused; changed, reviewed, replaced, ended."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from tests.agreeing import (
    CONTENT,
    an_agreement,
    change,
    content,
    done,
    draft,
    drafted,
    end,
    give,
    given,
    in_force,
    on_agreement,
    parents,
    read,
    refuse,
    refused,
    replace,
    review,
    sign,
    steps,
)
from tests.involving import (
    a_child,
    an_adult,
    bookmarks,
    heard,
    leave,
    pointers,
    problem,
    registered,
)
from tests.world import World, etag, key, shared_family

pytestmark = pytest.mark.anyio

INVOLVED = ("health_visiting", "police", "school")


def to_all(*events: str) -> dict[str, list[str]]:
    return {kind: list(events) for kind in INVOLVED}


async def test_every_involved_agency_knows_it_from_the_first_draft(world: World) -> None:
    family = await shared_family(world)
    marks = await bookmarks(world)
    made = done(await draft(world.health_visiting_system, family))
    assert (made["status"], made["version"], made["content_version"]) == ("drafted", 1, 1)
    assert made["author"] == {"name": "Amina", "job_title": "practitioner"}
    assert made["content"]["risk_assessment_wording"] == CONTENT["risk_assessment_wording"]
    assert made["content"]["unacceptable_behaviours"][2] == {
        "code": None,
        "words": "Standing in the doorway.",
    }
    assert await heard(world, marks, made["id"]) == to_all("agreement.drafted")
    for who in (world.jonas, world.tessa, world.police_system, world.owen):
        assert await read(who, made) == made


async def test_an_outsider_finds_none_and_nobody_reads_without_a_token(world: World) -> None:
    family = await shared_family(world)
    made = await drafted(world, family)
    paths = [f"/v1/families/{family['id']}/agreements"]
    base = f"/v1/agreements/{made['id']}"
    paths += [base, f"{base}/steps", f"{base}/versions", f"{base}/breaches"]
    for path in paths:
        problem(await world.lena.get(path), 404, "not_found")
        assert (await world.http.get(path)).status_code == 401
        assert (await world.jonas.get(path)).status_code == 200
    problem(await draft(world.lena, family), 404, "not_found")
    problem(await end(world.lena, made), 404, "not_found")
    done(await leave(family, world.police_system))
    for path in paths:
        problem(await world.jonas.get(path), 404, "not_found")


async def test_it_is_given_and_signed_and_everybody_is_told(world: World) -> None:
    family = await shared_family(world)
    made = await drafted(world, family)
    marks = await bookmarks(world)
    [father] = parents(family)
    now = done(
        await give(world.amina, made, [father], language="pl", formats=["written", "interpreter"])
    )
    assert (now["status"], now["answered_on"]) == ("given", None)
    assert now["given"] == [
        {
            "given_on": "2026-11-20",
            "member_ids": [father],
            "language": "pl",
            "formats": ["written", "interpreter"],
            "by": {"name": "Amina", "job_title": "practitioner"},
        }
    ]
    now = done(await sign(world.amina, now, [father], said="Agrees."))
    assert (now["status"], now["answered_on"], now["version"]) == ("in_force", "2026-11-21", 3)
    assert now["answers"] == [
        {
            "outcome": "signed",
            "member_ids": [father],
            "on": "2026-11-21",
            "said": "Agrees.",
            "by": {"name": "Amina", "job_title": "practitioner"},
        }
    ]
    assert await heard(world, marks, made["id"]) == to_all("agreement.given", "agreement.signed")


async def test_it_is_refused_and_may_be_signed_on_second_thoughts(world: World) -> None:
    family = await shared_family(world)
    marks = await bookmarks(world)
    now = await refused(world, family)
    assert (now["status"], now["answered_on"]) == ("refused", "2026-11-21")
    assert now["answers"][0]["said"] == "Not before he is heard."
    assert (await heard(world, marks, now["id"]))["school"][-1] == "agreement.refused"
    now = done(await sign(world.amina, now, parents(family), on="2026-11-23"))
    assert (now["status"], now["answered_on"]) == ("in_force", "2026-11-23")
    assert [each["outcome"] for each in now["answers"]] == ["refused", "signed"]


async def test_each_parent_answers_and_a_signature_is_not_undone_by_another(world: World) -> None:
    family = await registered(world.health_visiting_system, a_child(), an_adult(), an_adult())
    mother, father = parents(family)
    now = done(await give(world.amina, await drafted(world, family), [mother]))
    now = done(await sign(world.amina, now, [mother]))
    assert pointers(await sign(world.amina, now, [father])) == ["/member_ids/0"]
    now = done(await give(world.amina, now, [father], given_on="2026-11-22"))
    assert now["status"] == "in_force"
    assert pointers(await sign(world.amina, now, [father])) == ["/on"]
    now = done(await refuse(world.amina, now, [father], on="2026-11-22"))
    assert (now["status"], now["answered_on"]) == ("in_force", "2026-11-21")
    assert pointers(await refuse(world.amina, now, [mother])) == ["/member_ids/0"]
    assert pointers(await sign(world.amina, now, [mother])) == ["/member_ids/0"]


async def test_a_refused_one_is_given_to_somebody_else(world: World) -> None:
    family = await registered(world.health_visiting_system, a_child(), an_adult(), an_adult())
    mother, father = parents(family)
    now = done(await give(world.amina, await drafted(world, family), [mother]))
    now = done(await refuse(world.amina, now, [mother]))
    now = done(await give(world.amina, now, [father]))
    assert now["status"] == "refused"
    now = done(await refuse(world.amina, now, [father], on="2026-11-22"))
    assert (now["status"], now["answered_on"]) == ("refused", "2026-11-21")


async def test_changed_content_is_a_new_version_that_nobody_has_signed(world: World) -> None:
    family = await shared_family(world)
    made = await given(world, family)
    marks = await bookmarks(world)
    now = done(await change(world.amina, made, review_due="2027-02-01"))
    assert (now["status"], now["content_version"]) == ("drafted", 2)
    assert (now["given"], now["answers"], now["review_due"]) == ([], [], "2027-02-01")
    assert await heard(world, marks, made["id"]) == to_all("agreement.changed")
    refusal = problem(await sign(world.amina, now, parents(family)), 409, "conflict")
    assert refusal["agreement_status"] == "drafted"
    assert refusal["legal_acts"] == ["change", "give", "replace", "end"]
    versions = done(await world.jonas.get(f"/v1/agreements/{made['id']}/versions"))["items"]
    assert [each["number"] for each in versions] == [1, 2]
    assert [each["content"]["language"] for each in versions] == ["en", "cy"]
    assert versions[0]["content"] == made["content"]
    now = done(await give(world.amina, now, parents(family), language="cy"))
    assert pointers(await sign(world.amina, now, [str(uuid4())])) == ["/member_ids/0"]
    now = done(await change(world.amina, now))
    assert (now["content_version"], now["review_due"]) == (3, "2027-02-01")


async def test_what_is_in_force_is_changed_at_a_review_alone(world: World) -> None:
    now = await in_force(world, await shared_family(world))
    refusal = problem(await change(world.amina, now), 409, "conflict")
    assert refusal["legal_acts"] == [
        "give", "sign", "refuse", "review", "revise", "replace", "end",
    ]  # fmt: skip
    changed = content(unacceptable_behaviours=[{"code": "physical_violence"}])
    now = done(await review(world.amina, now, outcome="change", content=changed))
    assert (now["status"], now["content_version"], now["answered_on"]) == ("drafted", 2, None)
    assert now["content"]["unacceptable_behaviours"][0]["code"] == "physical_violence"
    assert (now["answers"], now["review_due"]) == ([], "2027-02-15")


async def test_a_review_continues_or_ends_it(world: World) -> None:
    family = await shared_family(world)
    now = await in_force(world, family)
    marks = await bookmarks(world)
    now = done(await review(world.amina, now))
    assert (now["status"], now["review_due"]) == ("in_force", "2027-02-15")
    assert len(now["answers"]) == 1
    now = done(await review(world.amina, now, outcome="end", review_due=None))
    assert now["status"] == "ended"
    told = ["agreement.reviewed", "agreement.reviewed", "agreement.ended"]
    assert await heard(world, marks, now["id"]) == to_all(*told)
    last = (await steps(world.jonas, now))[-1]
    assert (last["act"], last["day"], last["note"]) == ("end", "2026-11-23", "Two calm visits.")
    refusal = problem(await review(world.amina, now), 409, "conflict")
    assert (refusal["agreement_status"], refusal["legal_acts"]) == ("ended", [])


async def test_a_refused_one_is_reviewed_and_a_draft_is_not(world: World) -> None:
    now = done(await review(world.amina, await refused(world, await shared_family(world))))
    assert now["status"] == "refused"
    problem(await review(world.amina, await drafted(world)), 409, "conflict")


async def test_a_review_says_what_belongs_to_its_outcome(world: World) -> None:
    now = await in_force(world, await shared_family(world))
    for changes, pointer in (
        ({"review_due": None}, "/review_due"),
        ({"outcome": "end"}, "/review_due"),
        ({"outcome": "change"}, "/content"),
        ({"content": CONTENT}, "/content"),
        ({"held_on": "2026-11-24"}, "/held_on"),
        ({"held_on": "2026-11-20"}, "/held_on"),
        ({"review_due": "2027-02-24"}, "/review_due"),
        ({"review_due": "2026-11-23"}, "/review_due"),
        ({"note": " "}, "/note"),
    ):
        assert pointers(await review(world.amina, now, **changes)) == [pointer]
    wrong = content(consequences=[{"code": "office_only_contact"}])
    refusal = await review(world.amina, now, outcome="change", content=wrong)
    assert pointers(refusal) == ["/content/consequences/0/rationale"]
    assert await read(world.amina, now) == now


async def test_what_is_in_force_stays_so_until_its_replacement_is_signed(world: World) -> None:
    family = await shared_family(world)
    former = await in_force(world, family)
    marks = await bookmarks(world)
    made = done(await replace(world.amina, former))
    assert (made["status"], made["replaces_id"]) == ("drafted", former["id"])
    stale, former = former, await read(world.amina, former)
    assert (former["status"], former["version"]) == ("in_force", stale["version"] + 1)
    problem(await replace(world.amina, stale), 412, "precondition_failed")
    second = problem(await replace(world.amina, former), 409, "conflict")
    assert second["agreement_ids"] == [made["id"]]
    problem(await replace(world.amina, made), 409, "conflict")
    now = done(await give(world.amina, made, parents(family)))
    now = done(await sign(world.amina, now, parents(family)))
    before = await read(world.jonas, former)
    assert (now["status"], before["status"]) == ("in_force", "replaced")
    assert await heard(world, marks, former["id"]) == to_all("agreement.replaced")
    assert (await steps(world.jonas, former))[-1]["note"] == "Its replacement was signed."


async def test_what_is_not_in_force_is_replaced_at_once(world: World) -> None:
    family = await shared_family(world)
    for former in (await drafted(world, family), await refused(world, family)):
        made = done(await replace(world.amina, former))
        assert (await read(world.jonas, former))["status"] == "replaced"
        assert (await steps(world.jonas, made))[0]["note"] == "He has moved in."
        problem(await replace(world.amina, await read(world.amina, former)), 409, "conflict")
        now = done(await give(world.amina, made, parents(family)))
        assert done(await sign(world.amina, now, parents(family)))["status"] == "in_force"


async def test_once_its_replacement_has_ended_it_is_replaced_by_another(world: World) -> None:
    family = await shared_family(world)
    former = await in_force(world, family)
    made = done(await replace(world.amina, former))
    done(await end(world.amina, made))
    former = await read(world.amina, former)
    assert former["status"] == "in_force"
    again = done(await replace(world.amina, former))
    done(await end(world.amina, await read(world.amina, former)))
    now = done(await give(world.amina, again, parents(family)))
    done(await sign(world.amina, now, parents(family)))
    assert (await read(world.amina, former))["status"] == "ended"


async def test_only_the_owner_changes_it(world: World) -> None:
    family = await shared_family(world)
    now = await in_force(world, family)
    people = parents(family)
    for who in (world.jonas, world.police_system, world.owen):
        for refusal in (
            await change(who, now),
            await give(who, now, people),
            await sign(who, now, people),
            await review(who, now),
            await replace(who, now),
            await end(who, now),
        ):
            problem(refusal, 403, "forbidden")
    assert await read(world.amina, now) == now


async def test_a_change_names_the_version_last_read(world: World) -> None:
    made = await drafted(world)
    path, body = f"/v1/agreements/{made['id']}/end", {"reason": "Over."}
    problem(await world.amina.post(path, body), 428, "precondition_required")
    stale = made | {"version": 7}
    problem(await end(world.amina, stale), 412, "precondition_failed")
    assert done(await world.amina.post(path, body, headers=etag(made)))["status"] == "ended"


async def test_a_system_names_whom_it_acts_for(world: World) -> None:
    family = await shared_family(world)
    made = await drafted(world, family)
    refusal = await give(world.health_visiting_system, made, parents(family))
    assert pointers(refusal) == ["/practitioner"]
    named = {"practitioner": {"staff_id": "staff-ruth"}}
    now = done(await give(world.health_visiting_system, made, parents(family), **named))
    assert now["given"][0]["by"]["name"] == "Ruth"
    assert pointers(await draft(world.police_system, family, author=None)) == ["/author"]


async def test_the_same_request_twice_is_one_agreement(world: World) -> None:
    family = await shared_family(world)
    path, headers = f"/v1/families/{family['id']}/agreements", key()
    first = await world.amina.post(path, an_agreement(), headers=headers)
    second = await world.amina.post(path, an_agreement(), headers=headers)
    assert first.json() == second.json()
    assert len(done(await world.amina.get(path))["items"]) == 1


async def test_a_family_s_agreements_are_listed_newest_first_page_by_page(world: World) -> None:
    family = await shared_family(world)
    former = await in_force(world, family)
    made = done(await replace(world.amina, former))
    other = await drafted(world, family)
    path = f"/v1/families/{family['id']}/agreements"

    async def ids(**asked: Any) -> list[str]:
        return [each["id"] for each in done(await world.jonas.get(path, params=asked))["items"]]

    assert await ids() == [other["id"], made["id"], former["id"]]
    assert await ids(status=["in_force", "ended"]) == [former["id"]]
    page = await world.jonas.get(path, params={"limit": 2})
    assert [each["id"] for each in page.json()["items"]] == [other["id"], made["id"]]
    following = await world.jonas.get(page.links["next"]["url"])
    assert [each["id"] for each in following.json()["items"]] == [former["id"]]
    assert following.json()["items"][0]["answers"] == (await read(world.jonas, former))["answers"]
    assert following.json()["next"] is None
    wrong = {"cursor": page.json()["next"], "status": "ended"}
    problem(await world.jonas.get(path, params=wrong), 400, "invalid_cursor")


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"unacceptable_behaviours": []}, "/unacceptable_behaviours"),
        ({"unacceptable_behaviours": [{}]}, "/unacceptable_behaviours/0"),
        ({"unacceptable_behaviours": [{"code": "x"}]}, "/unacceptable_behaviours/0/code"),
        (
            {"unacceptable_behaviours": [{"code": "swearing"}, {"code": "swearing"}]},
            "/unacceptable_behaviours/1/code",
        ),
        ({"counts_in_child_risk_assessment": False}, "/counts_in_child_risk_assessment"),
        ({"risk_assessment_wording": ""}, "/risk_assessment_wording"),
        ({"consequences": []}, "/consequences"),
        ({"consequences": [{"code": "office_only_contact"}]}, "/consequences/0/rationale"),
        ({"consequences": [{"code": "other"}]}, "/consequences/0/note"),
        ({"consequences": [{"code": "supervision_order", "note": "x"}]}, "/consequences/0/note"),
        (
            {"consequences": [{"code": "supervision_order"}, {"code": "supervision_order"}]},
            "/consequences/1/code",
        ),
        ({"language": "English"}, "/language"),
        ({"formats": ["written", "written"]}, "/formats"),
        ({"formats": ["clay"]}, "/formats/0"),
    ],
)
async def test_what_it_says_is_complete_and_does_not_contradict_itself(
    world: World, changes: dict[str, Any], pointer: str
) -> None:
    family = await shared_family(world)
    refusal = await draft(world.amina, family, content=content(**changes))
    assert pointers(refusal) == [f"/content{pointer}"]
    assert done(await world.amina.get(f"/v1/families/{family['id']}/agreements"))["items"] == []


@pytest.mark.parametrize("due", ["2026-11-23", "2027-02-24", "1899-01-01"])
async def test_its_review_is_due_within_three_months(world: World, due: str) -> None:
    family = await shared_family(world)
    assert pointers(await draft(world.amina, family, review_due=due)) == ["/review_due"]


async def test_it_is_given_to_people_of_the_family_and_not_in_the_future(world: World) -> None:
    unborn = {"kind": "unborn", "family_name": "Moreau"}
    family = await registered(world.health_visiting_system, a_child(), an_adult(), unborn)
    other = await shared_family(world)
    made, people = await drafted(world, family), parents(family)
    not_born = family["members"][2]["id"]
    for members, changes, pointer in (
        ([str(uuid4())], {}, "/member_ids/0"),
        ([*people, *parents(other)], {}, "/member_ids/1"),
        ([not_born], {}, "/member_ids/0"),
        ([*people, *people], {}, "/member_ids/1"),
        ([], {}, "/member_ids"),
        (people, {"given_on": "2026-11-24"}, "/given_on"),
        (people, {"given_on": "2025-11-22"}, "/given_on"),
        (people, {"language": "pl"}, "/formats"),
        (people, {"formats": []}, "/formats"),
    ):
        assert pointers(await give(world.amina, made, members, **changes)) == [pointer]
    assert done(await give(world.amina, made, people, language="en-GB"))["status"] == "given"


async def test_an_answer_is_of_a_day_and_a_refusal_has_its_words(world: World) -> None:
    family = await shared_family(world)
    now, people = await given(world, family), parents(family)
    assert pointers(await sign(world.amina, now, people, on="2026-11-24")) == ["/on"]
    assert pointers(await sign(world.amina, now, people, on="2026-11-19")) == ["/on"]
    assert pointers(await refuse(world.amina, now, people, said=None)) == [""]
    assert pointers(await sign(world.amina, now, people, outcome="perhaps")) == ["/outcome"]


async def test_of_two_signings_at_once_one_counts(world: World) -> None:
    family = await shared_family(world)
    await world.amina.token()
    await world.ruth.token()
    for _ in range(4):
        now = await given(world, family)
        both = await asyncio.gather(
            sign(world.amina, now, parents(family)), sign(world.ruth, now, parents(family))
        )
        assert sorted(each.status_code for each in both) == [200, 412]
        after = await read(world.jonas, now)
        assert (after["version"], len(after["answers"])) == (3, 1)


async def test_of_two_replacements_at_once_there_is_one(world: World) -> None:
    for who in (world.amina, world.ruth):
        await who.token()
    for _ in range(4):
        former = await in_force(world, await shared_family(world))
        both = await asyncio.gather(replace(world.amina, former), replace(world.ruth, former))
        assert sorted(each.status_code for each in both) == [201, 412]


async def test_signing_the_new_one_and_handing_over_the_old_never_wait_for_each_other(
    world: World,
) -> None:
    for who in (world.amina, world.ruth):
        await who.token()
    for _ in range(4):
        family = await shared_family(world)
        former = await in_force(world, family)
        made = done(await replace(world.amina, former))
        made = done(await give(world.amina, made, parents(family)))
        former = await read(world.amina, former)
        police = {"agency_id": str(world.jonas.agency.id)}
        both = await asyncio.gather(
            sign(world.amina, made, parents(family)),
            on_agreement(world.ruth, former, "hand-over", police),
        )
        assert {each.status_code for each in both} <= {200, 403, 409, 412}
        owners = {(await read(world.jonas, each))["agency_id"] for each in (former, made)}
        signed = both[0].status_code == 200
        assert signed or len(owners) == 1
