"""Every route of the application, found by walking it, and how each is asked.

`OPERATIONS` is the walk. `call_of` registers how a valid request of one operation is made; the
walk fails where one is missing, so that a new route cannot be forgotten.
"""

import copy
import string
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import iter_route_contexts
from starlette.routing import Mount

from api.access.roles import Permission
from api.journal.dependencies import OpenToAll, Requirement
from api.main import create_app
from api.settings import Settings

PUBLIC = frozenset(
    {
        "openapi", "docs", "livez", "readyz", "metrics", "list_problems", "get_problem",
        "issue_token", "get_jwks", "get_authorization_server", "enrol_agency",
    }
)  # fmt: skip

# Ids of what an agency reads only with a reason to: to anybody else it is absent.
HIDDEN_IDS = frozenset(
    {
        "family_id", "alert_id", "invitation_id", "merge_id", "subscription_id", "challenge_id",
        "recall_id", "break_glass_id", "incident_id", "observation_id", "advice_id",
        "inability_id", "constraint_id",
        "sharing_check_id", "obligation_id", "reflection_id",
        "replay_id", "change_id",
        "agreement_id", "meeting_id", "response_id", "action_id", "plan_id",
    }
)  # fmt: skip
# Agencies know each other; what is within one is named beneath it. Checkpoints are everybody's.
KNOWN_IDS = frozenset({"agency_id", "code", "checkpoint_id"})
# A recall says nothing of a family, and is open to who has left it.
FAMILY_IDS = HIDDEN_IDS - {"subscription_id", "replay_id", "change_id", "recall_id"}
# What an outsider may ask of a record. Break-glass is for those who are not involved: that a
# family exists is told to a named person, counted as a match is, audited, and told at once.
FOR_OUTSIDERS = frozenset({"open_break_glass"})


@dataclass(frozen=True)
class Operation:
    """One method of one path."""

    name: str
    method: str
    path: str
    requirement: Requirement | None
    open_to_all: bool
    body_model: Any
    response_model: Any
    status: int
    documented: bool

    def __str__(self) -> str:
        return self.name

    @property
    def ids(self) -> list[str]:
        return [name for _, name, _, _ in string.Formatter().parse(self.path) if name]

    @property
    def permission(self) -> Permission:
        assert self.requirement is not None
        return self.requirement.permission

    @property
    def hides(self) -> bool:
        return bool(HIDDEN_IDS & set(self.ids)) and self.name not in FOR_OUTSIDERS

    @property
    def of_a_family(self) -> bool:
        return bool(FAMILY_IDS & set(self.ids)) and self.name not in FOR_OUTSIDERS

    @property
    def takes_json(self) -> bool:
        return self.body_model is not None


def walk(app: FastAPI) -> Iterator[Operation]:
    """Raises AssertionError for a route of a kind that is not understood here."""
    for route in iter_route_contexts(app.routes):
        if route.path == "/docs" and isinstance(route.original_route, Mount):
            continue
        assert route.name, f"{route!r} cannot be walked"
        assert route.methods, f"{route.name} cannot be walked"
        method = (set(route.methods) - {"HEAD"}).pop()
        dependant = getattr(route, "dependant", None)
        calls = list(_calls(dependant)) if dependant else []
        requirements = [each for each in calls if isinstance(each, Requirement)]
        assert len(requirements) <= 1, f"{route.name} declares more than one permission"
        body = getattr(route, "body_field", None)
        yield Operation(
            name=route.name,
            method=method,
            path=str(route.path),
            requirement=requirements[0] if requirements else None,
            open_to_all=any(isinstance(each, OpenToAll) for each in calls),
            body_model=body.field_info.annotation if body else None,
            response_model=getattr(route, "response_model", None),
            status=getattr(route, "status_code", None) or 200,
            documented=bool(getattr(route, "include_in_schema", False)),
        )


def _calls(dependant: Dependant) -> Iterator[Any]:
    for each in dependant.dependencies:
        yield each.call
        yield from _calls(each)


def unstarted_app() -> FastAPI:
    """To be walked and documented, never to be asked."""
    settings = {"base_url": "http://doorstep.test", "encryption_key": "MDEy" * 10 + "MDE="}
    return create_app(Settings.model_validate(settings), "postgresql://nowhere/none")


APP = unstarted_app()
OPERATIONS = list(walk(APP))
BY_NAME = {each.name: each for each in OPERATIONS}
PROTECTED = [each for each in OPERATIONS if each.requirement is not None]
HIDING = [each for each in PROTECTED if each.hides]
TAKING_JSON = [each for each in OPERATIONS if each.takes_json]


@dataclass
class Call:
    """A valid request: the operation's path with ids of rows that exist, headers and body."""

    operation: Operation
    ids: dict[str, str]
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    params: dict[str, Any] = field(default_factory=dict)
    form: dict[str, str] | None = None

    @property
    def method(self) -> str:
        return self.operation.method

    @property
    def path(self) -> str:
        return self.operation.path.format(**self.ids)

    def with_ids(self, **ids: str) -> "Call":
        return replace(self, ids={**self.ids, **ids})

    def given(self) -> dict[str, Any]:
        """What httpx is given besides method and path."""
        given: dict[str, Any] = {"headers": dict(self.headers), "params": self.params}
        if self.form is not None:
            given["data"] = self.form
        elif self.body is not None:
            given["json"] = self.body
        return given


Make = Callable[[Any], Awaitable[Call]]


@dataclass(frozen=True)
class Entry:
    """How a valid call is made, and who may make it."""

    by: str
    make: Make


ENTRIES: dict[str, Entry] = {}


def call_of(name: str, *, by: str = "") -> Callable[[Make], Make]:
    """Registers how the operation of this name is asked, by which person of the scene."""

    def register(make: Make) -> Make:
        assert name not in ENTRIES, f"{name} has two entries"
        ENTRIES[name] = Entry(by, make)
        return make

    return register


def example(name: str) -> Any:
    """The documented example of an operation's body, to be adapted."""
    return copy.deepcopy(BY_NAME[name].body_model.model_config["json_schema_extra"]["examples"][0])


def call(name: str, body: Any = None, headers: dict[str, str] | None = None, **ids: Any) -> Call:
    return Call(BY_NAME[name], {key: str(value) for key, value in ids.items()}, body, headers or {})
