"""Rejections and leases."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision: str | None = "0001"


def upgrade() -> None:
    """Change the tables."""
    text = sa.String().with_variant(sa.String(collation="C"), "postgresql")
    op.create_table(
        "leases",
        sa.Column("name", text, nullable=False, comment="what one process at a time does"),
        sa.Column("owner", text, nullable=False),
        sa.Column("until", sa.Double(), nullable=False, comment="seconds since 1970 UTC by the database's clock"),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "rejections",
        sa.Column("partition", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column(
            "position",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
            comment="a record that is never taken in",
        ),
        sa.PrimaryKeyConstraint("partition", "position"),
    )
    with op.batch_alter_table("dead_letters", schema=None) as batch_op:
        batch_op.create_index("dead_letters_by_time", ["received_at"], unique=False)


def downgrade() -> None:
    """Change them back."""
    with op.batch_alter_table("dead_letters", schema=None) as batch_op:
        batch_op.drop_index("dead_letters_by_time")

    op.drop_table("rejections")
    op.drop_table("leases")
