"""The document that is served has examples that are good today, whenever that is."""

from datetime import date, timedelta
from typing import Any

import pytest

from api.foundation.calendar import london_date
from api.foundation.openapi import EXAMPLE_DAY, of_day
from tests.world import World

pytestmark = pytest.mark.anyio


def examples(document: dict[str, Any], name: str) -> list[Any]:
    found: list[Any] = document["components"]["schemas"][name]["examples"]
    return found


async def test_dates_of_examples_move_with_today_and_dates_of_birth_do_not(world: World) -> None:
    kept = world.app.openapi()
    today = date(2031, 5, 17)
    served = of_day(kept, today)
    [alert], [before] = (examples(each, "PublishAlert") for each in (served, kept))
    for name in ("review_due", "expires_on"):
        ahead = date.fromisoformat(before[name]) - EXAMPLE_DAY
        assert date.fromisoformat(alert[name]) - today == ahead
    assert examples(served, "RecordSent") == [{"told_on": "2031-05-17", "method": "letter"}]
    nested = examples(served, "Supersede")[0]["replacement"]
    assert nested["review_due"] == alert["review_due"]
    assert examples(served, "RegisterFamily") == examples(kept, "RegisterFamily")
    assert of_day(kept, EXAMPLE_DAY) == kept


async def test_the_document_is_served_as_of_today(world: World) -> None:
    world.clock.advance(timedelta(days=40))
    answer = await world.http.get("/openapi.json")
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.json() == of_day(world.app.openapi(), london_date(world.clock.now()))
