"""The life of alerts over HTTP, step by step at random, against the plain model of it."""

import asyncio
from collections.abc import Awaitable
from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from typing import Any, ClassVar

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from api.alerts.deadlines import pass_deadlines
from tests.alert_model import ModelAlert, ModelFamily
from tests.involving import AGENCIES, acknowledge, bookmarks, hand_over_alert, hand_over_lead, leave
from tests.world import Caller, World, etag, join, open_world, publish, register

PARTNERS = ("health_visiting", "police", "school")
PEOPLE = {"health_visiting": "amina", "police": "jonas", "school": "tessa", "probation": "lena"}
MANAGERS = {"health_visiting": "ruth", "police": "nadia", "school": "owen", "probation": "victor"}
MOST_ALERTS = 4
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
        assert given == self.model.join(agency)

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
        today = self.world.clock.now().date()
        listed = [
            {"agency_id": str(self.world.agencies[each].id), "reason": "Attends with us"}
            for each in sorted(named or ())
        ]
        kinds = {"kind": "agencies", "agencies": listed} if named else {"kind": "involved"}
        made = self.run(
            publish(
                self.world,
                self.family,
                self.person(owner),
                audience=kinds,
                review_due=str(today + timedelta(days=20)),
                expires_on=str(today + timedelta(days=30)),
            )
        )
        alert = ModelAlert(
            id=made["id"],
            owner=owner,
            named=named,
            published_at=self.world.clock.now(),
            ratify_by=datetime.fromisoformat(made["ratify_by"]),
            expires_on=today + timedelta(days=30),
        )
        self.model.publish(alert)

    @precondition(lambda self: self.model.alerts)
    @rule(chance=CHANCES, reader=CHANCES)
    def an_alert_is_acknowledged(self, chance: int, reader: int) -> None:
        alert = self.some(chance)
        agency = one_of({*self.model.readers(alert), "probation"}, reader)
        answer = self.run(acknowledge(self.as_read(alert), self.person(agency)))
        readable = agency in self.model.readers(alert)
        assert answer.status_code == (201 if readable else 404), answer.text
        if readable:
            self.model.tell({alert.owner}, "alert.acknowledged", alert)

    @precondition(lambda self: self.model.alerts)
    @rule(
        chance=CHANCES,
        agency=st.none() | st.sampled_from(AGENCIES),
        act=st.sampled_from(["ratify", "withdraw"]),
    )
    def a_manager_judges_an_alert(self, chance: int, agency: str | None, act: str) -> None:
        """By the owner's manager, where `agency` is None."""
        alert = self.some(chance)
        agency = agency or alert.owner
        body = {"reason": "Over."} if act == "withdraw" else {}
        path = f"/v1/alerts/{alert.id}/{act}"
        headers = etag(self.as_read(alert))
        answer = self.run(self.manager(agency).post(path, body, headers=headers))
        assert answer.status_code == self.expected(alert, agency, act), answer.text
        if answer.status_code == 200 and act == "ratify":
            self.model.ratify(alert)
        elif answer.status_code == 200:
            self.model.end(alert, "withdrawn")

    def expected(self, alert: ModelAlert, agency: str, act: str) -> int:
        if agency not in self.model.readers(alert):
            return 404
        if agency != alert.owner:
            return 403
        legal = alert.live if act == "withdraw" else alert.status == "provisional"
        return 200 if legal else 409

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

    @rule(hours=st.sampled_from([5, 25, 26, 49, 73, 31 * 24]))
    def time_passes(self, hours: int) -> None:
        self.world.clock.advance(timedelta(hours=hours))
        self.do_what_is_due()
        self.model.pass_time(self.world.clock.now())

    def do_what_is_due(self) -> None:
        while self.run(pass_deadlines(self.world.worker)):
            pass

    @invariant()
    def every_agency_sees_what_the_model_shows_it(self) -> None:
        for agency, seen in zip(AGENCIES, self.run(self.seen_by_all()), strict=True):
            assert seen == (self.model.alerts_of(agency), self.model.feed_of(agency)), agency

    async def seen_by_all(self) -> list[tuple[Any, Any]]:
        return await asyncio.gather(*(self.seen_by(agency) for agency in AGENCIES))

    async def seen_by(self, agency: str) -> tuple[Any, Any]:
        who = self.world.people[f"{agency}_system"]
        listed = await who.get(f"/v1/families/{self.family['id']}/alerts")
        kinds = {str(each.id): kind for kind, each in self.world.agencies.items()}
        alerts = None
        if listed.status_code == 200:
            alerts = {
                each["id"]: (each["status"], kinds[each["agency_id"]], each["version"])
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


def test_the_life_of_alerts_is_as_the_model_says(database_urls: dict[str, str]) -> None:
    with asyncio.Runner() as runner:
        opened = AsyncExitStack()
        AlertLife.runner = runner
        AlertLife.world = runner.run(opened.enter_async_context(open_world(database_urls)))
        try:
            run_state_machine_as_test(AlertLife, settings=BOUNDS)
        finally:
            runner.run(opened.aclose())
