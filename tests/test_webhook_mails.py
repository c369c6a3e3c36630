"""An agency's mailbox is told of its webhooks: once, while it is so, and of nothing else."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from prometheus_client import REGISTRY
from structlog.testing import capture_logs

from api.webhooks.mails.delivery import Postman
from api.webhooks.mails.sending import Mailer
from tests.failing import BROKEN, OK
from tests.locks import held, waiters
from tests.mailing import GONE, LEASE_RAN_OUT, PATIENCE, TO, mailed, set_mailbox
from tests.world import World, etag

pytestmark = pytest.mark.anyio


async def test_a_trouble_that_lasts_is_told_and_then_its_end(world: World, superuser: Any) -> None:
    async with mailed(world) as its:
        await its.degrade()
        assert await its.post() == []
        world.clock.advance(PATIENCE)
        assert await its.post() == ["is failing"]
        assert await its.post() == []
        await its.recover()
        assert await its.post() == ["works again"]
        assert {each.to for each in its.there.letters} == {TO}
        assert await its.rows(superuser) == [("degraded", "sent", 1), ("recovered", "sent", 1)]


async def test_a_trouble_that_mends_itself_soon_is_not_told(world: World, superuser: Any) -> None:
    async with mailed(world) as its:
        await its.degrade()
        await its.recover()
        world.clock.advance(PATIENCE)
        assert await its.post() == []
        assert [each[1] for each in await its.rows(superuser)] == ["superseded"] * 2


async def test_a_trouble_is_told_also_where_a_message_is_taken_now_and_then(world: World) -> None:
    async with mailed(world) as its:
        await its.degrade()
        await its.it.move_to_probe()
        its.it.script.answer = OK
        assert await its.it.step() == 1
        its.it.script.answer = BROKEN
        while await its.it.step():
            pass
        world.clock.advance(PATIENCE)
        assert await its.post() == ["is failing"]
        assert (await its.it.shown())["status"] == "degraded"


async def test_410_is_told_at_once_and_that_it_works_again(world: World) -> None:
    async with mailed(world, GONE) as its:
        await its.it.publish(2)
        await its.it.step()
        assert await its.post() == ["is held"]
        assert "410 Gone" in its.there.letters[-1].text
        its.it.script.answer = OK
        assert (await its.it.post("resume")).status_code == 200
        assert await its.post() == []
        await its.it.publish(5)
        while await its.it.step():
            pass
        assert await its.post() == ["works again"]


async def test_a_trouble_of_days_is_told_once_and_then_that_it_is_held(world: World) -> None:
    async with mailed(world) as its:
        await its.degrade()
        world.clock.advance(PATIENCE)
        assert await its.post() == ["is failing"]
        world.clock.advance(timedelta(hours=72))
        await its.it.step()
        assert await its.post() == ["is held"]
        assert "72 hours" in its.there.letters[-1].text


async def test_what_its_own_agency_holds_is_told_too(world: World) -> None:
    async with mailed(world) as its:
        await its.it.post("hold")
        assert await its.post() == ["is held"]
        assert "Your agency holds it." in its.there.letters[-1].text


async def test_messages_that_are_given_up_are_told_together(world: World, superuser: Any) -> None:
    async with mailed(world) as its:
        await its.it.publish(2, severity="caution")
        for _ in range(10):
            its.it.script.answer = BROKEN
            await its.it.step()
            its.it.script.answer = OK
            await its.it.publish(3)
            while await its.it.step():
                pass
            world.clock.advance(timedelta(days=2))
        told = await its.post()
        assert "has given up messages" in told
        [letter] = [each for each in its.there.letters if "given up messages" in each.subject]
        assert "Given up: 2 messages." in letter.text
        assert "/replays" in letter.text


async def test_a_mail_names_the_webhook_and_nothing_of_what_it_delivers(world: World) -> None:
    async with mailed(world) as its:
        its.it.script.answer = BROKEN
        alerts = await its.it.publish(3) + await its.it.publish(2, severity="caution")
        while await its.it.step():
            pass
        world.clock.advance(PATIENCE)
        await its.post()
        [letter] = its.there.letters
        webhook = f"{world.worker.settings.base_url}/v1/webhooks/{its.it.subscription['id']}"
        assert webhook in letter.text
        assert "5 messages, of them 3 urgent" in " ".join(letter.text.split())
        assert letter.message["Auto-Submitted"] == "auto-generated"
        whole = letter.message.as_string()
        url = its.it.subscription["url"]
        members = [each["family_name"] for each in its.it.family["members"]]
        for secret in (*alerts, its.it.family["id"], *members, "Maya", "alert", url, "/hook"):
            assert secret not in whole, secret
        assert all(len(line) <= 998 and line.isascii() for line in whole.splitlines())


async def test_no_mailbox_no_mail_and_a_new_one_gets_what_comes_next(
    world: World, superuser: Any
) -> None:
    async with mailed(world, GONE) as its:
        shown = await its.it.shown()
        assert shown["webhook_email"] == TO
        await set_mailbox(world, None)
        assert (await its.it.shown())["webhook_email"] is None
        await its.it.publish(1)
        await its.it.step()
        assert await its.post() == []
        assert await its.rows(superuser) == [("held", "superseded", 0)]
        await set_mailbox(world, "other@school.example.org")
        await its.it.post("resume")
        await its.it.step()
        assert await its.post() == ["is held"]
        assert its.there.letters[-1].to == "other@school.example.org"


async def test_what_fails_is_tried_again_with_the_same_id(world: World, superuser: Any) -> None:
    async with mailed(world) as its:
        await its.it.post("hold")
        its.there.answers["TEXT"] = "451 later"
        assert await its.post() == []
        assert await its.rows(superuser) == [("held", "waiting", 1)]
        assert await its.due_at(superuser) > world.clock.now()
        del its.there.answers["TEXT"]
        world.clock.advance(timedelta(seconds=10))
        assert await its.post() == ["is held"]
        assert await its.rows(superuser) == [("held", "sent", 2)]


async def test_what_is_refused_for_ever_is_given_up_and_counted(
    world: World, superuser: Any
) -> None:
    before = REGISTRY.get_sample_value("doorstep_mails_given_up_total") or 0
    async with mailed(world) as its:
        its.there.answers["RCPT"] = "550 nobody here"
        await its.it.post("hold")
        with capture_logs() as lines:
            assert await its.post() == []
        world.clock.advance(timedelta(days=1))
        assert await its.post() == []
        assert await its.rows(superuser) == [("held", "given_up", 1)]
        assert REGISTRY.get_sample_value("doorstep_mails_given_up_total") == before + 1
        assert [each["event"] for each in lines] == ["mail", "mail_given_up"]
        assert TO not in str(lines)


async def test_the_schedule_ends_after_ten_attempts(world: World, superuser: Any) -> None:
    async with mailed(world) as its:
        its.there.answers["CONNECT"] = "421 too busy"
        await its.it.post("hold")
        for _ in range(12):
            await its.post()
            world.clock.advance(timedelta(hours=30))
        assert await its.rows(superuser) == [("held", "given_up", 10)]
        assert its.there.connections == 10


async def test_what_is_over_before_it_could_be_told_is_not_sent_afterwards(
    world: World, superuser: Any
) -> None:
    async with mailed(world) as its:
        its.there.answers["TEXT"] = "451 later"
        await its.degrade()
        world.clock.advance(PATIENCE)
        assert await its.post() == []
        await its.recover()
        del its.there.answers["TEXT"]
        world.clock.advance(timedelta(minutes=10))
        # Whether the first attempt has arrived nobody knows, so its end is told.
        assert await its.post() == ["works again"]
        assert await its.rows(superuser) == [
            ("degraded", "superseded", 1), ("recovered", "sent", 1),
        ]  # fmt: skip


async def test_one_that_comes_and_goes_does_not_flood_the_mailbox(world: World) -> None:
    async with mailed(world) as its:
        told: list[str] = []
        for _ in range(24):
            await its.degrade()
            world.clock.advance(timedelta(minutes=6))
            told += await its.post()
            await its.recover()
            told += await its.post()
            world.clock.advance(timedelta(minutes=4))
        # Within more than four hours: at the start, after one, and after two more.
        assert told == ["is failing", "works again"] * 3


async def test_nothing_leaves_for_a_suspended_agency_until_it_is_back(world: World) -> None:
    path = f"/v1/agencies/{world.agencies['school'].id}"
    async with mailed(world) as its:
        await its.it.post("hold")
        present = (await world.ada.get(path)).json()
        suspended = await world.ada.post(f"{path}/suspend", headers=etag(present))
        assert await its.post() == []
        await world.ada.post(f"{path}/reactivate", headers=etag(suspended.json()))
        assert await its.post() == ["is held"]


async def test_a_revoked_webhook_is_not_written_of(world: World, superuser: Any) -> None:
    async with mailed(world) as its:
        await its.it.post("hold")
        path = f"/v1/webhooks/{its.it.subscription['id']}"
        version = etag(await its.it.shown())
        assert (await world.school_system.delete(path, headers=version)).status_code == 200
        assert await its.post() == []
        assert await its.rows(superuser) == [("held", "superseded", 0)]


async def test_a_worker_killed_after_sending_sends_it_again_with_the_same_id(
    world: World, superuser: Any, database_urls: dict[str, str]
) -> None:
    async with mailed(world) as its:
        await its.it.post("hold")
        row = "SELECT FROM webhook_mails WHERE status = 'waiting' FOR UPDATE"
        its.there.hangs.add("TEXT")
        killed = asyncio.create_task(its.postman.step())
        await its.there.until("TEXT")
        async with held(database_urls["postgres"], row):
            its.there.hangs.clear()
            its.there.release()
            await waiters(superuser, 1)
            killed.cancel()
            await asyncio.gather(killed, return_exceptions=True)
        assert await its.post() == []
        world.clock.advance(LEASE_RAN_OUT)
        assert await its.post() == ["is held"]
        assert [each.id for each in its.there.letters] == [its.there.letters[0].id] * 2
        assert await its.rows(superuser) == [("held", "sent", 2)]


async def test_who_has_lost_the_lease_records_nothing(world: World, superuser: Any) -> None:
    async with mailed(world) as its:
        await its.it.post("hold")
        its.there.hangs.add("TEXT")
        slow = asyncio.create_task(its.postman.step())
        await its.there.until("TEXT")
        its.there.hangs.clear()
        world.clock.advance(LEASE_RAN_OUT)
        assert await its.post() == ["is held"]
        its.there.answers["TEXT"] = "554 no"
        its.there.release()
        await slow
        assert await its.rows(superuser) == [("held", "sent", 2)]


async def test_of_two_workers_one_sends_a_mail(world: World, superuser: Any) -> None:
    async with mailed(world) as its:
        other = Postman(world.worker, Mailer(its.there.address(), "doorstep@example.org"))
        for _ in range(5):
            await its.it.post("hold")
            await asyncio.gather(*(each.step() for each in (its.postman, other) * 3))
            assert len({each.id for each in its.there.letters}) == len(its.there.letters)
            await its.it.post("resume")
            world.clock.advance(timedelta(days=2))
        assert len(its.there.letters) == 5


async def test_while_one_is_in_flight_the_next_of_its_webhook_waits(world: World) -> None:
    async with mailed(world) as its:
        await its.degrade()
        world.clock.advance(PATIENCE)
        its.there.hangs.add("TEXT")
        first = asyncio.create_task(its.postman.step())
        await its.there.until("TEXT")
        its.there.hangs.clear()
        await its.recover()
        other = Postman(world.worker, Mailer(its.there.address(), "doorstep@example.org"))
        assert await other.step() == 0
        its.there.release()
        await first
        assert await other.step() == 1
        assert [each.rpartition(" ")[2] for each in its.there.subjects] == ["failing", "again"]
