"""The one contract every source speaks: an Event, one immutable fact about CI/CD."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from collector.snapshot import Snapshot

WATCH = "unwonted"
"""The source of what we tell of the sources themselves; nobody else may write in its name."""


class Kind(StrEnum):
    """What sort of fact an event is; each kind has an ensemble of its own.

    A source chooses the kind from the vendor's verb. The set is closed and small, so that
    every kind sees enough events to learn from.
    """

    ACCESS = "access"
    """Something was read or entered: clone, fetch, login, download, a cloud read."""
    ADMIN = "admin"
    """Who may do what was changed: members, tokens, keys, protection, hooks, visibility."""
    CHANGE = "change"
    """Code moved: push, pull request, review, branch, tag."""
    COMMIT = "commit"
    """One commit read from a git history, with what it touched and said."""
    RUN = "run"
    """A pipeline, workflow, job or check started or ended."""
    LOG = "log"
    """What a job printed."""
    DEPENDENCY = "dependency"
    """A lockfile, SBOM, package, release or model artefact appeared or changed."""
    OTHER = "other"
    """Anything a source could read but not place."""


class ActorType(StrEnum):
    """Populations that are never mixed: what is usual for a bot is not for a person."""

    USER = "user"
    BOT = "bot"
    APP = "app"
    TOKEN = "token"
    DEPLOY_KEY = "deploy_key"
    AGENT = "agent"
    UNKNOWN = "unknown"


class Actor(msgspec.Struct, frozen=True):
    """Who did it; written `user:mona`."""

    type: ActorType
    name: str

    def __str__(self) -> str:
        return f"{self.type}:{self.name}"


class Entity(msgspec.Struct, frozen=True):
    """What it was done to; written `repo:acme/pay`.

    `type` is a short noun: repo, workflow, job, runner, package, secret, user, team, org, role,
    model, branch.
    """

    type: str
    name: str

    def __str__(self) -> str:
        return f"{self.type}:{self.name}"


class Event(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One immutable fact: who did what to what, when and from where."""

    organisation: str = "default"
    """The tenant the source is registered under; never read from the body."""
    id: str
    """Unique within the dedupe horizon; made from the vendor's own id, whichever door it came by."""
    ref: str
    """The source's own id, for people: commit SHA, audit `_document_id`, delivery GUID, or file:line."""
    source: str
    """Name of the source that read it, such as `github.audit`."""
    kind: Kind
    action: str
    """The vendor's own verb, verbatim: `git.clone`, `workflow_run.completed`, `commit`."""
    actor: Actor
    entity: Entity
    observed_at: float
    """When it happened by the source's clock, in seconds since 1970 UTC."""
    received_at: float
    """When a collector got it, in seconds since 1970 UTC."""
    utc_offset: int = 0
    """Minutes the actor's own clock is ahead of UTC, where the source tells it."""
    links: dict[str, str] = {}
    """Names of the things this event touches, by role, shared between sources: `repo`, `workflow`,
    `job`, `run`, `sha`, `branch`, `token`, `network`, `address`, `agent`, `package`, `runner`,
    `target` (the other person), `pull_request`, `key`."""
    facts: dict[str, str | list[str]] = {}
    """Categorical facts; a list is a set of values (files, hosts, commands)."""
    numbers: dict[str, float] = {}
    """Numeric facts, in the unit the name ends in where it has one: `duration_s`, `size_bytes`."""
    signals: dict[str, str] = {}
    """Deterministic named rules that hold for it (`models.signals`), each with what it was seen by. Set by what watches
    the feeds themselves and by the worker, never from what a sender wrote."""
    snapshot: Snapshot | None = None
    """State to be held against earlier state; a worker replaces it by what changed, so no stored event has one."""
