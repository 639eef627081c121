"""How the sources are, and the log of deliveries."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision: str | None = "0003"


def upgrade() -> None:
    """Change the tables."""
    text = sa.String().with_variant(sa.String(collation="C"), "postgresql")
    big = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "source_hours",
        sa.Column("organisation", text, nullable=False),
        sa.Column("source", text, nullable=False),
        sa.Column("hour", big, nullable=False, comment="hours since 1970 UTC, by the clock of who received"),
        sa.Column("slots", sa.Integer(), nullable=False, comment="a bit for each five minutes in which events came"),
        sa.Column("events", big, nullable=False),
        sa.Column("unreadable", big, nullable=False, comment="deliveries that became dead letters"),
        sa.Column("accepted", big, nullable=False, comment="requests answered 2xx"),
        sa.Column("refused", big, nullable=False, comment="requests that were not, for whatever reason"),
        sa.Column("unproven", big, nullable=False, comment="those of them that were not proven to be the sender's"),
        sa.Column("ahead", big, nullable=False, comment="events dated well after they were received"),
        sa.Column("lags", big, nullable=False, comment="events whose lag is known"),
        sa.Column("lag_s", sa.Double(), nullable=False, comment="received minus happened: a mean of medians"),
        sa.PrimaryKeyConstraint("organisation", "source", "hour"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "source_states",
        sa.Column("organisation", text, nullable=False),
        sa.Column("source", text, nullable=False),
        sa.Column("door", text, nullable=False, comment="the part of the service that its last events came through"),
        sa.Column("first_at", sa.Double(), nullable=False, comment="when its first event was received; 0 before that"),
        sa.Column("last_at", sa.Double(), nullable=False, comment="when its last event was received; 0 before that"),
        sa.Column("observed_at", sa.Double(), nullable=False, comment="the newest time its events told"),
        sa.Column(
            "accepted_at", sa.Double(), nullable=False, comment="when a request of its was last let in; 0 if never"
        ),
        sa.Column("error_at", sa.Double(), nullable=False),
        sa.Column("error", text, nullable=False, comment="why it was last refused or could not be read"),
        sa.Column("hook", text, nullable=False, comment="what its sender calls the hook; empty where it does not tell"),
        sa.PrimaryKeyConstraint("organisation", "source"),
    )
    op.create_table(
        "source_findings",
        sa.Column("organisation", text, nullable=False),
        sa.Column("source", text, nullable=False),
        sa.Column("rule", text, nullable=False, comment="silent, unproven or clock"),
        sa.Column(
            "since", sa.Double(), nullable=False, comment="what of it was told: of a silence, when the last event came"
        ),
        sa.Column("told_at", sa.Double(), nullable=False),
        sa.Column("ended_at", sa.Double(), nullable=False, comment="0 while it lasts"),
        sa.Column("text", text, nullable=False),
        sa.PrimaryKeyConstraint("organisation", "source", "rule"),
    )
    op.create_table(
        "uptimes",
        sa.Column("door", text, nullable=False, comment="a part of the service through which events come"),
        sa.Column("hour", big, autoincrement=False, nullable=False),
        sa.Column("slots", sa.Integer(), nullable=False, comment="a bit for each five minutes in which it ran"),
        sa.PrimaryKeyConstraint("door", "hour"),
    )
    op.create_table(
        "deliveries",
        sa.Column("id", big, nullable=False),
        sa.Column("organisation", text, nullable=False),
        sa.Column("source", text, nullable=False),
        sa.Column("sender", text, nullable=False, comment="by its name on the URL"),
        sa.Column("received_at", sa.Double(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False, comment="what the sender was answered"),
        sa.Column("reason", text, nullable=False, comment="one word; empty where it was accepted and read"),
        sa.Column("detail", text, nullable=False),
        sa.Column("size", big, nullable=False),
        sa.Column("events", big, nullable=False, comment="how many it came to"),
        sa.Column("ids", text, nullable=False, comment="of the first of its events, JSON"),
        sa.Column("letters", text, nullable=False, comment="of its dead letters, JSON"),
        sa.Column("headers", text, nullable=False, comment="those a source may look at, JSON"),
        sa.Column("body", text, nullable=False, comment="masked; empty where it was not kept"),
        sa.Column("is_whole", sa.Boolean(), nullable=False, comment="whether the body is all of it"),
        sa.PrimaryKeyConstraint("id"),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("deliveries", schema=None) as batch_op:
        batch_op.create_index("deliveries_by_source", ["organisation", "source", "id"], unique=False)
        batch_op.create_index("deliveries_by_time", ["received_at"], unique=False)


def downgrade() -> None:
    """Change them back."""
    with op.batch_alter_table("deliveries", schema=None) as batch_op:
        batch_op.drop_index("deliveries_by_time")
        batch_op.drop_index("deliveries_by_source")

    for table in ("deliveries", "uptimes", "source_findings", "source_states", "source_hours"):
        op.drop_table(table)
