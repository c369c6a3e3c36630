"""Records a real answer of every operation, as its example in the OpenAPI document.

`make openapi` runs it: `python -m tests.conformance.record`.
"""

import asyncio
import json
import tempfile
from pathlib import Path
from typing import Any

from api.foundation import logs
from api.foundation.embedded import ROLES, EmbeddedServer
from api.foundation.openapi import EXAMPLES_FILE
from tests.conformance import (  # noqa: F401 (they register how to ask)
    agency_calls,
    agreement_calls,
    alert_calls,
    audit_calls,
    break_glass_calls,
    calls,
    checking_calls,
    engagement_calls,
    follow_up_calls,
    incident_calls,
    meeting_calls,
    merging_calls,
    outcome_calls,
    overview_calls,
    webhook_calls,
)
from tests.conformance.routes import ENTRIES, OPERATIONS, Operation
from tests.conformance.scene import Scene, set_scene
from tests.conftest import TEMPLATE, make_template
from tests.world import open_world

SHOWN_ONCE = {"access_token", "client_secret", "secret", "enrolment_code", "join_token", "next"}
MOST_ITEMS = 2


async def record(urls: dict[str, str]) -> dict[str, Any]:
    async with open_world(urls, requests_per_minute=100_000) as world:
        scene = await set_scene(world)
        asked = [each for each in OPERATIONS if each.documented and each.name in ENTRIES]
        return {each.name: await _answer(scene, each) for each in asked}


async def _answer(scene: Scene, operation: Operation) -> Any:
    call = await scene.fresh_call(operation)
    asker = scene.permitted(operation) if ENTRIES[operation.name].by else scene.world.http
    answer = await asker.request(call.method, call.path, **call.given())
    assert answer.is_success, f"{operation.name}: {answer.text}"
    is_json = answer.headers.get("content-type", "").startswith("application/json")
    return _shortened(answer.json()) if is_json else None


def _shortened(value: Any, name: str = "") -> Any:
    """Without secrets, and with the first items of a list only."""
    if isinstance(value, dict):
        return {key: _shortened(each, key) for key, each in value.items()}
    if isinstance(value, list):
        return [_shortened(each) for each in value[:MOST_ITEMS]]
    if name in SHOWN_ONCE and isinstance(value, str):
        return f"{value[:8]}…"
    return value


def main() -> None:
    logs.configure("error")
    with tempfile.TemporaryDirectory() as folder:
        server = EmbeddedServer(Path(folder) / "postgres", durable=False)
        cluster = server.start()
        try:
            asyncio.run(make_template(cluster))
            urls = {role: cluster.url(role, TEMPLATE) for role in ROLES}
            recorded = asyncio.run(record(urls))
        finally:
            server.stop()
    kept = {name: answer for name, answer in recorded.items() if answer is not None}
    text = json.dumps(kept, indent=1, ensure_ascii=False, sort_keys=True)
    EXAMPLES_FILE.write_text(f"{text}\n")


if __name__ == "__main__":
    main()
