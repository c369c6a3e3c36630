"""The floor of deliveries: a bare loop of signed POSTs by the client of the worker.

Nothing is claimed, looked up or recorded. Four at once for each receiver, as a worker may have.
"""

import asyncio
import sys
import time
from uuid import uuid4

from api.webhooks.breaker import FULL
from api.webhooks.sending import Sender
from api.webhooks.signing import Keys, Signer
from bench.data import AGENCIES


async def post(url: str, count: int, body: bytes) -> None:
    sender, signer = Sender(loopback_allowed=True), Signer([Keys.new()])
    numbers = iter(range(count))

    async def send() -> None:
        for _ in numbers:
            headers = signer.headers(str(uuid4()), int(time.time()), body)
            await sender.post(url, body, headers)

    await asyncio.gather(*(send() for _ in range(FULL * AGENCIES)))
    await sender.close()


if __name__ == "__main__":
    asyncio.run(post(sys.argv[1], int(sys.argv[2]), sys.argv[3].encode()))
