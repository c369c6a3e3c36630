"""How the reads over everything are asked: lookup, chronology, accesses."""

from tests.conformance.routes import Call, call, call_of, example
from tests.conformance.scene import Scene


@call_of("look_up_banners", by="police_system")
async def _(scene: Scene) -> Call:
    alert = await scene.alert_once_told()
    body = example("look_up_banners")
    body["entries"][1]["family_id"] = alert["family_id"]
    return call("look_up_banners", body)


@call_of("get_chronology", by="police_system")
async def _(scene: Scene) -> Call:
    alert = await scene.alert_once_told()
    return call("get_chronology", family_id=alert["family_id"])


@call_of("list_accesses", by="jonas")
async def _(scene: Scene) -> Call:
    alert = await scene.alert_once_told()
    await scene.world.tessa.get(f"/v1/families/{alert['family_id']}/banner")
    return call("list_accesses", family_id=alert["family_id"])


@call_of("get_engagement", by="police_system")
async def _(scene: Scene) -> Call:
    alert = await scene.alert_once_told()
    return call("get_engagement", family_id=alert["family_id"])
