"""An outcome as a page to print: what its reader may read, and nothing that runs or is fetched."""

import base64
import hashlib
import re
from html.parser import HTMLParser
from typing import Any

import pytest

from tests.concluding import (
    a_record,
    amend,
    an_action,
    at,
    finalise,
    held_meeting,
    recorded_meeting,
)
from tests.meeting import schedule
from tests.world import Caller, World, an_alert, publish, shared_family

pytestmark = pytest.mark.anyio

PAGE = {"Accept": "text/html"}
VOID = {"meta"}


class Reading(HTMLParser):
    """What stands in a page, and whether it is well formed."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.headings: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" in self.open:
            return
        self.text += data
        if self.open and self.open[-1] in ("h1", "h2"):
            self.headings.append(data)

    def tags(self, name: str) -> list[dict[str, str | None]]:
        return [attrs for tag, attrs in self.seen if tag == name]


async def page_of(who: Caller, meeting: dict[str, Any], query: str = "") -> Reading:
    answer = await who.get(at(meeting, query), headers=PAGE)
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-store"
    reading = Reading()
    reading.feed(answer.text)
    assert reading.open == []
    return reading


async def everything(world: World) -> tuple[dict[str, Any], dict[str, Any]]:
    """A meeting of which every part is told."""
    family = await shared_family(world)
    await publish(world, family)
    father = family["members"][1]["id"]
    meeting = await held_meeting(world, family, member_ids=[father], kind="risk_reduction_meeting")
    police, school = (str(world.agencies[each].id) for each in ("police", "school"))
    who = {"name": "Jonas Wood", "job_title": "police constable"}
    yes = {"answer": "yes", "statement": "The school does."}
    role = {"agency_id": police, "practitioner": who, "role": "goes along", "tasks": "Each visit."}
    measures = [
        {"precaution": "joint_visit_with_other_agency", "who": "All", "from_on": "2026-12-01"},
        {"words": "Ring the office before and after.", "who": "All", "from_on": "2026-12-01"},
        {
            "precaution": "no_home_visits",
            "words": "Until January.",
            "who": "All",
            "from_on": "2026-12-01",
        },
    ]
    outcome = await finalise(
        world,
        meeting,
        family=[{"member_id": father, "attendance": "did_not_attend", "views": "By letter."}],
        information=[
            {"agency_id": police, "said": "Called out <b>four</b> times & more."},
            {"agency_id": school, "said": "For the police alone.", "agency_ids": [police]},
        ],
        dissent=[{"agency_id": police, "who": who, "about": "Joint visits", "why": "Too few."}],
        roles=[
            role | {"told_to_family": {"told": True}},
            role | {"told_to_family": {"told": False, "why_not": "He reads all post."}},
        ],
        inability_answers=[
            {"agency_id": police, "gathering": yes, "monitoring": yes, "multi_agency_plan": yes}
        ],
        actions=[
            an_action(
                police,
                kind="joint_visit",
                with_agency_ids=[school],
                practitioner=who,
            ),
            an_action(school),
        ],
        publish=[an_alert(family, author=None)],
        risk_reduction_plan={
            "measures": measures,
            "child_seen_how": "At school, weekly.",
            "review_due": "2027-01-11",
        },
    )
    return meeting, outcome


async def test_it_says_what_json_says_in_words(world: World) -> None:
    meeting, _ = await everything(world)
    page = await page_of(world.jonas, meeting)
    for said in (
        "Outcome of the risk reduction meeting",
        "Daniel Okafor",
        "police agency",
        "school agency",
        "Did not attend",
        "By letter.",
        "Called out <b>four</b> times & more.",
        "For the police alone.",
        "Some of those invited only",
        "Joint visits",
        "No: He reads all post.",
        "The school does.",
        "A joint visit: Ask the housing office for the other address.",
        "Serious, of school agency",
        "Published",
        "Ring the office before and after.",
        "At school, weekly.",
        "11 January 2027",
        "Visits are joint until January.",
        "Maya hides upstairs.",
    ):
        assert said in page.text, said
    assert not re.search(r"[0-9a-f]{8}-[0-9a-f]{4}-", page.text)


async def test_it_is_marked_with_its_reader_and_the_time(world: World) -> None:
    meeting, _ = await recorded_meeting(world, await shared_family(world))
    for who, named in (
        (world.jonas, "Jonas, practitioner, police agency"),
        (world.police_system, "a system, police agency"),
    ):
        text = (await page_of(who, meeting)).text
        now = world.clock.now()
        assert text.count(f"Shown to {named} on {now.day} {now:%B %Y}, {now:%H:%M}") == 2


async def test_it_can_be_read_by_a_screen_reader(world: World) -> None:
    meeting, _ = await everything(world)
    page = await page_of(world.jonas, meeting)
    assert page.tags("html") == [{"lang": "en-GB"}]
    assert len(page.tags("title")) == len(page.tags("h1")) == len(page.tags("main")) == 1
    assert len(page.tags("caption")) == len(page.tags("table")) > 5
    assert {each.get("scope") for each in page.tags("th")} == {"col", "row"}
    ids = [each["id"] for each in page.tags("h2")]
    assert len(set(ids)) == len(ids)
    assert [each["aria-labelledby"] for each in page.tags("section")] == ids


async def test_nothing_on_it_runs_or_is_fetched(world: World) -> None:
    meeting, _ = await recorded_meeting(world, await shared_family(world))
    answer = await world.jonas.get(at(meeting), headers=PAGE)
    page = await page_of(world.jonas, meeting)
    names = {tag for tag, _ in page.seen}
    assert not names & {"script", "link", "img", "iframe", "form", "object", "a"}
    attributes = {name for _, attrs in page.seen for name in attrs}
    assert not attributes & {"src", "href", "style"}
    assert not [each for each in attributes if each.startswith("on")]
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    style = re.search("<style>(.*)</style>", answer.text, re.DOTALL)
    assert style
    digest = base64.b64encode(hashlib.sha256(style.group(1).encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in policy
    assert "@media print" in style.group(1)


async def test_it_is_told_as_it_was_told_to_some_only(world: World) -> None:
    family = await shared_family(world)
    meeting = await held_meeting(world, family)
    police, school, health = (
        str(world.agencies[each].id) for each in ("police", "school", "health_visiting")
    )
    told = [
        {"agency_id": police, "said": "To everybody."},
        {"agency_id": school, "said": "To the police.", "agency_ids": [police]},
        {"agency_id": health, "said": "Told by health.", "agency_ids": [police]},
    ]
    outcome = await finalise(world, meeting, information=told)
    assert [each["agency_ids"] for each in outcome["information"]] == [None, [police], [police]]

    async def said(who: Caller) -> dict[str, Any]:
        found = (await who.get(at(meeting))).json()["information"]
        text = (await page_of(who, meeting)).text
        assert [each["said"] for each in found if each["said"] not in text] == []
        return {each["said"]: (each["confidential"], each["agency_ids"]) for each in found}

    assert await said(world.jonas) == {
        "To everybody.": (False, None),
        "To the police.": (True, None),
        "Told by health.": (True, None),
    }
    assert await said(world.amina) == {
        "To everybody.": (False, None),
        "Told by health.": (True, [police]),
    }
    assert "To the police." not in (await page_of(world.amina, meeting)).text
    assert "Only: police agency" in (await page_of(world.owen, meeting)).text


async def test_an_earlier_version_says_that_it_is_one(world: World) -> None:
    meeting, outcome = await recorded_meeting(world, await shared_family(world))
    amended = await amend(world.owen, outcome, a_record(meeting))
    assert amended.status_code == 201, amended.text
    old = await page_of(world.jonas, meeting, "?number=1")
    assert "not the one that stands, which is 2" in old.text
    new = await page_of(world.jonas, meeting)
    assert "not the one that stands" not in new.text
    assert "The police were there from the beginning." in new.text


async def test_what_was_not_said_is_left_out(world: World) -> None:
    meeting = await held_meeting(world, await shared_family(world))
    later = {"not_yet": {"why": "He reads all post.", "look_again_on": "2026-12-20"}}
    unknown = {"known": False, "statement": "Nobody has seen her."}
    await finalise(
        world,
        meeting,
        family_sharing_plan=later,
        next_meeting={"why_none": "They move away."},
        child_lived_experience=unknown,
    )
    page = await page_of(world.jonas, meeting)
    assert "Why the family is not told yet" in page.text
    assert "None: They move away." in page.text
    assert "Not known yet." in page.text
    assert not {"Actions", "Who does what", "What was told"} & set(page.headings)


async def test_any_other_kind_falls_back_to_json(world: World) -> None:
    meeting, outcome = await recorded_meeting(world, await shared_family(world))
    for accept in ("image/png", "*/*", "application/json", "text/html;q=0.1, */*"):
        answer = await world.jonas.get(at(meeting), headers={"Accept": accept})
        assert answer.headers["Content-Type"] == "application/json"
        assert answer.json() == outcome
        assert answer.headers["Vary"] == "Accept"


async def test_a_refusal_stays_a_problem(world: World) -> None:
    meeting = await schedule(world, await shared_family(world), **_times(world))
    answer = await world.jonas.get(at(meeting), headers=PAGE)
    assert (answer.status_code, answer.headers["Content-Type"]) == (404, "application/problem+json")
    bad = await world.jonas.get(at(meeting, "?number=0"), headers=PAGE)
    assert (bad.status_code, bad.headers["Content-Type"]) == (400, "application/problem+json")


def _times(world: World) -> dict[str, str]:
    day = world.clock.now().date().isoformat()
    return {"starts_at": f"{day}T23:00:00Z", "ends_at": f"{day}T23:30:00Z"}


async def test_reading_it_is_audited_with_its_form(world: World, superuser: Any) -> None:
    meeting, _ = await recorded_meeting(world, await shared_family(world))
    await world.jonas.get(at(meeting), headers=PAGE)
    await world.jonas.get(at(meeting))
    noted = await superuser.fetch(
        "SELECT details FROM audit_entries WHERE action = 'meeting.outcome_read' "
        "AND agency_id = $1 ORDER BY id",
        world.agencies["police"].id,
    )
    assert [each["details"] for each in noted][-2:] == [
        '{"format": "html", "number": 1}',
        '{"format": "json", "number": 1}',
    ]
