"""The part of the canary story that is told of meetings before their outcome."""

from typing import Any

from tests.world import etag, key

TO_COME = {"starts_at": "2026-12-01T10:00:00Z", "ends_at": "2026-12-01T11:00:00Z"}
PAST = {"starts_at": "2026-11-20T10:00:00Z", "ends_at": "2026-11-20T11:00:00Z"}


class Meetings:
    """The school's system arranges them, its chair holds one, and the police brings a report."""

    def __init__(self, story: Any, family: Any) -> None:
        self.story, self.world, self.family = story, story.world, family
        self.said = story.evidence.canary
        self.by = {"practitioner": story.person("arranging")}

    async def tell(self) -> None:
        now = await self.scheduled("first meeting", **PAST)
        at = f"/v1/meetings/{now['id']}"
        await self.before(at, now)
        noted = {"note": self.said("held note")}
        await self.story.post(self.world.tessa, f"{at}/hold", noted, **etag(now))
        await self.story.post(self.world.owen, f"{at}/hold", noted, If_Match='"9"')
        await self.story.post(self.world.owen, f"{at}/hold", noted, **etag(now))
        await self.arranged(await self.scheduled("second meeting", **TO_COME))
        for each in ("", "/steps", "/exclusions", "/reports", "/invitation"):
            path = f"{at}{each}"
            if each != "/invitation":
                await self.story.ask(self.world.police_system, "GET", path)
            else:
                self.story.evidence.answers.append(await self.world.police_system.get(path))
        await self.story.ask(
            self.world.police_system, "GET", f"/v1/families/{self.family['id']}/meetings"
        )

    async def scheduled(self, name: str, **times: str) -> Any:
        said, police = self.said, str(self.world.agencies["police"].id)
        body = {
            **times,
            "kind": "risk_reduction_meeting",
            "purpose": said(f"{name} purpose"),
            "place": said("meeting place"),
            "chair": {"staff_id": "staff-owen"},
            "minute_taker": self.story.person(f"{name} minute taker"),
            "invited": [{"agency_id": police, "reason": said(f"{name} invitation")}],
            "organiser": self.story.person(f"{name} organiser"),
        }
        path = f"/v1/families/{self.family['id']}/meetings"
        await self.story.post(self.world.school_system, path, body | {"kind": "tea"}, **key())
        return await self.story.post(self.world.school_system, path, body, **key())

    async def before(self, at: str, now: Any) -> None:
        said, father = self.said, self.family["members"][1]["id"]
        asks = {"member_id": father, "why": said("exclusion why"), **self.by}
        asked = await self.story.post(self.world.police_system, f"{at}/exclusions", asks, **key())
        await self.story.post(self.world.police_system, f"{at}/exclusions", asks, **key())
        decision = {
            "outcome": "excluded_in_part",
            **{name: said(name) for name in ("reasons", "part", "views_heard", "feedback")},
        }
        path = f"{at}/exclusions/{asked['id']}/decide"
        await self.story.post(self.world.tessa, path, decision, **etag(asked))
        await self.story.post(self.world.owen, path, decision, If_Match='"7"')
        await self.story.post(self.world.owen, path, decision, **etag(asked))
        texts = ("known", "concerns", "strengths", "child_lived_experience", "view_of_plan")
        report = {
            "audience": "chair",
            **{name: said(f"report {name}") for name in texts},
            "shared_with_family": {"done": False, "why_not": said("report why not")},
            "practitioner": self.story.person("reporting"),
        }
        await self.story.post(self.world.police_system, f"{at}/reports", report, **key())
        await self.story.post(self.world.probation_system, f"{at}/reports", report, **key())
        assert now["version"] == 1

    async def arranged(self, now: Any) -> None:
        said, who, at = self.said, self.world.school_system, f"/v1/meetings/{now['id']}"
        elsewhere = {"place": said("other place"), "reason": said("moved"), **self.by}
        now = await self.story.post(who, f"{at}/move", elsewhere, **etag(now))
        leads = {"agency_id": str(self.world.agencies["health_visiting"].id)}
        asked = {**leads, "reason": said("invited later"), **self.by}
        now = await self.story.post(who, f"{at}/invitations", asked, **etag(now))
        path = f"{at}/invitations/{leads['agency_id']}/withdraw"
        why = {"reason": said("invitation withdrawn"), **self.by}
        now = await self.story.post(who, path, why, **etag(now))
        other = {"staff_id": "staff-owen", "reason": said("refused chair")}
        await self.story.post(self.world.owen, f"{at}/hand-over", other, **etag(now))
        why = {"reason": said("meeting cancelled"), **self.by}
        await self.story.post(self.world.police_system, f"{at}/cancel", why, **etag(now))
        now = await self.story.post(who, f"{at}/cancel", why, **etag(now))
        await self.story.post(who, f"{at}/cancel", why, **etag(now))
