"""How each operation on families, alerts and their news is asked: rows made fresh where the
call uses them up."""

from typing import Any

from tests.conformance.agency_calls import enrolled_agency
from tests.conformance.routes import Call, call, call_of, example
from tests.conformance.scene import Scene, joined, leave
from tests.world import a_family, an_alert, etag, key, nhs_number, publish, random_name


@call_of("match_families", by="police_system")
async def _(scene: Scene) -> Call:
    child = scene.family["members"][0]["identifiers"][0]
    body = example("match_families")
    body["members"][0]["identifiers"] = [{"system": child["system"], "value": child["value"]}]
    return call("match_families", body)


@call_of("register_family", by="health_visiting_system")
async def _(_: Scene) -> Call:
    body = example("register_family")
    body["members"][0]["identifiers"][0]["value"] = nhs_number()
    body["involvement"]["local_id"] = random_name()
    return call("register_family", body, key())


@call_of("list_families", by="health_visiting_system")
async def _(_: Scene) -> Call:
    return call("list_families")


@call_of("get_family", by="school_system")
async def _(scene: Scene) -> Call:
    return call("get_family", family_id=scene.family["id"])


@call_of("add_member", by="school_system")
async def _(scene: Scene) -> Call:
    body = example("add_member")
    body["identifiers"][0]["value"] = nhs_number()
    return call("add_member", body, key(), family_id=scene.family["id"])


@call_of("add_address", by="school_system")
async def _(scene: Scene) -> Call:
    return call("add_address", example("add_address"), key(), family_id=scene.family["id"])


@call_of("add_identifier", by="school_system")
async def _(scene: Scene) -> Call:
    body = {
        **example("add_identifier"),
        "member_id": scene.family["members"][0]["id"],
        "system": "local_id",
        "value": random_name(),
    }
    return call("add_identifier", body, key(), family_id=scene.family["id"])


@call_of("join_family", by="police_system")
async def _(scene: Scene) -> Call:
    answer = await scene.world.health_visiting_system.post("/v1/families", a_family())
    family = answer.json()
    child = family["members"][0]["identifiers"][0]
    wanted = [{"identifiers": [{"system": child["system"], "value": child["value"]}]}]
    matched = await scene.world.police_system.post("/v1/families/match", {"members": wanted})
    body = example("join_family") | {
        "join_token": matched.json()["items"][0]["join_token"],
        "local_id": random_name(),
    }
    return call("join_family", body, key(), family_id=family["id"])


@call_of("list_involvements", by="school_system")
async def _(scene: Scene) -> Call:
    return call("list_involvements", family_id=scene.family["id"])


async def _invited(scene: Scene) -> tuple[dict[str, Any], dict[str, Any]]:
    answer = await scene.world.health_visiting_system.post("/v1/families", a_family())
    family = answer.json()
    await leave(scene.former, await joined(scene.world, family, scene.former))
    body = example("invite_agency") | {"agency_id": str(scene.world.agencies["school"].id)}
    path = f"/v1/families/{family['id']}/invitations"
    invitation = await scene.world.amina.post(path, body)
    return family, invitation.json()


@call_of("invite_agency", by="amina")
async def _(scene: Scene) -> Call:
    family = await scene.family_once_shared()
    agency = await enrolled_agency(scene)
    body = example("invite_agency") | {"agency_id": agency["id"]}
    return call("invite_agency", body, key(), family_id=family["id"])


@call_of("list_invitations", by="school_system")
async def _(scene: Scene) -> Call:
    await _invited(scene)
    return call("list_invitations")


@call_of("get_invitation", by="school_system")
async def _(scene: Scene) -> Call:
    _, invitation = await _invited(scene)
    return call("get_invitation", invitation_id=invitation["id"])


@call_of("leave_family", by="police_system")
async def _(scene: Scene) -> Call:
    family = await scene.family_once_shared()
    own = await scene.member_version(family, scene.world.police_system)
    body = example("leave_family")
    return call(
        "leave_family", body, key() | etag(own), family_id=family["id"], involvement_id=own["id"]
    )


@call_of("contest_involvement", by="amina")
async def _(scene: Scene) -> Call:
    family = await scene.family_once_shared()
    other = await scene.member_version(family, scene.world.police_system)
    ids = {"family_id": family["id"], "involvement_id": other["id"]}
    return call("contest_involvement", example("contest_involvement"), key(), **ids)


@call_of("list_contests", by="school_system")
async def _(scene: Scene) -> Call:
    contest = await _contested(scene)
    return call("list_contests", family_id=contest["family_id"])


async def _contested(scene: Scene) -> dict[str, Any]:
    """Police doubts the school; health visiting, which leads, decides."""
    family = await scene.family_once_shared()
    other = await scene.member_version(family, scene.world.school_system)
    path = f"/v1/families/{family['id']}/involvements/{other['id']}/contests"
    contest = await scene.world.jonas.post(path, example("contest_involvement"))
    return {**contest.json(), "family_id": family["id"]}


@call_of("decide_contest", by="ruth")
async def _(scene: Scene) -> Call:
    contest = await _contested(scene)
    ids = {"family_id": contest["family_id"], "contest_id": contest["id"]}
    return call("decide_contest", example("decide_contest"), key(), **ids)


@call_of("hand_over_lead", by="ruth")
async def _(scene: Scene) -> Call:
    family = await scene.family_once_shared()
    body = {"agency_id": str(scene.world.agencies["police"].id)}
    return call("hand_over_lead", body, key() | etag(family), family_id=family["id"])


@call_of("publish_alert", by="health_visiting_system")
async def _(scene: Scene) -> Call:
    ours = an_alert(scene.family)
    body = example("publish_alert") | {name: ours[name] for name in ("subject", "author")}
    return call("publish_alert", body, key(), family_id=scene.family["id"])


@call_of("list_family_alerts", by="police_system")
async def _(scene: Scene) -> Call:
    await publish(scene.world, scene.family)
    return call("list_family_alerts", family_id=scene.family["id"])


@call_of("list_alerts", by="police_system")
async def _(scene: Scene) -> Call:
    await publish(scene.world, scene.family)
    return call("list_alerts")


@call_of("get_alert", by="police_system")
async def _(scene: Scene) -> Call:
    return call("get_alert", alert_id=(await scene.alert_once_told())["id"])


@call_of("list_transitions", by="police_system")
async def _(scene: Scene) -> Call:
    return call("list_transitions", alert_id=(await scene.alert_once_told())["id"])


@call_of("ratify_alert", by="ruth")
async def _(scene: Scene) -> Call:
    alert = await scene.alert_once_told()
    return call("ratify_alert", example("ratify_alert"), key() | etag(alert), alert_id=alert["id"])


@call_of("withdraw_alert", by="ruth")
async def _(scene: Scene) -> Call:
    alert = await scene.alert_once_told()
    return call(
        "withdraw_alert", example("withdraw_alert"), key() | etag(alert), alert_id=alert["id"]
    )


@call_of("hand_over_alert", by="ruth")
async def _(scene: Scene) -> Call:
    alert = await scene.alert_once_told()
    body = {"agency_id": str(scene.world.agencies["police"].id)}
    return call("hand_over_alert", body, key() | etag(alert), alert_id=alert["id"])


@call_of("acknowledge_alert", by="police_system")
async def _(scene: Scene) -> Call:
    alert = await scene.alert_once_told()
    return call("acknowledge_alert", example("acknowledge_alert"), key(), alert_id=alert["id"])


@call_of("list_acknowledgements", by="police_system")
async def _(scene: Scene) -> Call:
    alert = await scene.alert_once_told()
    await scene.world.police_system.post(
        f"/v1/alerts/{alert['id']}/acknowledgements", example("acknowledge_alert")
    )
    return call("list_acknowledgements", alert_id=alert["id"])


@call_of("get_banner", by="police_system")
async def _(scene: Scene) -> Call:
    alert = await scene.alert_once_told()
    return call("get_banner", family_id=alert["family_id"])


@call_of("list_events", by="police_system")
async def _(scene: Scene) -> Call:
    await scene.alert_once_told()
    return call("list_events")
