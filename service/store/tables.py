"""The tables of the store; rows are written and read by the modules beside this one.

Each table has one writer: the worker owns what it found, the API what people said about it.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Double, Index, Integer, LargeBinary, MetaData, Table

from service.store.text import Text

metadata = MetaData()

_BIG = BigInteger().with_variant(Integer, "sqlite")  # SQLite numbers rows by INTEGER only
ONLINE = {"online": True}
"""Marks an index that only a running service needs: a scan does not pay for it."""

# --- the worker's ---------------------------------------------------------------------------------

scored_events = Table(
    "scored_events",
    metadata,
    Column("seq", _BIG, primary_key=True, comment="order in which the worker scored them"),
    Column("organisation", Text, nullable=False),
    Column("id", Text, nullable=False, comment="the event's id, unique within the dedupe horizon"),
    Column("ref", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("entity", Text, nullable=False),
    Column("observed_at", Double, nullable=False, comment="seconds since 1970 UTC"),
    Column("score", Double, nullable=False, comment="bits"),
    Column("p_value", Double, nullable=False),
    Column("is_warm_up", Boolean, nullable=False),
    Column("is_finding", Boolean, nullable=False),
    Column("model_version", Text, nullable=False, comment="the version that scored it"),
    Column("partition", Integer, nullable=False),
    Column("position", _BIG, nullable=False, comment="where it stands in its partition of the stream"),
    Column("features", LargeBinary, nullable=False, comment="models.feature_row; empty where rows are not kept"),
    Column("body", LargeBinary, nullable=False, comment="findings: the event and its reasons, msgpack; else empty"),
    Index("scored_events_by_id", "organisation", "id", info=ONLINE),
    Index("scored_events_by_actor", "organisation", "actor", "seq", info=ONLINE),
    Index("scored_events_by_entity", "organisation", "entity", "seq", info=ONLINE),
    Index("scored_events_by_time", "organisation", "observed_at", info=ONLINE),
)

event_ranks = Table(
    "event_ranks",
    metadata,
    Column("seq", _BIG, primary_key=True),
    Column("rank", _BIG, nullable=False, comment="1 is the strangest"),
)

incidents = Table(
    "incidents",
    metadata,
    Column("id", Text, primary_key=True),
    Column("organisation", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("risk", Double, nullable=False, comment="as it was when the incident last changed"),
    Column("score", Double, nullable=False),
    Column("first_at", Double, nullable=False),
    Column("last_at", Double, nullable=False),
    Column("changed", _BIG, nullable=False, comment="position of the stream at which it last changed"),
    Column("is_open", Boolean, nullable=False, comment="whether it may still grow"),
    Column("body", LargeBinary, nullable=False, comment="the whole incident, msgpack"),
    # lists are filtered and ranked by this index alone: the rows themselves are large
    Index("incidents_by_score", "organisation", "score", "first_at", "id", "last_at", "status", "is_open"),
    Index("incidents_by_change", "organisation", "changed", info=ONLINE),
    Index("incidents_by_time", "organisation", "first_at", info=ONLINE),
)

incident_events = Table(
    "incident_events",
    metadata,
    Column("event_id", Text, primary_key=True),
    Column("incident_id", Text, primary_key=True),
    Column("role", Text, nullable=False),
    Index("incident_events_by_incident", "incident_id"),
    sqlite_with_rowid=False,  # the key is all there is: one tree instead of two
)

incident_words = Table(
    "incident_words",
    metadata,
    Column("incident_id", Text, primary_key=True),
    Column("words", Text, nullable=False, comment="title, actors, entities and sources, lower case, for searching"),
    sqlite_with_rowid=False,  # a search reads all of it, and nothing else
)

incident_names = Table(
    "incident_names",
    metadata,
    Column("incident_id", Text, primary_key=True),
    Column("role", Text, primary_key=True, comment="actor, entity or source"),
    Column("name", Text, primary_key=True),
    Index("incident_names_by_name", "role", "name", "incident_id", info=ONLINE),
    sqlite_with_rowid=False,
)

organisations = Table(
    "organisations",
    metadata,
    Column("name", Text, primary_key=True),
    Column("events", _BIG, nullable=False),
    Column("first_at", Double, nullable=False),
    Column("last_at", Double, nullable=False),
    Column("model_version", Text, nullable=False),
    Column("risk_scale", LargeBinary, nullable=False, comment="service.risk.RiskScale, msgpack"),
    Column("summary", LargeBinary, nullable=False, comment="what was learned, for people, JSON"),
)

positions = Table(
    "positions",
    metadata,
    Column("partition", Integer, primary_key=True),
    Column("position", _BIG, nullable=False, comment="the last record of the stream whose effects are stored"),
    Column("epoch", _BIG, nullable=False, comment="raised by each new owner: an older one is fenced off"),
    Column("owner", Text, nullable=False),
)

snapshots = Table(
    "snapshots",
    metadata,
    Column("partition", Integer, primary_key=True),
    Column("organisation", Text, primary_key=True),
    Column("part", Integer, primary_key=True),
    Column("position", _BIG, nullable=False, comment="what is known after this record"),
    Column("layout", Text, nullable=False, comment="hash of the layout it can be read with"),
    Column("body", LargeBinary, nullable=False),
)

promotions = Table(
    "promotions",
    metadata,
    Column("seq", _BIG, primary_key=True),
    Column("organisation", Text, nullable=False),
    Column("version", Text, nullable=False, comment="empty: the organisation's own fits"),
    Column("partition", Integer, nullable=False),
    Column("position", _BIG, nullable=False, comment="it serves the records after this one"),
)

dead_letters = Table(
    "dead_letters",
    metadata,
    Column("id", Text, primary_key=True),
    Column("organisation", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("received_at", Double, nullable=False),
    Column("partition", Integer, nullable=False),
    Column("position", _BIG, nullable=False),
    Column("reason", Text, nullable=False),
    Column("body", Text, nullable=False, comment="masked"),
    Index("dead_letters_by_time", "received_at", info=ONLINE),
)

rejections = Table(
    "rejections",
    metadata,
    Column("partition", Integer, primary_key=True, autoincrement=False),
    Column("position", _BIG, primary_key=True, autoincrement=False, comment="a record that is never taken in"),
)

leases = Table(
    "leases",
    metadata,
    Column("name", Text, primary_key=True, comment="what one process at a time does"),
    Column("owner", Text, nullable=False),
    Column("until", Double, nullable=False, comment="seconds since 1970 UTC by the database's clock"),
)

# --- the pollers' ---------------------------------------------------------------------------------

pollers = Table(
    "pollers",
    metadata,
    Column("name", Text, primary_key=True, comment="what it asks and whom, such as github.audit/acme"),
    Column("organisation", Text, nullable=False),
    Column("source", Text, nullable=False, comment="the source of what it delivers"),
    Column("last_ok_at", Double, nullable=True, comment="end of the last turn that went well"),
    Column("last_error", Text, nullable=False, comment="empty where the last turn went well"),
    Column("last_error_at", Double, nullable=True),
    Column("failures", Integer, nullable=False, comment="turns that failed since the last that went well"),
    Column("next_at", Double, nullable=True, comment="when it asks again"),
    Column("reached_at", Double, nullable=True, comment="up to when everything has been fetched"),
    Column("clock_ahead_s", Double, nullable=True, comment="the server's clock minus ours"),
    Column("delivered", _BIG, nullable=False, comment="events appended to the stream so far"),
    Column("unreadable", _BIG, nullable=False, comment="dead letters appended so far"),
    Column("missed", _BIG, nullable=False, comment="what was gone before it could be fetched"),
)

cursors = Table(
    "cursors",
    metadata,
    Column("poller", Text, primary_key=True),
    Column("name", Text, primary_key=True, comment="one place among those a poller keeps; empty for the only one"),
    Column("body", LargeBinary, nullable=False, comment="where it goes on, JSON"),
    Column("changed_at", Double, nullable=False),
    sqlite_with_rowid=False,
)

# --- the watch's: what tells how the sources are ---------------------------------------------------

source_hours = Table(
    "source_hours",
    metadata,
    Column("organisation", Text, primary_key=True),
    Column("source", Text, primary_key=True),
    Column("hour", _BIG, primary_key=True, comment="hours since 1970 UTC, by the clock of who received"),
    Column("slots", Integer, nullable=False, comment="a bit for each five minutes in which events came"),
    Column("events", _BIG, nullable=False),
    Column("unreadable", _BIG, nullable=False, comment="deliveries that became dead letters"),
    Column("accepted", _BIG, nullable=False, comment="requests answered 2xx"),
    Column("refused", _BIG, nullable=False, comment="requests that were not, for whatever reason"),
    Column("unproven", _BIG, nullable=False, comment="those of them that were not proven to be the sender's"),
    Column("ahead", _BIG, nullable=False, comment="events dated well after they were received"),
    Column("lags", _BIG, nullable=False, comment="events whose lag is known"),
    Column("lag_s", Double, nullable=False, comment="received minus happened: a mean of medians"),
    sqlite_with_rowid=False,
)

source_states = Table(
    "source_states",
    metadata,
    Column("organisation", Text, primary_key=True),
    Column("source", Text, primary_key=True),
    Column("door", Text, nullable=False, comment="the part of the service that its last events came through"),
    Column("first_at", Double, nullable=False, comment="when its first event was received; 0 before that"),
    Column("last_at", Double, nullable=False, comment="when its last event was received; 0 before that"),
    Column("observed_at", Double, nullable=False, comment="the newest time its events told"),
    Column("accepted_at", Double, nullable=False, comment="when a request of its was last let in; 0 if never"),
    Column("error_at", Double, nullable=False),
    Column("error", Text, nullable=False, comment="why it was last refused or could not be read"),
    Column("hook", Text, nullable=False, comment="what its sender calls the hook; empty where it does not tell"),
)

source_findings = Table(
    "source_findings",
    metadata,
    Column("organisation", Text, primary_key=True),
    Column("source", Text, primary_key=True),
    Column("rule", Text, primary_key=True, comment="silent, unproven or clock"),
    Column("since", Double, nullable=False, comment="what of it was told: of a silence, when the last event came"),
    Column("told_at", Double, nullable=False),
    Column("ended_at", Double, nullable=False, comment="0 while it lasts"),
    Column("text", Text, nullable=False),
)

uptimes = Table(
    "uptimes",
    metadata,
    Column("door", Text, primary_key=True, comment="a part of the service through which events come"),
    Column("hour", _BIG, primary_key=True, autoincrement=False),
    Column("slots", Integer, nullable=False, comment="a bit for each five minutes in which it ran"),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", _BIG, primary_key=True),
    Column("organisation", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("sender", Text, nullable=False, comment="by its name on the URL"),
    Column("received_at", Double, nullable=False),
    Column("status", Integer, nullable=False, comment="what the sender was answered"),
    Column("reason", Text, nullable=False, comment="one word; empty where it was accepted and read"),
    Column("detail", Text, nullable=False),
    Column("size", _BIG, nullable=False),
    Column("events", _BIG, nullable=False, comment="how many it came to"),
    Column("ids", Text, nullable=False, comment="of the first of its events, JSON"),
    Column("letters", Text, nullable=False, comment="of its dead letters, JSON"),
    Column("headers", Text, nullable=False, comment="those a source may look at, JSON"),
    Column("body", Text, nullable=False, comment="masked; empty where it was not kept"),
    Column("is_whole", Boolean, nullable=False, comment="whether the body is all of it"),
    Index("deliveries_by_source", "organisation", "source", "id", info=ONLINE),
    Index("deliveries_by_time", "received_at", info=ONLINE),
    sqlite_autoincrement=True,
)

# --- the API's ------------------------------------------------------------------------------------

triage = Table(
    "triage",
    metadata,
    Column("incident_id", Text, primary_key=True),
    Column("organisation", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("assignee", Text, nullable=False),
    Column("verdict", Text, nullable=False, comment="empty while nobody judged it"),
    Column("updated_at", Double, nullable=False),
    Column("updated_by", Text, nullable=False),
    Column("version", _BIG, nullable=False, comment="counts its changes: the entity tag"),
    Index("triage_by_status", "organisation", "status", "incident_id", info=ONLINE),
    sqlite_with_rowid=False,  # every list of incidents looks many up
)

changes = Table(
    "changes",
    metadata,
    Column("seq", _BIG, primary_key=True),
    Column("organisation", Text, nullable=False),
    Column("incident_id", Text, nullable=False),
    Column("at", Double, nullable=False),
    Column("by", Text, nullable=False),
    Column("what", Text, nullable=False, comment="in words: what somebody did with an incident"),
    Index("changes_by_organisation", "organisation", "seq", info=ONLINE),
    Index("changes_by_incident", "incident_id", info=ONLINE),
    sqlite_autoincrement=True,  # whoever listens goes on after the number last heard
)

comments = Table(
    "comments",
    metadata,
    Column("id", _BIG, primary_key=True),
    Column("incident_id", Text, nullable=False),
    Column("author", Text, nullable=False),
    Column("written_at", Double, nullable=False),
    Column("text", Text, nullable=False),
    Index("comments_by_incident", "incident_id", info=ONLINE),
)

suppressions = Table(
    "suppressions",
    metadata,
    Column("id", Text, primary_key=True),
    Column("organisation", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("entity", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("until", Double, nullable=False),
    Column("why", Text, nullable=False),
    Column("created_at", Double, nullable=False),
    Column("created_by", Text, nullable=False),
)

outbox = Table(
    "outbox",
    metadata,
    Column("seq", _BIG, primary_key=True),
    Column("body", LargeBinary, nullable=False, comment="an entry for the stream, msgpack"),
)

tokens = Table(
    "tokens",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("digest", Text, nullable=False, unique=True, comment="SHA-256 of the secret, hexadecimal"),
    Column("scopes", Text, nullable=False, comment="separated by spaces"),
    Column("organisation", Text, nullable=False),
    Column("created_at", Double, nullable=False),
    Column("revoked_at", Double, nullable=True),
)

drills = Table(
    "drills",
    metadata,
    Column("id", Text, primary_key=True),
    Column("organisation", Text, nullable=False, comment="the one it was played against"),
    Column("name", Text, nullable=False),
    Column("started_at", Double, nullable=False),
    Column("finished_at", Double, nullable=True),
    Column("result", LargeBinary, nullable=False, comment="how it ended, JSON; empty while it runs"),
)

training_runs = Table(
    "training_runs",
    metadata,
    Column("id", Text, primary_key=True),
    Column("organisation", Text, nullable=False),
    Column("state", Text, nullable=False, comment="waiting, running, done, failed"),
    Column("asked_at", Double, nullable=False),
    Column("asked_by", Text, nullable=False),
    Column("version", Text, nullable=False, comment="the model version it made"),
    Column("message", Text, nullable=False),
)
