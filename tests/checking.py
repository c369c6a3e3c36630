"""Steps that tests of sharing checks and reflections share."""

from typing import Any

import httpx

from tests.world import Caller, etag, key

QUESTIONS = (
    "experienced_hostility", "intimidated_or_fearful", "less_than_honest",
    "first_time_acknowledged", "fearful_of_response", "would_want_to_know",
)  # fmt: skip
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
