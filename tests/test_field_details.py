"""What a wrong field is told: plain sentences, never the library's, never what was sent."""

from typing import Annotated, Any, Literal, get_args

import pytest
from pydantic import Field, model_validator
from pydantic_core.core_schema import ErrorType

from api.foundation.errors import Invalid
from api.foundation.schemas import _FIXED_DETAILS as FIXED
from api.foundation.schemas import Code, Day, Id, Line, RequestBody, refusal
from tests.involving import pointers, problem
from tests.world import Caller, World, an_alert, key, shared_family

CANARY = "Zyx7731Canary"


class Inner(RequestBody):
    kind: Literal["one", "two"] = "one"
    start: int = 0
    end: int = 0

    @model_validator(mode="after")
    def _in_order(self) -> Any:
        if self.end < self.start:
            raise refusal("order", "The end is before the start.", at="end")
        return self


class Body(RequestBody):
    name: Line | None = None
    code: Code | None = None
    day: Day | None = None
    id: Id | None = None
    flag: bool = False
    count: Annotated[int, Field(ge=1, le=3)] = 1
    items: Annotated[list[Inner], Field(min_length=1, max_length=2)] | None = None


@pytest.mark.parametrize(
    ("body", "pointer", "detail"),
    [
        ({"name": 1}, "/name", "Must be a text."),
        ({"name": CANARY * 20}, "/name", "Must have at most 200 characters."),
        ({"code": CANARY}, "/code", "Is not spelled as this field is: see its pattern in"),
        ({"day": 1}, "/day", "Must be a date as YYYY-MM-DD."),
        ({"id": 1}, "/id", "Must be a UUID in its hyphenated form."),
        ({"flag": "yes"}, "/flag", "Must be true or false."),
        ({"count": "1"}, "/count", "Must be a whole number."),
        ({"count": 0}, "/count", "Must be at least 1."),
        ({"count": 4}, "/count", "Must be at most 3."),
        ({"items": {}}, "/items", "Must be a list."),
        ({"items": []}, "/items", "Must have at least 1 items."),
        ({"items": [{}, {}, {}]}, "/items", "Must have at most 2 items."),
        ({"items": [1]}, "/items/0", "Must be an object."),
        ({"items": [{"kind": CANARY}]}, "/items/0/kind", "accepted values: 'one' or 'two'."),
        ({"items": [{"start": 2, "end": 1}]}, "/items/0/end", "The end is before the start."),
        ({CANARY: 1}, "", "This field is not known here."),
    ],
)
def test_a_wrong_field_is_told_in_plain_words(body: Any, pointer: str, detail: str) -> None:
    with pytest.raises(Invalid) as refused:
        Body.model_validate(body)
    [found] = refused.value.errors
    assert found.pointer == pointer
    assert detail in found.detail
    assert CANARY not in found.detail


def test_only_findings_that_pydantic_has_are_put_into_words() -> None:
    assert set(FIXED) <= set(get_args(ErrorType))


@pytest.mark.anyio
async def test_how_a_pattern_is_met_is_said_in_words(world: World) -> None:
    url = "http://127.0.0.1:9/hook"
    refused = await world.school_system.post("/v1/webhooks", {"url": url, "event_types": ["alert"]})
    [error] = problem(refused, 422, "invalid")["errors"]
    assert error["detail"].startswith("Must be a type such as alert.published")
    path = f"/v1/agencies/{world.agencies['school'].id}"
    body = {"webhook_email": "Desk <desk@x.org>", "webhook_domains": ["https://x.org"]}
    refused = await world.owen.patch(path, body, headers={"If-Match": '"1"'})
    found = {each["pointer"]: each["detail"] for each in problem(refused, 422, "invalid")["errors"]}
    assert found == {
        "/webhook_email": "Must be one address and no name, such as it-desk@example.org.",
        "/webhook_domains/0": "Must be a domain such as hooks.example.org or "
        "hooks.example.org:8443.",
    }


@pytest.mark.anyio
async def test_both_wrong_dates_are_named_at_once(world: World) -> None:
    family = await shared_family(world)
    alert = an_alert(family, review_due="2020-01-01", expires_on="2030-01-01")
    answer = await world.amina.post(f"/v1/families/{family['id']}/alerts", alert, headers=key())
    assert pointers(answer) == ["/review_due", "/expires_on"]


@pytest.mark.anyio
async def test_a_missing_body_and_an_unknown_code_are_told_what_to_do(world: World) -> None:
    family = await shared_family(world)
    path = f"/v1/families/{family['id']}/alerts"
    none = await _errors(world.amina, path, None)
    assert none == ["This needs a JSON body, at least {}."]
    alert = an_alert(family, precautions=["armour"])
    assert await _errors(world.amina, path, alert) == [
        "Not a code of the list precaution, which GET /v1/code-lists has."
    ]


async def _errors(who: Caller, path: str, body: Any) -> list[str]:
    answer = await who.request("POST", path, json=body, headers=key())
    return [each["detail"] for each in problem(answer, 422, "invalid")["errors"]]


@pytest.mark.anyio
async def test_a_wrong_parameter_is_told_in_plain_words(world: World) -> None:
    for path, detail in (
        ("/v1/recalls?outstanding=perhaps", "Must be true or false."),
        ("/v1/alerts?limit=many", "Must be a whole number."),
        ("/v1/alerts?limit=0", "Must be at least 1."),
        ("/v1/break-glass?state=old", "accepted values: 'open', 'unreviewed' or 'reviewed'."),
    ):
        refused = problem(await world.ruth.get(path), 400, "bad_request")
        assert detail in refused["errors"][0]["detail"]
