"""Steps that tests of sharing checks and reflections share."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx

from api.foundation.database import Database
from api.foundation.ids import new_id
from api.incidents.models import Incident
from api.incidents.sharing.models import SharingDecision
from api.worker import pass_all_deadlines
from tests.world import START, Caller, World, etag, key

QUESTIONS = (
    "experienced_hostility", "intimidated_or_fearful", "less_than_honest",
    "first_time_acknowledged", "fearful_of_response", "would_want_to_know",
)  # fmt: skip
REASON = "Everybody was told in person at the core group."
CLOSING = "That nobody would ask them either."


def answers(*yes: str) -> dict[str, str]:
    return {question: "yes" if question in yes else "no" for question in QUESTIONS}


def a_check(*yes: str, **changes: Any) -> dict[str, Any]:
    """The six questions, these of them answered with yes."""
    hostile = "experienced_hostility" in yes
    return {
        "adult": {"description": "The father's brother"},
        "answers": answers(*yes),
        "circumstances": ["alcohol"] if hostile else [],
        **changes,
    }


async def try_to_answer(
    who: Caller, family: dict[str, Any], *yes: str, **changes: Any
) -> httpx.Response:
    path = f"/v1/families/{family['id']}/sharing-checks"
    return await who.post(path, a_check(*yes, **changes), headers=key())


async def answered(who: Caller, family: dict[str, Any], *yes: str, **changes: Any) -> Any:
    answer = await try_to_answer(who, family, *yes, **changes)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def obligation_of(who: Caller, check: dict[str, Any]) -> Any:
    """As it stands now."""
    answer = await who.get(f"/v1/sharing-obligations/{check['obligation_id']}")
    assert answer.status_code == 200, answer.text
    return answer.json()


async def obliged(who: Caller, family: dict[str, Any], **changes: Any) -> Any:
    """The obligation that follows from a check of this person."""
    return await obligation_of(who, await answered(who, family, "would_want_to_know", **changes))


async def discharge(who: Caller, obligation: dict[str, Any], by: str, **given: Any) -> Any:
    path = f"/v1/sharing-obligations/{obligation['id']}/discharge"
    return await who.post(path, {"by": by, **given}, headers=etag(obligation))


def a_reflection(**changes: Any) -> dict[str, Any]:
    return {
        "signs": [{"code": "less_contentious_issues", "answer": "yes", "note": "The boiler."}],
        "questions": [{"code": "relieved_out_of_the_door", "answer": "unsure"}],
        "as_the_door_closed": CLOSING,
        **changes,
    }


async def reflected(who: Caller, family: dict[str, Any], **changes: Any) -> Any:
    path = f"/v1/families/{family['id']}/reflections"
    answer = await who.post(path, a_reflection(**changes), headers=key())
    assert answer.status_code == 201, answer.text
    return answer.json()


async def revise(who: Caller, reflection: dict[str, Any], **changes: Any) -> httpx.Response:
    path = f"/v1/reflections/{reflection['id']}/revise"
    return await who.post(path, a_reflection(**changes), headers=etag(reflection))


def ids_of(world: World, *kinds: str) -> list[str]:
    return [str(world.agencies[kind].id) for kind in kinds]


def to_named(world: World, *kinds: str) -> dict[str, Any]:
    """An audience of these agencies."""
    named = [{"agency_id": each, "reason": "Visits"} for each in ids_of(world, *kinds)]
    return {"kind": "agencies", "agencies": named}


async def later(world: World, **delta: float) -> None:
    world.clock.advance(timedelta(**delta))
    await pass_all_deadlines(world.worker)


async def discharged(who: Any, obligation: dict[str, Any], by: str, **given_: Any) -> Any:
    answer = await discharge(who, obligation, by, **given_)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def incident_of(
    world: World, family: dict[str, Any], status: str = "open", **outcomes: str
) -> str:
    """An incident of health visiting, decided so for each agency."""
    incident = _incident(world, family, status)
    database = Database(world.urls["postgres"], pool_size=1, wait_seconds=5)
    async with database.session() as session:
        session.add(incident)
        await session.flush()
        for kind, outcome in outcomes.items():
            session.add(_decision(incident, world.agencies[kind].id, outcome))
        await session.commit()
    await database.close()
    return str(incident.id)


def _incident(world: World, family: dict[str, Any], status: str) -> Incident:
    lists = ("behaved", "behaviours", "towards")
    codes = ("uncooperativeness_types", "circumstances", "hate_elements")
    return Incident(
        id=new_id(),
        family_id=UUID(family["id"]),
        agency_id=world.agencies["health_visiting"].id,
        author_name="Amina",
        author_job_title="health visitor",
        status=status,
        occurred_at=START,
        recorded_at=START,
        late=False,
        account={},
        version=1,
        content_version=1,
        **{name: [] for name in (*lists, *codes)},
    )


def _decision(incident: Incident, agency_id: UUID, outcome: str) -> SharingDecision:
    return SharingDecision(
        incident_id=incident.id,
        agency_id=agency_id,
        family_id=incident.family_id,
        owner_id=incident.agency_id,
        outcome=outcome,
        how="incident" if outcome == "shared" else None,
        reason_code="other" if outcome == "not_shared" else None,
        decided_at=None if outcome == "undecided" else START,
    )
