"""No audit, no data: every write, every read of family content and every denial is an entry."""

import re
from typing import Any
from uuid import UUID

import httpx
import pytest

from api.access.roles import Permission
from api.overview.accesses.rules import READ
from tests.conformance.conversation import ask
from tests.conformance.routes import HIDING, OPERATIONS, PROTECTED, Operation
from tests.conformance.scene import Scene
from tests.world import Caller

pytestmark = pytest.mark.anyio

# Agencies, code lists and an agency's own subscriptions are no family content.
OPEN_READS = {Permission.AGENCY_READ, Permission.AGENCY_MANAGE, Permission.CODE_LIST_READ}
OPEN_READS |= {Permission.WEBHOOK_READ}

WRITES = [each for each in OPERATIONS if each.method != "GET"]
READS = [each for each in PROTECTED if each.method == "GET" and each.permission not in OPEN_READS]


async def entries_of(superuser: Any, answer: httpx.Response) -> list[dict[str, Any]]:
    """What the audit holds of one request, by the id that its answer gave."""
    found = await superuser.fetch(
        "SELECT * FROM audit_entries WHERE request_id = $1 ORDER BY id",
        UUID(answer.headers["X-Request-ID"]),
    )
    return [dict(each) for each in found]


def check_caller(entry: dict[str, Any], who: Caller) -> None:
    assert (entry["agency_id"], entry["client_id"]) == (who.agency.id, who.agency.client_id)
    assert (entry["practitioner_id"] is None) == (who.staff_id is None)


@pytest.mark.parametrize("operation", WRITES, ids=str)
async def test_every_write_leaves_an_entry(
    scene: Scene, superuser: Any, operation: Operation
) -> None:
    who = scene.permitted(operation)
    answer = await scene.answer(operation)
    assert answer.is_success, answer.text
    entries = await entries_of(superuser, answer)
    assert entries
    assert {each["outcome"] for each in entries} == {"allowed"}
    if who is not None:
        check_caller(entries[0], who)


@pytest.mark.parametrize("operation", READS, ids=str)
async def test_every_read_of_family_content_leaves_an_entry(
    scene: Scene, superuser: Any, operation: Operation
) -> None:
    who = scene.permitted(operation)
    assert who is not None
    answer = await scene.answer(operation)
    entries = await entries_of(superuser, answer)
    assert [each["outcome"] for each in entries] == ["allowed"]
    assert re.search(READ, entries[0]["action"])  # or the accesses of a family would not show it
    check_caller(entries[0], who)
    if operation.of_a_family:
        assert entries[0]["family_id"] is not None
    if "family_id" in operation.ids:
        assert str(entries[0]["family_id"]) in answer.request.url.path


@pytest.mark.parametrize("operation", PROTECTED, ids=str)
async def test_every_refusal_for_want_of_a_permission_is_audited(
    scene: Scene, superuser: Any, operation: Operation
) -> None:
    answer = await ask(scene.world, scene.roleless, await scene.standing_call(operation))
    assert answer.status_code == 403
    await check_denied(superuser, operation, answer, scene.roleless)


@pytest.mark.parametrize("operation", HIDING, ids=str)
async def test_every_attempt_on_a_hidden_record_is_audited(
    scene: Scene, superuser: Any, operation: Operation
) -> None:
    answer = await ask(scene.world, scene.outsider, await scene.standing_call(operation))
    assert answer.status_code == 404
    await check_denied(superuser, operation, answer, scene.outsider)


@pytest.mark.parametrize("operation", HIDING, ids=str)
async def test_every_attempt_on_a_malformed_id_is_audited(
    scene: Scene, superuser: Any, operation: Operation
) -> None:
    call = (await scene.standing_call(operation)).with_ids(**{operation.ids[0]: "1"})
    answer = await ask(scene.world, scene.outsider, call)
    assert answer.status_code == 404
    await check_denied(superuser, operation, answer, scene.outsider)


async def check_denied(
    superuser: Any, operation: Operation, answer: httpx.Response, who: Caller
) -> None:
    (entry,) = await entries_of(superuser, answer)
    check_caller(entry, who)
    assert entry["outcome"] == "denied"
    assert entry["action"] == f"{operation.method} {operation.path}"
    assert entry["details"] == f'{{"reason": "{answer.json()["code"]}"}}'
    assert entry["family_id"] is None
