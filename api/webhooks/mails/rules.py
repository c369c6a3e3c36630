"""Whether a mail still says what is so, and when it may leave, so that none is stale and no
mailbox is flooded. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta

# What mends itself sooner is not worth a mail.
PATIENCE = {
    "degraded": timedelta(minutes=5),
    "undeliverable": timedelta(minutes=5),
    "held": timedelta(),
    "recovered": timedelta(),
}
QUIET = timedelta(hours=1)
LATELY = timedelta(days=1)
_TROUBLE = ("degraded", "held")


@dataclass(frozen=True)
class Standing:
    """A mail, and how its subscription stands now. `overtaken`: a later one is about that too,
    which a mail about messages never is. `last_told` is what the mail before it said of
    the state, if an attempt was made: it may have arrived. `last_sent_at` and `sent_lately` are
    of mails about the same."""

    about: str
    since: datetime
    address: str | None
    status: str
    overtaken: bool
    undeliverable: int
    last_told: str | None
    last_sent_at: datetime | None
    sent_lately: int


def still_holds(mail: Standing) -> bool:
    """Another mail says it where this one does not, or there is nothing to say."""
    if mail.address is None:
        return False
    if mail.about in _TROUBLE:
        return mail.status == mail.about and not mail.overtaken
    if mail.about == "recovered":
        return mail.status == "active" and mail.last_told in _TROUBLE
    counted = mail.last_sent_at is not None and mail.last_sent_at >= mail.since
    return mail.status != "revoked" and mail.undeliverable > 0 and not counted


def quiet_until(mail: Standing) -> datetime | None:
    """The second mail about the same within a day waits an hour after the first, the third two
    hours after the second, and so on. That all is well again never waits: it comes at most once
    for each mail about trouble."""
    if mail.about == "recovered" or mail.last_sent_at is None:
        return None
    return mail.last_sent_at + QUIET * mail.sent_lately
