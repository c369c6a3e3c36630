"""The part of the canary story that is told of a family's engagement."""

from typing import Any

from tests.engaging import PLACES, a_constraint, advice, an_inability, an_observation
from tests.world import etag, key


class Engagement:
    """What the school records of how the family engages, corrected and resolved."""

    def __init__(self, story: Any, family: Any) -> None:
        self.story = story
        self.at = f"/v1/families/{family['id']}"
        self.who = story.world.school_system
        self.said = story.evidence.canary
        self.by = {"practitioner": story.person("engaging")}

    async def tell(self) -> None:
        said = self.said
        seen = {"seen": False, "why_not": said("child not seen")}
        challenged = {"challenged": True, "statement": said("challenge")}
        texts = {name: said(name) for name in ("narrative", "disguised_compliance")}
        observed = an_observation(child=seen, challenged=challenged, **texts)
        await self.record("engagement/observations", observed)
        advised = advice(source=said("advice source"), advice=said("advice"))
        await self.record("engagement/expert-advice", advised)
        included = {"answer": "yes", "reference": said("assessment reference")}
        hard = a_constraint(why=said("constraint"), included_in_child_risk_assessment=included)
        await self.end("assessment-constraints", await self.record("assessment-constraints", hard))
        answers = {
            name: {"answer": "no", "statement": said(name)}
            for name in ("gathering", "monitoring", "multi_agency_plan")
        }
        cover = {"statement": said("cover")}
        unable = an_inability(why=said("inability"), cover=cover, **answers)
        await self.end(
            "engagement/inabilities", await self.record("engagement/inabilities", unable)
        )
        await self.profile()

    async def record(self, what: str, body: dict[str, Any]) -> Any:
        """As it is after its correction, which says the same."""
        made = await self.story.post(self.who, f"{self.at}/{what}", body | self.by, **key())
        place, name = PLACES[what]
        content = {each: body[each] for each in body if each != "practitioner"}
        reason = {"reason": self.said(f"{name} corrected"), name: content}
        path = f"/v1/{place}/{made['id']}"
        await self.story.post(self.who, f"{path}/correct", reason | self.by, If_Match='"9"')
        await self.story.post(self.who, f"{path}/correct", reason | self.by, **etag(made))
        await self.story.ask(self.who, "GET", f"{path}/versions")
        return await self.story.ask(self.who, "GET", path)

    async def end(self, what: str, row: Any) -> None:
        place, name = PLACES[what]
        await self.story.ask(self.who, "GET", f"{self.at}/banner")
        body = {"resolved_on": "2026-11-23", "how": self.said(f"{name} resolved")}
        path = f"/v1/{place}/{row['id']}/resolve"
        await self.story.post(self.who, path, body | self.by, **etag(row))

    async def profile(self) -> None:
        said, school = self.said, str(self.who.agency.id)
        lead = {"name": said("lead practitioner"), "job_title": said("lead job")}
        talk = {"language": said("language"), "preferred_format": said("format")}
        told = {"told_on": "2026-11-20", "agency_id": school, "name": said("told by")}
        body = {
            "lead_practitioner": {"appointed": True, "agency_id": school, **lead},
            "communication": {"needs": ["interpreter"], **talk},
            "trusted_person": {"description": said("trusted person")},
            "told_of_recording": told,
        }
        path = f"{self.at}/engagement/profile"
        for version in ('"3"', '"0"'):
            await self.story.ask(self.who, "PATCH", path, body | self.by, If_Match=version)
