"""The part of the canary story that is told of the outcome of a meeting."""

from typing import Any

from tests import concluding
from tests.concluding import at, days_after
from tests.world import an_alert, etag, key


class Outcomes:
    """The school's chair drafts, records and amends; the police ask for corrections."""

    def __init__(self, story: Any, family: Any) -> None:
        self.story, self.world, self.family = story, story.world, family
        self.said = story.evidence.canary
        self.who = story.person("outcome person")

    async def tell(self) -> None:
        world, story = self.world, self.story
        father = self.family["members"][1]["id"]
        meeting = await concluding.held_meeting(world, self.family, member_ids=[father])
        draft = await self.drafted(meeting)
        done = await story.post(world.owen, at(meeting, "/finalise"), None, **etag(draft) | key())
        assert done["number"] == 1
        again = etag(draft) | key()
        await story.post(world.owen, at(meeting, "/finalise"), None, **again)
        for who in (world.jonas, world.owen):
            await story.ask(who, "GET", at(meeting))
            await story.ask(who, "GET", at(meeting, "/responses"))
            page = await who.get(at(meeting), headers={"Accept": "text/html"})
            assert self.said("decision of a meeting") in page.text
        await self.answered(meeting, done)

    async def drafted(self, meeting: Any) -> Any:
        """Refused once for what it lacks, and once for what contradicts it."""
        ask, owen, path = self.story.ask, self.world.owen, at(meeting)
        body = self.body(meeting)
        await ask(owen, "PUT", path, body | {"tea": self.said("outcome role")}, If_Match='"0"')
        await ask(self.world.jonas, "PUT", path, body, If_Match='"0"')
        lacking = await ask(owen, "PUT", path, body | {"decisions": []}, If_Match='"0"')
        await self.story.post(owen, f"{path}/finalise", None, **etag(lacking) | key())
        await ask(owen, "PUT", path, body, If_Match='"7"')
        await ask(owen, "GET", f"{path}/draft")
        await ask(self.world.tessa, "GET", f"{path}/draft")
        return await ask(owen, "PUT", path, body, If_Match='"1"')

    def body(self, meeting: Any) -> dict[str, Any]:
        said, health = self.said, str(self.world.agencies["health_visiting"].id)
        plan = {name: said(f"plan {name}") for name in ("what", "how", "by")}
        alert = an_alert(self.family, author=None, child_seen_how=said("meeting child seen"))
        measure = {"words": said("measure"), "who": said("measure who"), "from_on": "2026-12-01"}
        return concluding.a_draft(
            meeting,
            **self.record(meeting),
            actions=[concluding.an_action(health, what=said("task"), practitioner=self.who)],
            publish=[alert],
            next_meeting={"why_none": said("why no meeting")},
            family_sharing_plan={"sharing": plan | {"on": days_after(meeting, 9)}},
            risk_reduction_plan={
                "measures": [measure],
                "child_seen_how": said("plan child seen"),
                "review_due": days_after(meeting, 40),
            },
        )

    def record(self, meeting: Any) -> dict[str, Any]:
        said, police = self.said, str(self.world.agencies["police"].id)
        father = self.family["members"][1]["id"]
        heard = {"views": said("views"), "feedback": said("feedback")}
        role = {"role": said("outcome role"), "tasks": said("outcome tasks")}
        told = {"told": False, "why_not": said("family not told")}
        return concluding.a_record(
            meeting,
            attendance=[
                {"agency_id": each["agency_id"], "attendance": "attended", "people": [self.who]}
                for each in meeting["invited"]
            ],
            family=[{"member_id": father, "attendance": "did_not_attend"} | heard],
            information=[{"agency_id": police, "said": said("information")}],
            decisions=[
                {"decision": said("decision of a meeting"), "reasons": said("meeting reasons")}
            ],
            dissent=[
                {"agency_id": police, "who": self.who}
                | {"about": said("dissent about"), "why": said("dissent why")}
            ],
            roles=[role | {"agency_id": police, "practitioner": self.who, "told_to_family": told}],
            inability_answers=[
                {"agency_id": police}
                | {
                    name: {"answer": "yes", "statement": said(f"unable {name}")}
                    for name in ("gathering", "monitoring", "multi_agency_plan")
                }
            ],
            child_lived_experience={"known": True, "statement": said("lived experience")},
        )

    async def answered(self, meeting: Any, outcome: Any) -> None:
        world, post, said = self.world, self.story.post, self.said
        asks = {"number": 1, "answer": "correction_asked", "correction": said("correction asked")}
        by = {"practitioner": self.story.person("answering outcome")}
        there = at(meeting, "/responses")
        first = await post(world.police_system, there, asks | by)
        second = await post(world.jonas, there, asks)
        await post(world.jonas, there, asks | {"number": 9})
        await post(world.lena, there, asks)
        reply = {"reply": said("reply")}
        await post(world.owen, f"{there}/{first['id']}/decline", reply, If_Match='"8"')
        await post(world.owen, f"{there}/{first['id']}/decline", reply, **etag(first))
        body = {
            "reason": said("amendment"),
            "outcome": self.record(meeting),
            "settles": [second["id"]],
        }
        await post(world.jonas, at(meeting, "/amend"), body, **etag(outcome) | key())
        wrong = body | {"settles": [first["id"]]}
        await post(world.owen, at(meeting, "/amend"), wrong, **etag(outcome) | key())
        amended = await post(world.owen, at(meeting, "/amend"), body, **etag(outcome) | key())
        assert amended["number"] == 2
        await self.story.ask(world.jonas, "GET", at(meeting, "/versions"))
