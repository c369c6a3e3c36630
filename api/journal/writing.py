"""The statements by which a commit writes its journal: one for everything that it has to say."""

from typing import Any

from sqlalchemy import text

from api.foundation.json import to_json

_AUDITS = """
    INSERT INTO audit_entries
    SELECT * FROM jsonb_populate_recordset(NULL::audit_entries, CAST(:audits AS jsonb))
"""
_ANSWER = """
    INSERT INTO idempotency_keys
    SELECT * FROM jsonb_populate_record(NULL::idempotency_keys, CAST(:answer AS jsonb))
"""
_POSTINGS = "SELECT post_events(CAST(:postings AS jsonb))"
_READS = """
    INSERT INTO first_reads (resource_id, agency_id, read_at)
    SELECT shown, current_agency(), CAST(:now AS timestamptz)
      FROM unnest(CAST(:shown AS uuid[])) AS shown
     WHERE NOT EXISTS (SELECT FROM first_reads f
                        WHERE f.resource_id = shown AND f.agency_id = current_agency())
    ON CONFLICT DO NOTHING
"""

WRITE_AUDITS = text(_AUDITS)
WRITE_READS = text(f"WITH audited AS ({_AUDITS}) {_READS}")
WRITE_EVENTS = text(f"WITH audited AS ({_AUDITS}) {_POSTINGS}")
WRITE_ANSWERED = text(f"WITH audited AS ({_AUDITS}), answered AS ({_ANSWER}) {_POSTINGS}")


def as_json(rows: Any) -> str:
    """As the statements take them: the rows of a table, or one of them."""
    return to_json(rows).decode()
