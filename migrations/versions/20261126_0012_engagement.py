"""How a family engages: observations, expert advice, inabilities, assessment constraints, profile.

All of it is read by every agency that is involved, and by nobody under break-glass. An agency changes
what it recorded itself; what stands open of an agency that has left may be resolved by the others.
The worker sees ids alone: it asks who may be told.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

RECORDS = [
    "engagement_observations", "expert_advice", "engagement_inabilities", "assessment_constraints",
]  # fmt: skip
RESOLVABLE = ["engagement_inabilities", "assessment_constraints"]
TABLES = [*RECORDS, "engagement_profiles", "engagement_versions"]
CALLER = "(SELECT current_agency())"
OWN = f"agency_id = {CALLER}"
INVOLVED = (
    "EXISTS (SELECT FROM involvements i WHERE i.family_id = {table}.family_id "
    f"AND i.agency_id = {CALLER} AND i.until_at IS NULL)"
)
ABANDONED = (
    "NOT EXISTS (SELECT FROM involvements o WHERE o.family_id = {table}.family_id "
    "AND o.agency_id = {table}.agency_id AND o.until_at IS NULL)"
)
RESOLVED = (
    "resolved_on, resolved_how, resolved_at, resolved_by_agency_id, resolved_by_id, "
    "resolved_by_name, resolved_by_job_title"
)
CHANGEABLE = {
    "engagement_observations": (
        "observed_on, contact, took_place, child_seen, child_seen_alone, child_not_seen_why, type, "
        "indicators, reasons, narrative, challenged, challenge_note, disguised_compliance"
    ),
    "expert_advice": "advised_on, kind, source, advice",
    "engagement_inabilities": (
        f"since, why, covered_by_id, cover, gathering, monitoring, multi_agency_plan, {RESOLVED}"
    ),
    "assessment_constraints": f"area, why, since, member_id, included, reference, {RESOLVED}",
    "engagement_profiles": (
        "early_help_assessment, lead_practitioner, communication, trusted_person, "
        "told_of_recording, changed_at, agency_id, practitioner_id, practitioner_name, "
        "practitioner_job_title"
    ),
}


def _policies(table: str) -> dict[str, str]:
    involved, own = INVOLVED.format(table=table), OWN
    if table == "engagement_profiles":
        return {"SELECT": involved, "INSERT": involved, "UPDATE": involved}
    if table == "engagement_versions":
        return {"SELECT": involved, "INSERT": f"{involved} AND {own}"}
    changed = own
    if table in RESOLVABLE:
        changed = f"({own} OR {ABANDONED.format(table=table)})"
    return {
        "SELECT": involved,
        "INSERT": f"{involved} AND {own}",
        "UPDATE": f"{involved} AND {changed}",
    }


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '2s'")
    _create_observations()
    _create_advice()
    _create_inabilities()
    _create_constraints()
    _create_profiles()
    _create_versions()
    for table in TABLES:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY {table}_owner ON {table} TO CURRENT_USER USING (true) WITH CHECK (true)"
        )
        for command, condition in _policies(table).items():
            clause = "WITH CHECK" if command == "INSERT" else "USING"
            op.execute(
                f"CREATE POLICY {table}_{command.lower()} ON {table} FOR {command} "
                f"TO doorstep_api {clause} ({condition})"
            )
        op.execute(f"GRANT SELECT, INSERT ON {table} TO doorstep_api")
    for table, columns in CHANGEABLE.items():
        op.execute(f"GRANT UPDATE ({columns}, version) ON {table} TO doorstep_api")
    for table in RECORDS:
        op.execute(
            f"CREATE POLICY {table}_worker ON {table} TO doorstep_worker "
            "USING (true) WITH CHECK (true)"
        )
        op.execute(f"GRANT SELECT (id, family_id) ON {table} TO doorstep_worker")


def _key(name: str, table: str, *, nullable: bool = False, **given: bool) -> sa.Column[sa.Uuid]:
    return sa.Column(name, sa.Uuid, sa.ForeignKey(f"{table}.id"), nullable=nullable, **given)


def _time(name: str, *, nullable: bool = False) -> sa.Column[sa.DateTime]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _text(name: str, *, nullable: bool = False) -> sa.Column[sa.Text]:
    return sa.Column(name, sa.Text, nullable=nullable)


def _json(name: str, *, nullable: bool = False) -> sa.Column[postgresql.JSONB]:
    return sa.Column(name, postgresql.JSONB, nullable=nullable)


def _day(name: str, *, nullable: bool = False) -> sa.Column[sa.Date]:
    return sa.Column(name, sa.Date, nullable=nullable)


def _flag(name: str, *, nullable: bool = False) -> sa.Column[sa.Boolean]:
    return sa.Column(name, sa.Boolean, nullable=nullable)


def _number(name: str) -> sa.Column[sa.Integer]:
    return sa.Column(name, sa.Integer, nullable=False)


def _recorded(table: str, *content: sa.schema.SchemaItem) -> None:
    op.create_table(
        table,
        sa.Column("id", sa.Uuid, primary_key=True),
        _key("family_id", "families"),
        _key("agency_id", "agencies"),
        sa.Column("practitioner_id", sa.Uuid),
        _text("practitioner_name"),
        _text("practitioner_job_title"),
        _number("version"),
        _time("created_at"),
        *content,
    )


def _resolved() -> list[sa.schema.SchemaItem]:
    return [
        _day("resolved_on", nullable=True),
        _text("resolved_how", nullable=True),
        _time("resolved_at", nullable=True),
        sa.Column("resolved_by_agency_id", sa.Uuid),
        sa.Column("resolved_by_id", sa.Uuid),
        _text("resolved_by_name", nullable=True),
        _text("resolved_by_job_title", nullable=True),
        sa.CheckConstraint(
            "num_nonnulls(resolved_on, resolved_how, resolved_at, resolved_by_agency_id, "
            "resolved_by_name) IN (0, 5)",
            name="resolved_wholly",
        ),
    ]


def _create_observations() -> None:
    table = "engagement_observations"
    _recorded(
        table,
        _day("observed_on"),
        _text("contact"),
        _flag("took_place"),
        _flag("child_seen"),
        _flag("child_seen_alone", nullable=True),
        _text("child_not_seen_why", nullable=True),
        _text("type"),
        sa.Column("indicators", postgresql.ARRAY(sa.Text), nullable=False),
        _json("reasons"),
        _text("narrative", nullable=True),
        _flag("challenged", nullable=True),
        _text("challenge_note", nullable=True),
        _text("disguised_compliance", nullable=True),
        sa.CheckConstraint("child_seen = (child_seen_alone IS NOT NULL)", name="child_seen"),
        sa.CheckConstraint("child_seen = (child_not_seen_why IS NULL)", name="child_not_seen"),
        sa.CheckConstraint("took_place OR NOT child_seen", name="seen_in_a_contact"),
        sa.CheckConstraint("(challenged IS NULL) = (challenge_note IS NULL)", name="challenged"),
        sa.CheckConstraint(
            "type <> 'confrontation' OR challenged IS NOT NULL", name="confrontation"
        ),
    )
    _index(table, "family_id", "observed_on")
    _index(table, "family_id", "agency_id", "observed_on")


def _create_advice() -> None:
    _recorded("expert_advice", _day("advised_on"), _text("kind"), _text("source"), _text("advice"))
    _index("expert_advice", "family_id", "advised_on")


def _create_inabilities() -> None:
    table = "engagement_inabilities"
    _recorded(
        table,
        _day("since"),
        _text("why"),
        _key("covered_by_id", "agencies", nullable=True),
        _text("cover"),
        *(_json(name) for name in ("gathering", "monitoring", "multi_agency_plan")),
        *_resolved(),
    )
    _index(table, "family_id", "since")
    op.create_index(
        f"uq_{table}_open",
        table,
        ["family_id", "agency_id"],
        unique=True,
        postgresql_where=sa.text("resolved_on IS NULL"),
    )


def _create_constraints() -> None:
    table = "assessment_constraints"
    _recorded(
        table,
        _text("area"),
        _text("why"),
        _day("since"),
        _key("member_id", "members", nullable=True),
        _text("included"),
        _text("reference", nullable=True),
        *_resolved(),
        sa.CheckConstraint("included IN ('yes', 'no', 'not_yet')", name="included"),
        sa.CheckConstraint("included <> 'yes' OR reference IS NOT NULL", name="included_where"),
    )
    _index(table, "family_id", "since")
    op.create_index(
        f"ix_{table}_open", table, ["family_id"], postgresql_where=sa.text("resolved_on IS NULL")
    )


def _create_profiles() -> None:
    op.create_table(
        "engagement_profiles",
        _key("family_id", "families", primary_key=True),
        *(
            _json(name, nullable=True)
            for name in (
                "early_help_assessment", "lead_practitioner", "communication", "trusted_person",
                "told_of_recording",
            )
        ),
        _number("version"),
        _time("changed_at", nullable=True),
        _key("agency_id", "agencies", nullable=True),
        sa.Column("practitioner_id", sa.Uuid),
        _text("practitioner_name", nullable=True),
        _text("practitioner_job_title", nullable=True),
    )  # fmt: skip


def _create_versions() -> None:
    op.create_table(
        "engagement_versions",
        sa.Column("id", sa.Uuid, primary_key=True),
        _key("family_id", "families"),
        _text("resource_type"),
        sa.Column("resource_id", sa.Uuid, nullable=False),
        _number("number"),
        _json("content"),
        _time("replaced_at"),
        _key("agency_id", "agencies"),
        sa.Column("practitioner_id", sa.Uuid),
        _text("practitioner_name"),
        _text("practitioner_job_title"),
        _text("reason", nullable=True),
        sa.UniqueConstraint("resource_id", "number"),
    )
    _index("engagement_versions", "family_id")


def _index(table: str, *columns: str) -> None:
    op.create_index(f"ix_{table}_{'_'.join(columns)}", table, list(columns))


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
