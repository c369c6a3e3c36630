"""The meeting of the story: called, held, recorded, and followed up."""

from datetime import timedelta
from typing import Any

from api.demo.telling import Teller
from api.foundation.calendar import london_date
from api.foundation.clock import SystemClock
from api.foundation.ids import new_id

CHAIR = "SCH-001"
POLICE = {"name": "Jonas Wood", "job_title": "police constable"}


def meet(teller: Teller, family: dict[str, Any]) -> None:
    """Raises StoryFailed."""
    chair = teller.token("school", CHAIR)
    teller.say(
        "Owen, who chairs at the school, has called a practitioners' meeting on it. Only those "
        "invited know of it."
    )
    path = f"/v1/families/{family['family_id']}/meetings"
    called = teller.call(chair, "POST", path, a_meeting(), expect=201).json()
    path = f"/v1/meetings/{called['id']}"
    teller.call(teller.token("probation"), "GET", path, expect=404)
    teller.call(chair, "POST", f"{path}/hold", {}, expect=200, headers=_at(called))
    teller.say(
        "He drafts what was agreed, for nobody but himself to see, and records it: in one step "
        "the police own an action, and a plan tells every visitor how to stay safe."
    )
    body = an_outcome(called, teller.agency("police")["agency_id"], family["adult_id"])
    draft = teller.call(
        chair, "PUT", f"{path}/outcome", body, expect=200, headers={"If-Match": '"0"'}
    )
    headers = _at(draft.json()) | {"Idempotency-Key": str(new_id())}
    recorded = teller.call(chair, "POST", f"{path}/outcome/finalise", expect=201, headers=headers)
    action = recorded.json()["actions"][0]
    teller.say("The police read it, and say that they will do what they are asked.")
    police = teller.token("police", "POL-3311")
    teller.call(police, "GET", f"{path}/outcome", expect=200)
    owned = teller.call(police, "GET", f"/v1/actions/{action['id']}", expect=200)
    accepted = f"/v1/actions/{action['id']}/accept"
    teller.call(police, "POST", accepted, {}, expect=200, headers=_at(owned.json()))


def a_meeting() -> dict[str, Any]:
    """An hour ago."""
    now = SystemClock().now()
    return {
        "kind": "practitioners_meeting",
        "purpose": "Share what each agency meets at the door, and agree who does what.",
        "starts_at": _at_time(now - timedelta(hours=1)),
        "ends_at": _at_time(now),
        "place": "Civic Offices, room 2",
        "chair": {"staff_id": CHAIR},
    }


def an_outcome(meeting: dict[str, Any], police: str, father: str) -> dict[str, Any]:
    """Everything that the outcome of a practitioners' meeting needs (procedure §4)."""
    attended = [
        {"agency_id": each["agency_id"], "attendance": "attended", "people": [POLICE]}
        for each in meeting["invited"]
    ]
    return {
        "attendance": attended,
        "family": [{"member_id": father, "attendance": "not_invited"}],
        "decisions": [
            {"decision": "Nobody visits alone until January.", "reasons": "The threat was meant."}
        ],
        "actions": [
            {
                "kind": "task",
                "agency_id": police,
                "practitioner": POLICE,
                "what": "Ask the animal warden about the dog.",
                "due_on": _in_days(7),
            }
        ],
        "child_lived_experience": {"known": True, "statement": "The child hid upstairs."},
        "next_meeting": {"kind": "practitioners_meeting", "on": _in_days(40)},
        "family_sharing_plan": {
            "sharing": {
                "what": "That the agencies met, why, and what each of them will do.",
                "how": "At the school, in plain words.",
                "on": _in_days(3),
                "by": "The health visitor",
            }
        },
        "risk_reduction_plan": {
            "measures": [
                {
                    "precaution": "joint_visit_with_other_agency",
                    "who": "Everybody who visits",
                    "from_on": _in_days(0),
                }
            ],
            "review_due": _in_days(30),
            "repeat_days": 42,
        },
    }


def _at(body: dict[str, Any]) -> dict[str, str]:
    return {"If-Match": f'"{body["version"]}"'}


def _in_days(days: int) -> str:
    return (london_date(SystemClock().now()) + timedelta(days=days)).isoformat()


def _at_time(moment: Any) -> str:
    return str(moment.strftime("%Y-%m-%dT%H:%M:%SZ"))
