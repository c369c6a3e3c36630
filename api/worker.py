"""`doorstep worker`: all time-driven work. Any number may run at once, and be killed at will."""

import asyncio
import contextlib
import signal
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from uuid import UUID

import structlog
from prometheus_client import start_http_server
from sqlalchemy import delete

from api.agencies.models import UsedAssertion
from api.agreements.deadlines import tell_agreement_reviews
from api.alerts.acknowledgements.deadlines import escalate_silence, tell_undelivered
from api.alerts.challenges.deadlines import escalate_challenges
from api.alerts.deadlines import ask_after_departures, pass_deadlines
from api.alerts.recalls.deadlines import remind_of_recalls, settle_recalls
from api.audit.service import make_checkpoint
from api.engagement.sharing_checks.obligations.deadlines import (
    start_clocks,
    tell_overdue_obligations,
)
from api.events.queries import epoch_of
from api.families.break_glass.deadlines import tell_overdue_reviews
from api.foundation import logs
from api.foundation.clock import DatabaseClock
from api.incidents.deadlines import remind_of_missing
from api.incidents.sharing.deadlines import urge_decisions
from api.journal import chain
from api.journal.models import IdempotencyKey
from api.journal.runtime import Runtime
from api.main import build_runtime
from api.meetings.actions.deadlines import tell_overdue_actions
from api.meetings.deadlines import tell_follow_ups
from api.overview.picture.deadlines import raise_indicators
from api.overview.unusual_reading.deadlines import tell_unusual_reading
from api.plans.deadlines import tell_plan_reviews
from api.server import check_database, keep_what_is_there
from api.settings import Settings, warn_of_unknown_variables
from api.webhooks.delivery import Courier
from api.webhooks.fan_out import fan_out
from api.webhooks.heartbeats import beat, forget_heartbeats
from api.webhooks.mails.delivery import Postman, forget_mails
from api.webhooks.mails.sending import mailer_of
from api.webhooks.observing import observe
from api.webhooks.replays.queueing import queue_replays
from api.webhooks.sending import Sender

POLL_SECONDS = 1.0
DEADLINE_SECONDS = 5.0
WATCH_SECONDS = 60.0
OBSERVE_SECONDS = 15.0
SWEEP_SECONDS = 5.0
CHECKPOINT_SECONDS = 60.0
HOUSEKEEPING_SECONDS = 300.0
RETRY_SECONDS = 1.0
CLOCK_SECONDS = 5.0
BREAK_OFF_SECONDS = 0.5
STEP_SECONDS = 5.0
APART_SECONDS = 0.5
KEEP_ANSWERS = timedelta(days=7)

# What happens because time passes; each does one batch, and says how many it did.
DEADLINES = (
    pass_deadlines,
    ask_after_departures,
    tell_undelivered,
    escalate_silence,
    settle_recalls,
    remind_of_recalls,
    escalate_challenges,
    tell_overdue_reviews,
    urge_decisions,
    remind_of_missing,
    start_clocks,
    tell_overdue_obligations,
    tell_agreement_reviews,
    tell_follow_ups,
    tell_overdue_actions,
    tell_plan_reviews,
)

log = structlog.get_logger("worker")


async def pass_all_deadlines(runtime: Runtime) -> None:
    """Everything that is due now, batch by batch."""
    for step in DEADLINES:
        while await step(runtime):
            continue


async def housekeeping(runtime: Runtime) -> None:
    """Removes what is only kept for a time: answers to retries, ids of used assertions."""
    now = runtime.clock.now()
    async with runtime.database.session() as session:
        await session.execute(
            delete(IdempotencyKey).where(IdempotencyKey.created_at < now - KEEP_ANSWERS)
        )
        await session.execute(delete(UsedAssertion).where(UsedAssertion.expires_at < now))
        await session.commit()


class Worker:
    """Runs every task beside the others; one that fails is tried again and stops no other."""

    def __init__(self, runtime: Runtime, sender: Sender, epoch: UUID) -> None:
        self._runtime = runtime
        self._courier = Courier(runtime, sender, epoch)
        mailer = mailer_of(runtime.settings)
        self._postman = Postman(runtime, mailer) if mailer else None
        self._stepping = asyncio.Lock()

    async def run(self, stop: asyncio.Event) -> None:
        tasks = [
            asyncio.create_task(self._forever(name, step))
            for name, step in (
                ("bell", self._runtime.bell.run),
                ("clock", self._read_clock),
                ("fan_out", self._fan_out),
                ("delivery", self._deliver),
                ("apart", self._record_apart),
                ("sweep", self._sweep),
                ("heartbeats", self._beat),
                ("replays", self._replay),
                ("mails", self._post),
                ("observe", self._observe),
                ("deadlines", self._deadlines),
                ("watch", self._watch),
                ("picture", self._picture),
                ("seal", self._seal),
                ("checkpoint", self._checkpoint),
                ("housekeeping", self._housekeeping),
            )
        ]
        breaking_off = asyncio.create_task(self._forever("break_off", self._break_off))
        await stop.wait()
        with contextlib.suppress(TimeoutError):  # what is being claimed is sent
            async with asyncio.timeout(STEP_SECONDS):
                await self._stepping.acquire()
        await _cancel(tasks)
        with contextlib.suppress(Exception):  # what is not recorded is sent again
            await self._courier.drain()
        await _cancel([breaking_off])

    async def _forever(self, name: str, step: Callable[[], Awaitable[None]]) -> None:
        while True:
            try:
                await step()
            except Exception as error:  # whatever it was, the next round may succeed
                log.warning("task_failed", task=name, error_type=type(error).__name__)
                await asyncio.sleep(RETRY_SECONDS)

    async def _read_clock(self) -> None:
        if isinstance(self._runtime.clock, DatabaseClock):
            await self._runtime.clock.read(self._runtime.database)
        await asyncio.sleep(CLOCK_SECONDS)

    async def _fan_out(self) -> None:
        async with self._runtime.bell.waiting() as rung:
            while True:
                if await fan_out(self._runtime):
                    self._courier.news.set()
                    continue
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(POLL_SECONDS):
                        await rung.wait()
                rung.clear()

    async def _deliver(self) -> None:
        while True:
            async with self._stepping:
                await self._courier.step()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(POLL_SECONDS):
                    await self._courier.news.wait()

    async def _record_apart(self) -> None:
        await self._courier.record_apart()
        await asyncio.sleep(APART_SECONDS)

    async def _break_off(self) -> None:
        await self._courier.break_off()
        await asyncio.sleep(BREAK_OFF_SECONDS)

    async def _sweep(self) -> None:
        await self._courier.sweep()
        await asyncio.sleep(SWEEP_SECONDS)

    async def _beat(self) -> None:
        while await beat(self._runtime):
            self._courier.news.set()
        await asyncio.sleep(POLL_SECONDS)

    async def _replay(self) -> None:
        while await queue_replays(self._runtime):
            self._courier.news.set()
        await asyncio.sleep(POLL_SECONDS)

    async def _post(self) -> None:
        while self._postman and await self._postman.step():
            continue
        await asyncio.sleep(POLL_SECONDS)

    async def _observe(self) -> None:
        await observe(self._runtime)
        await asyncio.sleep(OBSERVE_SECONDS)

    async def _deadlines(self) -> None:
        await pass_all_deadlines(self._runtime)
        await asyncio.sleep(DEADLINE_SECONDS)

    async def _watch(self) -> None:
        await tell_unusual_reading(self._runtime)
        await asyncio.sleep(WATCH_SECONDS)

    async def _picture(self) -> None:
        while await raise_indicators(self._runtime):
            continue
        await asyncio.sleep(WATCH_SECONDS)

    async def _seal(self) -> None:
        while await chain.seal(self._runtime):
            continue
        await asyncio.sleep(POLL_SECONDS)

    async def _checkpoint(self) -> None:
        await make_checkpoint(self._runtime)
        await asyncio.sleep(CHECKPOINT_SECONDS)

    async def _housekeeping(self) -> None:
        await housekeeping(self._runtime)
        await forget_heartbeats(self._runtime)
        await forget_mails(self._runtime)
        await asyncio.sleep(HOUSEKEEPING_SECONDS)


async def _cancel(tasks: Sequence[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def work(settings: Settings, database_url: str) -> None:
    """Until it is told to stop."""
    await check_database(database_url, "doorstep_worker")
    if settings.worker_metrics_port is not None:
        start_http_server(settings.worker_metrics_port)
    clock = DatabaseClock()
    runtime, _ = build_runtime(settings, database_url, clock=clock)
    await clock.read(runtime.database)
    sender = Sender(loopback_allowed=settings.allow_loopback_webhooks)
    if settings.allow_loopback_webhooks:
        log.warning("loopback_webhooks_allowed", state="development only")
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    try:
        await Worker(runtime, sender, await epoch_of(runtime)).run(stop)
    finally:
        await sender.close()
        await runtime.database.close()


def run(settings: Settings, database_url: str) -> None:
    logs.configure(settings.log_level)
    warn_of_unknown_variables()
    keep_what_is_there()
    asyncio.run(work(settings, database_url))
