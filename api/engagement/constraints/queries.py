"""Assessment constraints as a banner shows them."""

from typing import Any

from sqlalchemy import CTE, ColumnElement, bindparam, case, func, select
from sqlalchemy.dialects.postgresql import JSONB, aggregate_order_by

from api.agencies.models import Agency
from api.engagement.access import readable_by
from api.engagement.constraints.models import AssessmentConstraint as Row
from api.families.access import involved
from api.journal.unit_of_work import CALLER


def unresolved_on(records: CTE) -> ColumnElement[Any]:
    """What is unresolved on the records of one family, as a JSON array, since when first; null for
    who reads the family by break-glass alone, which opens none of it. It depends on no row of the
    statement that it stands in, so the database asks it once."""
    one = func.jsonb_build_object(
        *("id", Row.id),
        *("family_id", Row.family_id),
        *("area", Row.area),
        *("why", Row.why),
        *("since", Row.since),
        *("member_id", Row.member_id),
        *("agency_id", Row.agency_id),
        *("agency", Agency.name),
        *("included", Row.included),
        *("reference", Row.reference),
    )
    shown = (
        select(
            func.coalesce(
                func.jsonb_agg(aggregate_order_by(one, Row.since, Row.id)),
                func.jsonb_build_array(),
                type_=JSONB,
            )
        )
        .join(Agency, Agency.id == Row.agency_id)
        .where(
            Row.family_id.in_(select(records.c.record_id)),
            Row.resolved_on.is_(None),
            readable_by(Row, CALLER),
        )
        .correlate(None)
        .scalar_subquery()
    )
    return case((involved(bindparam("family"), CALLER), shown))
