"""How each operation on agencies, code lists and the service itself is asked."""

from typing import Any

from api.access import tokens
from api.commands.agencies import new_private_key
from tests.conformance.routes import Call, call, call_of, example
from tests.conformance.scene import Scene
from tests.world import etag, key, random_name


def public_jwk() -> dict[str, Any]:
    return dict(tokens.public_key_of("any", new_private_key()).jwk)


async def _new_agency(scene: Scene) -> dict[str, Any]:
    body = example("create_agency") | {"name": random_name()}
    answer = await scene.world.ada.post("/v1/agencies", body)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def enrolment(scene: Scene) -> dict[str, Any]:
    """A body that enrols an agency which the operator has just created."""
    body: dict[str, Any] = example("enrol_agency")
    body["code"] = (await _new_agency(scene))["enrolment_code"]
    body["key"]["public_jwk"] = public_jwk()
    return body


async def enrolled_agency(scene: Scene) -> dict[str, Any]:
    answer = await scene.world.http.post("/v1/enrolments", json=await enrolment(scene))
    assert answer.status_code == 201, answer.text
    agency: dict[str, Any] = answer.json()["agency"]
    return agency


def _school(scene: Scene) -> str:
    return str(scene.world.agencies["school"].id)


async def _made(scene: Scene, what: str, body: dict[str, Any]) -> dict[str, Any]:
    """A client, key or practitioner of the school."""
    answer = await scene.world.owen.post(f"/v1/agencies/{_school(scene)}/{what}", body)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


@call_of("list_agencies", by="police_system")
async def _(_: Scene) -> Call:
    return call("list_agencies")


@call_of("get_agency", by="police_system")
async def _(scene: Scene) -> Call:
    return call("get_agency", agency_id=_school(scene))


@call_of("create_agency", by="ada")
async def _(_: Scene) -> Call:
    return call("create_agency", example("create_agency") | {"name": random_name()}, key())


@call_of("enrol_agency")
async def _(scene: Scene) -> Call:
    return call("enrol_agency", await enrolment(scene))


@call_of("update_agency", by="owen")
async def _(scene: Scene) -> Call:
    agency = (await scene.world.owen.get(f"/v1/agencies/{_school(scene)}")).json()
    return call("update_agency", example("update_agency"), etag(agency), agency_id=agency["id"])


@call_of("suspend_agency", by="ada")
async def _(scene: Scene) -> Call:
    agency = await enrolled_agency(scene)
    return call("suspend_agency", None, key() | etag(agency), agency_id=agency["id"])


@call_of("reactivate_agency", by="ada")
async def _(scene: Scene) -> Call:
    agency = await enrolled_agency(scene)
    path = f"/v1/agencies/{agency['id']}/suspend"
    suspended = (await scene.world.ada.post(path, headers=etag(agency))).json()
    return call("reactivate_agency", None, key() | etag(suspended), agency_id=agency["id"])


@call_of("list_clients", by="owen")
async def _(scene: Scene) -> Call:
    return call("list_clients", agency_id=_school(scene))


@call_of("create_client", by="owen")
async def _(scene: Scene) -> Call:
    return call("create_client", example("create_client"), key(), agency_id=_school(scene))


async def _client_call(scene: Scene, name: str) -> Call:
    client = (await _made(scene, "clients", example("create_client")))["client"]
    ids = {"agency_id": _school(scene), "client_id": client["id"]}
    return call(name, None, key() | etag(client), **ids)


@call_of("rotate_client_secret", by="owen")
async def _(scene: Scene) -> Call:
    return await _client_call(scene, "rotate_client_secret")


@call_of("revoke_client", by="owen")
async def _(scene: Scene) -> Call:
    return await _client_call(scene, "revoke_client")


@call_of("list_keys", by="owen")
async def _(scene: Scene) -> Call:
    return call("list_keys", agency_id=_school(scene))


def _key_body() -> dict[str, Any]:
    body: dict[str, Any] = example("register_key")
    return body | {"kid": random_name(), "public_jwk": public_jwk()}


@call_of("register_key", by="owen")
async def _(scene: Scene) -> Call:
    return call("register_key", _key_body(), key(), agency_id=_school(scene))


@call_of("revoke_key", by="owen")
async def _(scene: Scene) -> Call:
    made = await _made(scene, "keys", _key_body())
    return call("revoke_key", None, key(), agency_id=_school(scene), key_id=made["id"])


@call_of("list_practitioners", by="owen")
async def _(scene: Scene) -> Call:
    return call("list_practitioners", agency_id=_school(scene))


def _person_body() -> dict[str, Any]:
    body: dict[str, Any] = example("create_practitioner")
    return body | {"staff_id": random_name()}


@call_of("create_practitioner", by="owen")
async def _(scene: Scene) -> Call:
    return call("create_practitioner", _person_body(), key(), agency_id=_school(scene))


@call_of("update_practitioner", by="owen")
async def _(scene: Scene) -> Call:
    made = await _made(scene, "practitioners", _person_body())
    ids = {"agency_id": _school(scene), "practitioner_id": made["id"]}
    return call("update_practitioner", example("update_practitioner"), etag(made), **ids)


@call_of("list_code_lists", by="police_system")
async def _(_: Scene) -> Call:
    return call("list_code_lists")


@call_of("issue_token")
async def _(scene: Scene) -> Call:
    agency = scene.world.agencies["police"]
    form = {
        "grant_type": "client_credentials",
        "client_id": str(agency.client_id),
        "client_secret": agency.secret,
    }
    asked = call("issue_token")
    asked.form = form
    return asked


@call_of("get_problem")
async def _(_: Scene) -> Call:
    return call("get_problem", code="not_found")


def _plain(name: str) -> None:
    @call_of(name)
    async def _(_: Scene) -> Call:
        return call(name)


for _name in (
    "openapi", "docs", "livez", "readyz", "metrics", "list_problems", "get_jwks",
    "get_authorization_server",
):  # fmt: skip
    _plain(_name)
