"""Records the SQL that the service runs for one request of each case, so that the floor runs
the same statements in the same transactions, whatever the service becomes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx
from sqlalchemy import event

from api.agencies.oauth.service import JWT_BEARER
from api.commands.access import assertion
from api.main import create_app
from api.settings import Settings
from bench.cases import CASES, Request
from bench.data import BenchAgency
from bench.meetings import STAFF_ID

Statement = tuple[str, tuple[Any, ...]]


@dataclass(frozen=True)
class Recording:
    """The statements of one request, which was about the family `number`."""

    name: str
    number: int
    key: str
    statements: list[Statement]


async def record(
    settings: Settings, url: str, agencies: Sequence[BenchAgency], epoch: UUID, families: int
) -> list[Recording]:
    """Plays every case in this process, twice: the second time, what is kept between requests is
    there."""
    app = create_app(settings, url)
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url=settings.base_url) as http,
    ):
        seen: list[Statement] = []
        _listen(app.state.runtime.database.engine.sync_engine, seen)
        found = []
        for case in CASES:
            first, second = case.to_capture()
            agency = agencies[first % len(agencies)]
            token = await ask_token(http, agency, in_person=case.by_chair)
            for number in (first, second):
                seen.clear()
                key = await _play(http, case.make(number, epoch, families), token)
            found.append(Recording(case.name, second, key, list(seen)))
    return found


async def ask_token(
    http: httpx.AsyncClient, agency: BenchAgency, *, in_person: bool = False
) -> str:
    """Of the agency's system, or of its chair."""
    client_id = str(agency.client_id)
    form = {"grant_type": "client_credentials"}
    if in_person:
        base_url = str(http.base_url).rstrip("/")
        asserted = assertion(base_url, client_id, STAFF_ID, agency.pem, agency.kid)
        form = {"grant_type": JWT_BEARER, "assertion": asserted}
    answer = await http.post("/oauth2/token", data=form, auth=(client_id, agency.secret))
    return str(answer.raise_for_status().json()["access_token"])


async def _play(http: httpx.AsyncClient, request: Request, token: str) -> str:
    headers = {"authorization": f"Bearer {token}", **dict(request.headers)}
    if request.body:
        headers["content-type"] = "application/json"
    answer = await http.request(request.method, request.path, headers=headers, content=request.body)
    answer.raise_for_status()
    return headers.get("idempotency-key", "")


def _listen(engine: Any, seen: list[Statement]) -> None:
    def note(_conn: Any, _cursor: Any, statement: str, given: Any, *_rest: Any) -> None:
        many = given if isinstance(given, list) else [given]
        seen.extend((statement, tuple(each or ())) for each in many)

    @event.listens_for(engine, "checkout")
    def listen(connection: Any, _record: Any, _proxy: Any) -> None:
        connection.driver_connection.add_query_logger(log)

    def log(query: Any) -> None:
        # What SQLAlchemy ran is noted above; asyncpg names it again where it runs many at once.
        if query.args and not isinstance(query.args[0], tuple):
            seen.append((query.query, tuple(query.args)))

    event.listen(engine, "before_cursor_execute", note)
