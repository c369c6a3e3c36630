"""How each operation on the life of an alert is asked: reviews, corrections, recalls …"""

from typing import Any

from tests.conformance.routes import Call, call, call_of, example
from tests.conformance.scene import Scene, joined, leave
from tests.governing import challenge, decision, on_alert, on_challenge
from tests.world import an_alert, etag, key, publish, shared_family

CAUTION = {"severity": "caution"}  # reviewed also by who ratified it


async def _ratified(scene: Scene, **changes: Any) -> dict[str, Any]:
    alert = await scene.alert_once_told(**CAUTION | changes)
    answer = await on_alert(scene.world.ruth, alert, "ratify", {})
    assert answer.status_code == 200, answer.text
    ratified: dict[str, Any] = answer.json()
    return ratified


async def _on_alert(scene: Scene, name: str, body: Any = None, *, ratified: bool = True) -> Call:
    alert = await (_ratified(scene) if ratified else scene.alert_once_told())
    given = example(name) if body is None else body
    return call(name, given, key() | etag(alert), alert_id=alert["id"])


@call_of("begin_review", by="ruth")
async def _(scene: Scene) -> Call:
    return await _on_alert(scene, "begin_review")


@call_of("record_review", by="ruth")
async def _(scene: Scene) -> Call:
    return await _on_alert(scene, "record_review")


@call_of("list_reviews", by="police_system")
async def _(scene: Scene) -> Call:
    alert = await _ratified(scene)
    await on_alert(scene.world.ruth, alert, "reviews", example("record_review"))
    return call("list_reviews", alert_id=alert["id"])


@call_of("supersede_alert", by="ruth")
async def _(scene: Scene) -> Call:
    alert = await scene.alert_once_told()
    members = (await scene.world.ruth.get(f"/v1/families/{alert['family_id']}")).json()
    ours = an_alert(members)
    body = example("supersede_alert")
    body["replacement"] |= {name: ours[name] for name in ("subject", "author")}
    return call("supersede_alert", body, key() | etag(alert), alert_id=alert["id"])


@call_of("enter_in_error", by="ruth")
async def _(scene: Scene) -> Call:
    return await _on_alert(scene, "enter_in_error", ratified=False)


@call_of("correct_subject", by="ruth")
async def _(scene: Scene) -> Call:
    return await _on_alert(scene, "correct_subject", ratified=False)


@call_of("extend_alert", by="ruth")
async def _(scene: Scene) -> Call:
    alert = await _ratified(scene)
    other = await shared_family(scene.world)
    body = example("extend_alert") | {
        "family_id": other["id"],
        "member_id": other["members"][1]["id"],
    }
    return call("extend_alert", body, key(), alert_id=alert["id"])


@call_of("confirm_alert", by="ruth")
async def _(scene: Scene) -> Call:
    family = await shared_family(scene.world)
    involvement = await joined(scene.world, family, scene.former)
    house = {"kind": "premises", "address_id": family["addresses"][0]["id"]}
    alert = await publish(scene.world, family, subject=house)
    await leave(scene.former, involvement)
    path = f"/v1/families/{family['id']}/addresses"
    await scene.world.amina.post(path, example("add_address"))
    now = (await scene.world.ruth.get(f"/v1/alerts/{alert['id']}")).json()
    return call("confirm_alert", example("confirm_alert"), key() | etag(now), alert_id=now["id"])


@call_of("get_audience", by="health_visiting_system")
async def _(scene: Scene) -> Call:
    return call("get_audience", alert_id=(await scene.alert_once_told())["id"])


@call_of("get_subject_notification", by="amina")
async def _(scene: Scene) -> Call:
    return call("get_subject_notification", alert_id=(await scene.alert_once_told())["id"])


@call_of("record_notification", by="amina")
async def _(scene: Scene) -> Call:
    return await _on_alert(scene, "record_notification", ratified=False)


@call_of("withhold_notification", by="ruth")
async def _(scene: Scene) -> Call:
    return await _on_alert(scene, "withhold_notification", ratified=False)


@call_of("get_letter", by="amina")
async def _(scene: Scene) -> Call:
    return call("get_letter", alert_id=(await scene.alert_once_told())["id"])


async def _challenged(scene: Scene) -> dict[str, Any]:
    """By the police, of an alert of health visiting."""
    alert = await scene.alert_once_told()
    answer = await challenge(scene.world.jonas, alert)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def _answered(scene: Scene) -> dict[str, Any]:
    made = await _challenged(scene)
    answer = await on_challenge(scene.world.ruth, made, "answer", decision())
    assert answer.status_code == 200, answer.text
    answered: dict[str, Any] = answer.json()
    return answered


def _on_challenge(name: str, made: dict[str, Any]) -> Call:
    return call(name, example(name), key() | etag(made), challenge_id=made["id"])


@call_of("challenge_alert", by="jonas")
async def _(scene: Scene) -> Call:
    alert = await scene.alert_once_told()
    return call("challenge_alert", example("challenge_alert"), key(), alert_id=alert["id"])


@call_of("list_alert_challenges", by="police_system")
async def _(scene: Scene) -> Call:
    return call("list_alert_challenges", alert_id=(await _challenged(scene))["alert_id"])


@call_of("list_challenges", by="police_system")
async def _(scene: Scene) -> Call:
    await _challenged(scene)
    return call("list_challenges")


@call_of("get_challenge", by="police_system")
async def _(scene: Scene) -> Call:
    return call("get_challenge", challenge_id=(await _challenged(scene))["id"])


@call_of("acknowledge_challenge", by="ruth")
async def _(scene: Scene) -> Call:
    made = await _challenged(scene)
    return call("acknowledge_challenge", None, key() | etag(made), challenge_id=made["id"])


@call_of("answer_challenge", by="ruth")
async def _(scene: Scene) -> Call:
    return _on_challenge("answer_challenge", await _challenged(scene))


@call_of("appeal_challenge", by="jonas")
async def _(scene: Scene) -> Call:
    return _on_challenge("appeal_challenge", await _answered(scene))


@call_of("decide_appeal", by="hv-manager")
async def _(scene: Scene) -> Call:
    made = await _answered(scene)
    appealed = await on_challenge(scene.world.jonas, made, "appeal", {"reason": "Not so."})
    return _on_challenge("decide_appeal", appealed.json())


async def _recalled(scene: Scene) -> dict[str, Any]:
    alert = await scene.alert_once_told()
    await on_alert(scene.world.ruth, alert, "withdraw", {"reason": "Rehomed."})
    return alert


@call_of("list_recalls", by="police_system")
async def _(scene: Scene) -> Call:
    await _recalled(scene)
    return call("list_recalls")


@call_of("get_recall", by="police_system")
async def _(scene: Scene) -> Call:
    return call("get_recall", recall_id=(await _recalled(scene))["id"])


@call_of("acknowledge_recall", by="police_system")
async def _(scene: Scene) -> Call:
    recalled = await _recalled(scene)
    return call(
        "acknowledge_recall", example("acknowledge_recall"), key(), recall_id=recalled["id"]
    )
