"""Runs migrations as the owner role, over a connection that the caller opened.

`doorstep migrate` is the entry point; it hands its connection over in the configuration.
"""

from alembic import context
from sqlalchemy import Connection

from api.tables import metadata

connection: Connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    compare_type=True,
    transaction_per_migration=True,
)
with context.begin_transaction():
    context.run_migrations()
