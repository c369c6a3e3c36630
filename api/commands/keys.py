"""`doorstep keys`: keys that sign, and the encryption keys that everything sealed is under."""

from collections import Counter
from pathlib import Path
from typing import Annotated

import typer

from api.access import tokens
from api.agencies import service
from api.agencies.oauth import keys as signing
from api.agencies.schemas import RegisterKey
from api.audit import keys as checkpoint_keys
from api.commands.agencies import AgencyName, new_private_key, write_private
from api.commands.context import console, fail, find_agency, run, show
from api.foundation.crypto import UNNAMED, Keyring
from api.foundation.resealing import Resealed
from api.foundation.resealing import reseal as reseal_column
from api.foundation.sealing import count_by_key, sealed_columns
from api.journal.unit_of_work import UnitOfWork
from api.tables import metadata

keys = typer.Typer(help="Signing keys, and encryption keys.", no_args_is_help=True)

Counts = dict[str, Counter[bytes]]


@keys.command("rotate")
def rotate_keys() -> None:
    """A new key signs access tokens from now on, and another one checkpoints of the audit. The
    one before verifies until its last token has expired; checkpoints keep theirs."""

    async def step(work: UnitOfWork) -> tuple[str, str]:
        kid = await signing.rotate(work.session, work.runtime.keyring, work.now)
        work.note("signing_key.rotated", None, details={"kid": kid})
        witnessing = await checkpoint_keys.rotate(work.session, work.runtime.keyring, work.now)
        work.note("checkpoint_key.rotated", None, details={"kid": witnessing})
        return kid, witnessing

    kid, witnessing = run(step, role="doorstep_owner")
    console.print(f"kid {kid}\ncheckpoint_kid {witnessing}", soft_wrap=True)


@keys.command("generate")
def generate_key(
    agency: AgencyName,
    out: Annotated[Path, typer.Option(help="Where the private key goes, readable by you alone.")],
    kid: Annotated[str, typer.Option()] = "assertions-1",
) -> None:
    """A key pair for an agency's assertions: the public half is registered here."""
    pem = new_private_key()
    public = tokens.public_key_of(kid, pem)

    async def step(work: UnitOfWork) -> None:
        found = await find_agency(work, agency)
        given = {"kid": kid, "algorithm": "ES256", "public_jwk": dict(public.jwk)}
        body = RegisterKey.model_validate(given)
        await service.register_key(work, found.id, body)
        write_private(out, pem)  # before the commit: a key nobody holds is not registered

    run(step)
    console.print(f"kid {kid}\nprivate key in {out}")


@keys.command()
def status() -> None:
    """How many ciphertexts are under which encryption key, and which key nothing is under. Keys go
    by an id that says nothing about them. As role doorstep_owner."""

    async def step(work: UnitOfWork) -> tuple[Keyring, Counts]:
        return work.runtime.keyring, await _counted(work)

    ring, counts = run(step, role="doorstep_owner")
    rows = [
        [column, key_id.hex(), _what_it_is(ring, key_id), str(number)]
        for column, counted in counts.items()
        for key_id, number in sorted(counted.items())
    ]
    show("Ciphertexts", ["column", "key", "which is", "ciphertexts"], rows)
    total = sum(counts.values(), Counter())
    for key_id in ring.key_ids[1:]:
        console.print(f"other key {key_id.hex()}: {_need_of(total, key_id)}", soft_wrap=True)
    unknown = sum(total[each] for each in total if each not in {*ring.key_ids, UNNAMED})
    if unknown:
        raise fail(f"{_ciphertexts(unknown)} under a key that is not given.")


def _what_it_is(ring: Keyring, key_id: bytes) -> str:
    if key_id == ring.key_id:
        return "current"
    if key_id == UNNAMED:
        return "not named"
    return "other" if key_id in ring.key_ids else "not given"


def _need_of(total: Counter[bytes], key_id: bytes) -> str:
    if total[key_id]:
        return f"needed, for {total[key_id]}"
    return "may be needed, where none is named" if total[UNNAMED] else "nothing is under it"


@keys.command()
def reseal() -> None:
    """Encrypts everything under the current encryption key, in small batches, while the service
    runs. May be interrupted and repeated. As role doorstep_owner."""

    async def begin(work: UnitOfWork) -> None:
        details = {"key": work.runtime.keyring.key_id.hex()}
        work.note("encryption_key.reseal_started", None, details=details)

    async def step(work: UnitOfWork) -> tuple[dict[str, Resealed], int]:
        ring, columns = work.runtime.keyring, sealed_columns(metadata)
        found = {each.name: await reseal_column(work.session, ring, each) for each in columns}
        total = sum((await _counted(work)).values(), Counter())
        left = total.total() - total[ring.key_id]
        done = {name: each.done for name, each in found.items()}
        details = {"key": ring.key_id.hex(), "resealed": done, "left": left}
        work.note("encryption_key.resealed", None, details=details)
        return found, left

    run(begin, role="doorstep_owner")  # is in the audit also when it is interrupted
    found, left = run(step, role="doorstep_owner")
    for name, each in found.items():
        console.print(f"{name}: {each.done} resealed, {each.unreadable} unreadable", soft_wrap=True)
    if left:
        raise fail(_refusal(left, sum(each.unreadable for each in found.values())))


def _refusal(left: int, unreadable: int) -> str:
    said = f"{_ciphertexts(left)} still not under the current key"
    if unreadable:
        said += f"; no key that is given opens {unreadable}, and these are as they were"
    if left > unreadable:
        said += (
            "; what else is left is in use, or was written since: restart whoever has another key, "
        )
        said += "and run this again"
    return f"{said}."


def _ciphertexts(number: int) -> str:
    return "1 ciphertext is" if number == 1 else f"{number} ciphertexts are"


async def _counted(work: UnitOfWork) -> Counts:
    columns = sealed_columns(metadata)
    return {each.name: await count_by_key(work.session, each) for each in columns}
