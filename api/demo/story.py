"""The main job, played once over real HTTP, each exchange shown."""

import queue
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from rich.console import Console
from rich.panel import Panel

from api.alerts.schemas import EXAMPLE_ALERT
from api.demo.meeting import meet
from api.demo.receiver import Receiver
from api.demo.telling import StoryFailed, Teller, shortened
from api.foundation.calendar import london_date
from api.foundation.clock import SystemClock
from api.foundation.ids import new_id
from api.incidents.schemas import EXAMPLE_INCIDENT

SECONDS_TO_ARRIVE = 15
SHOWN = 600

FAMILY = {
    "members": [
        {
            "kind": "child",
            "given_name": "Demo",
            "family_name": "Harbour",
            "birth_date": "2020-06-14",
            "identifiers": [{"system": "nhs_number", "value": "9990548609"}],
        },
        {
            "kind": "adult",
            "given_name": "Demeter",
            "family_name": "Harbour",
            "birth_date": "1991-03-08",
            "relationship": "mother",
        },
    ],
    "addresses": [{"lines": ["3 Demo Wharf"], "postcode": "DN31 1AA"}],
    "involvement": {
        "local_id": "DEMO-HV-1",
        "reason": "Universal health visiting",
        "practitioner": {"staff_id": "HV-0042"},
    },
}
JOINS = (("police", "DEMO-POL-1", "Domestic abuse call-outs"), ("school", "DEMO-SCH-1", "Pupil"))


def ensure_family(teller: Teller) -> dict[str, Any]:
    """The demo family, registered by health visiting and joined by police and school."""
    token = teller.token("health_visiting")
    teller.say("Health visiting registers the family; the record is shared from now on.")
    answer = teller.call(token, "POST", "/v1/families", FAMILY, expect=(201, 409))
    family_id = answer.json()["id"] if answer.status_code == 201 else answer.json()["family_id"]
    for kind, local_id, reason in JOINS:
        _ensure_joined(teller, kind, local_id, reason)
    record = teller.call(token, "GET", f"/v1/families/{family_id}", expect=200).json()
    return {
        "family_id": family_id,
        "child_id": record["members"][0]["id"],
        "adult_id": record["members"][1]["id"],
        "address_id": record["addresses"][0]["id"],
        "local_ids": {
            "health_visiting": "DEMO-HV-1",
            **{kind: local_id for kind, local_id, _ in JOINS},
        },
    }


def _ensure_joined(teller: Teller, kind: str, local_id: str, reason: str) -> None:
    token = teller.token(kind)
    child = {"identifiers": FAMILY["members"][0]["identifiers"]}  # type: ignore[index]
    teller.say(f"{teller.agency(kind)['name']} matches by NHS number and joins.")
    found = teller.call(token, "POST", "/v1/families/match", {"members": [child]}, expect=200)
    match = found.json()["items"][0]
    body = {
        "join_token": match["join_token"],
        "local_id": local_id,
        "reason": reason,
        "practitioner": {"staff_id": teller.agency(kind)["practitioners"][0]["staff_id"]},
    }
    path = f"/v1/families/{match['family_id']}/involvements"
    teller.call(token, "POST", path, body, expect=(201, 409))


def an_alert(family: dict[str, Any]) -> dict[str, Any]:
    """The documentation's own example, on the demo family and from today."""
    today = london_date(SystemClock().now())
    return {
        **EXAMPLE_ALERT,
        "subject": {"kind": "member", "member_id": family["adult_id"]},
        "review_due": (today + timedelta(days=70)).isoformat(),
        "expires_on": (today + timedelta(days=160)).isoformat(),
    }


def an_incident(teller: Teller, family: dict[str, Any]) -> dict[str, Any]:
    """The documentation's own example an hour ago, with its alert and what is decided at once."""
    agencies = {kind: teller.agency(kind)["agency_id"] for kind, _, _ in JOINS}
    decisions = [
        {"agency_id": agencies["police"], "outcome": "shared", "how": "incident"},
        {"agency_id": agencies["school"], "outcome": "shared", "how": "alert"},
    ]
    return {
        **EXAMPLE_INCIDENT,
        "occurred_at": (SystemClock().now() - timedelta(hours=1)).isoformat(timespec="seconds"),
        "behaved": [{"kind": "member", "member_id": family["adult_id"]}],
        "sharing": {"alert": an_alert(family), "decisions": decisions},
    }


def play(teller: Teller, family: dict[str, Any], console: Console) -> None:
    """Record and publish, tell, read, refuse, acknowledge, meet, ratify, withdraw. Raises
    StoryFailed."""
    with _listening_school(teller) as arrived:
        alert_id = _publish(teller, family)
        _show_message(console, arrived("alert.published"))
        _read(teller, family, alert_id)
        meet(teller, family)
        _ratify_and_withdraw(teller, alert_id)
        _show_message(console, arrived("alert.withdrawn"))


@contextmanager
def _listening_school(teller: Teller) -> Iterator[Any]:
    receiver, token = Receiver(), teller.token("school")
    teller.say("The school's system listens: a webhook, verified by a signed challenge.")
    body = {"url": receiver.url, "event_types": ["alert.*"]}
    created = teller.call(token, "POST", "/v1/webhooks", body, expect=201).json()
    receiver.secrets.add(created["secret"])

    def arrived(wanted: str) -> dict[str, Any]:
        while True:
            try:
                message = receiver.messages.get(timeout=SECONDS_TO_ARRIVE)
            except queue.Empty:
                raise StoryFailed(f"No webhook {wanted} within {SECONDS_TO_ARRIVE} s.") from None
            if message["type"] == wanted:
                return message

    try:
        yield arrived
    finally:
        path = f"/v1/webhooks/{created['id']}"
        current = teller.call(token, "GET", path, expect=200)
        headers = {"If-Match": current.headers["etag"]}
        teller.call(token, "DELETE", path, expect=200, headers=headers)
        receiver.close()


def _publish(teller: Teller, family: dict[str, Any]) -> str:
    teller.say(
        "Amina, the health visitor, was threatened at the door. In one call her system records the "
        "incident, shares it with the police, and publishes an alert for everybody involved."
    )
    path = f"/v1/families/{family['family_id']}/incidents"
    headers = {"Idempotency-Key": str(new_id())}
    token, body = teller.token("health_visiting"), an_incident(teller, family)
    recorded = teller.call(token, "POST", path, body, expect=201, headers=headers).json()
    path = f"/v1/incidents/{recorded['id']}"
    decisions = teller.call(token, "GET", f"{path}/sharing-decisions", expect=200).json()["items"]
    teller.say(
        "The police read the incident itself; the school, which is given the alert, does not."
    )
    teller.call(teller.token("police"), "GET", path, expect=200)
    teller.call(teller.token("school"), "GET", path, expect=404)
    return next(str(each["alert_id"]) for each in decisions if each["alert_id"])


def _read(teller: Teller, family: dict[str, Any], alert_id: str) -> None:
    school, path = teller.token("school"), f"/v1/alerts/{alert_id}"
    teller.say("The school nurse goes there tomorrow: her system reads it, under its own token.")
    teller.call(school, "GET", path, expect=200)
    teller.call(school, "GET", f"/v1/families/{family['family_id']}/banner", expect=200)
    teller.say("Probation is not involved: for it, there is no such alert.")
    teller.call(teller.token("probation"), "GET", path, expect=404)
    teller.say("The school nurse has taken note.")
    note = {"practitioner": {"staff_id": "SCH-021"}}
    teller.call(school, "POST", f"{path}/acknowledgements", note, expect=201)


def _ratify_and_withdraw(teller: Teller, alert_id: str) -> None:
    manager, path = teller.token("health_visiting", "HV-0007"), f"/v1/alerts/{alert_id}"
    teller.say("Amina's manager, in person, ratifies; some time later, withdraws.")
    current = teller.call(manager, "GET", path, expect=200)
    headers = {"If-Match": current.headers["etag"]}
    ratified = teller.call(manager, "POST", f"{path}/ratify", {}, expect=200, headers=headers)
    headers = {"If-Match": ratified.headers["etag"]}
    reason = {"reason": "The dog was rehomed; three calm visits since."}
    teller.call(manager, "POST", f"{path}/withdraw", reason, expect=200, headers=headers)


def _show_message(console: Console, message: dict[str, Any]) -> None:
    text = f"webhook-id {message.pop('webhook-id')}, signature verified\n{shortened(message)}"
    console.print(Panel(text, title="At the school's receiver", expand=False, highlight=False))
