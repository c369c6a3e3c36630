"""`doorstep audit`: whether anybody changed what was recorded."""

from typing import Annotated

import typer

from api.audit import rules, verification
from api.audit.rules import NotACheckpoint
from api.audit.verification import Verdict
from api.audit.witnesses import Witness, read_kept, read_witnesses
from api.commands.context import console, fail, run
from api.journal.unit_of_work import UnitOfWork

audit = typer.Typer(help="The audit.", no_args_is_help=True)


@audit.command()
def verify(
    checkpoint: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FILE",
            help="A checkpoint as an agency kept it: a file of the answer or of the signature, "
            "NUMBER:DIGEST, or its id. Repeat for several.",
        ),
    ] = None,
    trust_key: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KID",
            help="A checkpoint key from before the encryption key was changed, whose kid you have "
            "compared with the agencies'. Repeat for several.",
        ),
    ] = None,
) -> None:
    """Recomputes the hash chain, walks its checkpoints and confronts them with those that
    agencies kept; names whatever does not hold. As role doorstep_owner, which sees all of
    the audit; the API does not."""
    witnesses = _read(checkpoint or [])

    async def step(work: UnitOfWork) -> Verdict:
        trusted = frozenset(trust_key or [])
        return await verification.verify(work.session, work.runtime.keyring, witnesses, trusted)

    verdict = run(step, role="doorstep_owner")
    if verdict.wrong:
        raise fail("\n".join(verdict.wrong))
    if verdict.last_checkpoint is not None:
        last = verdict.last_checkpoint
        console.print(
            f"{verdict.checkpoints} checkpoints, the last of {last.day} at seal {last.number}"
        )
    if witnesses:
        console.print(f"{len(witnesses)} witnesses, none contradicted")
    console.print(f"{verdict.sealed} sealed entries, unbroken")


def _read(given: list[str]) -> list[Witness]:
    try:
        return [each for one in given for each in read_witnesses(one)]
    except NotACheckpoint as error:
        raise fail(str(error)) from None


@audit.command("verify-checkpoint")
def verify_checkpoint(
    files: Annotated[
        list[str],
        typer.Argument(metavar="FILE…", help="Answers of `/v1/audit/checkpoints`, as kept."),
    ],
) -> None:
    """Verifies the signatures of checkpoints that an agency kept, and that no two contradict each
    other. Needs no database. Compare each key with what other agencies have kept."""
    try:
        kept = [each for file in files for each in read_kept(file)]
    except NotACheckpoint as error:
        raise fail(str(error)) from None
    kept.sort(key=lambda each: (each[0].number, each[0].id))
    apart = rules.contradiction(said for said, _ in kept)
    if apart is not None:
        raise fail(f"checkpoints {apart[0].id} and {apart[1].id} contradict each other.")
    for said, kid in kept:
        made = f"{said.made_at:%Y-%m-%d}"
        console.print(f"checkpoint {said.id} seal {said.number} {made} key {kid}", soft_wrap=True)
