"""Actions and plans as a meeting makes them: in the chair's own unit of work, with the rights and
the context of their token. And what is done about them over HTTP."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import httpx

from api.foundation import statements
from api.journal import dependencies
from api.journal.origin import RequestOrigin
from api.journal.unit_of_work import UnitOfWork
from api.meetings import queries as meeting_queries
from api.meetings.actions import service as actions
from api.meetings.actions.schemas import NewAction
from api.plans import service as plans
from api.plans.schemas import FamilySharingPlanBody, RiskReductionPlanBody
from tests.meeting import on_meeting, schedule
from tests.world import Caller, World, etag, shared_family

BODIES = {"risk_reduction": RiskReductionPlanBody, "family_sharing": FamilySharingPlanBody}
DRAW_UP: dict[str, Any] = {
    "risk_reduction": plans.draw_up_risk,
    "family_sharing": plans.draw_up_sharing,
}


@asynccontextmanager
async def acting(who: Caller) -> AsyncIterator[UnitOfWork]:
    """A request of theirs, committed at its end."""
    runtime = who.world.runtime
    subject = await runtime.authenticate(await who.token())
    async with runtime.database.session() as session:
        connection = await session.connection()
        context = dependencies._context(subject, RequestOrigin(), runtime.clock.now())
        [opened] = await statements.run(connection, dependencies._OPEN_CONTEXT, context)
        actor = dependencies._actor(subject, opened)
        work = UnitOfWork(runtime, session, actor, RequestOrigin(), connection)
        yield work
        await work.commit()


async def held_meeting(
    world: World, family: dict[str, Any] | None = None, **changes: Any
) -> dict[str, Any]:
    """An hour ago, of a family of health visiting, police and school, chaired by Owen."""
    start = world.clock.now() - timedelta(hours=1)
    meeting = await meeting_at(world, start, family, **changes)
    return done(await on_meeting(world.owen, meeting, "hold", {}))


async def meeting_at(
    world: World, start: datetime, family: dict[str, Any] | None = None, **changes: Any
) -> dict[str, Any]:
    """Scheduled only."""
    times = {"starts_at": stamp(start), "ends_at": stamp(start + timedelta(hours=1))}
    return await schedule(world, family or await shared_family(world), **{**times, **changes})


def stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def day(world: World, days: int = 0) -> str:
    return (world.clock.now().date() + timedelta(days=days)).isoformat()


def agency(who: Caller) -> str:
    return str(who.agency.id)


def an_action(world: World, **changes: Any) -> dict[str, Any]:
    """A task of the police, due in ten days."""
    return {
        "kind": "task",
        "agency_id": agency(world.jonas),
        "what": "Ask the neighbours what they heard.",
        "due_on": day(world, 10),
        **changes,
    }


async def assign(world: World, meeting: dict[str, Any], *bodies: dict[str, Any]) -> list[Any]:
    """The actions as the chair sees them, in the order given."""
    async with acting(world.owen) as work:
        row = await meeting_queries.lock_meeting(work, UUID(meeting["id"]))
        made = await actions.assign_actions(
            work,
            row,
            [NewAction.model_validate(each) for each in bodies],
            work.actor.in_person(),
            at="/actions",
        )
        ids = [each.id for each in made]
    return [done(await world.owen.get(f"/v1/actions/{each}")) for each in ids]


async def assigned(world: World, family: dict[str, Any] | None = None, **changes: Any) -> Any:
    """One action of a meeting of its own."""
    meeting = await held_meeting(world, family)
    [action] = await assign(world, meeting, an_action(world, **changes))
    return action


def a_risk_plan(world: World, **changes: Any) -> dict[str, Any]:
    return {
        "measures": [
            {
                "precaution": "joint_visit_with_police",
                "words": None,
                "who": "Health visiting",
                "from_on": day(world),
            },
            {
                "precaution": None,
                "words": "Ring the school before and after.",
                "who": "All agencies",
                "from_on": day(world),
            },
        ],
        "review_due": day(world, 40),
        **changes,
    }


def a_sharing_plan(world: World, **changes: Any) -> dict[str, Any]:
    return {
        "sharing": {
            "what": "That we met, and why.",
            "how": "At home, by two of us.",
            "on": day(world, 5),
            "by": "The health visitor",
        },
        **changes,
    }


async def draw_up(
    world: World,
    meeting: dict[str, Any],
    kind: str = "risk_reduction",
    readers: list[Caller] | None = None,
    **changes: Any,
) -> Any:
    """The plan as the chair sees it; given to health visiting and the police."""
    body = (a_risk_plan if kind == "risk_reduction" else a_sharing_plan)(world, **changes)
    given = [world.amina, world.jonas] if readers is None else readers
    async with acting(world.owen) as work:
        made = await DRAW_UP[kind](
            work,
            UUID(meeting["id"]),
            UUID(meeting["family_id"]),
            BODIES[kind].model_validate(body),
            {each.agency.id: "visits the family" for each in given},
            work.actor.in_person(),
            at=f"/{kind}_plan",
        )
        plan_id = made.id
    return done(await world.owen.get(f"/v1/plans/{plan_id}"))


async def planned(
    world: World,
    family: dict[str, Any] | None = None,
    kind: str = "risk_reduction",
    readers: list[Caller] | None = None,
    **changes: Any,
) -> Any:
    """One plan of a meeting of its own."""
    return await draw_up(world, await held_meeting(world, family), kind, readers, **changes)


async def on_action(who: Caller, action: dict[str, Any], verb: str, **body: Any) -> httpx.Response:
    return await who.post(f"/v1/actions/{action['id']}/{verb}", body, headers=etag(action))


async def on_plan(who: Caller, plan: dict[str, Any], verb: str, **body: Any) -> httpx.Response:
    return await who.post(f"/v1/plans/{plan['id']}/{verb}", body, headers=etag(plan))


async def review(who: Caller, plan: dict[str, Any], **changes: Any) -> httpx.Response:
    body = {
        "held_on": day(who.world),
        "outcome": "continue",
        "note": "Two calm visits.",
        "review_due": day(who.world, 30),
        **changes,
    }
    return await on_plan(who, plan, "review", **body)


def done(answer: httpx.Response) -> dict[str, Any]:
    """What was answered, where all went well."""
    assert answer.is_success, answer.text
    body: dict[str, Any] = answer.json()
    return body
