"""The shape of every answer: problems, ids, security headers, quotas, caching."""

from dataclasses import replace
from uuid import uuid4

import httpx
import pytest
from starlette.routing import compile_path

from api.foundation.middleware import SECURITY_HEADERS
from api.foundation.quotas import Quota
from tests.conformance.conversation import RATE_LIMIT, ask, check_problem, documented
from tests.conformance.routes import BY_NAME, OPERATIONS, PROTECTED, Operation
from tests.conformance.scene import Scene
from tests.world import Caller, World

pytestmark = pytest.mark.anyio

METHODS = {"GET", "POST", "PUT", "PATCH", "DELETE"}
PATHS = sorted({each.path for each in OPERATIONS} - {"/openapi.json", "/docs"})
CACHED = {"/.well-known/jwks.json", "/.well-known/oauth-authorization-server"}
BAD_CORRELATIONS = ["", "a b", "x" * 65, "é".encode().decode("latin-1"), "<script>", "a;b"]


@pytest.mark.parametrize(
    "path", ["/", "/v1", "/v1/", "/v1/families/", "/v2/alerts", "/favicon.ico", "/v1/alerts/a/b/c"]
)
async def test_an_unknown_path_is_a_404_problem(world: World, path: str) -> None:
    for who in (None, world.police_system):
        answer = await _get(world, who, path)
        assert answer.status_code == 404
        assert check_problem(answer).code == "not_found"


async def _get(world: World, who: Caller | None, path: str) -> httpx.Response:
    return await (who.get(path) if who else world.http.get(path))


@pytest.mark.parametrize("path", PATHS)
async def test_a_method_that_a_path_does_not_know_is_a_405_problem(scene: Scene, path: str) -> None:
    named = next(each for each in OPERATIONS if each.path == path)
    call = await scene.standing_call(named)
    here = [each for each in OPERATIONS if compile_path(each.path)[0].match(call.path)]
    known = {each.method for each in here}
    for method in sorted(METHODS - known | {"TRACE", "PROPFIND"}):
        answer = await scene.world.police_system.request(method, call.path)
        assert answer.status_code == 405
        assert check_problem(answer).code == "method_not_allowed"
        allowed = {each.strip() for each in answer.headers["Allow"].split(",")}
        assert allowed == known


@pytest.mark.parametrize("operation", OPERATIONS, ids=str)
async def test_the_ids_of_a_request_are_echoed(scene: Scene, operation: Operation) -> None:
    call = await scene.standing_call(operation)
    given = {"X-Request-ID": str(uuid4()), "X-Correlation-ID": "Case-42_a.b"}
    for who in (None, scene.outsider):
        answer = await ask(scene.world, who, call, more=given)
        assert {name: answer.headers[name] for name in given} == given
        assert {name: answer.headers[name] for name in SECURITY_HEADERS} == SECURITY_HEADERS


@pytest.mark.parametrize("correlation", BAD_CORRELATIONS)
async def test_a_correlation_id_that_is_none_is_not_echoed(world: World, correlation: str) -> None:
    headers = {"X-Correlation-ID": correlation.encode("latin-1")}
    answer = await world.http.get("/livez", headers=headers)
    assert "X-Correlation-ID" not in answer.headers


@pytest.mark.parametrize("given", ["", "7", "x" * 5000, "not-a-uuid", "urn:uuid:"])
async def test_a_request_id_that_is_none_is_replaced(world: World, given: str) -> None:
    first = await world.http.get("/livez", headers={"X-Request-ID": given})
    second = await world.http.get("/livez", headers={"X-Request-ID": given})
    assert len({given, first.headers["X-Request-ID"], second.headers["X-Request-ID"]}) == 3


@pytest.mark.parametrize("operation", PROTECTED, ids=str)
async def test_an_authenticated_answer_is_kept_by_no_cache_and_says_what_is_left(
    scene: Scene, operation: Operation
) -> None:
    answer = await scene.answer(operation)
    assert answer.headers["Cache-Control"] == "no-store"
    assert RATE_LIMIT.fullmatch(answer.headers["RateLimit"])
    assert answer.headers["RateLimit-Policy"].endswith(("w=60", "w=3600"))


@pytest.mark.parametrize("operation", PROTECTED, ids=str)
async def test_a_used_up_quota_is_a_429_problem_with_retry_after(
    scene: Scene, operation: Operation
) -> None:
    assert operation.requirement is not None
    runtime, name = scene.world.runtime, f"{operation.requirement.quota}_quota"
    before = getattr(runtime, name)
    setattr(runtime, name, Quota.per_minute(f"tight{operation.name.replace('_', '')}", 1))
    try:
        call = await scene.standing_call(operation)
        answers = [await ask(scene.world, scene.outsider, call) for _ in range(2)]
    finally:
        setattr(runtime, name, before)
    assert answers[0].status_code != 429
    assert check_problem(answers[1]).code == "quota_exceeded"
    assert int(answers[1].headers["Retry-After"]) >= 1
    assert ";r=0;" in answers[1].headers["RateLimit"]


async def test_the_keys_and_the_metadata_may_be_cached_and_nothing_else(scene: Scene) -> None:
    for operation in OPERATIONS:
        if operation.documented and operation.method == "GET" and not operation.requirement:
            answer = await ask(scene.world, None, await scene.standing_call(operation))
            cached = "max-age" in answer.headers.get("Cache-Control", "")
            assert cached == (operation.path in CACHED)


@pytest.mark.parametrize("operation", [each for each in OPERATIONS if each.documented], ids=str)
async def test_whatever_changes_a_version_needs_and_gives_one(
    scene: Scene, operation: Operation
) -> None:
    parameters = {each["name"] for each in documented(operation).get("parameters", [])}
    call = await scene.standing_call(operation)
    assert ("If-Match" in call.headers) == ("If-Match" in parameters)
    if "If-Match" not in parameters:
        return
    who = scene.permitted(operation)
    without = {name: value for name, value in call.headers.items() if name != "If-Match"}
    for value, status, code in (
        (None, 428, "precondition_required"),
        ('"999"', 412, "precondition_failed"),
        ('W/"1"', 400, "bad_request"),
        ("*", 400, "bad_request"),
        ("1", 400, "bad_request"),
        ('"' + "9" * 100 + '"', 412, "precondition_failed"),
    ):
        headers = without | ({"If-Match": value} if value else {})
        answer = await ask(scene.world, who, replace(call, headers=headers))
        assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_publishing_needs_an_idempotency_key(scene: Scene) -> None:
    operation = BY_NAME["publish_alert"]
    call = await scene.standing_call(operation)
    answer = await ask(scene.world, scene.permitted(operation), replace(call, headers={}))
    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_missing")
