"""The application: every router, middleware and error handler. The table of contents."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles

from api import __version__, pages
from api.agencies import routes as agencies
from api.agencies.oauth import routes as oauth
from api.agencies.oauth.keys import SigningKeys
from api.agreements import answers as agreement_answers
from api.agreements import routes as agreements
from api.agreements.breaches import routes as breaches
from api.agreements.signing import routes as signing
from api.alerts import answers as alert_answers
from api.alerts import routes as alerts
from api.alerts.acknowledgements import routes as acknowledgements
from api.alerts.challenges import routes as challenges
from api.alerts.corrections import routes as corrections
from api.alerts.notifications import routes as notifications
from api.alerts.recalls import routes as recalls
from api.alerts.reviews import routes as reviews
from api.audit import events as checkpoints
from api.audit import routes as audit
from api.code_lists import routes as code_lists
from api.engagement.advice import routes as advice
from api.engagement.constraints import routes as constraints
from api.engagement.inabilities import routes as inabilities
from api.engagement.observations import routes as observations
from api.engagement.profile import routes as profile
from api.engagement.reflections import routes as reflections
from api.engagement.sharing_checks import routes as sharing_checks
from api.engagement.sharing_checks.obligations import answers as obligation_answers
from api.engagement.sharing_checks.obligations import routes as obligations
from api.events import routes as events
from api.families import routes as families
from api.families.break_glass import routes as break_glass
from api.families.involvements import routes as involvements
from api.families.merging import routes as merging
from api.foundation import openapi, problems
from api.foundation.body import BodyPipeline
from api.foundation.clock import Clock, SystemClock
from api.foundation.crypto import Keyring
from api.foundation.database import Database
from api.foundation.middleware import RequestContext
from api.incidents import answers as incident_answers
from api.incidents import routes as incidents
from api.incidents.sharing import routes as sharing
from api.journal.bell import Bell
from api.journal.dependencies import Replay, replayed
from api.journal.runtime import Runtime
from api.meetings import answers as meeting_answers
from api.meetings import routes as meetings
from api.meetings.actions import answers as action_answers
from api.meetings.actions import routes as actions
from api.meetings.exclusions import routes as exclusions
from api.meetings.invitations import routes as meeting_invitations
from api.meetings.outcome import routes as outcomes
from api.meetings.reports import routes as meeting_reports
from api.overview import routes as overview
from api.overview.accesses import routes as accesses
from api.overview.chronology import routes as chronology
from api.overview.picture import events as indicators
from api.overview.picture import routes as picture
from api.overview.unusual_reading import events as unusual_reading
from api.plans import answers as plan_answers
from api.plans import routes as plans
from api.settings import Settings
from api.webhooks import documentation
from api.webhooks import routes as webhooks
from api.webhooks.attempts import routes as attempts
from api.webhooks.replays import routes as replays
from api.webhooks.url_changes import routes as url_changes

ROUTERS = (
    oauth.router,
    families.router,
    involvements.router,
    involvements.invitations,
    merging.router,
    alerts.router,
    acknowledgements.router,
    reviews.router,
    corrections.router,
    notifications.router,
    challenges.router,
    recalls.router,
    incidents.router,
    sharing.router,
    observations.router,
    constraints.router,
    inabilities.router,
    profile.router,
    advice.router,
    sharing_checks.router,
    obligations.router,
    reflections.router,
    agreements.router,
    signing.router,
    breaches.router,
    meetings.router,
    meeting_invitations.router,
    exclusions.router,
    meeting_reports.router,
    outcomes.router,
    actions.router,
    plans.router,
    overview.router,
    picture.router,
    break_glass.router,
    chronology.router,
    accesses.router,
    events.router,
    webhooks.router,
    attempts.router,
    replays.router,
    url_changes.router,
    audit.router,
    agencies.router,
    code_lists.router,
    pages.router,
)
TAGS = [
    {"name": "Access", "description": "First, a token: for a system, or for a practitioner."},
    {"name": "Families", "description": "Then the shared record: match it, or register it."},
    {"name": "Involvement", "description": "Who has a reason to know, and who leads."},
    {"name": "Alerts", "description": "What the next visitor must know."},
    {"name": "Challenges", "description": "An alert is objected to, and somebody else answers."},
    {"name": "Recalls", "description": "What was told is taken back, with receipts."},
    {"name": "Incidents", "description": "Hostility met once, considered for everyone."},
    {
        "name": "Engagement",
        "description": "How the family engages short of hostility, and what cannot be assessed.",
    },
    {
        "name": "Sharing checks",
        "description": "Six questions, and the obligation to share that follows from a yes.",
    },
    {"name": "Reflections", "description": "On one's own work; for nobody else but managers."},
    {
        "name": "Agreements",
        "description": "What is agreed with a family in writing, and what was not kept of it.",
    },
    {
        "name": "Meetings",
        "description": "What agencies decide together, and what each of them does about it.",
    },
    {"name": "Before a visit", "description": "One call before knocking."},
    {
        "name": "Break-glass",
        "description": "In an emergency, without involvement; told at once, always reviewed.",
    },
    {"name": "Events", "description": "The feed: gap-free, by long poll."},
    {"name": "Webhooks", "description": "The feed, pushed and signed."},
    {"name": "Audit", "description": "Who did and read what, and that nobody rewrote it."},
    {"name": "Agencies", "description": "Who takes part; their people, clients and keys."},
    {"name": "Code lists", "description": "The procedure's lists as codes."},
    {"name": "Operation", "description": "For those who run the service."},
]
REGISTERED = (
    alert_answers, agreement_answers, incident_answers, obligation_answers,
    # The lead has taken a meeting over before its actions go back to the chair.
    meeting_answers, action_answers, plan_answers, unusual_reading, indicators, checkpoints,
)  # fmt: skip


def create_app(settings: Settings, database_url: str, *, clock: Clock | None = None) -> FastAPI:
    """The application over one database. Nothing is opened before it starts."""
    app = assemble(settings.issuer)
    attach(app, settings, database_url, clock=clock)
    return app


def attach(
    app: FastAPI, settings: Settings, database_url: str, *, clock: Clock | None = None
) -> None:
    """Gives an application that is not running its database."""
    app.state.runtime, app.state.signing_keys = build_runtime(settings, database_url, clock=clock)


def assemble(issuer: str) -> FastAPI:
    """Routes, middleware and error handlers, over no database yet."""
    app = FastAPI(
        title="Doorstep",
        version=__version__,
        summary="What every agency knows about the risk, before anyone knocks.",
        description=pages.DESCRIPTION,
        openapi_tags=TAGS,
        openapi_url=None,  # served by pages, with the dates of its examples moved to today
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,  # to wherever the Host header says, with the body
        lifespan=_lifespan,
        generate_unique_id_function=lambda route: route.name,
    )
    for router in ROUTERS:
        app.include_router(router)
    app.mount("/docs", StaticFiles(packages=[("fastapi_swagger", "resources")]))
    problems.install(app)
    app.add_exception_handler(Replay, replayed)
    app.add_middleware(problems.LastResort)
    app.add_middleware(BodyPipeline)
    app.add_middleware(RequestContext, issuer=issuer)
    app.openapi = lambda: openapi.document(app, documentation.webhooks())  # type: ignore[method-assign]
    return app


def build_runtime(
    settings: Settings, database_url: str, *, clock: Clock | None = None
) -> tuple[Runtime, SigningKeys]:
    """What a process shares between its requests or its tasks."""
    keyring = Keyring(*settings.master_keys)
    database = Database(
        database_url, pool_size=settings.pool_size, wait_seconds=settings.pool_wait_seconds
    )
    clock = clock or SystemClock()
    keys = SigningKeys(database, keyring, clock, settings.issuer)
    bell = Bell(database_url)
    runtime = Runtime(settings, clock, database, keyring, keys.authenticate, bell)
    return runtime, keys


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    runtime: Runtime = app.state.runtime
    listening: asyncio.Task[Any] = asyncio.create_task(runtime.bell.run())
    try:
        yield
    finally:
        listening.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await listening
        await runtime.database.close()
