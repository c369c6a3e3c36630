"""What each role of the database may do, and the doors through row-level security."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from tests.agreeing import an_incident, breach, draft, in_force
from tests.hostility import record
from tests.involving import leave
from tests.merging import merged
from tests.world import World, publish, shared_family

pytestmark = pytest.mark.anyio

APP_ROLES = ["doorstep_api", "doorstep_worker"]
DOORS = {
    "is_involved",
    "owns_alert",
    "adopt_alerts",
    "apply_merge",
    "leads_family",
    "lock_families",
    "merging_records",
    "match_families",
    "once_told",
    "once_addressed",
    "late_readers",
    "hold_idle_families",
    "lead_of",
    "break_glass_reads",
    "lookups_of",
    "listings_of",
    "post_events",
    "enqueue_audit",
    "mark_dispute",
    "alert_audience",
    "readers_of",
    "fellow_readers",
    "unconfirm_premises",
    "extensions_of",
    "earlier_authors",
    "pass_departures",
    "consider_joiner",
    "forget_leaver",
    "close_obligations",
    "adopt_agreements",
    "is_invited",
    "is_sent_away",
    "keep_meeting",
    "reads_plan",
    "adopt_meetings",
    "return_actions",
    "adopt_plans",
    "is_told",
}
PERSONAL = ["members", "addresses", "identifiers", "practitioners", "contests"]
PERSONAL += ["enrolment_codes", "agency_keys", "signing_keys", "alert_acknowledgements"]
PERSONAL += ["alert_reviews", "subject_notifications", "first_reads"]
PERSONAL += ["incident_versions"]
PERSONAL += ["engagement_profiles", "engagement_versions"]
PERSONAL += ["sharing_checks", "reflections", "reflection_versions"]
PERSONAL += ["agreement_versions", "agreement_steps", "breach_incidents"]
PERSONAL += ["meeting_steps", "meeting_reports", "meeting_exclusions", "action_steps"]
PERSONAL += ["outcome_drafts", "outcome_versions", "outcome_information", "outcome_alerts"]
PERSONAL += ["outcome_responses", "plan_versions", "plan_reviews", "plan_steps"]
PERSONAL += ["plan_alerts"]
SIGNED = ["audit_checkpoints", "checkpoint_keys"]
As = Callable[[str, UUID | None], AbstractAsyncContextManager[Any]]


@pytest.fixture
def acting(database_urls: dict[str, str]) -> As:
    """A transaction of a role, in the context of an agency, that is rolled back."""

    @asynccontextmanager
    async def connected(role: str, agency: UUID | None = None) -> AsyncIterator[Any]:
        connection = await asyncpg.connect(database_urls[role])
        transaction = connection.transaction()
        await transaction.start()
        if agency is not None:
            await connection.execute("SELECT set_config('doorstep.agency', $1, true)", str(agency))
        try:
            yield connection
        finally:
            await connection.close()

    return connected


async def refused(doing: Awaitable[Any]) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await doing


@pytest.mark.parametrize("role", [*APP_ROLES, "doorstep_owner"])
async def test_no_role_of_ours_is_a_superuser_or_passes_policies(superuser: Any, role: str) -> None:
    found = await superuser.fetchrow("SELECT * FROM pg_roles WHERE rolname = $1", role)
    for power in ("rolsuper", "rolbypassrls", "rolcreaterole", "rolcreatedb", "rolreplication"):
        assert not found[power], power


@pytest.mark.parametrize("role", APP_ROLES)
async def test_the_roles_of_the_service_own_nothing_and_create_nothing(
    superuser: Any, role: str
) -> None:
    owned = await superuser.fetchval(
        "SELECT count(*) FROM pg_shdepend d JOIN pg_roles r ON r.oid = d.refobjid "
        "WHERE d.deptype = 'o' AND r.rolname = $1",
        role,
    )
    member_of = await superuser.fetchval(
        "SELECT count(*) FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.member "
        "WHERE r.rolname = $1",
        role,
    )
    creates = await superuser.fetchval("SELECT has_schema_privilege($1, 'public', 'CREATE')", role)
    assert (owned, member_of, creates) == (0, 0, False)


@pytest.mark.parametrize("role", APP_ROLES)
async def test_no_role_of_the_service_empties_a_table(superuser: Any, role: str) -> None:
    found = await superuser.fetch(
        "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
        " AND has_table_privilege($1, oid, 'TRUNCATE, TRIGGER, REFERENCES')",
        role,
    )
    assert found == []


async def test_the_audit_is_only_appended_to(superuser: Any, acting: As) -> None:
    changes = ["DELETE FROM {}", "UPDATE {} SET entry_id = NULL"]
    async with acting("doorstep_api", None) as api:
        await refused(api.execute("SELECT count(*) FROM audit_pending"))
    for table in ("audit_entries", "audit_seals", "audit_pending"):
        for doing in changes:
            async with acting("doorstep_api", None) as api:
                await refused(api.execute(own_column(doing, table)))
    async with acting("doorstep_api", None) as api:
        await refused(api.execute("SELECT digest FROM audit_seals"))
    for table in ("audit_entries", "audit_seals"):
        for doing in changes:
            async with acting("doorstep_worker", None) as worker:
                await refused(worker.execute(own_column(doing, table)))
    granted = "SELECT has_table_privilege('doorstep_api', 'audit_entries', 'INSERT')"
    assert await superuser.fetchval(granted)


@pytest.mark.parametrize("table", SIGNED)
async def test_nobody_of_the_service_takes_a_checkpoint_or_its_key_away(
    superuser: Any, table: str
) -> None:
    for role in APP_ROLES:
        for privilege in ("UPDATE", "DELETE", "TRUNCATE"):
            granted = "SELECT has_table_privilege($1, $2, $3)"
            assert not await superuser.fetchval(granted, role, table, privilege)


async def test_who_signs_checkpoints_signs_no_token_and_the_other_way_round(
    superuser: Any, acting: As
) -> None:
    granted = "SELECT has_any_column_privilege('doorstep_worker', 'signing_keys', 'SELECT')"
    assert not await superuser.fetchval(granted)
    async with acting("doorstep_api", None) as api:
        await refused(api.execute("SELECT sealed_private_key FROM checkpoint_keys"))
    for role in APP_ROLES:
        insert = "SELECT has_table_privilege($1, 'checkpoint_keys', 'INSERT')"
        assert not await superuser.fetchval(insert, role)
    insert = "SELECT has_table_privilege('doorstep_api', 'audit_checkpoints', 'INSERT')"
    assert not await superuser.fetchval(insert)


def own_column(statement: str, table: str) -> str:
    spelled = statement.format(table)
    return spelled.replace("entry_id", "action") if table == "audit_entries" else spelled


@pytest.mark.parametrize("table", ["events", "inbox", "inbox_counters"])
async def test_positions_are_given_out_by_the_door_alone(acting: As, table: str) -> None:
    for doing in (f"DELETE FROM {table}", f"UPDATE {table} SET agency_id = agency_id"):
        for role in APP_ROLES:
            async with acting(role, None) as connection:
                await refused(connection.execute(doing))


@pytest.mark.parametrize("table", PERSONAL)
async def test_the_worker_reads_no_table_of_people(superuser: Any, table: str) -> None:
    readable = await superuser.fetchval(
        "SELECT has_any_column_privilege('doorstep_worker', $1, 'SELECT, INSERT, UPDATE')", table
    )
    assert not readable


async def test_the_worker_sees_deadlines_and_states_and_no_words(superuser: Any) -> None:
    rows = await superuser.fetch(
        """
        SELECT c.relname || '.' || a.attname AS name FROM pg_attribute a
          JOIN pg_class c ON c.oid = a.attrelid
         WHERE c.relname IN ('agencies', 'clients', 'involvements', 'invitations', 'alerts',
                             'alert_recipients', 'alert_transitions', 'acknowledgement_duties',
                             'recalls', 'recall_receipts', 'challenges', 'families',
                             'family_merges', 'incidents', 'sharing_decisions',
                             'engagement_observations', 'expert_advice',
                             'engagement_inabilities', 'assessment_constraints',
                             'sharing_obligations', 'agreements', 'agreement_breaches',
                             'raised_indicators', 'picture_checks', 'meetings',
                             'meeting_invitations', 'meeting_actions', 'plans',
                             'plan_recipients')
           AND a.attnum > 0 AND NOT a.attisdropped
           AND has_column_privilege('doorstep_worker', c.oid, a.attnum, 'SELECT')
        """
    )
    columns = {row["name"].partition(".")[2] for row in rows}
    assert columns == {
        *("id", "status", "webhook_domains", "agency_id", "family_id", "until_at", "severity"),
        *("audience_kind", "published_at", "ratify_by", "warnings_sent", "review_due"),
        *("expires_on", "version", "content_version", "alert_id"),
        *("review_notices_sent", "expiry_notices_sent", "notification", "notification_due"),
        *("notification_reminded", "since", "due_at", "escalated_at"),
        *("acknowledged_at", "kind", "recalled_at", "recall_id", "reminders", "acknowledge_by"),
        *("escalated", "settled", "overdue_told_at"),
        *("lead_agency_id", "other_family_id"),
        *("subject_member_id", "subject_address_id", "precautions", "occurred_at", "met_by"),
        *("decided_at", "observed_on", "contact", "took_place", "child_seen", "type"),
        *("resolved_on", "agreement_id", "applied", "code", "raised_at", "checked_at"),
        *("complete_by", "follow_up_by", "incident_id", "owner_id", "outcome", "how"),
        *("convened_by", "starts_at", "follow_up_kind", "follow_up_notices_sent", "meeting_id"),
        *("withdrawn_at", "ended_at", "due_on", "notices_sent", "plan_id", "with_agency_ids"),
        *("delivery_checked_at", "webhook_email"),
    }


@pytest.mark.parametrize(
    "doing",
    [
        "SELECT given_name FROM members",
        "SELECT grounds FROM alerts",
        "SELECT author_name FROM alerts",
        "SELECT reason FROM involvements",
        "SELECT practitioner_name FROM alert_acknowledgements",
        "SELECT reason FROM alert_transitions",
        "SELECT statement FROM challenges",
        "SELECT author_name FROM agreements",
        "UPDATE agreements SET status = status",
        "SELECT * FROM adopt_agreements('4bfd8915-d482-4c0e-881d-b713c5a18c07', now())",
        "SELECT practitioner_name FROM recall_receipts",
        "SELECT narrative FROM engagement_observations",
        "SELECT advice FROM expert_advice",
        "SELECT why FROM engagement_inabilities",
        "SELECT why FROM assessment_constraints",
        "UPDATE assessment_constraints SET family_id = family_id",
        "SELECT reason FROM family_merges",
        "UPDATE families SET lead_agency_id = lead_agency_id",
        "UPDATE family_merges SET status = status",
        "SELECT lock_families('{}')",
        "UPDATE alerts SET agency_id = agency_id",
        "UPDATE involvements SET until_at = now()",
        "SELECT * FROM match_families('[]', '[]', '{}', false)",
        "SELECT * FROM adopt_alerts('4bfd8915-d482-4c0e-881d-b713c5a18c07', now(), NULL, NULL)",
        "SELECT account FROM incidents",
        "SELECT behaved FROM incidents",
        "SELECT towards FROM incidents",
        "SELECT said FROM agreement_breaches",
        "SELECT author_name FROM incidents",
        "SELECT reason FROM sharing_decisions",
        "SELECT decided_by_name FROM sharing_decisions",
        "UPDATE incidents SET status = status",
        "UPDATE sharing_decisions SET outcome = outcome",
        "DELETE FROM sharing_decisions",
        "SELECT purpose FROM meetings",
        "SELECT chair_name FROM meetings",
        "SELECT place FROM meetings",
        "SELECT reason FROM meeting_invitations",
        "SELECT what FROM meeting_actions",
        "SELECT practitioner_name FROM meeting_actions",
        "UPDATE meetings SET status = status",
        "UPDATE meeting_actions SET status = status",
        "UPDATE plans SET status = status",
        "SELECT * FROM adopt_meetings('4bfd8915-d482-4c0e-881d-b713c5a18c07', now())",
        "SELECT keep_meeting('4bfd8915-d482-4c0e-881d-b713c5a18c07')",
        "SELECT * FROM return_actions('4bfd8915-d482-4c0e-881d-b713c5a18c07', now())",
        "SELECT * FROM adopt_plans('4bfd8915-d482-4c0e-881d-b713c5a18c07', now())",
        "SELECT reason FROM break_glasses",
        "SELECT reason FROM sharing_obligations",
        "SELECT discharger_name FROM sharing_obligations",
        "SELECT check_id FROM sharing_obligations",
        "UPDATE sharing_obligations SET status = 'discharged'",
        "SELECT review_note FROM break_glasses",
        "UPDATE break_glasses SET reviewed_at = now()",
        "SELECT * FROM break_glass_reads('4bfd8915-d482-4c0e-881d-b713c5a18c07', 1)",
    ],
)
async def test_the_worker_is_refused_what_it_does_not_need(acting: As, doing: str) -> None:
    async with acting("doorstep_worker", None) as worker:
        await refused(worker.execute(doing))


async def test_every_table_of_a_family_forces_its_policies(superuser: Any) -> None:
    rows = await superuser.fetch(
        """
        SELECT c.relname, c.relrowsecurity AND c.relforcerowsecurity AS forced FROM pg_class c
         WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace
           AND (c.relname = 'families' OR EXISTS (
                SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'family_id'))
        """
    )
    assert {row["relname"] for row in rows if not row["forced"]} == set()
    assert len(rows) > 10


async def test_the_doors_are_the_listed_ones_each_with_a_pinned_path(superuser: Any) -> None:
    rows = await superuser.fetch(
        "SELECT proname, proconfig, proowner::regrole::text AS owner, "
        "has_function_privilege('public', oid, 'EXECUTE') AS open "
        "FROM pg_proc WHERE prosecdef AND pronamespace = 'public'::regnamespace"
    )
    assert {row["proname"] for row in rows} == DOORS
    for row in rows:
        assert row["proconfig"] == ["search_path=pg_catalog, public, pg_temp"], row["proname"]
        assert (row["owner"], row["open"]) == ("doorstep_owner", False)


async def test_a_temporary_table_does_not_deceive_a_door(world: World, acting: As) -> None:
    family = await shared_family(world)
    probation = world.agencies["probation"].id
    async with acting("doorstep_api", probation) as api:
        await api.execute(
            "CREATE TEMP TABLE involvements AS SELECT $1::uuid AS family_id, "
            "$2::uuid AS agency_id, NULL::timestamptz AS until_at",
            UUID(family["id"]),
            probation,
        )
        await api.execute("GRANT SELECT ON pg_temp.involvements TO PUBLIC")
        assert await api.fetchval("SELECT is_involved($1)", UUID(family["id"])) is False


async def test_a_door_gives_no_alert_away_that_has_an_involved_owner(
    world: World, acting: As
) -> None:
    family = await shared_family(world)
    await publish(world, family, world.jonas)
    adopting = "SELECT * FROM adopt_alerts($1, now(), NULL, NULL)"
    for kind in ("health_visiting", "police", "probation"):
        async with acting("doorstep_api", world.agencies[kind].id) as api:
            assert await api.fetch(adopting, UUID(family["id"])) == []


async def test_a_door_gives_no_agreement_away_that_has_an_involved_owner(
    world: World, acting: As
) -> None:
    family = await shared_family(world)
    made = (await draft(world.jonas, family)).json()
    for kind in ("health_visiting", "police", "probation"):
        async with acting("doorstep_api", world.agencies[kind].id) as api:
            adopt = "SELECT * FROM adopt_agreements($1, now())"
            assert await api.fetch(adopt, UUID(family["id"])) == []
    now = await world.amina.get(f"/v1/agreements/{made['id']}")
    assert now.json() == made


async def test_only_who_answers_for_an_agreement_writes_on_it(world: World, acting: As) -> None:
    family = await shared_family(world)
    now = await in_force(world, family)
    hidden = UUID(await an_incident(world, family, "school"))
    made = (await breach(world.jonas, now)).json()
    police, owner = world.agencies["police"].id, world.agencies["health_visiting"].id
    given = (UUID(now["id"]), UUID(family["id"]))
    for doing, values in (
        (
            "INSERT INTO agreement_versions (id, agreement_id, family_id, number, content, at, "
            "by_name, by_job_title) VALUES (gen_random_uuid(), $1, $2, 9, '{}', now(), 'A', 'b')",
            given,
        ),
        (
            "INSERT INTO agreement_steps (id, agreement_id, family_id, version, content_version, "
            "act, to_status, at) VALUES (gen_random_uuid(), $1, $2, 9, 1, 'end', 'ended', now())",
            given,
        ),
        (
            "INSERT INTO agreement_breaches (id, agreement_id, family_id, agency_id, "
            "content_version, occurred_on, behaviours, said, why_not, recorded_at, by_name, "
            "by_job_title) VALUES (gen_random_uuid(), $1, $2, $3, 1, now(), '[]', 'x', 'y', "
            "now(), 'A', 'b')",
            (*given, owner),
        ),
        (
            "INSERT INTO breach_incidents VALUES ($1, $2, $3)",
            (UUID(made["id"]), hidden, UUID(family["id"])),
        ),
    ):
        async with acting("doorstep_api", police) as api:
            await refused(api.execute(doing, *values))
    async with acting("doorstep_api", police) as api:
        update = "UPDATE agreements SET status = 'ended' WHERE id = $1"
        assert await api.execute(update, given[0]) == "UPDATE 0"


async def test_an_agency_writes_only_as_itself_and_on_what_is_its_own(
    world: World, acting: As
) -> None:
    family = await shared_family(world)
    alert = await publish(world, family)
    given = {
        "alert": UUID(alert["id"]),
        "family": UUID(family["id"]),
        "police": world.agencies["police"].id,
        "owner": world.agencies["health_visiting"].id,
    }
    for doing, names in (
        (
            "INSERT INTO alert_recipients (alert_id, agency_id, family_id, reason) "
            "VALUES ($1, $2, $3, 'me too')",
            ("alert", "police", "family"),
        ),
        (
            "INSERT INTO alert_transitions (id, alert_id, family_id, version, to_status, at) "
            "VALUES (gen_random_uuid(), $1, $2, 9, 'withdrawn', now())",
            ("alert", "family"),
        ),
        (
            "INSERT INTO alert_acknowledgements VALUES "
            "(gen_random_uuid(), $1, $2, $3, 1, NULL, 'A', 'b', now())",
            ("alert", "family", "owner"),
        ),
        (
            "INSERT INTO involvements VALUES (gen_random_uuid(), $1, $2, 'x', 'y', NULL, NULL, "
            "'A', 'b', now(), NULL, NULL, 1)",
            ("family", "owner"),
        ),
    ):
        async with acting("doorstep_api", given["police"]) as api:
            await refused(api.execute(doing, *(given[name] for name in names)))
    async with acting("doorstep_api", given["police"]) as api:
        update = "UPDATE alerts SET status = 'withdrawn' WHERE id = $1"
        changed = await api.execute(update, given["alert"])
        assert changed == "UPDATE 0"


async def test_no_agency_gives_itself_an_incident_of_another(world: World, acting: As) -> None:
    family = await shared_family(world)
    incident = UUID((await record(world, family))["id"])
    own, owner = (world.agencies[kind].id for kind in ("police", "health_visiting"))
    insert = (
        "INSERT INTO sharing_decisions (incident_id, agency_id, family_id, owner_id, outcome, how, "
        "decided_at) VALUES ($1, $2, $3, $4, 'shared', 'incident', now())"
    )
    for considered, decider, refusal in (
        (world.agencies["probation"].id, own, asyncpg.ForeignKeyViolationError),
        (own, owner, asyncpg.InsufficientPrivilegeError),
    ):
        async with acting("doorstep_api", own) as api:
            with pytest.raises(refusal):
                await api.execute(insert, incident, considered, UUID(family["id"]), decider)
    async with acting("doorstep_api", own) as api:
        assert await api.execute("UPDATE sharing_decisions SET outcome = outcome") == "UPDATE 0"
        assert await api.execute("UPDATE incidents SET version = 9") == "UPDATE 0"
        version = (
            "INSERT INTO incident_versions VALUES ($1, $2, $3, 9, now(), NULL, 'A', 'b', '{}')"
        )
        await refused(api.execute(version, uuid4(), incident, UUID(family["id"])))


async def test_who_has_left_changes_nothing_any_more(world: World, acting: As) -> None:
    family = await shared_family(world)
    assert (await leave(family, world.police_system)).status_code == 200
    own, theirs = world.agencies["police"].id, UUID(family["id"])
    member = (
        "INSERT INTO members (id, family_id, kind, created_at) VALUES ($1, $2, 'unborn', now())"
    )
    update = "UPDATE families SET version = 9 WHERE id = $1"
    async with acting("doorstep_api", own) as api:
        assert await api.execute(update, theirs) == "UPDATE 0"
        await refused(api.execute(member, uuid4(), theirs))


async def test_who_leads_neither_record_learns_nothing_of_a_merge(world: World, acting: As) -> None:
    one, other, merge = await merged(world)
    ids = [UUID(each["id"]) for each in (one, other)]
    for kind, seen in (("health_visiting", 2), ("police", 2), ("school", 0), ("probation", 0)):
        async with acting("doorstep_api", world.agencies[kind].id) as api:
            found = await api.fetch("SELECT * FROM merging_records($1)", ids)
            assert len(found) == seen
            assert await api.fetchval("SELECT leads_family($1)", ids[0]) is (
                kind == "health_visiting"
            )
            applied = await api.fetch("SELECT * FROM apply_merge($1)", UUID(merge["id"]))
            assert len(applied) == seen


async def test_a_merge_is_applied_once_and_agreed_to_by_the_other_lead_alone(
    world: World, acting: As
) -> None:
    one, other, merge = await merged(world)
    version = "SELECT version FROM apply_merge($1) WHERE id = $2"
    async with acting("doorstep_api", world.agencies["police"].id) as api:
        again = await api.fetchval(version, UUID(merge["id"]), UUID(other["id"]))
        assert again == other["version"] + 1
    agreed = "UPDATE family_merges SET status = 'agreed' WHERE id = $1"
    async with acting("doorstep_api", world.agencies["health_visiting"].id) as api:
        await refused(api.execute(agreed, UUID(merge["id"])))
    async with acting("doorstep_api", world.agencies["health_visiting"].id) as api:
        await refused(api.execute("UPDATE families SET merged_into_id = NULL"))
    assert one["id"] == merge["survivor_id"]
