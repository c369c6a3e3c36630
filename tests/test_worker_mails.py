"""The worker as a process sends mail, and what one that was killed had claimed is sent again."""

from typing import Any

import pytest

from tests.failing import OK, failing
from tests.mailboxes import mailbox
from tests.mailing import TO, set_mailbox
from tests.posting import eventually
from tests.test_worker_process import worker_process
from tests.world import World

pytestmark = pytest.mark.anyio

LEASE_HAS_RUN_OUT = "UPDATE webhook_mails SET due_at = queued_at"
SENT = "SELECT count(*) = 1 FROM webhook_mails WHERE status = 'sent' AND attempts = 2"


async def test_a_mail_whose_worker_was_killed_is_sent_again_with_its_id(
    world: World, superuser: Any
) -> None:
    await set_mailbox(world, TO)
    async with mailbox() as there, failing(world, OK) as it:
        given = {
            "SMTP_URL": f"smtp+plain://127.0.0.1:{there.port}",
            "MAIL_FROM": "doorstep@example.org",
        }
        assert (await it.post("hold")).status_code == 200
        there.hangs.add("TEXT")
        with worker_process(world, **given) as killed:
            await there.until("TEXT")
            killed.kill()
        there.hangs.clear()
        await superuser.execute(LEASE_HAS_RUN_OUT)
        with worker_process(world, **given):
            await there.until("TEXT", 2)
            await eventually(lambda: is_sent(superuser))
    assert [each.to for each in there.letters] == [TO, TO]
    assert len({each.id for each in there.letters}) == 1


async def is_sent(superuser: Any) -> bool:
    return bool(await superuser.fetchval(SENT))
