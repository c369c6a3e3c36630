"""A ciphertext names its key. Those from before get the id of none, which means: any key may open it.

What they are bound to stays as it was; `doorstep keys reseal` gives them the id of a key.
"""

from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

SEALED = [
    ("signing_keys", "sealed_private_key"),
    ("checkpoint_keys", "sealed_private_key"),
    ("subscription_keys", "sealed_secret"),
    ("subscription_keys", "sealed_private_key"),
    ("idempotency_keys", "body"),
    ("sharing_checks", "sealed_content"),
    ("reflection_versions", "sealed_content"),
]
UNNAMED = "'\\x0000000000000000'::bytea"

# Without its key nobody can take an id back that a ciphertext is bound to.
REFUSE_NAMED = """
DO $$ BEGIN
    IF EXISTS (SELECT FROM {table} WHERE substring({column} FROM 1 FOR 8) <> {unnamed}) THEN
        RAISE EXCEPTION '{table} has ciphertexts that name their key: older versions cannot read them';
    END IF;
END $$
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '2s'")
    for table, column in SEALED:
        op.execute(f"UPDATE {table} SET {column} = {UNNAMED} || {column}")


def downgrade() -> None:
    for table, column in SEALED:
        op.execute(REFUSE_NAMED.format(table=table, column=column, unnamed=UNNAMED))
        op.execute(f"UPDATE {table} SET {column} = substring({column} FROM 9)")
