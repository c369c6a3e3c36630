"""Who may read a break-glass, and who may open, end and review one."""

from sqlalchemy import ColumnElement, Uuid, and_, exists, func, or_, select

from api.access.actor import Actor, Named
from api.access.roles import Permission
from api.families.break_glass.models import BreakGlass
from api.foundation.errors import Conflict, Forbidden
from api.journal.event_types import Expression, Resource, expression, register


def readable_by(agency: Expression) -> ColumnElement[bool]:
    """The reader's own agency, and the one that leads the family now: through the door `lead_of`,
    since the reader's agency is not involved, and a lead may have left a family that nobody is
    involved with any more."""
    one = expression(agency)
    lead = func.lead_of(BreakGlass.family_id, type_=Uuid)
    return or_(BreakGlass.agency_id == one, lead == one)


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """All that its agency reads to information governance; to anybody else their own alone."""
    readable = readable_by(actor.agency_id)
    if actor.may(Permission.BREAK_GLASS_REVIEW):
        return readable
    return and_(readable, BreakGlass.practitioner_id == actor.practitioner_id)


def _readable(agency: Expression, break_glass_id: Expression) -> ColumnElement[bool]:
    found = select(BreakGlass.id).where(BreakGlass.id == break_glass_id, readable_by(agency))
    return exists(found).correlate_except(BreakGlass)


register(Resource("break_glass", "/v1/break-glass", _readable))


def check_reader(actor: Actor, grant: BreakGlass) -> None:
    """Raises Forbidden: only who opened it ends it, without a review."""
    if grant.practitioner_id != actor.practitioner_id:
        raise Forbidden("Only who opened a break-glass ends it.")


def check_other_person(actor: Actor, grant: BreakGlass, reader_name: str) -> None:
    """Raises Conflict when reader and reviewer are one person."""
    reader = Named(grant.practitioner_id, reader_name)
    if actor.in_person().is_same_as(reader):
        raise Conflict("Who has read is not the one who reviews it.")
