"""Who asks in the conformance tests, and the rows that they ask for.

- health visiting leads the families; police and school are involved
- probation is the outsider: never involved, its people hold every role
- housing was involved and has left
- the gp agency is suspended
"""

from dataclasses import dataclass, field
from typing import Any

import httpx

from api.access.roles import GRANTABLE_ROLES, MATRIX, Permission, Role
from tests.conformance.conversation import ask
from tests.conformance.routes import ENTRIES, Call, Operation
from tests.world import Caller, World, etag, join, publish, shared_family

EVERY_ROLE = sorted(GRANTABLE_ROLES)
HOOK_DOMAIN = "hooks.example.org"


@dataclass
class Scene:
    """A partnership with one shared family, and a caller for every question."""

    world: World
    family: dict[str, Any]
    by_role: dict[Role, Caller]
    outsider: Caller
    roleless: Caller
    former: Caller
    suspended: list[Caller] = field(default_factory=list)
    standing: dict[str, Call] = field(default_factory=dict)
    answers: dict[str, httpx.Response] = field(default_factory=dict)

    async def fresh_call(self, operation: Operation) -> Call:
        """A valid call on rows of its own, which it may use up."""
        return await ENTRIES[operation.name].make(self)

    async def standing_call(self, operation: Operation) -> Call:
        """A valid call that is only ever refused, and so stays valid."""
        if operation.name not in self.standing:
            self.standing[operation.name] = await self.fresh_call(operation)
        return self.standing[operation.name]

    async def answer(self, operation: Operation) -> httpx.Response:
        """What its permitted caller was answered, the one time that it was asked."""
        if operation.name not in self.answers:
            call = await self.fresh_call(operation)
            self.answers[operation.name] = await ask(self.world, self.permitted(operation), call)
        return self.answers[operation.name]

    def permitted(self, operation: Operation) -> Caller | None:
        """Who makes the operation's valid call; nobody in particular, if it is public."""
        return self.world.people.get(ENTRIES[operation.name].by)

    async def signed_in(self, operation: Operation) -> Caller | None:
        """The permitted caller, who already has a token."""
        who = self.permitted(operation)
        if who is not None:
            await who.token()
        return who

    def lacking(self, permission: Permission) -> list[Caller]:
        """A caller for each role that does not hold the permission, and one without any."""
        roles = [role for role in self.by_role if permission not in MATRIX[role]]
        return [self.roleless, *(self.by_role[role] for role in roles)]

    async def family_once_shared(self) -> dict[str, Any]:
        """A family of health visiting, police and school, which housing has left."""
        family = await shared_family(self.world)
        await leave(self.former, await joined(self.world, family, self.former))
        return family

    async def alert_once_told(self, **changes: Any) -> dict[str, Any]:
        """An alert that housing was told of before it left."""
        family = await shared_family(self.world)
        involvement = await joined(self.world, family, self.former)
        alert = await publish(self.world, family, **changes)
        await leave(self.former, involvement)
        return alert

    async def member_version(self, family: dict[str, Any], who: Caller) -> dict[str, Any]:
        """The involvement of a caller's agency, as it stands."""
        listed = await who.get(f"/v1/families/{family['id']}/involvements")
        own = [each for each in listed.json()["items"] if each["agency_id"] == str(who.agency.id)]
        return own[0]


async def joined(world: World, family: dict[str, Any], who: Caller) -> dict[str, Any]:
    answer = await join(world, family, who)
    assert answer.status_code == 201, answer.text
    return {"family_id": family["id"], **answer.json()["involvement"]}


async def leave(who: Caller, involvement: dict[str, Any]) -> None:
    path = f"/v1/families/{involvement['family_id']}/involvements/{involvement['id']}/leave"
    answer = await who.post(path, {"reason": "Closed"}, headers=etag(involvement))
    assert answer.status_code == 200, answer.text


async def employ(world: World, kind: str, name: str, roles: list[str]) -> Caller:
    """A further practitioner of an agency, created over HTTP by the operator."""
    agency = world.agencies[kind]
    body = {"staff_id": f"staff-{name}", "name": name.title(), "job_title": "worker"}
    answer = await world.ada.post(
        f"/v1/agencies/{agency.id}/practitioners", {**body, "roles": roles}
    )
    assert answer.status_code == 201, answer.text
    person = Caller(world, agency, f"staff-{name}", name.title())
    world.people[name] = person
    return person


async def set_scene(world: World) -> Scene:
    by_role = {
        Role(role): await employ(world, "health_visiting", f"hv-{role}", [role])
        for role in EVERY_ROLE
    }
    by_role[Role.SYSTEM] = world.health_visiting_system
    by_role[Role.ADMINISTRATOR] = world.ada
    outsider = await employ(world, "probation", "outsider", EVERY_ROLE)
    await employ(world, "police", "police-everything", EVERY_ROLE)
    await world.add_agency("housing", {"hana": EVERY_ROLE})
    await world.add_agency("gp", {"gita": EVERY_ROLE})
    for kind in ("health_visiting", "probation"):
        await allow_webhooks(world, kind)
    scene = Scene(
        world,
        await shared_family(world),
        by_role,
        outsider,
        await without_roles(world),
        world.hana,
    )
    for person in (world.hana, world.gita):
        involvement = await joined(world, scene.family, person)
        if person is world.hana:
            await leave(person, involvement)
    scene.suspended = [world.gita, world.gp_system]
    await suspend(world, "gp", scene.suspended)
    return scene


async def allow_webhooks(world: World, kind: str) -> None:
    path = f"/v1/agencies/{world.agencies[kind].id}"
    version = (await world.ada.get(path)).headers["ETag"]
    answer = await world.ada.patch(
        path, {"webhook_domains": [HOOK_DOMAIN]}, headers={"If-Match": version}
    )
    assert answer.status_code == 200, answer.text


async def without_roles(world: World) -> Caller:
    """Somebody whose token names a role that the database has taken away since."""
    person = await employ(world, "health_visiting", "roleless", ["practitioner"])
    await person.token()
    path = f"/v1/agencies/{person.agency.id}/practitioners"
    listed = (await world.ada.get(path)).json()["items"]
    row = next(each for each in listed if each["staff_id"] == person.staff_id)
    answer = await world.ada.patch(f"{path}/{row['id']}", {"roles": ["chair"]}, headers=etag(row))
    assert answer.status_code == 200, answer.text
    return person


async def suspend(world: World, kind: str, people: list[Caller]) -> None:
    """The agency's tokens were issued while it was active."""
    for person in people:
        await person.token()
    path = f"/v1/agencies/{world.agencies[kind].id}"
    version = (await world.ada.get(path)).headers["ETag"]
    answer = await world.ada.post(f"{path}/suspend", headers={"If-Match": version})
    assert answer.status_code == 200, answer.text
