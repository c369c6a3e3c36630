"""Who has read unusually much: one statement over the audit, for the worker.

A page of all alerts names the alerts that it showed, a lookup of many banners the families.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import text

from api.journal.unit_of_work import UnitOfWork
from api.overview.accesses.rules import READ
from api.overview.unusual_reading.events import READS_MANY

# One notice at a time, whichever worker it runs in.
_TAKE_TURN = text("SELECT pg_advisory_xact_lock(hashtextextended('doorstep.reads_many', 0))")

_READERS = text(
    """
    WITH recent AS (
        SELECT e.agency_id, e.practitioner_id, e.action, e.family_id, e.details
          FROM audit_entries e
         WHERE e.practitioner_id IS NOT NULL AND e.recorded_at > :read_since
           AND e.outcome = 'allowed' AND e.action ~ :reads
           AND e.resource_type IS DISTINCT FROM 'break_glass'
    ), shown AS (
        SELECT agency_id, practitioner_id, family_id FROM recent
        UNION ALL
        SELECT agency_id, practitioner_id,
               (jsonb_path_query(e.details, '$.families[*]') #>> '{}')::uuid
          FROM recent e WHERE action = 'banners.looked_up'
        UNION ALL
        SELECT l.agency_id, l.practitioner_id, a.family_id
          FROM (SELECT agency_id, practitioner_id,
                       (jsonb_path_query(e.details, '$.alerts[*]') #>> '{}')::uuid AS alert_id
                  FROM recent e WHERE action = 'alerts.listed' AND family_id IS NULL) l
          JOIN alerts a ON a.id = l.alert_id
    ), many AS (
        SELECT agency_id, practitioner_id, count(DISTINCT family_id) AS families
          FROM shown GROUP BY 1, 2 HAVING count(DISTINCT family_id) >= :many
        UNION ALL
        SELECT agency_id, practitioner_id, count(DISTINCT family_id)
          FROM break_glasses WHERE opened_at > :opened_since
         GROUP BY 1, 2 HAVING count(DISTINCT family_id) >= :many_opened
    )
    SELECT agency_id, practitioner_id, max(families) AS families
      FROM many
     WHERE NOT EXISTS (SELECT FROM audit_entries t
                        WHERE t.action = :told AND t.resource_id = many.practitioner_id
                          AND t.agency_id IS NULL AND t.recorded_at > :told_since)
     GROUP BY 1, 2 ORDER BY 1, 2
    """
)


async def readers(
    work: UnitOfWork,
    *,
    read_since: datetime,
    many: int,
    opened_since: datetime,
    many_opened: int,
    told_since: datetime,
) -> list[Any]:
    """Who has read so many families since then, or opened so many, and was not told of since."""
    await work.session.execute(_TAKE_TURN)
    given = {
        "reads": READ,
        "read_since": read_since,
        "many": many,
        "opened_since": opened_since,
        "many_opened": many_opened,
        "told": READS_MANY.name,
        "told_since": told_since,
    }
    return list(await work.session.execute(_READERS, given))
