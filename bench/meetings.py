"""Families with a meeting that was held and the whole draft of its outcome: each can be concluded
once. Their numbers begin where no other family's does."""

from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

FROM, COUNT = 1 << 28, 4000
INVITED, ACTIONS = 8, 20
MEETING = 7
STAFF_ID = "CHAIR-1"


def _in_days(days: int) -> str:
    return (datetime.now(UTC) + timedelta(days=days)).date().isoformat()


def _draft() -> str:
    """`@0` to `@7` stand for the agencies that were invited."""
    person = {"name": "A Colleague", "job_title": "practitioner"}
    invited = [f"@{number}" for number in range(INVITED)]
    return orjson.dumps(
        {
            "attendance": [
                {"agency_id": each, "attendance": "attended", "people": [person]}
                for each in invited
            ],
            "information": [
                {"agency_id": each, "said": "Met at the door with shouting."} for each in invited
            ],
            "decisions": [
                {"decision": "Nobody visits alone.", "reasons": "Two visits ended in threats."}
            ],
            "actions": [
                {
                    "kind": "task",
                    "agency_id": invited[number % INVITED],
                    "practitioner": person,
                    "what": f"See to the {number}th thing that was agreed.",
                    "due_on": _in_days(20),
                }
                for number in range(ACTIONS)
            ],
            "child_lived_experience": {"known": True, "statement": "Hides upstairs."},
            "next_meeting": {"kind": "practitioners_meeting", "on": _in_days(40)},
            "family_sharing_plan": {
                "sharing": {
                    "what": "That the agencies met, and why.",
                    "how": "At home, in plain words.",
                    "on": _in_days(5),
                    "by": "The health visitor",
                }
            },
        }
    ).decode()


_FAMILIES = """
INSERT INTO families (id, registered_by, lead_agency_id, version, created_at)
SELECT pg_temp.made(1, n), a.ids[n % 20 + 1], a.ids[n % 20 + 1], 1, now() FROM chosen, a
"""
_INVOLVEMENTS = f"""
INSERT INTO involvements (id, family_id, agency_id, local_id, reason, practitioner_name,
                          practitioner_job_title, from_at, version)
SELECT gen_random_uuid(), pg_temp.made(1, n), a.ids[(n + k) % 20 + 1], 'M-' || n,
       'Works with the family', 'A Colleague', 'practitioner', now(), 1
  FROM chosen, a, generate_series(0, {INVITED - 1}) k
"""
_MEETINGS = """
INSERT INTO meetings (id, family_id, agency_id, convened_by, organiser_name, organiser_job_title,
    kind, purpose, status, starts_at, ends_at, place, chair_id, chair_name, chair_job_title,
    member_ids, scheduled_at, held_at, follow_up_notices_sent, outcome_number, version, sequence)
SELECT pg_temp.made(7, n), pg_temp.made(1, n), a.ids[n % 20 + 1], a.ids[n % 20 + 1],
       'A Colleague', 'practitioner', 'practitioners_meeting', 'Who does what.', 'held',
       now() - interval '2 hours', now() - interval '1 hour', 'Room 2', a.chairs[n % 20 + 1],
       'A Chair', 'head of service', '{}', now(), now(), 0, 0, 2, 0
  FROM chosen, a
"""
_INVITATIONS = f"""
INSERT INTO meeting_invitations (meeting_id, agency_id, family_id, reason, invited_at)
SELECT pg_temp.made(7, n), a.ids[(n + k) % 20 + 1], pg_temp.made(1, n),
       'involved with the family', now()
  FROM chosen, a, generate_series(0, {INVITED - 1}) k
"""


def _drafts() -> str:
    body = f"'{_draft()}'"
    for number in range(INVITED):
        body = f"replace({body}, '@{number}', a.ids[(n + {number}) % 20 + 1]::text)"
    return f"""
INSERT INTO outcome_drafts (meeting_id, family_id, body, version, saved_at, by_name)
SELECT pg_temp.made(7, n), pg_temp.made(1, n), ({body})::jsonb, 1, now(), 'A Chair'
  FROM chosen, a
"""


async def fill(connection: Any, agencies: str, chairs: str) -> None:
    """Within the transaction that fills the rest. Both are lists of quoted ids."""
    chosen = f"WITH chosen AS (SELECT generate_series({FROM}::bigint, {FROM + COUNT - 1}) AS n), "
    chosen += f"a AS (SELECT ARRAY[{agencies}]::uuid[] AS ids, ARRAY[{chairs}]::uuid[] AS chairs) "
    for statement in (_FAMILIES, _INVOLVEMENTS, _MEETINGS, _INVITATIONS, _drafts()):
        await connection.execute(chosen + statement)
