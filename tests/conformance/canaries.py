"""The main job played with a canary in every personal field, errors included."""

import json
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from io import StringIO
from logging import DEBUG, getLogger
from typing import Any

import httpx
import structlog

from api.foundation import logs
from api.incidents.parts import SenseBody
from tests.checking import a_check
from tests.conformance.engagement_canaries import Engagement
from tests.conformance.follow_up_canaries import FollowUp
from tests.conformance.meeting_canaries import Meetings
from tests.conformance.outcome_canaries import Outcomes
from tests.conformance.scene import employ
from tests.governing import another_manager
from tests.receivers import Receiver
from tests.world import Caller, World, etag, key, nhs_number

BIRTH_DATE = "1987-03-29"
POSTCODE = "ZE3 9JW"
SENSE = [name for name in SenseBody.model_fields if name != "note"]


@dataclass
class Evidence:
    """What was put in, and everything that came out where no person's data may."""

    canaries: dict[str, str] = field(default_factory=dict)
    answers: list[httpx.Response] = field(default_factory=list)
    log: StringIO = field(default_factory=StringIO)

    def canary(self, name: str) -> str:
        return self.canaries.setdefault(name, f"Canary{len(self.canaries):03d}Zq")

    def found_in(self, text: str) -> list[str]:
        """The fields whose value stands in the text."""
        return [name for name, value in self.canaries.items() if value in text]

    @property
    def refusals(self) -> list[httpx.Response]:
        return [each for each in self.answers if not each.is_success]


@contextmanager
def everything_written(evidence: Evidence) -> Iterator[None]:
    """All that is logged, at the finest level, by us and by every library."""
    root = getLogger()
    before = (root.handlers, root.level, structlog.get_config())
    with redirect_stderr(evidence.log), redirect_stdout(evidence.log):
        logs.configure("debug")
        root.setLevel(DEBUG)
        try:
            yield
        finally:
            root.handlers, root.level = before[0], before[1]
            structlog.configure(**before[2])


class Story:
    """Each step keeps its answer."""

    def __init__(self, world: World, evidence: Evidence, there: Receiver) -> None:
        self.world = world
        self.evidence = evidence
        self.there = there

    async def ask(
        self, who: Caller, method: str, path: str, body: Any = None, **headers: str
    ) -> Any:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        answer = await who.request(method, path, json=body, headers=sent)
        self.evidence.answers.append(answer)
        return answer.json()

    async def post(self, who: Caller, path: str, body: Any, **headers: str) -> Any:
        return await self.ask(who, "POST", path, body, **headers)

    def person(self, name: str) -> dict[str, str]:
        canary = self.evidence.canary
        return {"name": canary(f"{name} name"), "job_title": canary(f"{name} job")}

    def family_body(self) -> dict[str, Any]:
        canary = self.evidence.canary
        canary_number = self.evidence.canaries.setdefault("nhs_number", nhs_number())
        self.evidence.canaries |= {"birth_date": BIRTH_DATE, "postcode": POSTCODE}
        child = {
            "kind": "child",
            "given_name": canary("child given_name"),
            "family_name": canary("child family_name"),
            "birth_date": "2019-04-02",
            "identifiers": [{"system": "nhs_number", "value": canary_number}],
        }
        adult = {
            "kind": "adult",
            "given_name": canary("adult given_name"),
            "family_name": canary("adult family_name"),
            "birth_date": BIRTH_DATE,
            "relationship": canary("relationship"),
            "identifiers": [{"system": "local_id", "value": canary("adult local_id")}],
        }
        return {
            "members": [child, adult],
            "addresses": [{"lines": [canary("address")], "postcode": POSTCODE}],
            "involvement": self.involvement("registrar"),
        }

    def involvement(self, name: str) -> dict[str, Any]:
        canary = self.evidence.canary
        return {
            "local_id": canary(f"{name} local_id"),
            "reason": canary(f"{name} reason"),
            "family_role": canary(f"{name} family_role"),
            "practitioner": self.person(name),
        }

    def alert_body(self) -> dict[str, Any]:
        canary = self.evidence.canary
        police, school = (str(self.world.agencies[each].id) for each in ("police", "school"))
        return {
            "subject": {"kind": "other_person", "description": canary("subject")},
            "severity": "immediate_danger",
            "behaviours": [{"code": "shouting", "manner": "actual"}],
            "scope": "universal",
            "precautions": ["other"],
            "precaution_note": canary("precaution_note"),
            "grounds": {"kind": "behaviour", "basis": "fact", "statement": canary("statement")},
            "child_impact": {"known": True, "statement": canary("impact")},
            "review_due": "2027-02-01",
            "expires_on": "2027-05-01",
            "audience": {
                "kind": "agencies",
                "agencies": [
                    {"agency_id": police, "reason": canary("police audience")},
                    {"agency_id": school, "reason": canary("school audience")},
                ],
            },
            "author": self.person("author"),
        }

    async def play(self, superuser: Any) -> None:
        family = await self.share()
        alert = await self.warn(family)
        incident = await self.meet_hostility(family)
        await self.agree(family)
        await Meetings(self, family).tell()
        await FollowUp(self, family).tell()
        await Engagement(self, family).tell()
        await Outcomes(self, family).tell()
        await self.go_wrong(family, alert, incident)
        await self.break_glass(family)
        await self.ask_themselves(family)
        await self.break_down(superuser, alert)
        await self.end(family, alert)

    async def share(self) -> Any:
        world = self.world
        await another_manager(world, "health_visiting", "rosa")
        for who in (world.health_visiting_system, world.police_system, world.school_system):
            await self.post(who, "/v1/webhooks", {"url": self.there.url})
        family = await self.post(world.health_visiting_system, "/v1/families", self.family_body())
        for who, name in ((world.police_system, "police"), (world.school_system, "school")):
            child = self.evidence.canaries["nhs_number"]
            wanted = [{"identifiers": [{"system": "nhs_number", "value": child}]}]
            matched = await self.post(who, "/v1/families/match", {"members": wanted})
            token = {"join_token": matched["items"][0]["join_token"]}
            path = f"/v1/families/{family['id']}/involvements"
            await self.post(who, path, token | self.involvement(name))
        return family

    async def warn(self, family: Any) -> Any:
        world, path = self.world, f"/v1/families/{family['id']}"
        body = self.alert_body()
        alert = await self.post(world.health_visiting_system, f"{path}/alerts", body, **key())
        who, at = world.police_system, f"/v1/alerts/{alert['id']}"
        for each in (path, at, f"{path}/alerts", f"{path}/banner", f"{at}/transitions"):
            await self.ask(who, "GET", each)
        await self.post(who, f"{at}/acknowledgements", {"practitioner": self.person("reader")})
        invitation = {"agency_id": str(world.agencies["probation"].id)}
        reason = {"reason": self.evidence.canary("invitation reason")}
        await self.post(world.amina, f"{path}/invitations", invitation | reason)
        return alert

    def incident_body(self) -> dict[str, Any]:
        canary = self.evidence.canary
        reason = {"reason_code": "no_relevant_function", "reason": canary("not shared")}
        school = {"agency_id": str(self.world.agencies["school"].id), "outcome": "not_shared"}
        police = {"agency_id": str(self.world.agencies["police"].id), "outcome": "shared"}
        return {
            "occurred_at": "2026-11-23T08:10:00Z",
            "behaved": [{"kind": "other_person", "description": canary("behaved")}],
            "behaviours": [{"code": "shouting", "manner": "actual"}],
            "towards": [{"role": canary("towards")}],
            "what_happened": canary("what_happened"),
            "child": {
                "known": True, "present": True, "heard": True, "statement": canary("child said"),
            },
            "police": {"told": True, "reference": canary("police reference")},
            "cause": {"investigated": True, "statement": canary("cause")},
            "making_sense": dict.fromkeys(SENSE, "unclear") | {"note": canary("sense")},
            "sharing": {"decisions": [police | {"how": "incident"}, school | reason]},
        }  # fmt: skip

    async def meet_hostility(self, family: Any) -> Any:
        """Recorded by a person, corrected by the system, read by the police."""
        world, canary = self.world, self.evidence.canary
        path = f"/v1/families/{family['id']}/incidents"
        body = self.incident_body()
        incident = await self.post(world.amina, path, body, **key())
        at = f"/v1/incidents/{incident['id']}"
        no = {"told": False, "reason": canary("police not told")}
        corrector = {"name": canary("corrector"), "job_title": "health visitor"}
        why = {"reason": canary("correction"), "practitioner": corrector}
        more = {"child": {"known": False, "statement": canary("child not known")}, "police": no}
        by_system = world.health_visiting_system
        incident = await self.ask(by_system, "PATCH", at, more | why, **etag(incident))
        goes_on = {"decision": canary("decision"), "reasons": canary("decision reasons")}
        incident = await self.post(world.ruth, f"{at}/decision", goes_on, **etag(incident))
        incident = await self.post(world.ruth, f"{at}/close", None, **etag(incident))
        for each in (at, path, f"/v1/families/{family['id']}/chronology"):
            await self.ask(world.police_system, "GET", each)
        for each in (f"{at}/versions", f"{at}/sharing-decisions"):
            await self.ask(world.amina, "GET", each)
        await self.post(world.amina, path, body | {"place": canary("refused place")}, **key())
        await self.post(world.police_system, path, body | {"towards": []}, **key())
        return incident

    def agreement_content(self) -> dict[str, Any]:
        canary = self.evidence.canary
        office = {"code": "office_only_contact", "rationale": canary("rationale")}
        return {
            "unacceptable_behaviours": [{"words": canary("unacceptable")}],
            "counts_in_child_risk_assessment": True,
            "risk_assessment_wording": canary("risk assessment"),
            "consequences": [office, {"code": "other", "note": canary("consequence")}],
            "language": "en",
            "formats": ["written"],
        }

    async def agree(self, family: Any) -> None:
        """Written agreements from the draft to the end, with everything that is said of them."""
        world, canary, who = self.world, self.evidence.canary, self.world.health_visiting_system
        content, due = {"content": self.agreement_content()}, {"review_due": "2027-01-15"}
        path = f"/v1/families/{family['id']}/agreements"
        by = {"practitioner": self.person("agreeing")}
        author = {"author": self.person("agreement author")}
        now = await self.post(who, path, content | due | author, **key())
        at, members = f"/v1/agreements/{now['id']}", {"member_ids": [family["members"][1]["id"]]}
        why = {"reason": canary("agreement change")}
        now = await self.post(who, f"{at}/change", content | why | by, **etag(now))
        form = {"given_on": "2026-11-23", "language": "en", "formats": ["written"]}
        now = await self.post(who, f"{at}/give", form | members | by, **etag(now))
        answer = {"outcome": "refused", "on": "2026-11-23", "said": canary("refusal")}
        now = await self.post(who, f"{at}/sign", answer | members | by, **etag(now))
        answer |= {"outcome": "signed", "said": canary("signature")}
        now = await self.post(who, f"{at}/sign", answer | members | by, **etag(now))
        broken = {"occurred_on": "2026-11-23", "behaviours": [{"words": canary("breach")}]}
        broken |= {"said": canary("breach said"), "consequence": {"why_not": canary("why not")}}
        await self.post(world.jonas, f"{at}/breaches", broken)
        await self.post(world.jonas, f"{at}/breaches", broken | {"occurred_on": "2026-11-24"})
        await self.post(world.jonas, f"{at}/end", {"reason": canary("unacceptable")}, **etag(now))
        held = {"held_on": "2026-11-23", "outcome": "continue", "note": canary("agreement review")}
        now = await self.post(who, f"{at}/review", held | due | by, **etag(now))
        why = {"reason": canary("replacement")}
        draft = await self.post(who, f"{at}/replace", content | due | why | author, **etag(now))
        why = {"reason": canary("agreement end")}
        await self.post(who, f"/v1/agreements/{draft['id']}/end", why | by, **etag(draft))
        for each in (path, at, f"{at}/steps", f"{at}/versions", f"{at}/breaches"):
            await self.ask(world.police_system, "GET", each)

    async def go_wrong(self, family: Any, alert: Any, incident: Any) -> None:
        """Every refusal of a body that holds all of it, and of addresses that hold some."""
        world, at = self.world, f"/v1/alerts/{alert['id']}"
        path, body = f"/v1/families/{family['id']}", self.alert_body()
        publisher = world.health_visiting_system
        there, reason = f"/v1/incidents/{incident['id']}", self.evidence.canary("in error")
        await self.post(
            world.nadia, f"{there}/enter-in-error", {"reason": reason}, **etag(incident)
        )
        await self.post(world.ruth, f"{there}/enter-in-error", {"reason": reason}, **etag(incident))
        await self.ask(publisher, "PATCH", there, {"what_happened": reason}, **etag(incident))
        await self.post(world.police_system, "/v1/families", self.family_body())
        await self.post(publisher, f"{path}/alerts", body)
        await self.post(publisher, f"{path}/alerts", body | {"severity": "mild"}, **key())
        await self.post(publisher, f"{path}/alerts", body | {"expires_on": "2099-01-01"}, **key())
        await self.post(world.probation_system, f"{path}/alerts", body, **key())
        await self.post(
            world.owen, f"{at}/ratify", {"note": body["precaution_note"]}, **etag(alert)
        )
        reason = {"reason": self.evidence.canary("refused withdrawal")}
        await self.post(world.nadia, f"{at}/withdraw", reason, **etag(alert))
        await self.post(publisher, f"{at}/withdraw", reason, **etag(alert))
        await self.post(world.ruth, f"{at}/withdraw", reason, If_Match='"99"')
        for value in self.evidence.canaries.values():
            await self.ask(publisher, "GET", f"/v1/families/{value}")
            await self.ask(publisher, "GET", f"/v1/{value}?name={value}")
            await self.ask(publisher, "GET", f"/v1/alerts?status={value}&cursor={value}")
            await self.ask(publisher, "GET", "/v1/alerts", None, X_Request_ID=value)
        secret = body["precaution_note"]
        form = {"grant_type": "client_credentials", "client_id": secret, "client_secret": secret}
        self.evidence.answers.append(await world.http.post("/oauth2/token", data=form))

    async def break_glass(self, family: Any) -> None:
        """Twice by a person who is not involved; reviewed by the agency that leads."""
        world, canary = self.world, self.evidence.canary
        governor = await employ(world, "health_visiting", "iris", ["information_governance"])
        path = f"/v1/families/{family['id']}/break-glass"
        reason = {"reason_code": "other", "reason": canary("break-glass reason")}
        grant = await self.post(world.lena, path, reason, **key())
        await self.post(world.lena, path, reason, **key())
        await self.post(world.lena, path, {"reason_code": reason["reason"]}, **key())
        await self.ask(world.lena, "GET", f"/v1/families/{family['id']}/banner")
        at = f"/v1/break-glass/{grant['id']}"
        note = {"outcome": "justified", "note": canary("review note")}
        await self.post(world.lena, f"{at}/review", note, **etag(grant))
        await self.post(governor, f"{at}/review", note, **etag(grant))
        await self.ask(governor, "GET", at)

    async def ask_themselves(self, family: Any) -> None:
        """A sharing check and a reflection; read, refused, revised, and what is owed discharged."""
        world, canary, path = self.world, self.evidence.canary, f"/v1/families/{family['id']}"
        check = a_check("less_than_honest", note=canary("sealed note of a check"))
        check["adult"] = {"description": canary("sealed adult")}
        made = await self.post(world.amina, f"{path}/sharing-checks", check, **key())
        assert made["note"] == check["note"]
        await self.post(world.amina, f"{path}/sharing-checks", check | {"answers": {}}, **key())
        await self.post(world.lena, f"{path}/sharing-checks", check, **key())
        for who in (world.ruth, world.nadia, world.health_visiting_system):
            await self.ask(who, "GET", f"/v1/sharing-checks/{made['id']}")
        at = f"/v1/sharing-obligations/{made['obligation_id']}"
        reason = {"by": "reason", "reason": canary("discharge reason")}
        owed = await self.ask(world.jonas, "GET", at)
        owed = await self.ask(world.ruth, "GET", at)
        await self.post(world.amina, f"{at}/discharge", reason, **etag(owed))
        await self.post(world.ruth, f"{at}/discharge", reason, **etag(owed))
        told = {"answer": "yes", "note": canary("sealed note of a sign")}
        asked = {"answer": "unsure", "note": canary("sealed note of a question")}
        body = {
            "signs": [{"code": "less_contentious_issues", **told}],
            "questions": [{"code": "relieved_out_of_the_door", **asked}],
            "as_the_door_closed": canary("sealed closing"),
        }
        written = await self.post(world.amina, f"{path}/reflections", body, **key())
        at = f"/v1/reflections/{written['id']}"
        again = body | {"as_the_door_closed": canary("sealed revision")}
        await self.post(world.ruth, f"{at}/revise", again, **etag(written))
        await self.post(world.amina, f"{at}/revise", again, **etag(written))
        await self.post(world.amina, f"{at}/revise", again, **etag(written))
        await self.post(world.amina, f"{at}/revise", again | {"signs": [{}]}, **etag(written))
        await self.ask(world.ruth, "GET", f"{at}/versions")

    async def break_down(self, superuser: Any, alert: Any) -> None:
        """The database refuses a statement whose parameters hold all of it: a defect of ours."""
        who = self.world.school_system
        await superuser.execute("ALTER TABLE alert_acknowledgements RENAME TO gone_for_a_moment")
        path = f"/v1/alerts/{alert['id']}/acknowledgements"
        person = {"practitioner": self.person("crash")}
        await self.post(who, path, person)
        await superuser.execute("ALTER TABLE gone_for_a_moment RENAME TO alert_acknowledgements")
        await self.post(who, path, person)

    async def govern(self, at: str, alert: Any) -> Any:
        """Everything that is written about an alert in force. Returns it as it stands then."""
        world, canary = self.world, self.evidence.canary
        person = self.person("acting")
        acted = {"practitioner": person, "acted_on": canary("acted_on")}
        await self.post(world.school_system, f"{at}/acknowledgements", acted)
        held = {"reason": canary("withholding"), "look_again_on": "2027-01-15"}
        path = f"{at}/subject-notification/withhold"
        told = await self.post(world.ruth, path, held, **etag(alert))
        await self.ask(world.amina, "GET", f"{at}/subject-notification/letter")
        objection = {"raised_by": "subject", "statement": canary("objection")}
        made = await self.post(world.jonas, f"{at}/challenges", objection)
        there, answer = f"/v1/challenges/{made['id']}", {"outcome": "dismissed"}
        why = answer | {"reason": canary("answer")}
        made = await self.post(world.ruth, f"{there}/answer", why, **etag(made))
        why = {"reason": canary("appeal")}
        made = await self.post(world.jonas, f"{there}/appeal", why, **etag(made))
        now = await self.ask(world.ruth, "GET", at)
        assert (told["version"], now["disputed"]) == (3, True)
        why = {"reason": canary("review")}
        begun = await self.post(world.rosa, f"{at}/review", why, **etag(now))
        stress = {"likely": False, "statement": canary("one_off_stress")}
        said = {name: canary(name) for name in ("severity", "time_since", "behaviour_since")}
        review = {
            "outcome": "renewed",
            "weighed": {**said, "one_off_stress": stress},
            "grounds": canary("review grounds"),
            "review_due": "2027-03-01",
        }
        await self.post(world.ruth, f"{at}/reviews", review, **etag(begun))
        return await self.ask(world.ruth, "GET", at)

    async def end(self, family: Any, alert: Any) -> None:
        world, canary = self.world, self.evidence.canary
        path, at = f"/v1/families/{family['id']}", f"/v1/alerts/{alert['id']}"
        agrees = {"reason": canary("ratification")}
        ratified = await self.post(world.ruth, f"{at}/ratify", agrees, **etag(alert))
        ratified = await self.govern(at, ratified)
        reason = {"reason": canary("withdrawal")}
        await self.post(world.ruth, f"{at}/withdraw", reason, **etag(ratified))
        person = {"practitioner": self.person("recall")}
        await self.post(world.police_system, f"/v1/recalls/{alert['id']}/acknowledgements", person)
        listed = await self.ask(world.police_system, "GET", f"{path}/involvements")
        police, school = listed["items"][1], listed["items"][2]
        doubt = {"reason": canary("contest")}
        there = f"{path}/involvements/{school['id']}/contests"
        contest = await self.post(world.jonas, there, doubt)
        decided = {"outcome": "upheld", "reason": canary("decision")}
        await self.post(world.ruth, f"{path}/contests/{contest['id']}/decision", decided)
        leaving = {"reason": canary("leaving")}
        there = f"{path}/involvements/{police['id']}/leave"
        await self.post(world.police_system, there, leaving, **etag(police))


async def feed_of(who: Caller) -> str:
    return json.dumps(await who.events())


async def dump(superuser: Any, tables: list[str]) -> str:
    rows = [await superuser.fetch(f"SELECT each::text FROM {name} AS each") for name in tables]
    return "\n".join(row[0] for each in rows for row in each)
