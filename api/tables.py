"""Every table of the service, for migrations: the models of all domains, imported once."""

from api.agencies import models as agencies
from api.agreements import models as agreements
from api.agreements.breaches import models as breaches
from api.alerts import models as alerts
from api.alerts.acknowledgements import models as acknowledgements
from api.alerts.challenges import models as challenges
from api.alerts.notifications import models as notifications
from api.alerts.recalls import models as recalls
from api.alerts.reviews import models as reviews
from api.audit import models as audit
from api.engagement import models as engagement
from api.engagement.advice import models as advice
from api.engagement.constraints import models as constraints
from api.engagement.inabilities import models as inabilities
from api.engagement.observations import models as observations
from api.engagement.profile import models as profile
from api.engagement.reflections import models as reflections
from api.engagement.sharing_checks import models as sharing_checks
from api.engagement.sharing_checks.obligations import models as obligations
from api.families import models as families
from api.families.break_glass import models as break_glass
from api.foundation.database import Base
from api.incidents import models as incidents
from api.incidents.sharing import models as sharing
from api.journal import models as journal
from api.meetings import models as meetings
from api.meetings.actions import models as actions
from api.meetings.exclusions import models as exclusions
from api.meetings.outcome import models as outcome
from api.meetings.reports import models as reports
from api.overview.picture import models as picture
from api.plans import models as plans
from api.webhooks import models as webhooks

__all__ = [
    "acknowledgements", "actions", "advice", "agencies", "agreements", "alerts", "audit",
    "breaches", "break_glass", "challenges", "constraints", "engagement", "exclusions",
    "families", "inabilities", "incidents", "journal", "meetings", "metadata", "notifications",
    "obligations", "observations", "outcome", "picture", "plans", "profile", "recalls",
    "reflections", "reports", "reviews", "sharing", "sharing_checks", "webhooks",
]  # fmt: skip

metadata = Base.metadata
