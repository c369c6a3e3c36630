"""The life of alerts over HTTP, step by step at random, against the plain model of it."""

import asyncio
from collections.abc import Awaitable
from contextlib import AsyncExitStack
from datetime import date, datetime, timedelta
from typing import Any, ClassVar

import httpx
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from api.worker import pass_all_deadlines
from tests.alert_model import ModelAlert, ModelChallenge, ModelFamily
from tests.governing import (
    acknowledge_recall,
    another_manager,
    challenge,
    decision,
    ending,
    on_alert,
    on_challenge,
    renewal,
    supersede,
)
from tests.involving import AGENCIES, acknowledge, bookmarks, hand_over_alert, hand_over_lead, leave
from tests.world import Caller, World, an_alert, join, open_world, publish, register

PARTNERS = ("health_visiting", "police", "school")
PEOPLE = {"health_visiting": "amina", "police": "jonas", "school": "tessa", "probation": "lena"}
MANAGERS = {"health_visiting": "ruth", "police": "nadia", "school": "owen", "probation": "victor"}
DEPUTIES = {each: f"deputy-{each}" for each in MANAGERS}
ACTS = ("ratify", "ratify", "review", "withdraw", "enter-in-error")
ENDS = {"withdraw": "withdrawn", "enter-in-error": "entered_in_error"}
MOST_ALERTS = 5
BOUNDS = settings(
    max_examples=15,
    stateful_step_count=20,
    derandomize=True,
    deadline=None,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)

CHANCES = st.integers(0, 11)
ANYBODY = st.none() | st.none() | st.sampled_from(AGENCIES)


def one_of(agencies: set[str], chance: int) -> str:
    return sorted(agencies)[chance % len(agencies)]


class AlertLife(RuleBasedStateMachine):
    world: ClassVar[World]
    runner: ClassVar[asyncio.Runner]

    def __init__(self) -> None:
        super().__init__()
        self.family = self.run(register(self.world))
        own = PARTNERS[0]
        self.model = ModelFamily(self.family["id"], own, AGENCIES, {own})
        self.marks = self.run(bookmarks(self.world))
        for agency in PARTNERS[1:]:
            self.an_agency_joins_or_is_involved_already(agency)
        self.an_alert_is_published(0, None)
        self.an_alert_is_published(0, {"police"})

    def run(self, doing: Awaitable[Any]) -> Any:
        async def done() -> Any:
            return await doing

        return self.runner.run(done())

    def person(self, agency: str) -> Caller:
        return self.world.people[PEOPLE[agency]]

    def manager(self, agency: str) -> Caller:
        return self.world.people[MANAGERS[agency]]

    def some(self, chance: int) -> ModelAlert:
        return self.model.alerts[chance % len(self.model.alerts)]

    def as_read(self, alert: ModelAlert) -> dict[str, Any]:
        return {"id": alert.id, "version": alert.version}

    @precondition(lambda self: len(self.model.involved) < len(PARTNERS))
    @rule(agency=st.sampled_from(PARTNERS))
    def an_agency_joins_or_is_involved_already(self, agency: str) -> None:
        answer = self.run(join(self.world, self.family, self.person(agency)))
        if agency in self.model.involved:
            assert answer.status_code == 409
            return
        assert answer.status_code == 201, answer.text
        given = [each["id"] for each in answer.json()["alerts"]]
        assert given == self.model.join(agency, self.world.clock.now())

    @precondition(lambda self: self.model.involved)
    @rule(chance=CHANCES, settles=st.booleans())
    def an_agency_leaves_or_is_told_what_it_owes(self, chance: int, settles: bool) -> None:
        agency = one_of(self.model.involved, chance)
        if settles:
            self.hand_over_all(agency)
        owed = self.model.duties(agency)
        answer = self.run(leave(self.family, self.person(agency)))
        if owed:
            assert answer.status_code == 409
            assert [each["id"] for each in answer.json()["duties"]] == owed
        else:
            assert answer.status_code == 200, answer.text
            self.model.leave(agency)

    def hand_over_all(self, agency: str) -> None:
        others = self.model.involved - {agency}
        for alert in self.model.alerts:
            readers = self.model.readers(alert) & others
            if alert.owner == agency and readers:
                self.hand_over(alert, min(readers))
        if self.model.lead == agency and others:
            self.the_lead_is_handed_over(min(others))

    @precondition(lambda self: len(self.model.involved) > 1)
    @rule(agency=st.sampled_from(PARTNERS))
    def the_lead_is_handed_over(self, agency: str) -> None:
        if self.model.lead not in self.model.involved or agency == self.model.lead:
            return
        giver, taker = self.manager(self.model.lead), self.manager(agency)
        answer = self.run(hand_over_lead(self.family, giver, taker))
        assert answer.status_code == (200 if agency in self.model.involved else 422)
        if agency in self.model.involved:
            self.model.lead = agency
            self.model.tell(self.model.involved, "family.lead_handed_over")

    @precondition(lambda self: self.model.involved and len(self.model.alerts) < MOST_ALERTS)
    @rule(chance=CHANCES, named=st.none() | st.sets(st.sampled_from(PARTNERS), min_size=1))
    def an_alert_is_published(self, chance: int, named: set[str] | None) -> None:
        owner = one_of(self.model.involved, chance)
        named = named and (named & self.model.involved or {owner})
        person, kinds = self.person(owner), self.audience(named)
        made = self.run(publish(self.world, self.family, person, audience=kinds, **self.dates()))
        self.model.publish(self.published(made, owner, PEOPLE[owner], named))

    def audience(self, named: set[str] | None) -> dict[str, Any]:
        listed = [
            {"agency_id": str(self.world.agencies[each].id), "reason": "Attends with us"}
            for each in sorted(named or ())
        ]
        return {"kind": "agencies", "agencies": listed} if named else {"kind": "involved"}

    def today(self) -> date:
        return self.world.clock.now().date()

    def dates(self) -> dict[str, str]:
        """Three weeks, and a month."""
        due = {"review_due": 20, "expires_on": 30}
        return {name: str(self.today() + timedelta(days=days)) for name, days in due.items()}

    def published(
        self, made: dict[str, Any], owner: str, author: str, named: set[str] | None
    ) -> ModelAlert:
        return ModelAlert(
            id=made["id"],
            owner=owner,
            author=author,
            named=named,
            published_at=self.world.clock.now(),
            ratify_by=datetime.fromisoformat(made["ratify_by"]),
            review_due=self.today() + timedelta(days=20),
            expires_on=self.today() + timedelta(days=30),
            notify_by=date.fromisoformat(made["subject_notification"]["due_on"]),
        )

    @precondition(lambda self: self.model.alerts)
    @rule(chance=CHANCES, reader=CHANCES)
    def an_alert_is_acknowledged(self, chance: int, reader: int) -> None:
        alert = self.some(chance)
        agency = one_of({*self.model.readers(alert), "probation"}, reader)
        answer = self.run(acknowledge(self.as_read(alert), self.person(agency)))
        expected = 404
        if agency in self.model.readers(alert):
            expected = 201 if alert.live else 409
        assert answer.status_code == expected, answer.text
        if expected == 201:
            self.model.acknowledge(alert, agency)

    def judge(self, alert: ModelAlert, agency: str | None, deputy: bool) -> tuple[str, str]:
        """The owner's manager, where `agency` is None, or that agency's; or the second one."""
        agency = agency or alert.owner
        return agency, (DEPUTIES if deputy else MANAGERS)[agency]

    def refusal(self, alert: ModelAlert, agency: str) -> int | None:
        if agency not in self.model.readers(alert):
            return 404
        return 403 if agency != alert.owner else None

    def done(self, answer: httpx.Response, expected: int) -> bool:
        assert answer.status_code == expected, answer.text
        return answer.is_success

    @precondition(lambda self: self.model.alerts)
    @rule(chance=CHANCES, agency=ANYBODY, deputy=st.booleans(), act=st.sampled_from(ACTS))
    def a_manager_judges_an_alert(
        self, chance: int, agency: str | None, deputy: bool, act: str
    ) -> None:
        alert = self.some(chance)
        agency, person = self.judge(alert, agency, deputy)
        expected = self.refusal(alert, agency) or (200 if self.legal(alert, act, person) else 409)
        body = {} if act in ("ratify", "review") else {"reason": "Over."}
        judge = self.world.people[person]
        if not self.done(self.run(on_alert(judge, self.as_read(alert), act, body)), expected):
            return
        if act == "ratify":
            self.model.ratify(alert, person, self.world.clock.now())
        elif act == "review":
            self.model.begin_review(alert, person)
        else:
            self.model.take_back(alert, ENDS[act], self.world.clock.now())

    def legal(self, alert: ModelAlert, act: str, person: str) -> bool:
        if act == "ratify":
            judged = alert.status == "provisional" and person != alert.author
            return judged and self.model.takes_from_nobody(alert)
        if act == "review":
            return alert.status == "active" and person != alert.author
        own = act == "withdraw" and person == alert.author
        return alert.live and (alert.status == "provisional" or not own)

    @precondition(lambda self: self.model.alerts)
    @rule(chance=CHANCES, agency=ANYBODY, deputy=st.booleans(), renews=st.booleans())
    def a_review_is_recorded(
        self, chance: int, agency: str | None, deputy: bool, renews: bool
    ) -> None:
        alert = self.some(chance)
        agency, person = self.judge(alert, agency, deputy)
        legal = alert.status in ("active", "under_review") if renews else alert.live
        reviewers = alert.reviewed_by(person)
        independent = alert.author not in reviewers and reviewers != {alert.ratifier}
        expected = self.refusal(alert, agency) or (201 if legal and independent else 409)
        body = renewal(**self.dates()) if renews else ending()
        judge = self.world.people[person]
        answer = self.run(on_alert(judge, self.as_read(alert), "reviews", body))
        if self.done(answer, expected) and renews:
            days = (date.fromisoformat(each) for each in self.dates().values())
            self.model.renew(alert, *days)
        elif answer.is_success:
            self.model.take_back(alert, "withdrawn", self.world.clock.now())

    @precondition(lambda self: self.model.alerts and len(self.model.alerts) < MOST_ALERTS)
    @rule(
        chance=CHANCES,
        agency=ANYBODY,
        deputy=st.booleans(),
        named=st.none() | st.sets(st.sampled_from(PARTNERS), min_size=1),
    )
    def an_alert_is_superseded(
        self, chance: int, agency: str | None, deputy: bool, named: set[str] | None
    ) -> None:
        alert = self.some(chance)
        agency, person = self.judge(alert, agency, deputy)
        waiting = [
            each
            for each in self.model.alerts
            if each.replaces is alert and each.live and agency in self.model.readers(each)
        ]
        named = named and (named & self.model.involved or {alert.owner})
        narrower = named is not None and (
            not named <= self.model.involved or self.model.narrows(alert, named)
        )
        expected = self.refusal(alert, agency) or (201 if alert.live and not waiting else 409)
        if expected == 201 and narrower:
            expected = 422
        body = an_alert(self.family, audience=self.audience(named), **self.dates())
        answer = self.run(supersede(self.world.people[person], self.as_read(alert), body))
        if self.done(answer, expected):
            made = self.published(answer.json(), agency, person, named)
            made.replaces = alert
            self.model.publish(made)

    @precondition(lambda self: self.model.alerts)
    @rule(chance=CHANCES, agency=st.sampled_from(AGENCIES))
    def an_alert_is_challenged(self, chance: int, agency: str) -> None:
        alert = self.some(chance)
        expected = 404
        if agency in self.model.readers(alert):
            expected = 201 if alert.live else 409
        answer = self.run(challenge(self.person(agency), self.as_read(alert)))
        if self.done(answer, expected):
            made = ModelChallenge(answer.json()["id"], alert, agency, self.today())
            self.model.challenge(made)

    @precondition(lambda self: self.model.challenges)
    @rule(chance=CHANCES, agency=ANYBODY, deputy=st.booleans())
    def a_challenge_is_answered(self, chance: int, agency: str | None, deputy: bool) -> None:
        made = self.model.challenges[chance % len(self.model.challenges)]
        agency, person = self.judge(made.alert, agency, deputy)
        expected = 200 if made.open and person != made.alert.author else 409
        if agency not in self.model.readers(made):
            expected = 404
        elif agency != made.alert.owner:
            expected = 403
        as_read = {"id": made.id, "version": made.version}
        who = self.world.people[person]
        if self.done(self.run(on_challenge(who, as_read, "answer", decision())), expected):
            self.model.answer(made)

    @precondition(lambda self: any(each.receipts for each in self.model.alerts))
    @rule(chance=CHANCES, agency=st.sampled_from(AGENCIES))
    def a_recall_is_acknowledged(self, chance: int, agency: str) -> None:
        recalled = [each for each in self.model.alerts if each.receipts]
        alert = recalled[chance % len(recalled)]
        answer = self.run(acknowledge_recall(self.person(agency), self.as_read(alert)))
        if agency in alert.receipts:
            assert answer.status_code == 201, answer.text
            self.model.acknowledge_recall(alert, agency)
        else:
            assert answer.status_code in (404, 409)

    @precondition(lambda self: self.model.alerts)
    @rule(chance=CHANCES, agency=st.sampled_from(AGENCIES))
    def an_alert_is_handed_over(self, chance: int, agency: str) -> None:
        self.hand_over(self.some(chance), agency)

    def hand_over(self, alert: ModelAlert, agency: str) -> None:
        giver, taker = self.manager(alert.owner), self.manager(agency)
        readers = self.model.readers(alert)
        answer = self.run(hand_over_alert(self.as_read(alert), giver, taker))
        if alert.owner not in readers:
            assert answer.status_code == 404
        elif not alert.live or agency == alert.owner:
            assert answer.status_code == 409
        else:
            assert answer.status_code == (200 if agency in readers else 422), answer.text
        if answer.status_code == 200:
            self.model.hand_over(alert, agency)

    @rule(hours=st.sampled_from([0.3, 5, 25, 26, 49, 73, 8 * 24, 31 * 24]))
    def time_passes(self, hours: float) -> None:
        self.world.clock.advance(timedelta(hours=hours))
        self.do_what_is_due()
        self.model.pass_time(self.world.clock.now())

    def do_what_is_due(self) -> None:
        self.run(pass_all_deadlines(self.world.worker))

    @invariant()
    def every_agency_sees_what_the_model_shows_it(self) -> None:
        now = self.world.clock.now()
        for agency, seen in zip(AGENCIES, self.run(self.seen_by_all()), strict=True):
            assert seen == (self.model.alerts_of(agency, now), self.model.feed_of(agency)), agency

    async def seen_by_all(self) -> list[tuple[Any, Any]]:
        return await asyncio.gather(*(self.seen_by(agency) for agency in AGENCIES))

    async def seen_by(self, agency: str) -> tuple[Any, Any]:
        who = self.world.people[f"{agency}_system"]
        listed = await who.get(f"/v1/families/{self.family['id']}/alerts")
        kinds = {str(each.id): kind for kind, each in self.world.agencies.items()}
        alerts = None
        if listed.status_code == 200:
            alerts = {
                each["id"]: (
                    each["status"],
                    each["disputed"],
                    kinds[each["agency_id"]],
                    each["version"],
                )
                for each in listed.json()["items"]
            }
        page = await who.get("/v1/events", params={"after": self.marks[agency]})
        feed = [
            (each["type"], (each["data"]["resource"] or {"id": None})["id"])
            for each in page.json()["items"]
        ]
        return alerts, feed

    def teardown(self) -> None:
        """So that no alert of this example is heard of in the next."""
        self.world.clock.advance(timedelta(days=32))
        self.do_what_is_due()
        for alert in self.model.alerts:
            for agency in list(alert.receipts):
                self.run(acknowledge_recall(self.person(agency), self.as_read(alert)))


def test_the_life_of_alerts_is_as_the_model_says(database_urls: dict[str, str]) -> None:
    with asyncio.Runner() as runner:
        opened = AsyncExitStack()
        AlertLife.runner = runner
        world = AlertLife.world = runner.run(opened.enter_async_context(open_world(database_urls)))
        for kind, name in DEPUTIES.items():
            runner.run(another_manager(world, kind, name))
        try:
            run_state_machine_as_test(AlertLife, settings=BOUNDS)
        finally:
            runner.run(opened.aclose())
