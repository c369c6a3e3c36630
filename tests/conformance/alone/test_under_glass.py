"""Every route on families, asked by somebody who has opened the family by break-glass."""

from typing import Any
from uuid import UUID

import pytest

from tests.breaking import HEADER, end, opened
from tests.conformance.conversation import ask
from tests.conformance.routes import HIDING, Call, Operation
from tests.conformance.scene import Scene

pytestmark = pytest.mark.anyio

OPENED = {"get_banner", "list_family_alerts", "get_alert", "get_contacts"}
TABLES = {
    "alert_id": "alerts",
    "recall_id": "alerts",  # a recall has the id of its alert
    "invitation_id": "invitations",
    "challenge_id": "challenges",
    "incident_id": "incidents",
    "merge_id": "family_merges",
    "break_glass_id": "break_glasses",
    "observation_id": "engagement_observations",
    "advice_id": "expert_advice",
    "inability_id": "engagement_inabilities",
    "constraint_id": "assessment_constraints",
    "sharing_check_id": "sharing_checks",
    "obligation_id": "sharing_obligations",
    "reflection_id": "reflections",
    "agreement_id": "agreements",
    "meeting_id": "meetings",
    "action_id": "meeting_actions",
    "plan_id": "plans",
}
OF_A_FAMILY = [each for each in HIDING if each.of_a_family]


async def family_of(superuser: Any, call: Call) -> str:
    """Of whatever record the call names."""
    if "family_id" in call.ids:
        return call.ids["family_id"]
    name, given = next(iter(call.ids.items()))
    query = f"SELECT family_id FROM {TABLES[name]} WHERE id = $1"
    return str(await superuser.fetchval(query, UUID(given)))


@pytest.mark.parametrize("operation", OF_A_FAMILY, ids=str)
async def test_it_opens_four_reads_and_nothing_else(
    scene: Scene, superuser: Any, operation: Operation
) -> None:
    call = await scene.standing_call(operation)
    family = await family_of(superuser, call)
    assert (await ask(scene.world, scene.outsider, call)).status_code == 404
    grant = await opened(scene.outsider, {"id": family})
    answer = await ask(scene.world, scene.outsider, call)
    if operation.name in OPENED:
        assert answer.status_code == 200, answer.text
        assert HEADER in answer.headers
    else:
        assert answer.status_code == 404, answer.text
    assert (await end(grant, scene.outsider)).status_code == 200
