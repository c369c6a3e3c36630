"""The life of alerts on one family as plain Python: who reads what, and who was told what."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")
WARNINGS = (timedelta(hours=24), timedelta(hours=48))
LIVE = ("provisional", "active")
RECEIPTS = ("alert.withdrawn", "alert.lapsed")
Told = tuple[str, str | None]


@dataclass
class ModelAlert:
    """`named` None: the audience is everybody involved."""

    id: str
    owner: str
    named: set[str] | None
    published_at: datetime
    ratify_by: datetime
    expires_on: date
    status: str = "provisional"
    version: int = 1
    warned: int = 0
    told: set[str] = field(default_factory=set)

    @property
    def live(self) -> bool:
        return self.status in LIVE


@dataclass
class ModelFamily:
    id: str
    lead: str
    agencies: tuple[str, ...]
    involved: set[str] = field(default_factory=set)
    alerts: list[ModelAlert] = field(default_factory=list)
    feeds: dict[str, list[tuple[str, ModelAlert | None]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.feeds = {agency: [] for agency in self.agencies}

    def readers(self, alert: ModelAlert) -> set[str]:
        if alert.named is None:
            return set(self.involved)
        return self.involved & (alert.named | {alert.owner})

    def tell(self, to: set[str], event_type: str, alert: ModelAlert | None = None) -> None:
        for agency in to:
            self.feeds[agency].append((event_type, alert))
        if alert is not None:
            alert.told |= to

    def feed_of(self, agency: str) -> list[Told]:
        """As it reads now: what may no longer be read is withheld, but for a receipt."""
        shown: list[Told] = []
        for event_type, alert in self.feeds[agency]:
            readers = self.involved if alert is None else self.readers(alert)
            resource = self.id if alert is None else alert.id
            if agency in readers or event_type in RECEIPTS:
                shown.append((event_type, resource))
            else:
                shown.append(("event.withheld", None))
        return shown

    def alerts_of(self, agency: str) -> dict[str, tuple[str, str, int]] | None:
        """What a list shows the agency, or None: not found."""
        if agency not in self.involved:
            return None
        return {
            each.id: (each.status, each.owner, each.version)
            for each in self.alerts
            if agency in self.readers(each)
        }

    def join(self, agency: str) -> list[str]:
        """The live alerts that the joiner is given."""
        if not self.involved:
            self.lead = agency
        self.involved.add(agency)
        self.tell(self.involved, "family.agency_joined")
        shared = [each for each in self.alerts if each.live and agency in self.readers(each)]
        for each in shared:
            self.tell({agency}, "alert.shared", each)
        return [each.id for each in shared]

    def duties(self, agency: str) -> list[str]:
        """The ids of what is owed before leaving."""
        lead = [self.id] if self.lead == agency and self.involved != {agency} else []
        return lead + [each.id for each in self.alerts if each.live and each.owner == agency]

    def leave(self, agency: str) -> None:
        self.involved.remove(agency)
        self.tell(self.involved, "family.agency_left")

    def publish(self, alert: ModelAlert) -> None:
        self.alerts.append(alert)
        self.tell(self.readers(alert), "alert.published", alert)

    def ratify(self, alert: ModelAlert) -> None:
        alert.status, alert.version = "active", alert.version + 1
        self.tell(self.readers(alert), "alert.ratified", alert)

    def end(self, alert: ModelAlert, status: str) -> None:
        alert.status, alert.version = status, alert.version + 1
        self.tell(self.readers(alert) | alert.told, f"alert.{status}", alert)

    def hand_over(self, alert: ModelAlert, to: str) -> None:
        if alert.named is not None:
            alert.named.add(alert.owner)
        alert.owner, alert.version = to, alert.version + 1
        self.tell(self.readers(alert), "alert.handed_over", alert)

    def pass_time(self, now: datetime) -> None:
        for alert in self.alerts:
            provisional = alert.status == "provisional"
            due = sum(now >= alert.published_at + after for after in WARNINGS)
            expired = now.astimezone(LONDON).date() > alert.expires_on
            if alert.live and (expired or (provisional and now >= alert.ratify_by)):
                self.end(alert, "lapsed")
            elif provisional and due > alert.warned:
                alert.warned = due
                self.tell({alert.owner}, "alert.ratification_due", alert)
