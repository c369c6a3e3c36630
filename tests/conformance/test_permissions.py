"""Every route says who may ask it."""

import pytest

from tests.conformance.routes import (
    BY_NAME,
    ENTRIES,
    HIDDEN_IDS,
    KNOWN_IDS,
    OPERATIONS,
    PUBLIC,
    Operation,
    walk,
)
from tests.world import World


@pytest.mark.parametrize("operation", OPERATIONS, ids=str)
def test_a_route_declares_a_permission_or_is_listed_as_public(operation: Operation) -> None:
    assert (operation.requirement is not None) != (operation.name in PUBLIC)


def test_no_name_stays_on_the_public_list_without_a_route() -> None:
    assert set(BY_NAME) >= PUBLIC


def test_whoever_writes_without_a_token_is_counted_by_address() -> None:
    writing = {each.name for each in OPERATIONS if each.method != "GET" and not each.requirement}
    counted = {each.name for each in OPERATIONS if each.open_to_all}
    assert writing == counted | {"issue_token"}


def test_every_route_has_an_entry_in_the_walk_and_no_entry_is_stale() -> None:
    assert set(ENTRIES) == set(BY_NAME)


def test_every_name_is_given_once() -> None:
    assert len(BY_NAME) == len(OPERATIONS)


@pytest.mark.parametrize("operation", OPERATIONS, ids=str)
def test_every_id_of_a_path_hides_a_record_or_stands_below_an_agency(operation: Operation) -> None:
    if operation.ids:
        assert operation.ids[0] in HIDDEN_IDS | KNOWN_IDS


@pytest.mark.anyio
async def test_the_running_application_has_the_routes_that_were_walked(world: World) -> None:
    assert {(each.name, each.path) for each in walk(world.app)} == {
        (each.name, each.path) for each in OPERATIONS
    }
