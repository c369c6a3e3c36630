"""`doorstep`: the operator's command line."""

import asyncio
import json
import sys
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID, uuid4

import asyncpg
import typer
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from api import server, worker
from api.agencies.models import SigningKey
from api.agencies.oauth import keys as signing
from api.audit import keys as checkpoint_keys
from api.audit.models import CheckpointKey
from api.commands import access, agencies, audit, deliveries, keys, mail
from api.commands.context import console, database_url, fail, run
from api.demo.launcher import demo as run_demo
from api.foundation.clock import SystemClock
from api.foundation.crypto import Keyring
from api.foundation.database import Database
from api.foundation.embedded import ServerFailed
from api.foundation.migrating import NotMigrated
from api.foundation.migrating import migrate as migrate_schema
from api.foundation.selfcheck import Unsafe
from api.journal.models import Instance
from api.journal.unit_of_work import UnitOfWork
from api.main import create_app
from api.settings import Settings, UnsafeSettings, load_settings
from api.webhooks import event_schemas

app = typer.Typer(
    name="doorstep",
    help="What every agency knows about the risk, before anyone knocks.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.add_typer(agencies.agency, name="agency")
app.add_typer(agencies.client, name="client")
app.add_typer(agencies.practitioner, name="practitioner")
app.add_typer(keys.keys, name="keys")
app.add_typer(audit.audit, name="audit")
app.add_typer(deliveries.deliveries, name="deliveries")
app.add_typer(mail.mail, name="mail")
app.command("token")(access.token)


@app.command()
def serve() -> None:
    """The API. As role doorstep_api."""
    settings = load_settings()
    server.serve(settings, database_url(settings, "doorstep_api"))


@app.command("worker")
def run_worker() -> None:
    """Deliveries, deadlines and the audit chain. As role doorstep_worker; any number of them."""
    settings = load_settings()
    worker.run(settings, database_url(settings, "doorstep_worker"))


@app.command()
def migrate(revision: Annotated[str, typer.Argument()] = "head") -> None:
    """Brings the schema to this version. As role doorstep_owner."""
    settings = load_settings()
    asyncio.run(prepare_database(settings, database_url(settings, "doorstep_owner"), revision))
    console.print(f"migrated to {revision}")


async def prepare_database(settings: Settings, url: str, revision: str = "head") -> None:
    """The schema, and the first signing keys where there are none."""
    await migrate_schema(url, revision)
    if revision != "head":
        return
    database = Database(url, pool_size=1, wait_seconds=settings.pool_wait_seconds)
    try:
        async with database.session() as session:
            keyring, now = Keyring(*settings.master_keys), SystemClock().now()
            if await session.scalar(select(SigningKey.kid).limit(1)) is None:
                await signing.rotate(session, keyring, now)
            if await session.scalar(select(CheckpointKey.kid).limit(1)) is None:
                await checkpoint_keys.rotate(session, keyring, now)
            await session.commit()
    finally:
        await database.close()


@app.command("renew-epoch")
def renew_epoch() -> None:
    """After a restore from a backup, before anything starts: readers of the feed are told to
    start anew, since positions after the backup are given out a second time. As role
    doorstep_owner."""

    async def step(work: UnitOfWork) -> UUID:
        instance = (await work.session.scalars(select(Instance).with_for_update())).one()
        instance.epoch = uuid4()
        work.note("instance.epoch_renewed", None, details={"epoch": str(instance.epoch)})
        return instance.epoch

    console.print(f"epoch {run(step, role='doorstep_owner')}")


@app.command("demo")
def demo() -> None:
    """A demo partnership with everything it needs, and the main job played once."""
    run_demo(load_settings(), prepare_database)


@app.command()
def openapi(
    out: Annotated[Path | None, typer.Option(help="A file; else it is printed.")] = None,
) -> None:
    """The OpenAPI document."""
    application = create_app(load_settings(), "postgresql://localhost/unused")
    _write_json(application.openapi(), out)


@app.command("event-schemas")
def write_event_schemas(
    out: Annotated[Path | None, typer.Option(help="A file; else it is printed.")] = None,
) -> None:
    """JSON Schemas of every message that a receiver is sent and the feed shows."""
    _write_json(event_schemas.document(), out)


def _write_json(document: dict[str, Any], out: Path | None) -> None:
    text = json.dumps(document, indent=1, ensure_ascii=False, sort_keys=True) + "\n"
    if out is None:
        sys.stdout.write(text)
    else:
        out.write_text(text)


def main() -> None:
    """Every failure that a person can mend is one line, not a traceback."""
    try:
        app()
    except (UnsafeSettings, ServerFailed, NotMigrated, Unsafe, server.CannotStart) as error:
        raise SystemExit(fail(str(error)).exit_code) from None
    except (asyncpg.PostgresError, SQLAlchemyError) as error:
        reason = type(getattr(error, "orig", error)).__name__
        raise SystemExit(fail(f"The database refused: {reason}.").exit_code) from None
    except OSError as error:
        raise SystemExit(fail(_system_error(error)).exit_code) from None


def _system_error(error: OSError) -> str:
    words = error.strerror or "the connection failed"
    place = f" ({error.filename})" if error.filename else ""
    return f"{words[0].upper()}{words[1:]}{place}."
