"""Runs migrations on the connection that `service.store.schema` opened."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context

from service.store.tables import metadata
from service.store.text import Text


def _written(kind: str, thing: Any, _: Any) -> str | Literal[False]:
    """Return how a migration writes a type of our own: without us, so that it stays what it was."""
    is_text = kind == "type" and isinstance(thing, Text)
    return 'sa.String().with_variant(sa.String(collation="C"), "postgresql")' if is_text else False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,
    render_as_batch=True,  # SQLite changes a column by copying its table
    render_item=_written,
)
with context.begin_transaction():
    context.run_migrations()
