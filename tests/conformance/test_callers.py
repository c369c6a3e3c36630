"""Anonymous, forged, suspended, without the permission, outside, formerly involved, permitted."""

import pytest

from api.access.roles import Permission
from tests.conformance.conversation import ask, ask_with_token
from tests.conformance.routes import PROTECTED, Operation
from tests.conformance.scene import Scene

pytestmark = pytest.mark.anyio

every_protected_route = pytest.mark.parametrize("operation", PROTECTED, ids=str)
GARBAGE = ["garbage", "a.b.c", "e30.e30.e30", "eyJhbGciOiJub25lIn0.e30."]


@every_protected_route
async def test_a_permitted_caller_is_served(scene: Scene, operation: Operation) -> None:
    answer = await scene.answer(operation)
    assert answer.is_success, answer.text


@every_protected_route
async def test_an_anonymous_caller_is_asked_for_a_token(scene: Scene, operation: Operation) -> None:
    answer = await ask(scene.world, None, await scene.standing_call(operation))
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"


@every_protected_route
async def test_a_garbage_token_is_refused(scene: Scene, operation: Operation) -> None:
    call = await scene.standing_call(operation)
    for token in GARBAGE:
        answer = await ask_with_token(scene.world, token, call)
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"] == 'Bearer error="invalid_token"'


@every_protected_route
async def test_whoever_lacks_the_permission_is_refused(scene: Scene, operation: Operation) -> None:
    call = await scene.standing_call(operation)
    for caller in scene.lacking(operation.permission):
        answer = await ask(scene.world, caller, call)
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


@every_protected_route
async def test_a_suspended_agency_is_no_longer_known(scene: Scene, operation: Operation) -> None:
    call = await scene.standing_call(operation)
    for caller in scene.suspended:
        answer = await ask(scene.world, caller, call)
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"] == 'Bearer error="invalid_token"'


@every_protected_route
async def test_an_outsider_of_every_role_finds_nothing(scene: Scene, operation: Operation) -> None:
    call = await scene.standing_call(operation)
    answer = await ask(scene.world, scene.outsider, call)
    if operation.hides:
        assert answer.status_code == 404, answer.text
    elif operation.permission in {Permission.AGENCY_MANAGE, Permission.AGENCY_ENROL}:
        assert answer.status_code == 403
    else:
        assert answer.is_success, answer.text
        assert scene.family["id"] not in answer.text or operation.name == "match_families"


@pytest.mark.parametrize("operation", [each for each in PROTECTED if each.of_a_family], ids=str)
async def test_an_agency_that_has_left_finds_nothing(scene: Scene, operation: Operation) -> None:
    call = await scene.standing_call(operation)
    answer = await ask(scene.world, scene.former, call)
    assert answer.status_code == 404, answer.text
