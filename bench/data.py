"""Families, involvements, alerts and inboxes, made by SQL. Their ids are made of numbers.

Family `n` is known to the agencies `n … n+4`, counted round the partnership; agency `n` is its
caller. One in ten is known to a sixth. It has one alert, and the first families have 20 each, one
for every agency, and 500 incidents.

Beside them stand the families whose meetings are concluded, each once: known to eight agencies,
with a meeting that was held and the whole draft of its outcome (`bench/meetings.py`).
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson

from bench import meetings

AGENCIES = 20
INVOLVED = 5
WIDE, EVERY = 5, 10  # of every ten families, the one that ends in 5 has one agency more
LONG_LIST = 20
MANY_INCIDENTS = 500
FAMILY, CHILD, ADULT, ADDRESS, ALERT = 1, 2, 3, 4, 5
EXTRA_ALERTS = 1 << 40

_MADE_ID = """
CREATE FUNCTION pg_temp.made(kind int, n bigint) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
    SELECT ('019a0000-' || lpad(to_hex(kind), 4, '0') || '-7000-8000-'
            || lpad(to_hex(n), 12, '0'))::uuid $$
"""
_BEHAVIOURS = orjson.dumps(
    [
        {"code": "shouting", "manner": "actual", "covert": False},
        {"code": "animals_as_threat", "manner": "threatened", "covert": True},
    ]
).decode()
_GROUNDS = orjson.dumps(
    {
        "kind": "behaviour",
        "basis": "fact",
        "uncooperativeness_types": ["confrontation"],
        "statement": "Shouted and set a dog towards the door when the visit was announced.",
        "incident_ids": [],
    }
).decode()
_IMPACT = orjson.dumps({"known": True, "statement": "The child hid upstairs throughout."}).decode()

_FAMILIES = """
INSERT INTO families (id, registered_by, lead_agency_id, version, created_at)
SELECT pg_temp.made(1, n), a.ids[n % 20 + 1], a.ids[n % 20 + 1], 1, now() FROM chosen, a
"""
_MEMBERS = """
INSERT INTO members (id, family_id, kind, given_name, family_name, match_name, birth_date,
                     relationship, created_at)
SELECT pg_temp.made(k, n), pg_temp.made(1, n), CASE k WHEN 2 THEN 'child' ELSE 'adult' END,
       'Given' || n, 'Family' || n, 'given' || n || ' family' || n,
       date '1990-01-15' + (k = 2)::int * 10000 + (n % 3000)::int,
       CASE k WHEN 3 THEN 'father' END, now()
  FROM chosen, generate_series(2, 3) k
"""
_ADDRESSES = """
INSERT INTO addresses (id, family_id, lines, postcode, created_at)
SELECT pg_temp.made(4, n), pg_temp.made(1, n), ARRAY[n || ' Fish Dock Road'],
       'DN' || n % 40 || ' 3NB', now() FROM chosen
"""
# The child's number, and the door: each tenth family shares its door with the one before.
_IDENTIFIERS = """
INSERT INTO identifiers (id, family_id, member_id, address_id, system, value, of_child, created_at)
SELECT gen_random_uuid(), pg_temp.made(1, n), CASE k WHEN 2 THEN pg_temp.made(2, n) END,
       CASE k WHEN 4 THEN pg_temp.made(4, n) END, CASE k WHEN 2 THEN 'nhs_number' ELSE 'uprn' END,
       CASE k WHEN 2 THEN n ELSE n - (n % 10 = 0)::int END, k = 2, now()
  FROM chosen, unnest(ARRAY[2, 4]) k
"""
_INVOLVEMENTS = f"""
INSERT INTO involvements (id, family_id, agency_id, local_id, reason, practitioner_name,
                          practitioner_job_title, from_at, version)
SELECT gen_random_uuid(), pg_temp.made(1, n), a.ids[(n + k) % 20 + 1], 'L-' || n,
       'Works with the family', 'A Colleague', 'practitioner', now(), 1
  FROM chosen, a, generate_series(0, 4 + (n % {EVERY} = {WIDE})::int) k
"""
_ALERTS = f"""
INSERT INTO alerts (id, family_id, agency_id, author_name, author_job_title, status, disputed,
    severity, subject_kind, subject_member_id, behaviours, circumstances, scope, precautions,
    grounds, child_impact, audience_kind, published_at, ratify_by, warnings_sent, review_due,
    review_notices_sent, expires_on, expiry_notices_sent, notification, notification_reminded,
    protect_source, unconfirmed, version, content_version)
SELECT pg_temp.made(5, n + k * {EXTRA_ALERTS}), pg_temp.made(1, n), a.ids[n % 20 + 1],
       'Amina Patel', 'health visitor', 'active', false, 'serious', 'member',
       pg_temp.made(3, n), '{_BEHAVIOURS}', ARRAY['alcohol'], 'universal',
       ARRAY['joint_visit_with_other_agency', 'animals_secured_first'], '{_GROUNDS}', '{_IMPACT}',
       'involved', now(), now() + interval '3 days', 0, current_date + 60, 0,
       current_date + 150, 0, 'due', false, false, false, 1, 1
  FROM chosen, a, generate_series(0, CASE WHEN n < {AGENCIES} THEN {LONG_LIST - 1} ELSE 0 END) k
"""
# One every sixteen hours, met by the caller's agency and shared with nobody.
_INCIDENTS = f"""
INSERT INTO incidents (id, family_id, agency_id, author_name, author_job_title, status,
    occurred_at, recorded_at, late, behaved, behaviours, towards, met_by, uncooperativeness_types,
    circumstances, hate_elements, account, version, content_version)
SELECT gen_random_uuid(), pg_temp.made(1, n), a.ids[n % 20 + 1], 'Amina Patel', 'health visitor',
       'open', now() - k * interval '16 hours', now(), false,
       jsonb_build_array(jsonb_build_object('kind', 'member', 'member_id', pg_temp.made(3, n))),
       '{_BEHAVIOURS}', jsonb_build_array(jsonb_build_object(
           'agency_id', a.ids[(n + k % 5) % 20 + 1], 'role', 'health visitor')),
       ARRAY[a.ids[(n + k % 5) % 20 + 1]], ARRAY['confrontation'], ARRAY['alcohol'],
       ARRAY[]::text[], '{{}}', 1, 1
  FROM chosen, a, generate_series(1, {MANY_INCIDENTS}) k
 WHERE n < {AGENCIES}
"""
# Looked at today, as in a partnership that has run for a while: the worker is not kept busy.
_CHECKS = """
INSERT INTO picture_checks (id, checked_at) SELECT pg_temp.made(1, n), now() FROM chosen
"""
_EVENTS = """
INSERT INTO events (id, type, priority, occurred_at, agency_id, family_id, resource_type,
                    resource_id, resource_version)
SELECT pg_temp.made(6, n), 'alert.published', 'urgent', now(), a.ids[n % 20 + 1],
       pg_temp.made(1, n), 'alert', pg_temp.made(5, n), 1 FROM chosen, a
"""
_INBOX = """
INSERT INTO inbox (agency_id, position, event_id, type, priority, occurred_at, family_id,
                   resource_type, resource_id, resource_version)
SELECT agency_id, c.last_position + row_number() OVER (PARTITION BY agency_id ORDER BY n),
       pg_temp.made(6, n), 'alert.published', 'urgent', now(), pg_temp.made(1, n), 'alert',
       pg_temp.made(5, n), 1
  FROM (SELECT n, a.ids[(n + k) % 20 + 1] AS agency_id
          FROM chosen, a, generate_series(0, 4) k) told
  JOIN inbox_counters c USING (agency_id)
"""
_COUNTERS = """
UPDATE inbox_counters c SET last_position = top
  FROM (SELECT agency_id, max(position) AS top FROM inbox GROUP BY agency_id) i
 WHERE i.agency_id = c.agency_id
"""


@dataclass(frozen=True)
class BenchAgency:
    """`chair_id` is a practitioner of it with the role, asserted by the key `kid`."""

    id: UUID
    client_id: UUID
    secret: str
    chair_id: UUID
    kid: str
    pem: bytes


def made_id(kind: int, number: int) -> UUID:
    """The id of a filled row: the same as `pg_temp.made`."""
    return UUID(f"019a0000-{kind:04x}-7000-8000-{number:012x}")


def involved(number: int) -> int:
    """How many agencies know the family, each of which is told of its alerts."""
    return INVOLVED + (number % EVERY == WIDE)


async def fill(connection: Any, agencies: list[BenchAgency], first: int, last: int) -> None:
    """Adds the families from `first` up to `last`. As the superuser, without triggers."""
    ids = ",".join(f"'{agency.id}'" for agency in agencies)
    chosen = f"WITH chosen AS (SELECT generate_series({first}::bigint, {last - 1}) AS n), "
    chosen += f"a AS (SELECT ARRAY[{ids}]::uuid[] AS ids) "
    async with connection.transaction():
        await connection.execute("SET LOCAL session_replication_role = replica")
        await connection.execute(_MADE_ID)
        for statement in (
            _FAMILIES,
            _MEMBERS,
            _ADDRESSES,
            _IDENTIFIERS,
            _INVOLVEMENTS,
            _ALERTS,
            _INCIDENTS,
            _CHECKS,
        ):
            await connection.execute(chosen + statement)
        for statement in (_EVENTS, _INBOX):
            await connection.execute(chosen + statement)
        await connection.execute(_COUNTERS)
        if first == 0:
            await meetings.fill(
                connection, ids, ",".join(f"'{each.chair_id}'" for each in agencies)
            )
        await connection.execute("DROP FUNCTION pg_temp.made")
    await connection.execute("VACUUM ANALYZE")
    await connection.execute("CHECKPOINT")
