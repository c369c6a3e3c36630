"""`doorstep deliveries`: what waits for whom, and what the operator does about it."""

from typing import Annotated
from uuid import UUID

import typer

from api.commands.context import console, fail, run, show
from api.journal.unit_of_work import UnitOfWork
from api.webhooks.health import hold as hold_back
from api.webhooks.health import restore
from api.webhooks.models import Subscription
from api.webhooks.observing import standing

deliveries = typer.Typer(help="Webhook deliveries.", no_args_is_help=True)
Id = Annotated[UUID, typer.Argument(metavar="SUBSCRIPTION", help="As `deliveries list` shows it.")]


@deliveries.command("list")
def list_deliveries(
    troubled: Annotated[
        bool, typer.Option("--troubled", help="Only those that are not active, or that wait.")
    ] = False,
) -> None:
    """Every subscription, how it stands, and what waits for it. As role doorstep_worker."""

    async def step(work: UnitOfWork) -> list[list[str]]:
        found = await standing(work)
        return [
            [
                str(each.id),
                str(each.agency_id),
                each.status + (f" ({each.held_why})" if each.held_why else ""),
                str(each.waiting),
                f"{each.since:%Y-%m-%d %H:%M:%S}" if each.since else "",
                each.outcome or "",
                f"{each.open_until:%H:%M:%S}" if each.open_until else "",
            ]
            for each in found
            if not troubled or each.status != "active" or each.waiting
        ]

    columns = ["id", "agency", "state", "waiting", "since", "last outcome", "next probe"]
    show("Subscriptions", columns, run(step, role="doorstep_worker"))


@deliveries.command()
def hold(subscription_id: Id) -> None:
    """Sends nothing to a subscription until it is resumed; everything waits. Its agency is told.
    As role doorstep_worker."""

    async def step(work: UnitOfWork) -> None:
        hold_back(work, await _found(work, subscription_id, "active", "degraded"), "by_operator")

    run(step, role="doorstep_worker")
    console.print(f"held {subscription_id}")


@deliveries.command()
def resume(subscription_id: Id) -> None:
    """Tries what is held or degraded again, one message at a time first. Its agency is told. As
    role doorstep_worker."""

    async def step(work: UnitOfWork) -> None:
        await restore(work, await _found(work, subscription_id, "held", "degraded"))

    run(step, role="doorstep_worker")
    console.print(f"resumed {subscription_id}")


async def _found(work: UnitOfWork, subscription_id: UUID, *statuses: str) -> Subscription:
    found = await work.session.get(
        Subscription, subscription_id, with_for_update={"key_share": True}
    )
    if found is None:
        raise fail("There is no such subscription.")
    if found.status not in statuses:
        raise fail(f"The subscription is {found.status}.")
    return found
