"""An operator who rewrites history and knows how: everything agrees afterwards, but for what others
have kept."""

from typing import Any
from uuid import UUID

from sqlalchemy import select

from api.audit import keys
from api.audit.rules import Statement, checkpoint_id
from api.foundation.database import Database
from api.journal import chain
from api.journal.models import AuditEntry, AuditSeal
from tests.world import BASE_URL, World


async def entry_at(superuser: Any, number: int) -> UUID:
    found: UUID = await superuser.fetchval(
        "SELECT entry_id FROM audit_seals WHERE number = $1", number
    )
    return found


class Operator:
    """Who has the database, the encryption key and the signing keys, and all the time needed."""

    def __init__(self, world: World, superuser: Any) -> None:
        self.world = world
        self.superuser = superuser

    async def rewrite(self, number: int, change: str) -> None:
        """Changes an entry, and makes the chain and its checkpoints agree with it."""
        await self.superuser.execute(
            f"UPDATE audit_entries SET {change} WHERE id = $1",
            await entry_at(self.superuser, number),
        )
        await self.seal_anew()
        await self.sign_anew()

    async def seal_anew(self) -> None:
        database = Database(self.world.urls["doorstep_owner"], pool_size=1, wait_seconds=5)
        digest, digests = chain.GENESIS, []
        async with database.session() as session:
            links = select(AuditSeal.number, AuditEntry).join(
                AuditEntry, AuditEntry.id == AuditSeal.entry_id
            )
            for number, entry in await session.execute(links.order_by(AuditSeal.number)):
                digest = chain.link(digest, entry)
                digests.append((number, digest))
        await database.close()
        update = "UPDATE audit_seals SET digest = $2 WHERE number = $1 AND digest <> $2"
        await self.superuser.executemany(update, digests)

    async def sign_anew(self) -> None:
        """In their order: a new id stands in an entry, which changes every digest after it."""
        previous = None
        count = await self.superuser.fetchval("SELECT count(*) FROM audit_checkpoints")
        for place in range(count):
            row = await self.superuser.fetchrow(
                "SELECT c.*, s.digest AS present FROM audit_checkpoints c "
                "JOIN audit_seals s USING (number) ORDER BY number OFFSET $1 LIMIT 1",
                place,
            )
            made = checkpoint_id(row["number"], row["present"], previous)
            if made != row["id"]:
                await self._replace(row, made, previous)
                await self.seal_anew()
            previous = made

    async def _replace(self, row: Any, made: UUID, previous: UUID | None) -> None:
        async with self.world.worker.database.session() as session:
            signer = await keys.present(session, self.world.worker.keyring)
        said = Statement(BASE_URL, row["number"], row["present"], row["made_at"], previous)
        await self.superuser.execute(
            "UPDATE audit_checkpoints SET id = $2, digest = $3, previous = $4, kid = $5, jws = $6 "
            "WHERE id = $1",
            row["id"], made, row["present"], previous, signer.kid, signer.sign(said),
        )  # fmt: skip
        for table in ("audit_entries", "events", "inbox"):
            await self.superuser.execute(
                f"UPDATE {table} SET resource_id = $2 WHERE resource_id = $1", row["id"], made
            )


async def cut_off(superuser: Any, after: int, *, checkpoints: bool) -> None:
    """Takes the last seals with their entries, and the checkpoints that cover them."""
    if checkpoints:
        await superuser.execute("DELETE FROM audit_checkpoints WHERE number > $1", after)
    gone = await superuser.fetch(
        "DELETE FROM audit_seals WHERE number > $1 RETURNING entry_id", after
    )
    ids = [row["entry_id"] for row in gone]
    await superuser.execute("DELETE FROM audit_entries WHERE id = ANY ($1)", ids)
    await superuser.execute(
        "DELETE FROM audit_entries WHERE id NOT IN (SELECT entry_id FROM audit_seals)"
    )
    await superuser.execute("DELETE FROM audit_pending")
