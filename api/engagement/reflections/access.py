"""Who may read a reflection: who wrote it, and the managers of their agency."""

from sqlalchemy import ColumnElement, and_, exists, select

from api.access.actor import Actor
from api.engagement.privacy import for_party
from api.engagement.reflections.models import Reflection
from api.families.access import involved
from api.foundation.errors import Forbidden
from api.journal.event_types import Expression, Resource, expression, register


def readable_by(agency: Expression) -> ColumnElement[bool]:
    """Of which agency it is, while that is involved. Within it, `readable_to` narrows."""
    one = expression(agency)
    return and_(Reflection.agency_id == one, involved(Reflection.family_id, agency))


def readable_to(actor: Actor) -> ColumnElement[bool]:
    """Break-glass opens none."""
    return and_(readable_by(actor.agency_id), for_party(actor, Reflection.author_id))


def check_wrote(actor: Actor, reflection: Reflection) -> None:
    """Raises Forbidden: a manager reads it, and says nothing in another's name."""
    if reflection.author_id != actor.practitioner_id:
        raise Forbidden


def _readable(agency: Expression, reflection_id: Expression) -> ColumnElement[bool]:
    found = select(Reflection.id).where(Reflection.id == reflection_id, readable_by(agency))
    return exists(found).correlate_except(Reflection)


register(Resource("reflection", "/v1/reflections", _readable, private=True))
