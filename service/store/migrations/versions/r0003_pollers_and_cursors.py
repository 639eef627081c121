"""Pollers and cursors."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision: str | None = "0002"


def upgrade() -> None:
    """Change the tables."""
    text = sa.String().with_variant(sa.String(collation="C"), "postgresql")
    big = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "pollers",
        sa.Column("name", text, nullable=False, comment="what it asks and whom, such as github.audit/acme"),
        sa.Column("organisation", text, nullable=False),
        sa.Column("source", text, nullable=False, comment="the source of what it delivers"),
        sa.Column("last_ok_at", sa.Double(), nullable=True, comment="end of the last turn that went well"),
        sa.Column("last_error", text, nullable=False, comment="empty where the last turn went well"),
        sa.Column("last_error_at", sa.Double(), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False, comment="turns that failed since the last that went well"),
        sa.Column("next_at", sa.Double(), nullable=True, comment="when it asks again"),
        sa.Column("reached_at", sa.Double(), nullable=True, comment="up to when everything has been fetched"),
        sa.Column("clock_ahead_s", sa.Double(), nullable=True, comment="the server's clock minus ours"),
        sa.Column("delivered", big, nullable=False, comment="events appended to the stream so far"),
        sa.Column("unreadable", big, nullable=False, comment="dead letters appended so far"),
        sa.Column("missed", big, nullable=False, comment="what was gone before it could be fetched"),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "cursors",
        sa.Column("poller", text, nullable=False),
        sa.Column("name", text, nullable=False, comment="one place among those a poller keeps; empty for the only one"),
        sa.Column("body", sa.LargeBinary(), nullable=False, comment="where it goes on, JSON"),
        sa.Column("changed_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("poller", "name"),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    """Change them back."""
    op.drop_table("cursors")
    op.drop_table("pollers")
