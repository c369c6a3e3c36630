"""Every table of the service, for migrations: the models of all domains, imported once."""

from api.agencies import models as agencies
from api.alerts import models as alerts
from api.audit import models as audit
from api.families import models as families
from api.foundation.database import Base
from api.journal import models as journal
from api.webhooks import models as webhooks

__all__ = ["agencies", "alerts", "audit", "families", "journal", "metadata", "webhooks"]

metadata = Base.metadata
