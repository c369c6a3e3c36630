"""What a mail says: which webhook, what happened, what waits and what to do; nothing of what it
would have delivered."""

import textwrap
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

WIDTH = 76
_IS = {
    "degraded": "is failing",
    "held": "is held",
    "recovered": "works again",
    "undeliverable": "has given up messages",
}
_HAPPENED = {
    "degraded": "Its receiver fails. Only a probe is sent from time to time; everything else "
    "waits, and is sent once a probe is taken, the urgent first. After 72 hours it is held.",
    "held": "{why} Nothing is sent until somebody resumes it; everything waits.",
    "recovered": "Its receiver takes messages again. What waited is sent, the urgent first.",
    "undeliverable": "The attempts of one message or of several are exhausted. They are not tried "
    "again by themselves.",
}
_WHY = {
    None: "",
    "gone": "Its receiver answered 410 Gone.",
    "broken": "Its receiver has failed for 72 hours.",
    "by_owner": "Your agency holds it.",
    "by_operator": "The operator of the service holds it.",
}
_TO_DO = {
    "degraded": "see that the receiver answers 2xx within 15 seconds. Until it does, read the "
    "feed: GET {base}/v1/events.",
    "held": "see that the receiver works, then resume it: POST {webhook}/resume. Until then, "
    "read the feed: GET {base}/v1/events.",
    "recovered": "nothing, unless messages were given up.",
    "undeliverable": "have them sent again: POST {webhook}/replays. They stand in the feed "
    "too: GET {base}/v1/events.",
}
_PARAGRAPHS = (
    "The webhook {id} at {host} {what}, since {since}.",
    "{happened}",
    "Waiting: {waiting}. Given up: {undeliverable}. (As of {now}.)",
    "What to do: {to_do}",
    "How it stands now: GET {webhook}",
    "What the API does: {base}/docs",
    "Nothing is lost: every event stays in your feed. A machine wrote this. An "
    "administrator of your agency chooses the mailbox: webhook_email, "
    "PATCH {base}/v1/agencies/{agency_id}",
)


def write(mail: Any, *, sender: str, base_url: str, now: datetime) -> EmailMessage:
    """`mail` is a row of `claims.DUE`."""
    host = urlsplit(mail.url).hostname
    webhook = f"{base_url}/v1/webhooks/{mail.subscription_id}"
    known = {
        "id": mail.subscription_id,
        "agency_id": mail.agency_id,
        "host": host,
        "base": base_url,
        "webhook": webhook,
        "what": _IS[mail.about],
        "since": _moment(mail.since),
        "now": _moment(now),
        "happened": _HAPPENED[mail.about].format(why=_WHY[mail.held_why]),
        "waiting": _waiting(mail),
        "undeliverable": _messages(mail.undeliverable),
        "to_do": _TO_DO[mail.about].format(base=base_url, webhook=webhook),
    }
    text = "\n\n".join(_wrapped(each.format(**known)) for each in _PARAGRAPHS) + "\n"
    subject = f"Doorstep: the webhook at {host} {_IS[mail.about]}"
    return envelope(mail.id, subject, text, sender=sender, to=mail.address, now=now)


def envelope(
    mail_id: UUID, subject: str, text: str, *, sender: str, to: str, now: datetime
) -> EmailMessage:
    """The id of a mail makes its `Message-ID`: who gets it twice can tell."""
    message = EmailMessage(policy=SMTP)
    message["From"], message["To"], message["Subject"] = sender, to, subject
    message["Date"] = format_datetime(now)
    message["Message-ID"] = f"<{mail_id}@{sender.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: nothing answers it by itself
    message["X-Auto-Response-Suppress"] = "All"  # the same for Exchange
    message.set_content(text)
    return message


def _wrapped(paragraph: str) -> str:
    """An address stays in one piece."""
    return textwrap.fill(paragraph, WIDTH, break_long_words=False, break_on_hyphens=False)


def _waiting(mail: Any) -> str:
    if not mail.waiting:
        return "no messages"
    since = _moment(mail.oldest)
    return f"{_messages(mail.waiting)}, of them {mail.urgent} urgent, the oldest since {since}"


def _messages(count: int) -> str:
    return {0: "no messages", 1: "1 message"}.get(count, f"{count} messages")


def _moment(at: datetime) -> str:
    return f"{at.astimezone(UTC):%d %B %Y, %H:%M:%S} UTC"
