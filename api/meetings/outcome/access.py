"""Who may read what of an outcome. The one place that says so."""

from sqlalchemy import ColumnElement, and_, any_, exists, or_, select

from api.alerts.access import readable_by as alert_readable_by
from api.alerts.models import Alert
from api.journal.event_types import Expression, Resource, expression, register
from api.meetings.access import of_chaired, of_readable
from api.meetings.outcome.models import (
    OutcomeAlert,
    OutcomeAnswer,
    OutcomeDraft,
    OutcomeInformation,
    OutcomeVersion,
)


def draft_readable_by(agency: Expression) -> ColumnElement[bool]:
    """The chair's agency; within it, the service narrows to the chair."""
    return of_chaired(agency, OutcomeDraft.meeting_id)


def readable_by(agency: Expression) -> ColumnElement[bool]:
    return of_readable(agency, OutcomeVersion.meeting_id)


def information_readable_by(agency: Expression) -> ColumnElement[bool]:
    """What was said to everybody; else those it was said to, who said it, and the chair's."""
    one = expression(agency)
    return and_(
        of_readable(agency, OutcomeInformation.meeting_id),
        or_(
            OutcomeInformation.agency_ids.is_(None),
            one == any_(OutcomeInformation.agency_ids),
            OutcomeInformation.agency_id == one,
            of_chaired(agency, OutcomeInformation.meeting_id),
        ),
    )


def alert_decision_readable_by(agency: Expression) -> ColumnElement[bool]:
    """As hidden as the alert itself."""
    alert = exists(
        select(Alert.id).where(Alert.id == OutcomeAlert.alert_id, alert_readable_by(agency))
    ).correlate_except(Alert)
    return and_(of_readable(agency, OutcomeAlert.meeting_id), alert)


def response_readable_by(agency: Expression) -> ColumnElement[bool]:
    """The agency that gave it, and the chair's."""
    one = expression(agency)
    return and_(
        of_readable(agency, OutcomeAnswer.meeting_id),
        or_(
            OutcomeAnswer.agency_id == one,
            of_chaired(agency, OutcomeAnswer.meeting_id),
        ),
    )


def _draft(agency: Expression, meeting_id: Expression) -> ColumnElement[bool]:
    found = select(OutcomeDraft.meeting_id).where(
        OutcomeDraft.meeting_id == meeting_id, draft_readable_by(agency)
    )
    return exists(found).correlate_except(OutcomeDraft)


register(Resource("outcome_draft", "/v1/meetings/{id}/outcome/draft", _draft, private=True))
