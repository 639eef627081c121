"""What the page is wired to beside the feed: who may enter, and the parts of the service that not every process has."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from fastapi import Request
from pydantic import Field

from service.shapes import Shape
from service.source_shapes import ReplayShape


class Caller(Protocol):
    """Who asks."""

    @property
    def name(self) -> str:
        """What their acts are signed with."""

    @property
    def organisation(self) -> str | None:
        """The only organisation they may see; all where None."""

    def may(self, scope: str) -> bool:
        """Return whether they may do what a scope covers."""


class Access(Protocol):
    """Decides who may enter."""

    def caller(self, request: Request, secret: str | None) -> Caller | None:
        """Return who asks, by the token given or by where they are; None where they must show one."""


class SourceRow(Shape):
    """A system that can be told to send."""

    name: str
    title: str
    sources: tuple[str, ...] = ()
    """Names of the sources it delivers."""
    hook: str = ""
    """Path that its deliveries go to; empty where it is read otherwise."""
    how: str = ""
    """What to do to connect it, in a sentence or two."""
    is_secret_set: bool | None = None
    """Whether its sender's secret is known; None where it has none."""


class VersionRow(Shape):
    """A model version as the page lists it."""

    name: str
    made_at: datetime | None = None
    is_serving: bool = False
    words: str = ""
    """What it was trained on."""
    quality: dict[str, float | str] = Field(default_factory=dict)


class DrillRow(Shape):
    """A drill that was played, or is."""

    name: str
    started_at: datetime
    finished_at: datetime | None = None
    words: str = ""
    """How it ended: whether it was found, at what rank, how fast."""
    organisation: str = ""
    """The scratch organisation it was played into."""
    incident: str = ""
    """Where it was found."""


class Sources(Protocol):
    """Tells what can be connected."""

    def sources(self, organisation: str) -> Sequence[SourceRow]:
        """Return every system that can be told to send."""


class Redelivery(Protocol):
    """Reads kept deliveries again."""

    def replay(self, organisation: str, identity: int) -> ReplayShape:
        """Read a delivery again into the stream; raise NotFoundError, or ConflictError where it was not kept whole."""


class Models(Protocol):
    """Tells and changes which model version serves."""

    def versions(self, organisation: str) -> Sequence[VersionRow]:
        """Return every version, newest first."""

    def promote(self, organisation: str, version: str, by: str) -> None:
        """Let a version serve."""

    def rollback(self, organisation: str, by: str) -> None:
        """Let the version before serve again."""


class Drills(Protocol):
    """Tells which drills were played."""

    def drills(self, organisation: str) -> Sequence[DrillRow]:
        """Return the drills played against an organisation, newest first."""

    def names(self) -> Sequence[tuple[str, str]]:
        """Return the drills that can be played: name and what happens in it."""
