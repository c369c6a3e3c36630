"""Tokens of named practitioners: asserted by the agency's key, bounded by what each may do."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest
from joserfc import jws

from api.access import tokens
from tests.token_requests import (
    TOKEN_URL,
    assert_refused,
    assertion_form,
    assertion_of,
    basic,
    by_key,
    make_key_client,
    post_token,
    works,
)
from tests.world import BASE_URL, World, etag

pytestmark = pytest.mark.anyio

NEW = {"name": "Priya Nair", "job_title": "health visitor"}


def staff_id() -> str:
    return f"new-{uuid4()}"


def claims_of(answer: Any) -> dict[str, Any]:
    return tokens.read_unverified(answer.json()["access_token"])  # type: ignore[return-value]


async def people(world: World, *, of: str = "school") -> dict[str, dict[str, Any]]:
    """The agency's practitioners by staff id, as the operator sees them."""
    listed = await world.ada.get(f"/v1/agencies/{world.agencies[of].id}/practitioners")
    return {each["staff_id"]: each for each in listed.json()["items"]}


async def test_a_practitioner_gets_a_token_with_and_without_client_authentication(
    world: World,
) -> None:
    agency = world.agencies["police"]
    for form, auth in (
        (assertion_form(world.assertion(agency, "staff-nadia")), basic(agency)),
        (assertion_form(world.assertion(agency, "staff-nadia")), None),
        (assertion_form(world.assertion(agency, "staff-nadia", iss=str(agency.id))), basic(agency)),
        (
            assertion_form(
                world.assertion(agency, "staff-nadia", iss=str(agency.id)),
                client_id=str(agency.client_id),
            ),
            None,
        ),
    ):
        answer = await post_token(world, form, auth=auth)
        assert answer.status_code == 200, answer.text
        assert answer.json()["scope"] == "manager"
        assert claims_of(answer)["client_id"] == str(agency.client_id)
        assert await works(world, answer.json()["access_token"])


async def test_an_agency_s_assertion_speaks_through_its_only_client_or_the_one_it_names(
    world: World,
) -> None:
    agency, other = world.agencies["police"], world.agencies["school"]
    unnamed = world.assertion(agency, "staff-nadia", iss=str(agency.id))
    answer = await post_token(world, assertion_form(unnamed))
    assert claims_of(answer)["client_id"] == str(agency.client_id)
    for client_id in (str(other.client_id), str(other.id), str(uuid4()), "none"):
        asserted = world.assertion(agency, "staff-nadia", iss=str(agency.id))
        form = assertion_form(asserted, client_id=client_id)
        assert_refused(await post_token(world, form), 400, "invalid_grant")


async def test_an_agency_with_two_clients_must_name_the_one_that_asks(world: World) -> None:
    agency = world.agencies["school"]
    client = await make_key_client(world.owen)
    unnamed = world.assertion(agency, "staff-owen", iss=str(agency.id))
    assert_refused(await post_token(world, assertion_form(unnamed)), 400, "invalid_grant")
    named = assertion_form(
        world.assertion(agency, "staff-owen", iss=str(agency.id)), client_id=client.id
    )
    assert claims_of(await post_token(world, named))["client_id"] == client.id


async def test_a_client_cannot_pass_on_another_agency_s_assertion(world: World) -> None:
    police, school = world.agencies["police"], world.agencies["school"]
    for issuer in (str(police.client_id), str(police.id), str(school.client_id)):
        form = assertion_form(world.assertion(police, "staff-nadia", iss=issuer))
        assert_refused(await post_token(world, form, auth=basic(school)), 400, "invalid_grant")


async def test_wrong_client_authentication_is_not_mended_by_a_right_assertion(world: World) -> None:
    agency = world.agencies["police"]
    form = assertion_form(world.assertion(agency, "staff-nadia"))
    wrong = (str(agency.client_id), "wrong")
    assert_refused(await post_token(world, form, auth=wrong), 401, "invalid_client")


async def test_a_first_assertion_introduces_a_practitioner_with_that_role_only(
    world: World,
) -> None:
    agency, staff = world.agencies["school"], staff_id()
    answer = await post_token(world, assertion_form(world.assertion(agency, staff, **NEW)))
    assert (answer.status_code, answer.json()["scope"]) == (200, "practitioner")
    known = (await people(world))[staff]
    assert known == {**NEW, "id": known["id"], "staff_id": staff, "version": 1} | {
        "roles": ["practitioner"],
        "status": "active",
    }
    assert claims_of(answer)["sub"] == known["id"]
    again = await post_token(
        world, assertion_form(world.assertion(agency, staff, name="Another", job_title="Name"))
    )
    assert claims_of(again)["sub"] == known["id"]
    assert (await people(world))[staff] == known


@pytest.mark.parametrize(
    ("sub", "changes"),
    [
        (None, {}),
        (None, {"name": "Priya"}),
        (None, {"name": "", "job_title": "nurse"}),
        (None, {"name": "   ", "job_title": "nurse"}),
        (None, {"name": "a\x00b", "job_title": "nurse"}),
        (None, {"name": "\ud800", "job_title": "nurse"}),
        (None, {"name": "two\nlines", "job_title": "nurse"}),
        (None, {"name": "\u202egnp", "job_title": "nurse"}),
        (None, {"name": 7, "job_title": ["nurse"]}),
        (None, {"name": "x" * 201, "job_title": "nurse"}),
        ("with space", NEW),
        ("with\x00nul", NEW),
        ("\ud800", NEW),
        ("x" * 101, NEW),
        ("", NEW),
    ],
)
async def test_a_first_assertion_that_does_not_name_the_person_rightly_introduces_nobody(
    world: World, sub: str | None, changes: dict[str, Any]
) -> None:
    before = await people(world)
    asserted = world.assertion(
        world.agencies["school"], staff_id() if sub is None else sub, **changes
    )
    assert_refused(await post_token(world, assertion_form(asserted)), 400, "invalid_grant")
    assert await people(world) == before


async def test_two_first_assertions_at_once_introduce_one_person(world: World) -> None:
    agency, staff = world.agencies["school"], staff_id()
    forms = [assertion_form(world.assertion(agency, staff, **NEW)) for _ in range(4)]
    answers = await asyncio.gather(*(post_token(world, form) for form in forms))
    assert [each.status_code for each in answers] == [200] * 4
    assert {claims_of(each)["sub"] for each in answers} == {(await people(world))[staff]["id"]}


async def test_a_first_assertion_cannot_ask_for_a_higher_role(world: World) -> None:
    staff = staff_id()
    for roles in (["manager"], ["practitioner", "manager"], ["system"], ["administrator"]):
        asserted = world.assertion(world.agencies["school"], staff, roles=roles, **NEW)
        assert_refused(await post_token(world, assertion_form(asserted)), 400, "invalid_scope")
    assert staff not in await people(world)


async def test_roles_are_narrowed_by_the_assertion_and_never_widened(world: World) -> None:
    agency = world.agencies["school"]
    narrowed = world.assertion(agency, "staff-owen", roles=["chair", "manager"])
    answer = await post_token(world, assertion_form(narrowed))
    assert answer.json()["scope"] == "chair manager"
    for roles in (["practitioner"], ["chair", "administrator"], ["system"]):
        asserted = world.assertion(agency, "staff-owen", roles=roles)
        assert_refused(await post_token(world, assertion_form(asserted)), 400, "invalid_scope")
    for malformed in ([], {}, "manager", [1], [["chair"]], 5, ["no_such_role"]):
        asserted = world.assertion(agency, "staff-owen", roles=malformed)
        assert_refused(await post_token(world, assertion_form(asserted)), 400, "invalid_grant")


async def test_a_narrowed_token_may_do_less_than_its_person(world: World) -> None:
    agency = world.agencies["school"]
    answer = await post_token(
        world, assertion_form(world.assertion(agency, "staff-owen", roles=["chair"]))
    )
    headers = {"Authorization": f"Bearer {answer.json()['access_token']}"}
    refused = await world.http.get(f"/v1/agencies/{agency.id}/clients", headers=headers)
    assert refused.status_code == 403


async def test_roles_are_bounded_by_what_the_agency_may_grant(world: World, superuser: Any) -> None:
    agency = world.agencies["police"]
    token = await world.token(agency, "staff-nadia")
    grant = "UPDATE agencies SET grantable_roles = $2 WHERE id = $1"
    before = await superuser.fetchval("SELECT grantable_roles FROM agencies WHERE id=$1", agency.id)
    await superuser.execute(grant, agency.id, ["practitioner"])
    try:
        asked = world.assertion(agency, "staff-nadia", roles=["manager"])
        assert_refused(await post_token(world, assertion_form(asked)), 400, "invalid_scope")
        unasked = world.assertion(agency, "staff-nadia")
        assert_refused(await post_token(world, assertion_form(unasked)), 400, "invalid_grant")
        headers = {"Authorization": f"Bearer {token}"}
        assert (await world.http.get("/v1/families", headers=headers)).status_code == 403
    finally:
        await superuser.execute(grant, agency.id, before)


async def test_an_inactive_practitioner_gets_no_token_and_loses_the_one_they_hold(
    world: World,
) -> None:
    agency, staff = world.agencies["school"], staff_id()
    first = await post_token(world, assertion_form(world.assertion(agency, staff, **NEW)))
    token = first.json()["access_token"]
    assert await works(world, token)
    known = (await people(world))[staff]
    path = f"/v1/agencies/{agency.id}/practitioners/{known['id']}"
    stopped = await world.owen.patch(path, {"status": "inactive"}, headers=etag(known))
    assert stopped.status_code == 200
    assert not await works(world, token)
    asserted = world.assertion(agency, staff, **NEW)
    assert_refused(await post_token(world, assertion_form(asserted)), 400, "invalid_grant")
    back = await world.owen.patch(path, {"status": "active"}, headers=etag(stopped.json()))
    assert back.status_code == 200
    assert await works(world, token)


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": TOKEN_URL},
        {"aud": "https://other.test"},
        {"aud": [BASE_URL, "https://other.test"]},
        {"aud": None},
        {"sub": None},
        {"iss": "nobody"},
        {"iss": None},
        {"jti": None},
        {"jti": "a\x00b"},
        {"exp": None},
        {"exp": "+0"},
        {"exp": "+331"},
        {"iat": "+31"},
        {"nbf": "+31"},
        {"iat": -(10**400)},
    ],
)
async def test_an_assertion_that_is_wrong_is_an_invalid_grant(
    world: World, changes: dict[str, Any]
) -> None:
    now = int(world.clock.now().timestamp())
    given = {
        name: now + int(value[1:]) if isinstance(value, str) and value[:1] == "+" else value
        for name, value in changes.items()
    }
    agency = world.agencies["police"]
    form = assertion_form(world.assertion(agency, "staff-nadia", **given))
    assert_refused(await post_token(world, form, auth=basic(agency)), 400, "invalid_grant")


@pytest.mark.parametrize("assertion", ["", "x", "a.b.c", "é", "=" * 9000])
async def test_an_assertion_that_is_no_token_is_an_invalid_grant(
    world: World, assertion: str
) -> None:
    agency = world.agencies["police"]
    form = assertion_form(assertion)
    assert_refused(await post_token(world, form, auth=basic(agency)), 400, "invalid_grant")
    assert_refused(await post_token(world, form), 400, "invalid_grant")


@pytest.mark.parametrize("kid", ["other", "assertions-2", "a\x00b"])
async def test_an_assertion_by_a_key_of_another_name_is_refused(world: World, kid: str) -> None:
    agency = world.agencies["police"]
    claims = tokens.read_unverified(world.assertion(agency, "staff-nadia"))
    forged = tokens.sign(claims, pem=agency.pem, kid=kid, typ="JWT")
    assert_refused(await post_token(world, assertion_form(forged)), 400, "invalid_grant")


@pytest.mark.parametrize("typ", ["at+jwt", "client-authentication+jwt", "dpop+jwt"])
async def test_an_assertion_of_another_type_is_refused(world: World, typ: str) -> None:
    agency = world.agencies["police"]
    claims = tokens.read_unverified(world.assertion(agency, "staff-nadia"))
    forged = tokens.sign(claims, pem=agency.pem, kid=agency.kid, typ=typ)
    assert_refused(await post_token(world, assertion_form(forged)), 400, "invalid_grant")


async def test_an_assertion_works_once_also_when_it_is_posted_twice_at_once(world: World) -> None:
    form = assertion_form(world.assertion(world.agencies["police"], "staff-nadia"))
    answers = await asyncio.gather(*(post_token(world, form) for _ in range(4)))
    assert sorted(each.status_code for each in answers) == [200, 400, 400, 400]
    assert_refused(await post_token(world, form), 400, "invalid_grant")


async def test_a_client_s_key_names_no_practitioner_and_the_agency_s_key_no_client(
    world: World,
) -> None:
    agency = world.agencies["school"]
    client = await make_key_client(world.owen)
    by_client_key = assertion_form(assertion_of(world, client, sub="staff-owen"))
    assert_refused(await post_token(world, by_client_key), 400, "invalid_grant")
    issued_for_client = world.assertion(agency, client.id, iss=client.id)
    by_agency_key = {**by_key(world, client), "client_assertion": issued_for_client}
    assert_refused(await post_token(world, by_agency_key), 401, "invalid_client")


async def test_a_practitioner_is_asserted_through_a_client_with_a_key_of_its_own(
    world: World,
) -> None:
    client = await make_key_client(world.owen)
    form = by_key(world, client) | assertion_form(
        world.assertion(world.agencies["school"], "staff-owen", iss=client.id)
    )
    answer = await post_token(world, form)
    assert answer.status_code == 200, answer.text
    assert claims_of(answer)["client_id"] == client.id


async def test_an_access_token_is_no_assertion_and_an_assertion_no_access_token(
    world: World,
) -> None:
    agency = world.agencies["police"]
    token = await world.token(agency, "staff-nadia")
    assert_refused(await post_token(world, assertion_form(token)), 400, "invalid_grant")
    assertion = world.assertion(agency, "staff-nadia")
    assert jws.extract_compact(assertion.encode()).headers()["kid"] == agency.kid
    assert not await works(world, assertion)
