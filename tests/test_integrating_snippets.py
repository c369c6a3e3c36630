"""The snippets of docs/integrating.md, run as an integrator would, against a real service."""

import asyncio
import json
import re
import subprocess
import threading
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from joserfc.errors import BadSignatureError

from api.audit.service import make_checkpoint
from api.demo.story import an_alert
from api.foundation.embedded import running_cluster
from api.journal import chain
from api.main import build_runtime
from api.settings import Settings
from tests.node import NODE
from tests.service import ROOT, RunningService, running_service

PAGE = (ROOT / "docs/integrating.md").read_text()
SECONDS_TO_ARRIVE = 30


def blocks(language: str) -> str:
    return "\n".join(re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.M | re.S))


VECTOR: dict[str, Any] = json.loads(blocks("json"))


@dataclass
class Integrator:
    """The Python snippets, with the credentials of one agency of the demo."""

    service: RunningService
    says: dict[str, Any]

    def __getattr__(self, name: str) -> Any:
        return self.says[name]


def settings_of(service: RunningService, kind: str, folder: Path) -> dict[str, str]:
    agency = service.agency(kind)
    key_file = folder / f"{kind}.pem"
    key_file.write_text(agency["assertion_key"]["pem"])
    return {
        "DOORSTEP_BASE_URL": service.base_url,
        "DOORSTEP_CLIENT_ID": agency["client_id"],
        "DOORSTEP_CLIENT_SECRET": agency["client_secret"],
        "DOORSTEP_KEY_FILE": str(key_file),
        "DOORSTEP_KID": agency["assertion_key"]["kid"],
    }


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningService]:
    with running_service(tmp_path_factory.mktemp("integrating") / "home") as running:
        yield running


def test_the_credentials_of_the_demo_are_found_as_the_page_says(
    service: RunningService, tmp_path: Path
) -> None:
    shown = f"{blocks('bash')}\nenv -0"
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", shown],
        cwd=ROOT,
        env=service.environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    found = dict(each.split("=", 1) for each in done.stdout.split("\0") if "=" in each)
    key_file = Path(found.pop("DOORSTEP_KEY_FILE"))
    assert key_file.stat().st_mode & 0o777 == 0o600
    expected = settings_of(service, "health_visiting", tmp_path)
    pem = Path(expected.pop("DOORSTEP_KEY_FILE")).read_text()
    assert key_file.read_text().strip() == pem.strip()
    assert expected.items() <= found.items()


@pytest.fixture(scope="module")
def integrators(service: RunningService) -> Iterator[dict[str, Integrator]]:
    made = {}
    for kind in ("health_visiting", "police", "school"):
        says: dict[str, Any] = {}
        with pytest.MonkeyPatch.context() as environment:
            for name, value in settings_of(service, kind, service.home).items():
                environment.setenv(name, value)
            exec(compile(blocks("python"), "docs/integrating.md", "exec"), says)
        made[kind] = Integrator(service, says)
    yield made
    for each in made.values():
        each.http.close()


def publish(integrators: dict[str, Integrator], service: RunningService) -> dict[str, Any]:
    """Health visiting publishes on the demo family, in which police and school are involved."""
    owner, family = integrators["health_visiting"], service.demo["family"]
    alert: dict[str, Any] = owner.publish(
        owner.system_token(), family["family_id"], an_alert(family), str(uuid.uuid4())
    )
    return alert


def headers_of(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def test_a_system_gets_a_token_with_its_secret(integrators: dict[str, Integrator]) -> None:
    police = integrators["police"]
    answer = police.http.get("/v1/agencies", headers=headers_of(police.system_token()))
    assert answer.status_code == 200


def test_a_system_gets_a_token_with_a_key_of_its_own(
    integrators: dict[str, Integrator], service: RunningService
) -> None:
    visiting = integrators["health_visiting"]
    path = f"/v1/agencies/{service.agency('health_visiting')['agency_id']}"
    administrator = visiting.practitioner_token("HV-0007", roles=["agency_administrator"])
    body = {"name": "Night batch", "auth_method": "private_key_jwt"}
    created = visiting.call("POST", f"{path}/clients", administrator, body).json()
    key = visiting.ECKey.generate_key("P-256")
    public = {
        "kid": "night-1",
        "algorithm": "ES256",
        "public_jwk": key.as_dict(private=False),
        "client_id": created["client"]["id"],
    }
    assert visiting.call("POST", f"{path}/keys", administrator, public).status_code == 201
    token = visiting.system_token_by_key(created["client"]["id"], key, "night-1")
    assert visiting.http.get("/v1/alerts", headers=headers_of(token)).status_code == 200


def test_a_first_assertion_introduces_a_practitioner(integrators: dict[str, Integrator]) -> None:
    visiting = integrators["health_visiting"]
    token = visiting.practitioner_token("HV-0099", name="Noor Haddad", job_title="health visitor")
    assert visiting.http.get("/v1/alerts", headers=headers_of(token)).status_code == 200
    managing = visiting.call("GET", "/v1/webhooks", token)
    assert (managing.status_code, managing.json()["code"]) == (403, "forbidden")


def test_publishing_twice_with_one_key_makes_one_alert(
    integrators: dict[str, Integrator], service: RunningService
) -> None:
    visiting, family = integrators["health_visiting"], service.demo["family"]
    key, token = str(uuid.uuid4()), visiting.system_token()
    first = visiting.publish(token, family["family_id"], an_alert(family), key)
    assert visiting.publish(token, family["family_id"], an_alert(family), key) == first


def test_the_receiver_takes_signed_messages_and_the_feed_fills_a_gap(
    integrators: dict[str, Integrator], service: RunningService
) -> None:
    school = integrators["school"]
    server = school.receiver(port=0)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    token = school.system_token()
    try:
        url = f"http://127.0.0.1:{server.server_address[1]}/hook"
        school.subscribe(token, url, ["alert.published"])
        alerts = [publish(integrators, service) for _ in range(3)]
        came = [school.messages.get(timeout=SECONDS_TO_ARRIVE) for _ in alerts]
    finally:
        server.shutdown()
        server.server_close()
    came.sort(key=lambda each: each["data"]["position"])
    assert [each["data"]["resource"]["id"] for each in came] == [each["id"] for each in alerts]
    assert school.missed(token, came[1], came[0]["data"]["position"]) == []
    gap = school.missed(token, came[2], came[0]["data"]["position"])
    assert [each["data"]["position"] for each in gap][-1] == came[1]["data"]["position"]


def test_banners_are_looked_up_and_a_chronology_is_read_page_by_page(
    integrators: dict[str, Integrator], service: RunningService
) -> None:
    police, family = integrators["police"], service.demo["family"]
    alert = publish(integrators, service)
    entries = [{"family_id": family["family_id"]}, *({"local_id": f"X-{n}"} for n in range(1000))]
    token = police.practitioner_token("P-0099", name="J. Wood", job_title="police officer")
    (asked, found), *others = police.banners(token, entries)
    assert (asked, found["status"]) == (entries[0], "found")
    assert alert["id"] in [each["id"] for each in found["alerts"]]
    assert [each["status"] for _, each in others] == ["no_shared_record"] * 1000
    path = f"/v1/families/{family['family_id']}"
    told = list(police.pages(token, f"{path}/chronology?limit=2"))
    assert told[-1]["type"] == "family.registered"
    assert alert["id"] in [each["resource"]["id"] for each in told]
    newest = next(police.pages(token, f"{path}/accesses?limit=1"))
    assert newest["practitioner"] == {"name": "J. Wood", "job_title": "police officer"}


def test_the_feed_is_followed_and_taken_up_again_from_the_cursor_kept(
    integrators: dict[str, Integrator], service: RunningService
) -> None:
    police = integrators["police"]
    published = publish(integrators, service)
    positions, cursor = [], None
    for event, following in police.follow(police.system_token, wait=0):
        positions.append(event["data"]["position"])
        if (event["data"]["resource"] or {}).get("id") == published["id"]:
            cursor = following
            break
    assert positions == list(range(1, len(positions) + 1))
    later = publish(integrators, service)
    event, _ = next(police.follow(police.system_token, cursor))
    assert event["data"]["resource"]["id"] == later["id"]


def sign_a_checkpoint(service: RunningService) -> None:
    """As the worker does, which may have been first."""
    cluster = running_cluster(service.home / "postgres")
    assert cluster is not None
    settings = Settings(home=service.home, base_url=service.base_url)

    async def go() -> None:
        runtime, _ = build_runtime(settings, cluster.url("doorstep_worker"))
        await chain.seal(runtime)
        await make_checkpoint(runtime)
        await runtime.database.close()

    asyncio.run(go())


def test_a_checkpoint_is_verified_before_it_is_kept(
    integrators: dict[str, Integrator], service: RunningService
) -> None:
    police = integrators["police"]
    sign_a_checkpoint(service)
    events = (event for event, _ in police.follow(police.system_token, wait=0))
    told = next(each for each in events if each["type"] == "audit.checkpoint")
    kept = police.checkpoint_to_keep(police.system_token(), told)
    assert police.said_by(kept)["iss"] == service.base_url
    assert police.said_by(kept)["digest"] == kept["digest"]
    assert police.checkpoint_id(kept["number"], kept["digest"], kept["previous"]) == kept["id"]
    told["data"]["resource"]["id"] = str(uuid.uuid4())
    with pytest.raises(AssertionError, match="not what you were told of"):
        police.checkpoint_to_keep(police.system_token(), told)
    another = police.ECKey.generate_key("P-256").as_dict(private=False)
    with pytest.raises(BadSignatureError):
        police.said_by(kept | {"public_jwk": another})


def test_information_governance_reads_the_agency_s_own_audit_page_by_page(
    integrators: dict[str, Integrator], service: RunningService
) -> None:
    school = integrators["school"]
    bearer = school.practitioner_token("SCH-001", roles=["information_governance"])
    publish(integrators, service)
    alerts = {"action": ["alerts.listed"], "outcome": "allowed"}
    before = len(list(school.own_audit(bearer, **alerts)))
    for _ in range(3):
        school.http.get("/v1/alerts", headers=headers_of(school.system_token()))
    found = list(school.own_audit(bearer, limit=2, **alerts))
    assert len(found) == before + 3
    assert {each["client"]["id"] for each in found} == {school.CLIENT_ID}


def test_the_vector_is_genuine_and_every_change_of_it_is_not(
    integrators: dict[str, Integrator],
) -> None:
    says = integrators["police"]
    for verifies, key in (
        (says.verified, VECTOR["secret"]),
        (says.verified_by_key, VECTOR["public_key"]),
    ):
        results = [verifies(key, *case) for case in cases()]
        assert results == [True, False, False, False]


def cases() -> list[tuple[dict[str, str], bytes, int]]:
    """The vector; then with another body, another id, and five minutes late."""
    headers, body = VECTOR["headers"], VECTOR["body"].encode()
    sent = int(headers["webhook-timestamp"])
    return [
        (headers, body, sent),
        (headers, body + b" ", sent),
        ({**headers, "webhook-id": "msg_other"}, body, sent),
        (headers, body, sent + 301),
    ]


def node(folder: Path, main: str) -> list[str]:
    """How to run the TypeScript snippets with this main part."""
    program = folder / "snippets.mts"
    program.write_text(f"{blocks('typescript')}\n{main}")
    return [str(NODE), str(program)]


_VERIFY_CASES = """
const [secret, publicKey, cases] = JSON.parse(process.argv[2]);
const results = cases.map(([headers, body, now]: [Headers, string, number]) => [
  verified(secret, headers, Buffer.from(body), now),
  verifiedByKey(publicKey, headers, Buffer.from(body), now),
]);
console.log(JSON.stringify(results));
"""


def test_the_typescript_verifies_as_the_python_does(tmp_path: Path) -> None:
    given = [[headers, body.decode(), now] for headers, body, now in cases()]
    argument = json.dumps([VECTOR["secret"], VECTOR["public_key"], given])
    done = subprocess.run(
        [*node(tmp_path, _VERIFY_CASES), argument], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == [[True, True], [False, False], [False, False], [False, False]]


_LISTEN = """
import { randomUUID } from "node:crypto";
const server = receiver((message) => console.log(JSON.stringify(message)));
server.listen(0, "127.0.0.1", async () => {
  const url = `http://127.0.0.1:${server.address().port}/hook`;
  const body = { url, event_types: ["alert.published"] };
  const made = await post("/v1/webhooks", await systemToken(), body, randomUUID());
  secrets.push(made.secret);
  console.log(JSON.stringify({ listening: made.id }));
});
"""


def test_the_typescript_subscribes_and_takes_a_message_of_the_service(
    integrators: dict[str, Integrator], service: RunningService, tmp_path: Path
) -> None:
    process = subprocess.Popen(
        node(tmp_path, _LISTEN),
        env=service.environment | settings_of(service, "police", tmp_path),
        stdout=subprocess.PIPE,
        text=True,
    )
    deadline = threading.Timer(SECONDS_TO_ARRIVE, process.kill)
    deadline.start()
    try:
        assert process.stdout is not None
        assert "listening" in json.loads(process.stdout.readline())
        published = publish(integrators, service)
        message = json.loads(process.stdout.readline())
    finally:
        deadline.cancel()
        process.kill()
        process.communicate()
    assert message["type"] == "alert.published"
    assert message["data"]["resource"]["id"] == published["id"]
