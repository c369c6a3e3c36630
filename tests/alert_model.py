"""The life of alerts on one family as plain Python: who reads what, and who was told what."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")
WARNINGS = (timedelta(hours=24), timedelta(hours=48))
ACKNOWLEDGE_WITHIN = timedelta(minutes=15)
SETTLE_AFTER = timedelta(minutes=1)
REMIND_AFTER = timedelta(hours=24)
LIVE = ("provisional", "active", "under_review")
RECALLS = ("alert.withdrawn", "alert.superseded", "alert.entered_in_error", "alert.recalled")
Told = tuple[str, str | None]


def london(moment: datetime) -> date:
    return moment.astimezone(LONDON).date()


@dataclass
class ModelAlert:
    """`named` None: the audience is everybody involved. People are named by their fixture."""

    id: str
    owner: str
    author: str
    named: set[str] | None
    published_at: datetime
    ratify_by: datetime
    review_due: date
    expires_on: date
    notify_by: date
    replaces: "ModelAlert | None" = None
    status: str = "provisional"
    version: int = 1
    ratifier: str | None = None
    begun_by: str | None = None
    warned: int = 0
    review_notices: int = 0
    expiry_notices: int = 1  # it is published within the last 30 days
    reminded: bool = False
    told: set[str] = field(default_factory=set)
    shown: dict[str, datetime] = field(default_factory=dict)  # when for the first time
    owed: dict[str, datetime] = field(default_factory=dict)
    receipts: dict[str, tuple[datetime, int]] = field(default_factory=dict)
    reached: set[str] = field(default_factory=set)
    recalled_by: str = ""
    recalled_at: datetime | None = None
    settled: bool = False

    @property
    def live(self) -> bool:
        return self.status in LIVE

    def reviewed_by(self, person: str) -> set[str]:
        begun = {self.begun_by} if self.status == "under_review" and self.begun_by else set()
        return {person} | begun


@dataclass
class ModelChallenge:
    id: str
    alert: ModelAlert
    by: str
    received_on: date
    version: int = 1
    open: bool = True
    overdue: bool = False


@dataclass
class ModelFamily:
    id: str
    lead: str
    agencies: tuple[str, ...]
    involved: set[str] = field(default_factory=set)
    alerts: list[ModelAlert] = field(default_factory=list)
    challenges: list[ModelChallenge] = field(default_factory=list)
    feeds: dict[str, list[tuple[str, ModelAlert | ModelChallenge | None]]] = field(
        default_factory=dict
    )

    def __post_init__(self) -> None:
        self.feeds = {agency: [] for agency in self.agencies}

    def readers(self, about: ModelAlert | ModelChallenge | None) -> set[str]:
        if about is None:
            return set(self.involved)
        if isinstance(about, ModelChallenge):
            return {about.by, about.alert.owner} & self.readers(about.alert)
        if about.named is None:
            return set(self.involved)
        return self.involved & (about.named | {about.owner})

    def tell(
        self, to: set[str], event_type: str, about: ModelAlert | ModelChallenge | None = None
    ) -> None:
        for agency in to:
            self.feeds[agency].append((event_type, about))
        if isinstance(about, ModelAlert):
            about.told |= to

    def feed_of(self, agency: str) -> list[Told]:
        """As it reads now: what may no longer be read is withheld, but for a receipt."""
        shown: list[Told] = []
        for event_type, about in self.feeds[agency]:
            resource = self.id if about is None else about.id
            if agency in self.readers(about):
                shown.append((event_type, resource))
            elif event_type in RECALLS:
                shown.append(("alert.recalled", resource))
            elif event_type == "alert.lapsed":
                shown.append((event_type, resource))
            else:
                shown.append(("event.withheld", None))
        return shown

    def disputed(self, alert: ModelAlert) -> bool:
        return any(each.open and each.alert is alert for each in self.challenges)

    def alerts_of(self, agency: str, now: datetime) -> dict[str, tuple[str, bool, str, int]] | None:
        """What a list shows the agency, or None: not found. Whoever is shown it, has it."""
        if agency not in self.involved:
            return None
        shown = [each for each in self.alerts if agency in self.readers(each)]
        for each in shown:
            each.shown.setdefault(agency, now)
        return {
            each.id: (each.status, self.disputed(each), each.owner, each.version) for each in shown
        }

    def join(self, agency: str, now: datetime) -> list[str]:
        """The live alerts that the joiner is given."""
        if not self.involved:
            self.lead = agency
        self.involved.add(agency)
        self.tell(self.involved, "family.agency_joined")
        shared = [each for each in self.alerts if each.live and agency in self.readers(each)]
        for each in shared:
            self.tell({agency}, "alert.shared", each)
            if each.owner != agency:
                each.owed[agency] = now + ACKNOWLEDGE_WITHIN
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
        if alert.replaces is not None:
            alert.replaces.version += 1
        readers = self.readers(alert)
        due = alert.published_at + ACKNOWLEDGE_WITHIN
        alert.owed = dict.fromkeys(readers - {alert.owner}, due)
        self.tell(readers, "alert.published", alert)

    def acknowledge(self, alert: ModelAlert, agency: str) -> None:
        alert.owed.pop(agency, None)
        self.tell({alert.owner}, "alert.acknowledged", alert)

    def ratify(self, alert: ModelAlert, person: str, now: datetime) -> None:
        alert.status, alert.version, alert.ratifier = "active", alert.version + 1, person
        self.tell(self.readers(alert), "alert.ratified", alert)
        for before in self.replaced(alert):
            self.take_back(before, "superseded", now)

    def replaced(self, alert: ModelAlert) -> list[ModelAlert]:
        """What ratifying it supersedes, also across a replacement that nobody ratified."""
        owner, found, before = alert.owner, [], alert.replaces
        while before is not None and before.status in (*LIVE, "lapsed"):
            if before.owner != owner or owner not in self.readers(before):
                break
            if before.live:
                found.append(before)
            before = before.replaces
        return found

    def takes_from_nobody(self, alert: ModelAlert) -> bool:
        readers = self.readers(alert)
        return all(self.readers(each) <= readers for each in self.replaced(alert))

    def narrows(self, alert: ModelAlert, named: set[str] | None) -> bool:
        """Whether a replacement for these would leave out somebody who reads it, or may."""
        if named is None:
            return False
        return alert.named is None or not self.readers(alert) <= named | {alert.owner}

    def begin_review(self, alert: ModelAlert, person: str) -> None:
        alert.status, alert.version, alert.begun_by = "under_review", alert.version + 1, person
        self.tell(self.readers(alert), "alert.review_begun", alert)

    def renew(self, alert: ModelAlert, review_due: date, expires_on: date) -> None:
        alert.status, alert.version = "active", alert.version + 1
        alert.review_due, alert.review_notices = review_due, 0
        alert.expires_on, alert.expiry_notices = expires_on, 1
        self.tell(self.readers(alert), "alert.renewed", alert)

    def take_back(self, alert: ModelAlert, status: str, now: datetime) -> None:
        """Everybody who ever had it is told, and owes a receipt."""
        alert.status, alert.version = status, alert.version + 1
        reached = self.readers(alert) | alert.told | set(alert.shown)
        alert.recalled_by, alert.recalled_at, alert.reached = alert.owner, now, reached
        due = now + ACKNOWLEDGE_WITHIN
        alert.receipts = dict.fromkeys(reached - {alert.owner}, (due, 0))
        self.tell(reached, f"alert.{status}", alert)

    def acknowledge_recall(self, alert: ModelAlert, agency: str) -> None:
        del alert.receipts[agency]
        self.tell({alert.recalled_by}, "alert.recall_acknowledged", alert)

    def hand_over(self, alert: ModelAlert, to: str) -> None:
        if alert.named is not None:
            alert.named.add(alert.owner)
        alert.owner, alert.version = to, alert.version + 1
        self.tell(self.readers(alert), "alert.handed_over", alert)

    def challenge(self, challenge: ModelChallenge) -> None:
        marked = self.disputed(challenge.alert)
        self.challenges.append(challenge)
        self.tell(self.readers(challenge), "challenge.received", challenge)
        self._mark(challenge.alert, marked)

    def answer(self, challenge: ModelChallenge) -> None:
        marked = self.disputed(challenge.alert)
        challenge.open, challenge.version = False, challenge.version + 1
        self.tell(self.readers(challenge), "challenge.answered", challenge)
        self._mark(challenge.alert, marked)

    def _mark(self, alert: ModelAlert, before: bool) -> None:
        now = self.disputed(alert)
        if now != before:
            alert.version += 1
            told = "alert.disputed" if now else "alert.dispute_ended"
            self.tell(self.readers(alert), told, alert)

    def pass_time(self, now: datetime) -> None:
        for alert in self.alerts:
            self._pass_deadlines(alert, now)
        for alert in self.alerts:
            self._escalate(alert, now)
        for alert in self.alerts:
            self._settle(alert, now)
        for alert in self.alerts:
            self._remind(alert, now)
        for challenge in self.challenges:
            late = london(now) > challenge.received_on + timedelta(days=30)
            if challenge.open and late and not challenge.overdue:
                challenge.overdue = True
                self.tell(self.readers(challenge), "challenge.overdue", challenge)

    def _pass_deadlines(self, alert: ModelAlert, now: datetime) -> None:
        today, provisional = london(now), alert.status == "provisional"
        if not alert.live:
            return
        if today > alert.expires_on or (provisional and now >= alert.ratify_by):
            alert.status, alert.version = "lapsed", alert.version + 1
            self.tell(self.readers(alert) | alert.told, "alert.lapsed", alert)
            return
        warnings = sum(now >= alert.published_at + after for after in WARNINGS)
        if provisional and warnings > alert.warned:
            alert.warned = warnings
            self.tell({alert.owner}, "alert.ratification_due", alert)
        self._give_notice(alert, today)

    def _give_notice(self, alert: ModelAlert, today: date) -> None:
        soon = today >= alert.review_due - timedelta(days=14)
        review = soon + (today > alert.review_due)
        if review > alert.review_notices:
            alert.review_notices = review
            if review == 1:
                self.tell({alert.owner}, "alert.review_due", alert)
            else:
                self.tell(self.readers(alert), "alert.review_overdue", alert)
        if today >= alert.expires_on - timedelta(days=7) and alert.expiry_notices == 1:
            alert.expiry_notices = 2
            self.tell(self.readers(alert), "alert.expiring", alert)
        if today > alert.notify_by and not alert.reminded:
            alert.reminded = True
            self.tell({alert.owner}, "alert.notification_due", alert)

    def _escalate(self, alert: ModelAlert, now: datetime) -> None:
        for agency in self.agencies:
            if agency in alert.owed and alert.owed[agency] <= now:
                del alert.owed[agency]
                if alert.live and agency in self.readers(alert) - {alert.owner}:
                    self.tell({agency, alert.owner}, "alert.unacknowledged", alert)

    def _settle(self, alert: ModelAlert, now: datetime) -> None:
        """Who was shown it in the minute in which it was recalled owes a receipt as well."""
        if alert.recalled_at is None or alert.settled:
            return
        alert.settled, until = True, alert.recalled_at + SETTLE_AFTER
        late = {agency for agency, at in alert.shown.items() if at <= until} - alert.reached
        for agency in late - {alert.recalled_by}:
            alert.receipts[agency] = (now + ACKNOWLEDGE_WITHIN, 0)
            self.tell({agency}, f"alert.{alert.status}", alert)

    def _remind(self, alert: ModelAlert, now: datetime) -> None:
        stand_in = self._stand_in(alert)
        heard = ("alert.recall_outstanding", alert) in self.feeds[stand_in or alert.owner]
        for agency in self.agencies:
            due, reminders = alert.receipts.get(agency, (None, 0))
            if due is not None and due <= now:
                alert.receipts[agency] = (now + REMIND_AFTER, reminders + 1)
                self.tell({agency}, "alert.recalled", alert)
                answering = stand_in or alert.recalled_by
                news = reminders == 0 or (stand_in is not None and not heard)
                if news and answering != agency:
                    self.tell({answering}, "alert.recall_outstanding", alert)

    def _stand_in(self, alert: ModelAlert) -> str | None:
        """The lead, once who recalled has left, if the lead reads the alert."""
        if alert.recalled_by in self.involved or self.lead not in self.readers(alert):
            return None
        return self.lead
