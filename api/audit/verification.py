"""Whether the audit is what it was: the chain by itself, by its checkpoints, by its witnesses.

Who can write to the database can rewrite entries and seals, but cannot sign a checkpoint over them.
They can cut off the end with the checkpoints there, and who operates the service can also sign all
of it anew: that is found only with a *witness*, a checkpoint as an agency kept it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from api.audit import events, keys
from api.audit.models import Checkpoint, CheckpointKey
from api.audit.rules import NotACheckpoint, Statement, checkpoint_id
from api.audit.witnesses import Witness
from api.foundation.crypto import Keyring
from api.journal import chain
from api.journal.models import AuditEntry, AuditSeal


@dataclass(frozen=True)
class Kept:
    """What the database holds beside the chain's links."""

    checkpoints: Sequence[Checkpoint]  # in the order of their numbers
    keys: Mapping[str, CheckpointKey]
    ours: frozenset[str]  # the keys whose private half is of this service, or that are trusted
    told: frozenset[UUID]  # checkpoints that a sealed entry of the audit speaks of
    seals: Mapping[int, Any]  # number, digest and entry of each seal that a checkpoint names
    last: int


@dataclass(frozen=True)
class Verdict:
    sealed: int
    checkpoints: int
    last_checkpoint: Checkpoint | None
    wrong: list[str]


async def verify(
    session: AsyncSession,
    keyring: Keyring,
    witnesses: Sequence[Witness] = (),
    trusted: frozenset[str] = frozenset(),
) -> Verdict:
    """Everything that does not hold, each by the number and the entry it is found at."""
    sealed, broken = await chain.verify(session)
    kept = await _read(session, keyring, witnesses, trusted)
    wrong = [] if broken is None else [_at(broken.number, broken.entry_id, broken.what)]
    wrong += [*examine(kept), *confront(kept, witnesses)]
    last = kept.checkpoints[-1] if kept.checkpoints else None
    return Verdict(sealed, len(kept.checkpoints), last, wrong)


async def _read(
    session: AsyncSession,
    keyring: Keyring,
    witnesses: Iterable[Witness],
    trusted: frozenset[str],
) -> Kept:
    checkpoints = list(await session.scalars(select(Checkpoint).order_by(Checkpoint.number)))
    known = {each.kid: each for each in await session.scalars(select(CheckpointKey))}
    ours = {kid for kid, key in known.items() if kid in trusted or keys.is_ours(key, keyring)}
    named = {each.number for each in checkpoints}
    named |= {each.number for each in witnesses if each.number is not None}
    seals = await session.execute(
        select(AuditSeal.number, AuditSeal.digest, AuditSeal.entry_id).where(
            AuditSeal.number.in_(named)
        )
    )
    told = await session.scalars(
        select(AuditEntry.resource_id).where(AuditEntry.action == events.CHECKPOINT.name)
    )
    last = await session.scalar(select(AuditSeal.number).order_by(AuditSeal.number.desc()).limit(1))
    return Kept(
        checkpoints,
        known,
        frozenset(ours),
        frozenset(each for each in told if each is not None),
        {each.number: each for each in seals},
        last or 0,
    )


def examine(kept: Kept) -> Iterator[str]:
    """What is wrong with the checkpoints that the database holds."""
    before: UUID | None = None
    for each in kept.checkpoints:
        name = f"checkpoint {each.id}"
        if each.previous != before:
            yield f"{name}: the checkpoint before it is not the one that it names"
        if each.id != checkpoint_id(each.number, each.digest, each.previous):
            yield f"{name}: its id is not made of what it says"
        if each.id not in kept.told:
            yield f"{name}: no entry of the audit speaks of it"
        yield from _signature(kept, each, name)
        yield from _compare(kept, each.number, each.digest, name)
        before = each.id
    present = {each.id for each in kept.checkpoints}
    for gone in sorted(kept.told - present):
        yield f"checkpoint {gone}: it was made and is gone"


def _signature(kept: Kept, checkpoint: Checkpoint, name: str) -> Iterator[str]:
    key = kept.keys.get(checkpoint.kid)
    if key is None:
        yield f"{name}: its key {checkpoint.kid} is gone"
        return
    try:
        signed = keys.read_signed(checkpoint.jws, key.public_jwk)
    except NotACheckpoint as error:
        yield f"{name}: {error}"
        return
    said = Statement(
        signed.issuer,
        checkpoint.number,
        checkpoint.digest,
        checkpoint.made_at,
        checkpoint.previous,
    )
    if signed.claims != said.claims:
        yield f"{name}: it does not say what was signed"
    if checkpoint.kid not in kept.ours:
        yield (
            f"{name}: its key {checkpoint.kid} is not under this service's encryption key: "
            "planted, or from before that was changed"
        )


def confront(kept: Kept, witnesses: Iterable[Witness]) -> Iterator[str]:
    """Where the database contradicts what agencies have kept."""
    present = {each.id for each in kept.checkpoints}
    for each in witnesses:
        name = f"witness {each.source}"
        if each.jws is not None:
            yield from _genuine(kept, each.jws, name)
        if each.number is not None and each.digest is not None:
            yield from _compare(kept, each.number, each.digest, name)
        if each.id is not None and each.id not in present:
            yield f"{name}: there is no checkpoint {each.id}: removed, or replaced by another"


def _genuine(kept: Kept, jws: str, name: str) -> Iterator[str]:
    """Whether a witness was signed with a key that the database holds."""
    key = kept.keys.get(keys.kid_of(jws))
    if key is None:
        yield f"{name}: the database has no key {keys.kid_of(jws)}, which signed it"
        return
    try:
        keys.read_signed(jws, key.public_jwk)
    except NotACheckpoint as error:
        yield f"{name}: {error}"


def _compare(kept: Kept, number: int, digest: bytes, name: str) -> Iterator[str]:
    """Whether the chain passes where it is said to."""
    seal = kept.seals.get(number)
    if seal is None:
        lost = "a seal is missing" if number < kept.last else f"the chain ends at {kept.last}"
        yield f"seal {number}: {name} covers it, but {lost}: what followed was cut off"
    elif seal.digest != digest:
        agreed = max(
            (
                each.number
                for each in kept.checkpoints
                if each.number < number and _agrees(kept, each)
            ),
            default=0,
        )
        what = f"not what {name} says: this entry or one after seal {agreed} was rewritten"
        yield _at(number, seal.entry_id, what)


def _agrees(kept: Kept, checkpoint: Checkpoint) -> bool:
    seal = kept.seals.get(checkpoint.number)
    return seal is not None and seal.digest == checkpoint.digest


def _at(number: int, entry_id: UUID | None, what: str) -> str:
    return f"seal {number}, entry {entry_id}: {what}"
