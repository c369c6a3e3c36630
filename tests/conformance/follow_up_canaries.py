"""The part of the canary story that is told of what a meeting asks, and of its plans."""

from typing import Any

from tests import assigning
from tests.assigning import a_risk_plan, agency, an_action, day
from tests.world import etag


class FollowUp:
    """The police do and decline, the chair assigns anew and cancels, and plans are reviewed."""

    def __init__(self, story: Any, family: Any) -> None:
        self.story = story
        self.world = story.world
        self.family = family
        self.said = story.evidence.canary
        self.by = {"practitioner": story.person("answering")}

    async def tell(self) -> None:
        meeting = await assigning.held_meeting(self.world, self.family)
        await self.answer(meeting)
        await self.plan(meeting)

    async def answer(self, meeting: Any) -> None:
        world, said = self.world, self.said
        asked = an_action(world, what=said("action"), practitioner=self.story.person("asked"))
        first, second, third = await assigning.assign(world, meeting, asked, asked, asked)
        who = world.police_system
        doing = {"done_by": self.story.person("doing")} | self.by
        third = await self.on("actions", who, third, "accept", doing)
        await self.on("actions", who, third, "complete", {"evidence": said("evidence")} | self.by)
        done = {"evidence": said("evidence")} | self.by
        await self.on("actions", who, first, "complete", done | {"extra": said("evidence")})
        await self.on("actions", who, first, "complete", done)
        refused = {"reason": said("declining")} | self.by
        second = await self.on("actions", who, second, "decline", refused)
        await self.on("actions", who, second, "decline", refused)
        anew = {"agency_id": agency(world.amina), "reason": said("assigned anew")}
        anew["practitioner"] = self.story.person("assigned")
        await self.on("actions", world.jonas, second, "reassign", anew)
        second = await self.on("actions", world.owen, second, "reassign", anew)
        await self.on("actions", world.owen, second, "cancel", {"reason": said("cancelling")})
        at = f"/v1/families/{self.family['id']}"
        for path in (f"{at}/actions", f"/v1/actions/{first['id']}/steps", f"{at}/chronology"):
            await self.story.ask(world.jonas, "GET", path)

    async def plan(self, meeting: Any) -> None:
        world, said = self.world, self.said
        one, other = a_risk_plan(world)["measures"]
        measures = [{**one, "who": said("measured")}, {**other, "words": said("measure")}]
        risk = {"measures": measures, "child_seen_how": said("seen how")}
        jonas = [world.jonas]
        plan = await assigning.draw_up(world, meeting, readers=jonas, **risk)
        told = {"what": said("told what"), "how": said("told how"), "by": said("told by")}
        told["on"] = day(world, 5)
        sharing = await assigning.draw_up(
            world, meeting, "family_sharing", readers=jonas, sharing=told
        )
        held = {"held_on": day(world), "outcome": "continue", "review_due": day(world, 30)}
        note = {"note": said("plan review")}
        plan = await self.on("plans", world.owen, plan, "review", held | note)
        later = {"not_yet": {"why": said("not yet"), "look_again_on": day(world, 30)}}
        changing = {"held_on": day(world), "outcome": "change", "family_sharing": later}
        changing["note"] = said("plan changed")
        await self.on("plans", world.jonas, sharing, "review", changing)
        await self.on("plans", world.owen, sharing, "review", changing)
        given = {"agency_id": agency(world.amina), "reason": said("plan shared")}
        await self.on("plans", world.owen, plan, "share", given)
        at = f"/v1/families/{self.family['id']}"
        for path in (f"{at}/plans", f"{at}/banner", f"/v1/plans/{sharing['id']}/versions"):
            await self.story.ask(world.jonas, "GET", path)

    async def on(self, kind: str, who: Any, row: Any, verb: str, body: Any) -> Any:
        path = f"/v1/{kind}/{row['id']}/{verb}"
        return await self.story.post(who, path, body, **etag(row))
