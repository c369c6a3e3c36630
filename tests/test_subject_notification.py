"""The subject is told, or a manager records why not; the letter gives away no protected source."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from api.alerts.notifications.rules import NOT_DUE, notification_shown
from api.alerts.rules import LIVE, Notification, Status
from api.worker import pass_all_deadlines
from tests.governing import another_manager, enter_in_error, on_alert, ratified, read
from tests.involving import about, bookmark, bookmarks, heard, news, pointers, problem, withdraw
from tests.world import Caller, World, publish, shared_family

pytestmark = pytest.mark.anyio


async def sent(who: Caller, alert: dict[str, Any], **changes: Any) -> httpx.Response:
    today = who.world.clock.now().date().isoformat()
    body = {"told_on": today, "method": "letter", **changes}
    return await on_alert(who, alert, "subject-notification/sent", body)


async def withhold(who: Caller, alert: dict[str, Any], **changes: Any) -> httpx.Response:
    body = {"reason": "Canary: he reads all post.", "look_again_on": "2027-01-15", **changes}
    return await on_alert(who, alert, "subject-notification/withhold", body)


def place(alert: dict[str, Any], what: str = "") -> str:
    return f"/v1/alerts/{alert['id']}/subject-notification{what}"


async def test_telling_the_subject_is_due_within_ten_working_days(world: World) -> None:
    alert = await publish(world, await shared_family(world))
    assert alert["subject_notification"] == {"status": "due", "due_on": "2026-12-07"}


async def test_all_readers_learn_that_the_subject_knows(world: World) -> None:
    alert = await ratified(world)
    marks = await bookmarks(world)
    answer = await sent(world.amina, alert)
    assert answer.status_code == 200, answer.text
    steps = [(each["status"], each["by_name"], each["method"]) for each in answer.json()["steps"]]
    assert steps == [("sent", "Amina", "letter")]
    shown = (await read(world.tessa, alert))["subject_notification"]
    assert shown == {"status": "sent", "due_on": None}
    assert await heard(world, marks, alert["id"]) == {
        kind: ["alert.notification_changed"] for kind in ("health_visiting", "police", "school")
    }
    again = await sent(world.amina, await read(world.amina, alert))
    problem(again, 409, "conflict")


async def test_a_manager_withholds_it_and_the_reason_stays_with_the_owner(world: World) -> None:
    alert = await ratified(world)
    answer = await withhold(world.ruth, alert)
    assert answer.status_code == 200, answer.text
    now = await read(world.tessa, alert)
    assert now["subject_notification"] == {"status": "withheld", "due_on": "2027-01-15"}
    assert "Canary" not in str(now)
    problem(await world.tessa.get(place(alert)), 403, "forbidden")
    problem(await world.lena.get(place(alert)), 404, "not_found")
    owner = await world.amina.get(place(alert))
    assert "Canary" in owner.text
    assert owner.headers["ETag"] == f'"{now["version"]}"'


async def test_neither_the_author_nor_a_practitioner_withholds(world: World) -> None:
    rosa = await another_manager(world, "health_visiting", "rosa")
    alert = await publish(world, await shared_family(world), rosa)
    problem(await withhold(rosa, alert), 409, "conflict")
    for who in (world.amina, world.health_visiting_system, world.owen):
        problem(await withhold(who, alert), 403, "forbidden")
    problem(await withhold(world.victor, alert), 404, "not_found")
    assert (await withhold(world.ruth, alert)).status_code == 200


async def test_withholding_has_a_reason_and_a_day_before_the_review(world: World) -> None:
    alert = await ratified(world)
    for changes, pointer in (
        ({"reason": " "}, "/reason"),
        ({"look_again_on": None}, "/look_again_on"),
        ({"look_again_on": "2026-11-23"}, "/look_again_on"),
        ({"look_again_on": "2027-02-02"}, "/look_again_on"),
    ):
        assert pointers(await withhold(world.ruth, alert, **changes)) == [pointer]
    assert pointers(await sent(world.amina, alert, told_on="2026-11-22")) == ["/told_on"]
    assert pointers(await sent(world.amina, alert, told_on="2026-11-24")) == ["/told_on"]


async def test_once_the_review_is_due_it_is_withheld_for_a_month_at_most(world: World) -> None:
    today = world.clock.now().date()
    days = {"review_due": today + timedelta(days=10), "expires_on": today + timedelta(days=90)}
    alert = await ratified(world, **{name: str(day) for name, day in days.items()})
    world.clock.advance(timedelta(days=10))
    await pass_all_deadlines(world.worker)
    now = await read(world.ruth, alert)
    for day, told in (("2026-12-03", 422), ("2027-01-04", 422), ("2027-01-03", 200)):
        assert (await withhold(world.ruth, now, look_again_on=day)).status_code == told


async def test_there_is_no_letter_while_it_is_withheld(world: World) -> None:
    alert = await ratified(world)
    assert (await world.amina.get(place(alert, "/letter"))).status_code == 200
    withheld = (await withhold(world.ruth, alert)).json()
    refused = await world.amina.get(place(alert, "/letter"))
    problem(refused, 409, "notification_withheld")
    assert "Canary" not in refused.text
    again = await withhold(world.ruth, {**alert, "version": withheld["version"]})
    assert again.status_code == 200
    told = await sent(world.amina, {**alert, "version": again.json()["version"]})
    assert [each["status"] for each in told.json()["steps"]] == ["withheld", "withheld", "sent"]
    assert (await world.amina.get(place(alert, "/letter"))).status_code == 200


async def test_of_an_alert_that_has_ended_there_is_no_letter_and_nothing_is_due(
    world: World,
) -> None:
    alert = await ratified(world)
    assert (await world.ruth.get(place(alert))).json()["status"] == "due"
    assert (await enter_in_error(world.ruth, alert)).status_code == 200
    shown = (await world.ruth.get(place(alert))).json()
    assert (shown["status"], shown["due_on"]) == ("not_due", None)
    refused = problem(await world.ruth.get(place(alert, "/letter")), 409, "conflict")
    assert refused["alert_status"] == "entered_in_error"


@pytest.mark.parametrize("status", Status)
@pytest.mark.parametrize("notification", Notification)
def test_only_what_was_due_of_an_ended_alert_is_due_no_more(
    status: Status, notification: Notification
) -> None:
    shown = notification_shown(status, notification)
    over = status not in LIVE and notification is Notification.DUE
    assert shown == (NOT_DUE if over else notification)


async def test_the_letter_says_what_the_law_asks_for(world: World) -> None:
    alert = await ratified(world)
    letter = (await world.amina.get(place(alert, "/letter"))).json()
    assert letter["agency"]["name"] == "health_visiting agency"
    assert letter["subject"] == {
        "kind": "member",
        "name": "Daniel Okafor",
        "is_child": False,
        "description": None,
        "address": None,
    }
    assert letter["what_happened"] == alert["grounds"]["statement"]
    assert letter["source"] == alert["author"]
    assert letter["behaviours"][0] == "Shouting (actual)"
    assert letter["shared_with"] == ["police agency", "school agency"]
    assert (letter["review_due"], letter["expires_on"]) == ("2027-02-01", "2027-05-01")
    assert any("disputed" in each for each in letter["rights"])


async def test_a_protected_source_is_not_in_the_letter(world: World) -> None:
    alert = await ratified(world, protect_source=True)
    answer = await world.amina.get(place(alert, "/letter"))
    letter = answer.json()
    assert (letter["source"], letter["what_happened"]) == (None, None)
    assert letter["behaviours"]
    for said in (alert["author"]["name"], alert["grounds"]["statement"], "Amina"):
        assert said not in answer.text


async def test_the_letter_is_for_the_owner_in_person(world: World) -> None:
    family = await shared_family(world)
    house = {"kind": "premises", "address_id": family["addresses"][0]["id"]}
    alert = await ratified(world, family, subject=house)
    problem(await world.tessa.get(place(alert, "/letter")), 403, "forbidden")
    problem(await world.health_visiting_system.get(place(alert, "/letter")), 403, "forbidden")
    problem(await world.lena.get(place(alert, "/letter")), 404, "not_found")
    letter = (await world.ruth.get(place(alert, "/letter"))).json()
    assert letter["subject"]["address"] == ["12 Fish Dock Road", "DN31 3NB"]


async def test_a_letter_about_a_child_goes_to_who_has_parental_responsibility(
    world: World,
) -> None:
    family = await shared_family(world)
    child = {"kind": "member", "member_id": family["members"][0]["id"]}
    alert = await ratified(world, family, subject=child)
    letter = (await world.ruth.get(place(alert, "/letter"))).json()
    assert letter["subject"]["is_child"] is True


async def test_the_owner_is_reminded_once_and_again_when_it_is_to_look_again(
    world: World,
) -> None:
    alert = await ratified(world)
    mark = await bookmark(world.health_visiting_system)

    async def reminded(days: int) -> list[str]:
        world.clock.advance(timedelta(days=days))
        await pass_all_deadlines(world.worker)
        told = about(await news(world.health_visiting_system, mark), alert["id"])
        return [each for each in told if each.startswith("alert.notification")]

    assert await reminded(14) == []  # the last day
    assert await reminded(1) == ["alert.notification_due"]
    assert await reminded(5) == ["alert.notification_due"]
    now = await read(world.ruth, alert)
    look = {"look_again_on": (world.clock.now() + timedelta(days=7)).date().isoformat()}
    assert (await withhold(world.ruth, now, **look)).status_code == 200
    changed = ["alert.notification_due", "alert.notification_changed"]
    assert await reminded(7) == changed
    assert await reminded(1) == [*changed, "alert.notification_due"]


async def test_nobody_is_told_of_what_has_ended(world: World) -> None:
    alert = (await withdraw(await ratified(world), world.ruth)).json()
    problem(await sent(world.amina, alert), 409, "conflict")
    problem(await withhold(world.ruth, alert), 409, "conflict")
