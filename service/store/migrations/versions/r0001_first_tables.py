"""First tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

TEXT = sa.String().with_variant(sa.String(collation="C"), "postgresql")
"""Text in the order of its characters' numbers, on both databases."""

revision = "0001"
down_revision: str | None = None


def upgrade() -> None:
    """Change the tables."""
    op.create_table(
        "changes",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("organisation", TEXT, nullable=False),
        sa.Column("incident_id", TEXT, nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("by", TEXT, nullable=False),
        sa.Column("what", TEXT, nullable=False, comment="in words: what somebody did with an incident"),
        sa.PrimaryKeyConstraint("seq"),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("changes", schema=None) as batch_op:
        batch_op.create_index("changes_by_incident", ["incident_id"], unique=False)
        batch_op.create_index("changes_by_organisation", ["organisation", "seq"], unique=False)

    op.create_table(
        "comments",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("incident_id", TEXT, nullable=False),
        sa.Column("author", TEXT, nullable=False),
        sa.Column("written_at", sa.Double(), nullable=False),
        sa.Column("text", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("comments", schema=None) as batch_op:
        batch_op.create_index("comments_by_incident", ["incident_id"], unique=False)

    op.create_table(
        "dead_letters",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("organisation", TEXT, nullable=False),
        sa.Column("source", TEXT, nullable=False),
        sa.Column("received_at", sa.Double(), nullable=False),
        sa.Column("partition", sa.Integer(), nullable=False),
        sa.Column("position", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("reason", TEXT, nullable=False),
        sa.Column("body", TEXT, nullable=False, comment="masked"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "drills",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("organisation", TEXT, nullable=False, comment="the one it was played against"),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("started_at", sa.Double(), nullable=False),
        sa.Column("finished_at", sa.Double(), nullable=True),
        sa.Column("result", sa.LargeBinary(), nullable=False, comment="how it ended, JSON; empty while it runs"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "event_ranks",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "rank", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False, comment="1 is the strangest"
        ),
        sa.PrimaryKeyConstraint("seq"),
    )
    op.create_table(
        "incident_events",
        sa.Column("event_id", TEXT, nullable=False),
        sa.Column("incident_id", TEXT, nullable=False),
        sa.Column("role", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("event_id", "incident_id"),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("incident_events", schema=None) as batch_op:
        batch_op.create_index("incident_events_by_incident", ["incident_id"], unique=False)

    op.create_table(
        "incident_names",
        sa.Column("incident_id", TEXT, nullable=False),
        sa.Column("role", TEXT, nullable=False, comment="actor, entity or source"),
        sa.Column("name", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("incident_id", "role", "name"),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("incident_names", schema=None) as batch_op:
        batch_op.create_index("incident_names_by_name", ["role", "name", "incident_id"], unique=False)

    op.create_table(
        "incident_words",
        sa.Column("incident_id", TEXT, nullable=False),
        sa.Column(
            "words",
            TEXT,
            nullable=False,
            comment="title, actors, entities and sources, lower case, for searching",
        ),
        sa.PrimaryKeyConstraint("incident_id"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "incidents",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("organisation", TEXT, nullable=False),
        sa.Column("status", TEXT, nullable=False),
        sa.Column("risk", sa.Double(), nullable=False, comment="as it was when the incident last changed"),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("first_at", sa.Double(), nullable=False),
        sa.Column("last_at", sa.Double(), nullable=False),
        sa.Column(
            "changed",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
            comment="position of the stream at which it last changed",
        ),
        sa.Column("is_open", sa.Boolean(), nullable=False, comment="whether it may still grow"),
        sa.Column("body", sa.LargeBinary(), nullable=False, comment="the whole incident, msgpack"),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("incidents", schema=None) as batch_op:
        batch_op.create_index("incidents_by_change", ["organisation", "changed"], unique=False)
        batch_op.create_index(
            "incidents_by_score",
            ["organisation", "score", "first_at", "id", "last_at", "status", "is_open"],
            unique=False,
        )
        batch_op.create_index("incidents_by_time", ["organisation", "first_at"], unique=False)

    op.create_table(
        "organisations",
        sa.Column("name", TEXT, nullable=False),
        sa.Column("events", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("first_at", sa.Double(), nullable=False),
        sa.Column("last_at", sa.Double(), nullable=False),
        sa.Column("model_version", TEXT, nullable=False),
        sa.Column("risk_scale", sa.LargeBinary(), nullable=False, comment="service.risk.RiskScale, msgpack"),
        sa.Column("summary", sa.LargeBinary(), nullable=False, comment="what was learned, for people, JSON"),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "outbox",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False, comment="an entry for the stream, msgpack"),
        sa.PrimaryKeyConstraint("seq"),
    )
    op.create_table(
        "positions",
        sa.Column("partition", sa.Integer(), nullable=False),
        sa.Column(
            "position",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
            comment="the last record of the stream whose effects are stored",
        ),
        sa.Column(
            "epoch",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
            comment="raised by each new owner: an older one is fenced off",
        ),
        sa.Column("owner", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("partition"),
    )
    op.create_table(
        "promotions",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("organisation", TEXT, nullable=False),
        sa.Column("version", TEXT, nullable=False, comment="empty: the organisation's own fits"),
        sa.Column("partition", sa.Integer(), nullable=False),
        sa.Column(
            "position",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
            comment="it serves the records after this one",
        ),
        sa.PrimaryKeyConstraint("seq"),
    )
    op.create_table(
        "scored_events",
        sa.Column(
            "seq",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
            comment="order in which the worker scored them",
        ),
        sa.Column("organisation", TEXT, nullable=False),
        sa.Column("id", TEXT, nullable=False, comment="the event's id, unique within the dedupe horizon"),
        sa.Column("ref", TEXT, nullable=False),
        sa.Column("source", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("action", TEXT, nullable=False),
        sa.Column("actor", TEXT, nullable=False),
        sa.Column("entity", TEXT, nullable=False),
        sa.Column("observed_at", sa.Double(), nullable=False, comment="seconds since 1970 UTC"),
        sa.Column("score", sa.Double(), nullable=False, comment="bits"),
        sa.Column("p_value", sa.Double(), nullable=False),
        sa.Column("is_warm_up", sa.Boolean(), nullable=False),
        sa.Column("is_finding", sa.Boolean(), nullable=False),
        sa.Column("model_version", TEXT, nullable=False, comment="the version that scored it"),
        sa.Column("partition", sa.Integer(), nullable=False),
        sa.Column(
            "position",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
            comment="where it stands in its partition of the stream",
        ),
        sa.Column(
            "features", sa.LargeBinary(), nullable=False, comment="models.feature_row; empty where rows are not kept"
        ),
        sa.Column(
            "body", sa.LargeBinary(), nullable=False, comment="findings: the event and its reasons, msgpack; else empty"
        ),
        sa.PrimaryKeyConstraint("seq"),
    )
    with op.batch_alter_table("scored_events", schema=None) as batch_op:
        batch_op.create_index("scored_events_by_actor", ["organisation", "actor", "seq"], unique=False)
        batch_op.create_index("scored_events_by_entity", ["organisation", "entity", "seq"], unique=False)
        batch_op.create_index("scored_events_by_id", ["organisation", "id"], unique=False)
        batch_op.create_index("scored_events_by_time", ["organisation", "observed_at"], unique=False)

    op.create_table(
        "snapshots",
        sa.Column("partition", sa.Integer(), nullable=False),
        sa.Column("organisation", TEXT, nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column(
            "position",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
            comment="what is known after this record",
        ),
        sa.Column("layout", TEXT, nullable=False, comment="hash of the layout it can be read with"),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("partition", "organisation", "part"),
    )
    op.create_table(
        "suppressions",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("organisation", TEXT, nullable=False),
        sa.Column("actor", TEXT, nullable=False),
        sa.Column("entity", TEXT, nullable=False),
        sa.Column("action", TEXT, nullable=False),
        sa.Column("source", TEXT, nullable=False),
        sa.Column("until", sa.Double(), nullable=False),
        sa.Column("why", TEXT, nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("created_by", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "tokens",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("digest", TEXT, nullable=False, comment="SHA-256 of the secret, hexadecimal"),
        sa.Column("scopes", TEXT, nullable=False, comment="separated by spaces"),
        sa.Column("organisation", TEXT, nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("revoked_at", sa.Double(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("digest"),
    )
    op.create_table(
        "training_runs",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("organisation", TEXT, nullable=False),
        sa.Column("state", TEXT, nullable=False, comment="waiting, running, done, failed"),
        sa.Column("asked_at", sa.Double(), nullable=False),
        sa.Column("asked_by", TEXT, nullable=False),
        sa.Column("version", TEXT, nullable=False, comment="the model version it made"),
        sa.Column("message", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "triage",
        sa.Column("incident_id", TEXT, nullable=False),
        sa.Column("organisation", TEXT, nullable=False),
        sa.Column("status", TEXT, nullable=False),
        sa.Column("assignee", TEXT, nullable=False),
        sa.Column("verdict", TEXT, nullable=False, comment="empty while nobody judged it"),
        sa.Column("updated_at", sa.Double(), nullable=False),
        sa.Column("updated_by", TEXT, nullable=False),
        sa.Column(
            "version",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
            comment="counts its changes: the entity tag",
        ),
        sa.PrimaryKeyConstraint("incident_id"),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("triage", schema=None) as batch_op:
        batch_op.create_index("triage_by_status", ["organisation", "status", "incident_id"], unique=False)


def downgrade() -> None:
    """Change them back."""
    with op.batch_alter_table("triage", schema=None) as batch_op:
        batch_op.drop_index("triage_by_status")

    op.drop_table("triage")
    op.drop_table("training_runs")
    op.drop_table("tokens")
    op.drop_table("suppressions")
    op.drop_table("snapshots")
    with op.batch_alter_table("scored_events", schema=None) as batch_op:
        batch_op.drop_index("scored_events_by_time")
        batch_op.drop_index("scored_events_by_id")
        batch_op.drop_index("scored_events_by_entity")
        batch_op.drop_index("scored_events_by_actor")

    op.drop_table("scored_events")
    op.drop_table("promotions")
    op.drop_table("positions")
    op.drop_table("outbox")
    op.drop_table("organisations")
    with op.batch_alter_table("incidents", schema=None) as batch_op:
        batch_op.drop_index("incidents_by_time")
        batch_op.drop_index("incidents_by_score")
        batch_op.drop_index("incidents_by_change")

    op.drop_table("incidents")
    op.drop_table("incident_words")
    with op.batch_alter_table("incident_names", schema=None) as batch_op:
        batch_op.drop_index("incident_names_by_name")

    op.drop_table("incident_names")
    with op.batch_alter_table("incident_events", schema=None) as batch_op:
        batch_op.drop_index("incident_events_by_incident")

    op.drop_table("incident_events")
    op.drop_table("event_ranks")
    op.drop_table("drills")
    op.drop_table("dead_letters")
    with op.batch_alter_table("comments", schema=None) as batch_op:
        batch_op.drop_index("comments_by_incident")

    op.drop_table("comments")
    with op.batch_alter_table("changes", schema=None) as batch_op:
        batch_op.drop_index("changes_by_organisation")
        batch_op.drop_index("changes_by_incident")

    op.drop_table("changes")
