"""The feed."""

import asyncio
import contextlib
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response

from api.access.roles import Permission
from api.events import queries
from api.events.schemas import EventPage
from api.foundation.errors import BadRequest, EpochMismatch
from api.foundation.json import to_json
from api.foundation.openapi import problems
from api.foundation.paging import MAX_LIMIT, Cursors, next_link
from api.journal.dependencies import Work, admitted, authenticated, requires, runtime_of
from api.journal.rendering import render
from api.journal.runtime import Runtime, TokenSubject

router = APIRouter(prefix="/v1", tags=["Events"])

MAX_WAIT = 30
MOST_WAITING = 20  # requests of one agency, in one process
POLL_SECONDS = 1.0


@dataclass(frozen=True)
class Place:
    """Where in its inbox a reader stands."""

    cursors: Cursors
    position: int
    epoch: UUID


async def place_of(
    request: Request,
    subject: Annotated[TokenSubject, Depends(authenticated)],
    after: Annotated[
        str | None, Query(max_length=500, description="`next` of the page before.")
    ] = None,
    position: Annotated[
        int | None, Query(ge=0, le=2**62, description="Instead of a cursor, with `epoch`.")
    ] = None,
    epoch: Annotated[
        UUID | None, Query(description="Of the service, as every event names it: with `position`.")
    ] = None,
) -> Place:
    """Raises InvalidCursor, EpochMismatch, or BadRequest for half of a position."""
    runtime = runtime_of(request)
    present = await queries.epoch_of(runtime)
    cursors = Cursors(runtime.keyring, subject.agency_id, "events")
    if (position is None) != (epoch is None) or (after and position is not None):
        raise BadRequest("Give `after`, or `position` together with `epoch`, or neither.")
    known, start = epoch or present, position or 0
    if after is not None:
        given, read = cursors.read(after)
        known, start = UUID(str(given)), int(read)
    if known != present:
        raise EpochMismatch
    return Place(cursors, start, present)


async def wait_for_news(
    request: Request,
    subject: Annotated[TokenSubject, Depends(authenticated)],
    place: Annotated[Place, Depends(place_of)],
    wait: Annotated[
        int, Query(ge=0, le=MAX_WAIT, description="Seconds to wait for something new.")
    ] = 0,
) -> None:
    """Waits before any transaction is open, holding no connection meanwhile. Whoever will be
    refused, or has many requests waiting already, is answered at once."""
    runtime, agency_id = runtime_of(request), subject.agency_id
    if wait == 0 or runtime.bell.waiters(agency_id) >= MOST_WAITING:
        return
    if not await admitted(request, subject, Permission.FEED_READ):
        return
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(wait):
            await _news(request, runtime, agency_id, place.position)


async def _news(request: Request, runtime: Runtime, agency_id: UUID, position: int) -> None:
    async with runtime.bell.waiting(agency_id) as rung:
        while await queries.last_position(runtime, agency_id) <= position:
            if await request.is_disconnected():
                return
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(POLL_SECONDS):
                    await rung.wait()
            rung.clear()


@router.get(
    "/events",
    summary="Read the feed",
    response_model=EventPage,
    dependencies=[Depends(wait_for_news), requires(Permission.FEED_READ)],
    responses=problems(410),
)
async def list_events(
    work: Work,
    place: Annotated[Place, Depends(place_of)],
    limit: Annotated[int, Query(ge=1, le=MAX_LIMIT)] = 200,
) -> Response:
    """Everything the agency was told, in order and without holes, with a long poll: `wait` holds
    an empty answer back for up to 30 seconds. What it may no longer read is an `event.withheld`
    in its place. Keep `next`, and go on from it, whatever happens in between."""
    rows = await queries.page(work, place.position, limit)
    last = rows[-1].position if rows else place.position
    base_url = work.runtime.settings.base_url
    items = [render(row, epoch=place.epoch, base_url=base_url) for row in rows]
    if rows:
        details = {"from": rows[0].position, "to": last}
        work.note("events.read", None, details=details)
    following = place.cursors.make(str(place.epoch), last)
    body = {"items": items, "next": following, "epoch": place.epoch}
    headers = {}
    if len(rows) == limit:
        headers["Link"] = next_link("/v1/events", {"after": following, "limit": limit})
    return work.respond(200, to_json(body), headers=headers)
