"""Whatever is answered or written, on no route does it reach another agency, or a colleague."""

from random import Random
from typing import Any
from uuid import uuid4

import pytest

from api.code_lists.lists import CIRCUMSTANCES
from api.code_lists.reflections import COLLUSION_SIGNS, SELF_QUESTIONS
from api.journal.event_types import EVENT_TYPES, RESOURCES
from tests.breaking import end, opened
from tests.checking import QUESTIONS, answered, discharge, obligation_of, reflected, revise
from tests.conformance.routes import PROTECTED, Operation
from tests.conformance.scene import employ
from tests.world import Caller, World, publish, shared_family

pytestmark = pytest.mark.anyio

READS = [each for each in PROTECTED if each.method == "GET"]
# What shows the reads of the very callers who are asking here.
OF_READS = {"list_accesses", "list_audit"}
SPECIFIC = [each.code for each in CIRCUMSTANCES.codes if each.code != "none_specific"]
ROUNDS = 2


class Secrets:
    """What was put in, and the ids that it was given."""

    def __init__(self, chance: Random) -> None:
        self.chance = chance
        self.words: list[str] = []
        self.ids: list[str] = []
        self.obligations: list[str] = []

    def word(self) -> str:
        self.words.append(f"Canary{self.chance.randrange(10**12):012d}")
        return self.words[-1]

    def found_in(self, text: str) -> list[str]:
        return [each for each in (*self.words, *self.ids) if each in text]

    async def check(self, who: Caller, family: dict[str, Any]) -> dict[str, Any]:
        """Any answers at all."""
        chance = self.chance
        yes = chance.sample(QUESTIONS, chance.randrange(len(QUESTIONS) + 1))
        chosen = chance.sample(SPECIFIC, chance.randint(1, 3))
        adult: dict[str, Any] = {"description": self.word()}
        if chance.random() < 0.5:
            adult = {"member_id": family["members"][1]["id"]}
        note = self.word() if chance.random() < 0.8 else None
        made: dict[str, Any] = await answered(
            who, family, *yes, circumstances=chosen, adult=adult, note=note
        )
        self.ids.append(made["id"])
        if made["obligation_id"]:
            self.obligations.append(made["obligation_id"])
        return made

    async def reflection(self, who: Caller, family: dict[str, Any]) -> dict[str, Any]:
        """As much of the self-check as anybody might answer, revised or not."""
        chance = self.chance

        def some(codes: Any) -> list[dict[str, Any]]:
            chosen = chance.sample(codes, chance.randrange(len(codes) + 1))
            said = ["yes", "no", "unsure"]
            return [
                {"code": each.code, "answer": chance.choice(said), "note": self.word()}
                for each in chosen
            ]

        given = {
            "signs": some(COLLUSION_SIGNS.codes),
            "questions": some(SELF_QUESTIONS.codes),
            "as_the_door_closed": self.word(),
        }
        made: dict[str, Any] = await reflected(who, family, **given)
        self.ids.append(made["id"])
        if chance.random() < 0.5:
            await revise(who, made, as_the_door_closed=self.word())
        return made


async def asked(
    who: Caller, operation: Operation, family: dict[str, Any], **ids: str
) -> tuple[int, str]:
    known = {"family_id": family["id"], "agency_id": str(who.agency.id), **ids}
    path = operation.path.format(**{name: known.get(name, str(uuid4())) for name in operation.ids})
    paged = operation.name.startswith("list_") and operation.name not in {
        "list_agencies", "list_code_lists", "list_clients", "list_keys", "list_practitioners",
    }  # fmt: skip
    answer = await who.get(path, params={"limit": 200} if paged else {})
    return answer.status_code, answer.text


async def everything(who: Caller, family: dict[str, Any], **ids: str) -> dict[str, tuple[int, str]]:
    """What the caller is answered by every route that reads."""
    return {each.name: await asked(who, each, family, **ids) for each in READS}


@pytest.fixture(scope="module")
async def colleagues(world: World) -> list[Caller]:
    """Of the author's agency, without the right to any of it."""
    roles = {"dora": "practitioner", "carl": "chair", "isla": "information_governance"}
    employed = [await employ(world, "health_visiting", name, [roles[name]]) for name in roles]
    return [*employed, world.health_visiting_system]


async def kept_secret(world: World, family: dict[str, Any], secrets: Secrets) -> dict[str, str]:
    """A check and a reflection; read by a manager, and what is owed discharged or not."""
    check = await secrets.check(world.amina, family)
    reflection = await secrets.reflection(world.amina, family)
    for path in (f"/v1/sharing-checks/{check['id']}", f"/v1/reflections/{reflection['id']}"):
        shown = await world.ruth.get(path)
        assert shown.status_code == 200
        assert secrets.found_in(shown.text)
    ids = {"sharing_check_id": check["id"], "reflection_id": reflection["id"]}
    if check["obligation_id"] is not None:
        owed = await obligation_of(world.ruth, check)
        ids["obligation_id"] = owed["id"]
        if secrets.chance.random() < 0.5:
            await discharge(world.ruth, owed, "reason", reason="Told in person.")
    return ids


@pytest.mark.parametrize("seed", range(ROUNDS))
async def test_to_every_other_agency_it_is_as_if_it_had_never_been(world: World, seed: int) -> None:
    """Also to who has opened the family by break-glass, and to who governs information."""
    family, secrets = await shared_family(world), Secrets(Random(seed))
    await publish(world, family)
    grant = await opened(world.victor, family)
    others = [world.jonas, world.nadia, world.owen, world.victor, world.police_system]
    before = {each.name or each.agency.kind: await everything(each, family) for each in others}
    ids = await kept_secret(world, family, secrets)
    for each in others:
        by_id = [one for one in READS if set(one.ids) & ids.keys()]
        named = {one.name: await asked(each, one, family, **ids) for one in by_id}
        assert {status for status, _ in named.values()} <= {403, 404}
        after = await everything(each, family)
        for name, (_, text) in (*named.items(), *after.items()):
            assert secrets.found_in(text) == [], name
            assert not any(one in text for one in secrets.obligations), name
        earlier = before[each.name or each.agency.kind]
        for name in after.keys() - OF_READS:
            assert without_trace(after[name]) == without_trace(earlier[name]), name
    assert (await end(grant, world.victor)).status_code == 200


def without_trace(answer: tuple[int, str]) -> tuple[int, str]:
    """Of a refusal, all but which request it was."""
    return (answer[0], "") if answer[0] >= 400 else answer


@pytest.mark.parametrize("seed", range(ROUNDS))
async def test_to_colleagues_only_what_is_owed_shows(
    world: World, colleagues: list[Caller], seed: int
) -> None:
    """Information governance sees in its own agency's audit that there was one, and no word."""
    family, secrets = await shared_family(world), Secrets(Random(seed))
    ids = await kept_secret(world, family, secrets)
    for each in colleagues:
        for name, (_, text) in (await everything(each, family, **ids)).items():
            found = secrets.found_in(text)
            if name == "list_audit":
                found = [one for one in found if one not in secrets.ids]
            assert found == [], (each.name, name)
        listed = f"/v1/families/{family['id']}/sharing-checks"
        assert (await each.get(listed)).json().get("items", []) == []


def test_no_event_is_ever_about_what_is_private() -> None:
    private = {each.name for each in RESOURCES.values() if each.private}
    assert private >= {"sharing_check", "reflection"}
    assert not [each for each in EVENT_TYPES.values() if each.resource in private]
