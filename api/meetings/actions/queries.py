"""Reads of actions. All start from `readable_by`."""

from typing import Any

from api.journal.unit_of_work import Subject


def about(row: Any) -> Subject:
    return Subject("action", row.id, row.family_id, row.version)
