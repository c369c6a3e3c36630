"""The statements of a delivery's life: claimed under a lease, recorded by its holder, swept."""

from functools import cache
from typing import Any

from sqlalchemy import (
    ARRAY,
    DateTime,
    Uuid,
    and_,
    any_,
    bindparam,
    func,
    literal,
    or_,
    select,
    text,
    true,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.sql.selectable import LateralFromClause

from api.agencies.models import Agency
from api.journal.event_types import readable_now
from api.journal.models import Inbox
from api.webhooks.models import Delivery, Subscription, SubscriptionKey

# Claims take turns: only so does each see what every other worker has in flight.
#
# The commit does not wait for the disk. What a crash of the database takes back with it is a
# message that is sent once more: its delivery is pending again, or its lease runs out, and a
# fencing token that is lost closes nothing. What is sent was on the disk before, the inbox and the
# delivery itself; whatever tells somebody of an outcome is committed apart from a claim.
TAKE_TURN = text(
    """
    SELECT pg_advisory_xact_lock(hashtextextended('deliveries.claim', 0)),
           set_config('synchronous_commit', 'off', true)
    """
)

# Of each subscription what its health allows, one less of routine messages, so that an urgent
# one never waits for them; first attempts before repeated ones, in the order of their positions.
# Between subscriptions whoever has least in flight: a long queue delays no other. Nothing leaves
# for whoever is suspended, nor before an endpoint is to be asked again.
#
# Not every slot is for everybody, so that those who hang do not fill them: half are kept from
# whoever fails and from further routine messages, a quarter from further urgent ones, an eighth
# from routine messages. The last are for an urgent one to whoever is well and has none in flight.
CLAIM = text(
    """
    WITH flying AS (
        SELECT subscription_id, count(*) AS all_of_them,
               count(*) FILTER (WHERE priority = 'routine') AS routine
          FROM deliveries WHERE status = 'sending' GROUP BY subscription_id
    ), free AS (
        SELECT s.id, s.status, h.allowed - coalesce(f.all_of_them, 0) AS slots, lane.priority,
               least(h.allowed - coalesce(f.all_of_them, 0), lane.most) AS of_lane,
               coalesce(f.all_of_them, 0) AS flying,
               h.failures_in_row = 0 AND h.degraded_at IS NULL AS well
          FROM subscriptions s JOIN endpoint_health h ON h.subscription_id = s.id
          JOIN agencies a ON a.id = s.agency_id AND a.status = 'active'
          JOIN clients c ON c.id = s.client_id AND c.status = 'active'
          LEFT JOIN flying f ON f.subscription_id = s.id
         CROSS JOIN LATERAL (
               VALUES ('urgent', h.allowed),
                      ('routine', greatest(h.allowed - 1, 1) - coalesce(f.routine, 0))
               ) lane(priority, most)
         WHERE s.status IN ('active', 'degraded', 'pending_verification')
           AND h.allowed > coalesce(f.all_of_them, 0)
           AND greatest(h.open_until, h.slow_until, :now) <= :now
    ), waiting AS (
        SELECT d.id, d.priority, d.due_at, free.slots, free.flying, free.well,
               row_number() OVER (PARTITION BY free.id
                                  ORDER BY d.priority DESC, d.repeated, d.position) AS turn
          FROM free CROSS JOIN LATERAL (
               SELECT id, priority, attempts > 0 AS repeated, position, due_at FROM deliveries
                WHERE subscription_id = free.id AND status = 'pending' AND due_at <= :now
                  AND priority = free.priority
                  AND (kind = 'moved'
                       OR (kind = 'verification') = (free.status = 'pending_verification'))
                ORDER BY attempts > 0, position LIMIT greatest(free.of_lane, 0)
                  FOR UPDATE SKIP LOCKED) d
    ), in_turn AS (
        SELECT *, flying + turn AS place,
               CASE WHEN NOT well THEN :in_flight / 2
                    WHEN flying + turn > 1 AND priority = 'routine' THEN :in_flight / 2
                    WHEN flying + turn > 1 THEN :in_flight / 4
                    WHEN priority = 'routine' THEN :in_flight / 8
                    ELSE 0 END AS kept_from
          FROM waiting WHERE turn <= slots
    ), ranked AS (
        SELECT id, kept_from,
               row_number() OVER (ORDER BY kept_from, priority DESC, place, due_at) AS rank
          FROM in_turn
    ), due AS (
        SELECT id FROM ranked WHERE rank <= :slots - kept_from
    )
    UPDATE deliveries d
       SET status = 'sending', lease_token = :token, lease_until = :until, attempts = attempts + 1
      FROM due WHERE d.id = due.id
    RETURNING d.id
    """
)
# For one result that others wait behind.
WAIT_BRIEFLY = text("SET LOCAL lock_timeout = '100ms'")
RECORD = text(
    """
    WITH results AS (
        SELECT * FROM jsonb_to_recordset(CAST(:results AS jsonb)) AS r(
            id uuid, token uuid, status text, due_at timestamptz, started_at timestamptz,
            duration_ms integer, http_status integer, outcome text, slow_for integer,
            withheld boolean)
    ), closed AS (
        UPDATE deliveries d
           SET status = CASE WHEN r.status = 'pending' AND s.status = 'revoked'
                             THEN 'cancelled' ELSE r.status END,
               due_at = coalesce(r.due_at, d.due_at), lease_token = NULL, lease_until = NULL,
               finished_at = CASE WHEN r.status <> 'pending' OR s.status = 'revoked'
                                  THEN r.started_at END
          FROM results r, subscriptions s, endpoint_health h
         WHERE d.id = r.id AND d.lease_token = r.token AND d.status = 'sending'
           AND s.id = d.subscription_id AND h.subscription_id = s.id
        RETURNING d.id, r.token, d.subscription_id, d.agency_id, d.attempts, d.kind, d.status,
                  h.failures_in_row = 0 AND h.allowed = :full AND h.degraded_at IS NULL AS well
    ), noted AS (
        INSERT INTO attempts (delivery_id, subscription_id, agency_id, number, started_at,
                              duration_ms, http_status, outcome)
        SELECT c.id, c.subscription_id, c.agency_id, c.attempts, r.started_at, r.duration_ms,
               r.http_status, r.outcome
          FROM closed c JOIN results r USING (id, token)
    )
    SELECT c.id, c.subscription_id, c.agency_id, c.kind, c.status, c.well, r.started_at,
           r.http_status, r.outcome, r.slow_for, r.withheld
      FROM closed c JOIN results r USING (id, token) ORDER BY r.started_at
    """
)
SWEEP = text(
    """
    UPDATE deliveries d
       SET status = CASE s.status WHEN 'revoked' THEN 'cancelled' ELSE 'pending' END,
           lease_token = NULL, lease_until = NULL
      FROM subscriptions s
     WHERE d.status = 'sending' AND d.lease_until < :now AND s.id = d.subscription_id
    RETURNING d.id
    """
)
# What is in flight and would not be claimed any more.
BARRED = text(
    """
    SELECT d.id
      FROM deliveries d JOIN subscriptions s ON s.id = d.subscription_id
      JOIN agencies a ON a.id = s.agency_id JOIN clients c ON c.id = s.client_id
     WHERE d.id = ANY (:flying)
       AND NOT (a.status = 'active' AND c.status = 'active'
                AND s.status IN ('active', 'degraded', 'pending_verification')
                AND (d.kind = 'moved'
                     OR (d.kind = 'verification') = (s.status = 'pending_verification')))
    """
)


@cache
def details() -> Any:
    """What is sent, with whether the agency may still see it: asked at every attempt. Built when
    it is first needed: by then every domain has registered its resources."""
    readable = readable_now(Delivery.agency_id, Inbox.type, Inbox.resource_type, Inbox.resource_id)
    keys = _live_keys()
    return (
        select(
            Delivery.id, Delivery.kind, Delivery.priority, Delivery.previous, Delivery.attempts,
            Delivery.lease_token, Delivery.first_due_at, Delivery.replayed,
            Delivery.subscription_id,
            func.coalesce(Delivery.url, Subscription.url).label("url"),
            Subscription.last_matched,
            Agency.webhook_domains, keys.c.key_ids, keys.c.secrets, keys.c.private_keys,
            Inbox.position,
            Inbox.event_id, Inbox.type, Inbox.occurred_at, Inbox.family_id, Inbox.resource_type,
            Inbox.resource_id, Inbox.resource_version,
            func.coalesce(readable, literal(False)).label("readable"),
        )
        .join(Subscription, Subscription.id == Delivery.subscription_id)
        .join(Agency, Agency.id == Delivery.agency_id)
        .join(keys, true())
        .outerjoin(
            Inbox,
            and_(Inbox.agency_id == Delivery.agency_id, Inbox.position == Delivery.position),
        )
        .where(Delivery.id == any_(bindparam("claimed", type_=ARRAY(Uuid))))
        .order_by(Delivery.priority.desc(), Delivery.attempts, Delivery.position)
    )  # fmt: skip


def _live_keys() -> LateralFromClause:
    """Of a subscription, the newest first; none is no reason to send nothing, but to fail."""

    def newest_first(column: Any) -> Any:
        return func.array_agg(aggregate_order_by(column, SubscriptionKey.created_at.desc()))

    live = or_(
        SubscriptionKey.retires_at.is_(None),
        SubscriptionKey.retires_at > bindparam("now", type_=DateTime(timezone=True)),
    )
    return (
        select(
            newest_first(SubscriptionKey.id).label("key_ids"),
            newest_first(SubscriptionKey.sealed_secret).label("secrets"),
            newest_first(SubscriptionKey.sealed_private_key).label("private_keys"),
        )
        .where(SubscriptionKey.subscription_id == Subscription.id, live)
        .lateral("keys")
    )
