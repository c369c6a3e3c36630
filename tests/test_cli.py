"""The operator's commands over a running database: who takes part, keys, and the audit."""

import asyncio
import json
from collections.abc import Iterator
from uuid import UUID, uuid4

import asyncpg
import pytest
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from api.foundation.embedded import running_cluster
from tests.command_line import CommandLine
from tests.messages import SCHEMAS
from tests.servers import embedded, temporary_folder


@pytest.fixture(scope="module")
def doorstep() -> Iterator[CommandLine]:
    """A migrated, empty database under a home of its own."""
    with temporary_folder() as folder, embedded(folder / "home" / "postgres") as server:
        server.start()
        command = CommandLine(folder / "home")
        assert command.succeed("migrate").out == "migrated to head\n"
        yield command


def agency(doorstep: CommandLine, kind: str = "gp", **named: str) -> tuple[str, str]:
    """Name and id of a new agency."""
    name = named.get("name", f"Agency {uuid4()}")
    return name, doorstep.succeed("agency", "create", "--kind", kind, "--name", name).value(
        "agency"
    )


def take_part(doorstep: CommandLine, agency_id: str) -> None:
    """As enrolling does, which needs the API."""
    cluster = running_cluster(doorstep.home / "postgres")
    assert cluster is not None

    async def go() -> None:
        connection = await asyncpg.connect(cluster.url("doorstep_owner"))
        await connection.execute("UPDATE agencies SET status = 'active' WHERE id = $1", agency_id)
        await connection.close()

    asyncio.run(go())


def test_migrating_again_changes_nothing(doorstep: CommandLine) -> None:
    assert doorstep.succeed("migrate").out == "migrated to head\n"


def test_an_agency_is_created_and_listed_under_its_own_name(doorstep: CommandLine) -> None:
    name = f"Dock [/red] {uuid4().hex[:6]}"
    made = doorstep.succeed("agency", "create", "--kind", "gp", "--name", name)
    agency_id = str(UUID(made.value("agency")))
    assert "enrolment code (7 days, one use): enrol_" in made.out
    listed = doorstep.succeed("agency", "list").out
    assert agency_id in listed
    assert "[/red]" in listed
    again = doorstep.fail("agency", "create", "--kind", "gp", "--name", name)
    assert again == "An agency of this name exists."


def test_an_agency_is_suspended_and_reactivated_by_name_or_id(doorstep: CommandLine) -> None:
    name, agency_id = agency(doorstep)
    refused = "Only an agency that is active can be suspended."
    assert doorstep.fail("agency", "suspend", name) == refused
    take_part(doorstep, agency_id)
    assert doorstep.succeed("agency", "suspend", name).out == "suspended\n"
    assert doorstep.fail("agency", "suspend", agency_id) == refused
    assert doorstep.succeed("agency", "reactivate", agency_id).out == "active\n"


def test_the_operator_needs_no_code_and_there_is_only_one(doorstep: CommandLine) -> None:
    made = doorstep.succeed("agency", "create", "--kind", "operator", "--name", "Operator")
    assert "code" not in made.out
    operator = made.value("agency")
    person = ["practitioner", "create", "--agency", operator, "--staff-id", "ada"]
    person += ["--name", "Ada", "--job-title", "operator"]
    assert UUID(doorstep.succeed(*person, "--role", "administrator").value("practitioner"))
    assert "may not grant" in doorstep.fail(*person, "--role", "manager", "--staff-id", "bob")
    assert "Ada" in doorstep.succeed("practitioner", "list", "--agency", "Operator").out
    doorstep.fail("agency", "create", "--kind", "operator", "--name", "A second")
    assert doorstep.fail("agency", "suspend", "Operator") == "The operator cannot be suspended."


def test_a_client_is_created_rotated_revoked_and_listed(doorstep: CommandLine) -> None:
    name, agency_id = agency(doorstep)
    made = doorstep.succeed("client", "create", "--agency", name, "--name", "Case [system]")
    client_id, secret = made.value("client_id"), made.value("client_secret")
    assert secret.startswith("dss_")
    rotated = doorstep.succeed("client", "rotate", client_id).value("client_secret")
    assert rotated.startswith("dss_")
    assert rotated != secret
    assert doorstep.succeed("client", "revoke", client_id).out == "revoked\n"
    assert doorstep.fail("client", "revoke", client_id) == "The client is revoked already."
    assert doorstep.fail("client", "rotate", str(uuid4())) == "No client has this id."
    listed = doorstep.succeed("client", "list", "--agency", agency_id).out
    assert client_id in listed
    assert "revoked" in listed
    assert secret not in listed


def test_a_practitioner_is_created_once_with_roles_the_agency_may_grant(
    doorstep: CommandLine,
) -> None:
    name, _ = agency(doorstep)
    person = ["practitioner", "create", "--agency", name, "--staff-id", "GP-1"]
    person += ["--name", "Dr Osei", "--job-title", "GP", "--role"]
    made = doorstep.succeed(*person, "practitioner", "--role", "manager")
    listed = doorstep.succeed("practitioner", "list", "--agency", name).out
    [row] = [each for each in listed.splitlines() if "GP-1" in each]  # whole, on one line
    for cell in (made.value("practitioner"), "Dr Osei", "manager, practitioner", "active"):
        assert cell in row
    assert doorstep.fail(*person, "practitioner") == (
        "The agency has a practitioner of this staff id."
    )
    for role in ("system", "administrator"):
        refused = doorstep.fail(*person, role, "--staff-id", "GP-2")
        assert refused == "/roles: The agency may not grant this role."
    assert doorstep.fail(*person, "no_such_role").startswith("/roles/0: ")


def test_a_generated_key_is_private_to_its_owner_and_registered_only_when_it_is_kept(
    doorstep: CommandLine,
) -> None:
    name, _ = agency(doorstep)
    out = doorstep.home / f"{uuid4()}.pem"
    generate = ["keys", "generate", "--agency", name, "--out"]
    assert doorstep.fail(*generate, str(doorstep.home / "nowhere" / "key.pem")).startswith(
        "No such file or directory"
    )
    assert doorstep.succeed(*generate, str(out)).value("kid") == "assertions-1"
    assert out.stat().st_mode & 0o777 == 0o600
    kept = out.read_bytes()
    assert load_pem_private_key(kept, None)
    assert doorstep.fail(*generate, str(out)) == "The agency has a key of this kid."
    assert out.read_bytes() == kept


def test_the_signing_key_is_rotated_and_the_audit_holds(doorstep: CommandLine) -> None:
    first = doorstep.succeed("keys", "rotate").value("kid")
    assert doorstep.succeed("keys", "rotate").value("kid") != first
    assert doorstep.succeed("audit", "verify").out.endswith("sealed entries, unbroken\n")


def test_the_openapi_document_is_printed_or_written(doorstep: CommandLine) -> None:
    printed = json.loads(doorstep.succeed("openapi").out)
    assert printed["info"]["title"] == "Doorstep"
    out = doorstep.home / "openapi.json"
    doorstep.succeed("openapi", "--out", str(out))
    assert json.loads(out.read_text()) == printed


def test_the_schemas_of_messages_are_printed_or_written(doorstep: CommandLine) -> None:
    printed = json.loads(doorstep.succeed("event-schemas").out)
    assert printed == SCHEMAS, "docs/event-schemas.json is old: make openapi"
    out = doorstep.home / "event-schemas.json"
    doorstep.succeed("event-schemas", "--out", str(out))
    assert json.loads(out.read_text()) == printed


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["agency", "suspend", "Nobody"], "No agency has this id or name."),
        (
            ["agency", "suspend", "4bfd8915-d482-4c0e-881d-b713c5a18c07"],
            "No agency has this id or name.",
        ),
        (["client", "create", "--agency", "[/x]", "--name", "y"], "No agency has this id or name."),
        (["agency", "create", "--kind", "pirates", "--name", "x"], "/kind: Not one of the"),
        (["agency", "create", "--kind", "gp", "--name", " "], "/name: Must not be blank."),
    ],
)
def test_what_is_wrong_is_said_in_one_line(
    doorstep: CommandLine, arguments: list[str], line: str
) -> None:
    assert doorstep.fail(*arguments).startswith(line)


def test_help_names_every_command(doorstep: CommandLine) -> None:
    shown = doorstep("--help")
    assert shown.status == 0
    for command in ("serve", "worker", "migrate", "agency", "client", "keys", "token", "openapi"):
        assert command in shown.out
