"""Receivers of the agencies, put into the database as if their challenges were answered."""

import asyncio
import time
from typing import Any
from uuid import uuid4

from api.foundation.crypto import Keyring
from api.foundation.sealing import row_of
from api.journal.bell import CHANNEL
from api.webhooks.breaker import FULL
from api.webhooks.models import SubscriptionKey
from api.webhooks.signing import Keys
from bench.partnership import Partnership

WORKER = ["-m", "api", "worker"]
PATIENCE_SECONDS = 120

_SUBSCRIBE = """
WITH made AS (
    INSERT INTO subscriptions (id, agency_id, client_id, url, event_types, status,
        heartbeat_seconds, scanned_position, last_matched, version, created_at)
    SELECT $1, agency_id, $3, $4, '{alert.published}', 'active', 900, last_position,
           last_position, 1, now()
      FROM inbox_counters WHERE agency_id = $2
    RETURNING id, agency_id
), healthy AS (
    INSERT INTO endpoint_health (subscription_id, agency_id, failures_in_row, probes, allowed,
        heartbeat_at)
    SELECT id, agency_id, 0, 0, $8, now() + interval '15 minutes' FROM made
)
INSERT INTO subscription_keys (id, subscription_id, agency_id, sealed_secret, sealed_private_key,
    public_key, created_at)
SELECT gen_random_uuid(), id, agency_id, $5, $6, $7, now() FROM made
"""
_REMOVE = """
TRUNCATE deliveries, attempts, subscription_keys, endpoint_health, replay_jobs, url_changes,
    webhook_mails, subscriptions
"""
_BACK = """
UPDATE subscriptions s SET last_matched = 0, scanned_position = (
    SELECT position - 1 FROM inbox i WHERE i.agency_id = s.agency_id AND type = 'alert.published'
     ORDER BY position DESC OFFSET $1 - 1 LIMIT 1)
"""
_NOTHING_SENT = "SELECT NOT EXISTS (SELECT FROM deliveries WHERE status = 'sending')"
_SETTLED = """
SELECT NOT EXISTS (SELECT FROM deliveries WHERE status IN ('pending', 'sending'))
   AND NOT EXISTS (SELECT FROM audit_pending)
"""


async def subscribe(partnership: Partnership, superuser: Any, url: str, each: int = 1) -> None:
    """So many for each agency, from now on."""
    ring = Keyring(*partnership.settings.master_keys)
    for agency in partnership.agencies * each:
        own, keys = uuid4(), Keys.new()
        secret_of, private_of = (
            row_of(column, subscription_id=own)
            for column in (SubscriptionKey.sealed_secret, SubscriptionKey.sealed_private_key)
        )
        sealed = ring.encrypt(keys.secret, secret_of)
        private = ring.encrypt(keys.private_key, private_of)
        of = (own, agency.id, agency.client_id, url)
        await superuser.execute(_SUBSCRIBE, *of, sealed, private, keys.public_key, FULL)


async def remove(superuser: Any) -> None:
    """All of them, once nothing is sent to them any more."""
    await superuser.execute("UPDATE subscriptions SET status = 'revoked'")
    await until(superuser, _NOTHING_SENT)
    await superuser.execute(_REMOVE)


async def go_back(superuser: Any, alerts: int) -> None:
    """The last so many of each inbox are to be delivered, as if they had just come."""
    await superuser.execute("TRUNCATE deliveries, attempts")
    await superuser.execute(_BACK, alerts)
    await superuser.execute("SELECT pg_notify($1, '')", CHANNEL)


async def settled(superuser: Any) -> None:
    """Until the worker has nothing left to do: every delivery recorded, every audit entry sealed.
    Raises TimeoutError when that does not come."""
    await until(superuser, _SETTLED)


async def until(superuser: Any, query: str, *values: Any) -> None:
    """Until the query says yes."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not await superuser.fetchval(query, *values):
        if time.monotonic() > deadline:
            raise TimeoutError(query)
        await asyncio.sleep(0.02)
