"""What the routes are wired to, and how they get it: each names what it needs in its signature."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, NamedTuple, Protocol

from fastapi import Depends, Query, Request

from models.version import Manifest
from service.api.access import Access, Gatekeeper
from service.feed import Feed
from service.source_shapes import ReplayShape
from service.store.tokens import Scope


class Versions(Protocol):
    """Where model versions are kept."""

    def list(self) -> Sequence[Manifest]:
        """Return the manifests of all versions that can be trusted, newest first."""

    def show(self, version: str) -> Manifest:
        """Return a version's manifest; raise UnknownVersionError, or another ModelsError."""

    def digest(self, version: str) -> str:
        """Return the digest that names a version beyond doubt; raise as `show` does."""


class Drills(Protocol):
    """Plays simulated attacks."""

    def begin(self, organisation: str, names: Sequence[str], *, seed: int | None, keep: bool) -> Sequence[str]:
        """Begin to play the named drills, or all; return their ids, or raise NotFoundError or ConflictError."""


class Redelivery(Protocol):
    """Reads kept deliveries again."""

    def replay(self, organisation: str, identity: int) -> ReplayShape:
        """Read a delivery again into the stream; raise NotFoundError, or ConflictError where it was not kept whole."""


class Metric(NamedTuple):
    """One measured thing, as Prometheus reads it."""

    name: str
    type: str
    """`gauge`, `counter` or `histogram`."""
    help: str
    samples: Sequence[tuple[Mapping[str, str], float]]
    """Labels and value."""
    endings: Sequence[str] = ()
    """Of a histogram, what the name of each sample ends in."""


Check = Callable[[], str | None]
"""Returns what is wrong, or nothing."""


@dataclass(frozen=True)
class Wiring:
    """Everything the routes work with."""

    feed: Feed
    gatekeeper: Gatekeeper
    versions: Versions | None = None
    drills: Drills | None = None
    redelivery: Redelivery | None = None
    checks: Mapping[str, Check] = field(default_factory=dict)
    vital: frozenset[str] | None = None
    """The checks without which it cannot answer whoever asks; all where None."""
    metrics: Sequence[Callable[[], Iterable[Metric]]] = ()
    caught_up: Callable[[str, float], bool] = lambda _organisation, _timeout_s: True
    """Waits at most so long until the worker knows what an organisation's stream holds now; returns whether it does."""
    is_stopping: Callable[[], bool] = lambda: False
    """Whether open streams are to end."""

    async def attach(self, request: Request) -> None:
        """Let a request's route find it."""
        request.state.wiring = self


@dataclass(frozen=True)
class Caller:
    """Who asks, and about which organisation."""

    access: Access
    organisation: str

    @property
    def name(self) -> str:
        """What their acts are signed with."""
        return self.access.name


async def _wiring(request: Request) -> Wiring:
    wiring: Wiring = request.state.wiring
    return wiring


async def _feed(request: Request) -> Feed:
    wiring: Wiring = request.state.wiring
    return wiring.feed


Organisation = Annotated[
    str | None, Query(max_length=200, description="Whose incidents; a token is bound to one, and needs not say it.")
]


def needs(*scopes: Scope) -> Any:
    """Return what lets in who has one of these scopes."""

    def enter(request: Request, organisation: Organisation = None) -> Caller:
        wiring: Wiring = request.state.wiring
        access = wiring.gatekeeper.access(request)
        access.require(*scopes)
        return Caller(access, access.organisation_for(organisation))

    return Depends(enter)


WiringOf = Annotated[Wiring, Depends(_wiring)]
FeedOf = Annotated[Feed, Depends(_feed)]
Reading = Annotated[Caller, needs(Scope.READ)]
Triaging = Annotated[Caller, needs(Scope.TRIAGE)]
Governing = Annotated[Caller, needs(Scope.ADMIN)]
Stepping = Annotated[Caller, needs(Scope.INGEST, Scope.READ)]
"""A pipeline's step, which has the token it sends deliveries with."""
Cursor = Annotated[str | None, Query(description="`next_cursor` of the page before.")]
Limit = Annotated[int, Query(ge=1, le=200)]
