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
from api.families import models as families
from api.families.break_glass import models as break_glass
from api.foundation.database import Base
from api.incidents import models as incidents
from api.incidents.sharing import models as sharing
from api.journal import models as journal
from api.webhooks import models as webhooks

__all__ = [
    "acknowledgements", "agencies", "agreements", "alerts", "audit", "breaches", "break_glass",
    "challenges", "families", "incidents", "journal", "metadata", "notifications", "recalls",
    "reviews", "sharing", "webhooks",
]  # fmt: skip

metadata = Base.metadata
