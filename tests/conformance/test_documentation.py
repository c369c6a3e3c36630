"""What the OpenAPI document says of every operation, and that the kept one is this one."""

import json
import keyword
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from api.access import tokens
from api.foundation.openapi import AUTHENTICATED
from api.journal.event_types import EVENT_TYPES
from tests.conformance.contract import follows
from tests.conformance.conversation import DOCUMENT, PROBLEM, documented
from tests.conformance.routes import OPERATIONS, PROTECTED, TAKING_JSON, Operation, example

KEPT = Path(__file__).parents[2] / "docs" / "openapi.json"
DOCUMENTED = [each for each in OPERATIONS if each.documented]
METHOD_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
NOT_EVENTS = {
    "webhook.verification", "webhook.test", "webhook.heartbeat", "webhook.moved", "event.withheld",
}  # fmt: skip

every_operation = pytest.mark.parametrize("operation", DOCUMENTED, ids=str)


def test_the_kept_document_is_the_one_that_is_generated() -> None:
    generated = json.loads(json.dumps(DOCUMENT))
    assert json.loads(KEPT.read_text()) == generated, "docs/openapi.json is old: make openapi"


def test_nothing_but_the_document_and_its_page_is_left_out() -> None:
    assert {each.name for each in OPERATIONS if not each.documented} == {"openapi", "docs"}


@every_operation
def test_an_operation_has_a_summary_a_description_and_a_known_tag(operation: Operation) -> None:
    described = documented(operation)
    assert described["summary"]
    assert described["description"].rstrip().endswith((".", "`"))
    (tag,) = described["tags"]
    assert tag in [each["name"] for each in DOCUMENT["tags"]]


def test_every_tag_is_used_and_described() -> None:
    used = {tag for each in DOCUMENTED for tag in documented(each)["tags"]}
    assert {each["name"] for each in DOCUMENT["tags"]} == used
    assert all(each["description"] for each in DOCUMENT["tags"])


def test_every_operation_id_is_a_method_name_and_unique() -> None:
    names = [documented(each)["operationId"] for each in DOCUMENTED]
    hooks = [each["post"]["operationId"] for each in DOCUMENT["webhooks"].values()]
    assert [each for each in names + hooks if not METHOD_NAME.fullmatch(each)] == []
    assert [each for each in names + hooks if keyword.iskeyword(each)] == []
    assert [name for name, count in Counter(names + hooks).items() if count > 1] == []


@every_operation
def test_an_operation_says_whether_it_needs_a_token(operation: Operation) -> None:
    security = documented(operation).get("security", DOCUMENT["security"])
    assert bool(operation.requirement) == any("HTTPBearer" in each for each in security)


@pytest.mark.parametrize("operation", PROTECTED, ids=str)
def test_what_every_route_can_answer_is_documented(operation: Operation) -> None:
    responses = documented(operation)["responses"]
    usual = {str(each) for each in AUTHENTICATED}
    if operation.ids:
        usual.add("404")
    if operation.takes_json:
        usual |= {"413", "415", "422"}
    assert usual <= set(responses)


@every_operation
def test_every_documented_error_is_a_problem_with_a_description(operation: Operation) -> None:
    for status, response in documented(operation)["responses"].items():
        assert response["description"]
        if status >= "400" and operation.name != "issue_token":
            schema = {"$ref": "#/components/schemas/Problem"}
            assert response["content"] == {PROBLEM: {"schema": schema}}


@pytest.mark.parametrize("operation", TAKING_JSON, ids=str)
def test_every_example_of_a_body_is_one_that_is_accepted(operation: Operation) -> None:
    content = documented(operation)["requestBody"]["content"]["application/json"]
    name = content["schema"]["$ref"].rsplit("/", 1)[1]
    examples = DOCUMENT["components"]["schemas"][name]["examples"]
    assert examples
    for each in examples:
        operation.body_model.model_validate_json(json.dumps(each), strict=True)
        assert follows(each, content["schema"]) == []


def test_no_name_of_a_schema_gives_away_a_module() -> None:
    assert [name for name in DOCUMENT["components"]["schemas"] if "__" in name] == []


@every_operation
def test_every_parameter_is_described(operation: Operation) -> None:
    for each in documented(operation).get("parameters", []):
        assert len(each.get("description", "")) > 10, each["name"]


def schemas_within(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A schema and what it is made of, down to the next object."""
    yield schema
    for each in [schema.get("items"), *schema.get("anyOf", []), *schema.get("oneOf", [])]:
        if each is not None:
            yield from schemas_within(each)


def model_of(schema: dict[str, Any]) -> dict[str, Any]:
    name = schema.get("$ref", "").rpartition("/")[2]
    found: dict[str, Any] = DOCUMENT["components"]["schemas"].get(name, schema)
    return found


def undescribed(schema: dict[str, Any], path: str = "") -> Iterator[str]:
    """The fields of a body, and of what it holds, of which nothing is said: neither by
    themselves, nor by the code list or the model they are of."""
    for each in schemas_within(schema):
        for name, field in model_of(each).get("properties", {}).items():
            inside = list(schemas_within(field))
            if not any(part.get("description") for one in inside for part in (one, model_of(one))):
                yield f"{path}/{name}"
            yield from undescribed(field, f"{path}/{name}")


@pytest.mark.parametrize("operation", TAKING_JSON, ids=str)
def test_every_field_of_a_body_is_described(operation: Operation) -> None:
    content = documented(operation)["requestBody"]["content"]["application/json"]
    assert list(undescribed(content["schema"])) == []


def test_the_example_of_a_key_is_one_that_signatures_can_be_verified_with() -> None:
    body = example("register_key")
    key = tokens.load_public_key(body["kid"], body["algorithm"], body["public_jwk"])
    assert dict(key.jwk)["kty"] == "EC"


def test_every_event_type_is_documented_as_a_webhook_and_no_other() -> None:
    assert set(DOCUMENT["webhooks"]) == set(EVENT_TYPES) | NOT_EVENTS


@pytest.mark.parametrize("name", DOCUMENT["webhooks"])
def test_a_webhook_documents_its_body_and_its_headers(name: str) -> None:
    hook: dict[str, Any] = DOCUMENT["webhooks"][name]["post"]
    assert len(hook["description"]) > 10
    assert {"webhook-id", "webhook-timestamp", "webhook-signature"} == {
        each["name"] for each in hook["parameters"]
    }
    schema = hook["requestBody"]["content"]["application/json"]["schema"]
    assert schema["properties"]["type"] == {"const": name}
    assert hook["responses"]
