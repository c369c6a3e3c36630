"""Facts of the role table that must never change by accident."""

import pytest

from api.access.actor import Actor, Person
from api.access.roles import GRANTABLE_ROLES, MATRIX, PERSONAL_ROLES, Permission, Role, permitted
from api.foundation.ids import new_id

JUDGING = {
    Permission.ALERT_RATIFY,
    Permission.ALERT_WITHDRAW,
    Permission.ALERT_HAND_OVER,
    Permission.FAMILY_DECIDE,
    Permission.FAMILY_HAND_OVER,
    Permission.FAMILY_MERGE,
    Permission.FAMILY_CONTEST,
    Permission.FAMILY_INVITE,
    Permission.FAMILY_BREAK_GLASS,
    Permission.BREAK_GLASS_READ,
    Permission.BREAK_GLASS_REVIEW,
}
CONTENT = {
    each for each in Permission if each.startswith(("family:", "alert:", "feed:", "break_glass:"))
}


def actor(*roles: Role, person: Person | None = None) -> Actor:
    return Actor(new_id(), new_id(), frozenset(roles), person)


def test_every_role_has_its_row_and_every_permission_is_held_by_some_role() -> None:
    assert set(MATRIX) == set(Role)
    assert frozenset().union(*MATRIX.values()) == set(Permission)


def test_no_system_holds_a_judging_permission() -> None:
    assert JUDGING.isdisjoint(MATRIX[Role.SYSTEM])


def test_only_a_manager_ratifies_withdraws_and_merges() -> None:
    judged = (Permission.ALERT_RATIFY, Permission.ALERT_WITHDRAW, Permission.FAMILY_MERGE)
    for permission in judged:
        assert [role for role in Role if permission in MATRIX[role]] == [Role.MANAGER]


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.AGENCY_ADMINISTRATOR])
def test_who_administers_reads_no_family(role: Role) -> None:
    assert CONTENT.isdisjoint(MATRIX[role])


def test_only_the_operator_s_administrator_enrols_agencies() -> None:
    holders = [role for role in Role if Permission.AGENCY_ENROL in MATRIX[role]]
    assert holders == [Role.ADMINISTRATOR]


def test_only_administrators_manage_credentials_and_people() -> None:
    holders = {role for role in Role if Permission.AGENCY_MANAGE in MATRIX[role]}
    assert holders == {Role.ADMINISTRATOR, Role.AGENCY_ADMINISTRATOR}


@pytest.mark.parametrize("role", [Role.CHAIR, Role.INFORMATION_GOVERNANCE])
def test_who_chairs_or_governs_publishes_no_alert_and_joins_no_family(role: Role) -> None:
    refused = {Permission.ALERT_PUBLISH, Permission.FAMILY_JOIN, Permission.FAMILY_MATCH}
    assert refused.isdisjoint(MATRIX[role])


def test_no_agency_may_grant_the_roles_of_a_system_or_of_the_operator() -> None:
    assert set(Role) - GRANTABLE_ROLES == {Role.SYSTEM, Role.ADMINISTRATOR}
    assert set(Role) - PERSONAL_ROLES == {Role.SYSTEM}


def test_several_roles_permit_what_any_of_them_permits_and_none_permits_nothing() -> None:
    both = actor(Role.CHAIR, Role.MANAGER)
    assert both.may(Permission.ALERT_RATIFY)
    assert not both.may(Permission.AGENCY_MANAGE)
    assert not any(permitted(frozenset(), permission) for permission in Permission)


def test_an_actor_is_a_person_or_a_system() -> None:
    person = Person(new_id(), "Amina Patel", "health visitor")
    assert actor(Role.PRACTITIONER, person=person).practitioner_id == person.id
    assert actor(Role.SYSTEM).practitioner_id is None
