"""What the page shows beside the feed: connected sources, model versions, drills."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from collector.receiver import ReceiverMetrics
from models.errors import ModelsError
from models.version import Manifest
from service.feed import Feed
from service.promotion import admit, before, serving
from service.store.errors import NotFoundError
from service.versions import Versions
from service.web.ports import DrillRow, SourceRow, VersionRow
from unwonted.settings import Settings

_SHOWN = "`unwonted source add {} --print` makes a secret and shows every step."
_SOURCES = (
    (
        "github",
        "GitHub webhooks",
        "Paste it into the organisation's settings, under Webhooks, with content type application/json and all events. "
        + _SHOWN.format("github"),
    ),
    (
        "gitlab",
        "GitLab webhooks",
        "Paste it into the group's settings, under Webhooks, with every trigger. " + _SHOWN.format("gitlab"),
    ),
    ("gitlab.audit", "GitLab audit events", "Name this address as the group's streaming destination."),
    (
        "event",
        "Your own events",
        "Anything that can send JSON can tell what happened; `unwonted source add event --print` shows how.",
    ),
    ("recording", "Recordings", "`unwonted replay FILE` sends deliveries that were recorded."),
)
"""Sender, title, and what to do to connect it."""


class ConnectedSources:
    """What can be connected, and what told something since the start."""

    def __init__(self, settings: Settings, received: ReceiverMetrics, is_received_here: bool) -> None:
        self._secrets = settings.hook_secrets
        self._received = received
        self._is_received_here = is_received_here

    def sources(self, organisation: str) -> Sequence[SourceRow]:
        """Return every source that can be connected, those that told something first."""
        del organisation  # one receiver serves them all
        others = sorted(set(self._received.accepted_at) - {name for name, _, _ in _SOURCES})
        known = [*_SOURCES, *((name, name, "") for name in others)]
        shapes = [self._shape(*one) for one in known]
        return sorted(shapes, key=lambda shape: shape.last_at is None)

    def _shape(self, name: str, title: str, how: str) -> SourceRow:
        at = self._received.accepted_at.get(name)
        has_secret = name in {"github", "gitlab", "gitlab.audit"}
        return SourceRow(
            name=name,
            title=title,
            hook=f"/hooks/{name}" if self._is_received_here else "",
            how=how,
            is_secret_set=name.replace(".", "_") in self._secrets if has_secret else None,
            last_at=None if at is None else datetime.fromtimestamp(at, UTC),
        )


class ServedModels:
    """The model versions of an organisation, and which of them serves."""

    def __init__(self, feed: Feed, versions: Versions) -> None:
        self._feed = feed
        self._versions = versions

    def versions(self, organisation: str) -> Sequence[VersionRow]:
        """Return every version, newest first."""
        now = serving(self._feed.promotions(organisation))
        mine = [one for one in self._versions.list() if one.organisation == organisation]
        return [_version(one, now) for one in mine]

    def promote(self, organisation: str, version: str, by: str) -> None:
        """Let a version serve; raise NotFoundError that says why it may not."""
        del by
        self._promote(organisation, version, is_forced=False)

    def rollback(self, organisation: str, by: str) -> None:
        """Let the version before serve again; without one the own fits."""
        del by
        self._promote(organisation, before(self._feed.promotions(organisation)), is_forced=True)  # it served already

    def _promote(self, organisation: str, version: str, *, is_forced: bool) -> None:
        try:
            digest = admit(self._versions, organisation, version, is_forced=is_forced) if version else ""
        except ModelsError as error:
            raise NotFoundError(str(error)) from None
        self._feed.promote(organisation, version, digest)


class PlayedDrills:
    """The drills that were played against an organisation, and those that can be."""

    def __init__(self, feed: Feed) -> None:
        self._feed = feed

    def drills(self, organisation: str) -> Sequence[DrillRow]:
        """Return the drills played against an organisation, newest first."""
        return [
            DrillRow(
                name=drill.name,
                started_at=drill.started_at,
                finished_at=drill.finished_at,
                words=str(drill.result.get("sentence", "")),
                organisation=str(drill.result.get("scratch", "")),
                incident=str(drill.result.get("incident", "")),
            )
            for drill in self._feed.drills(organisation)
        ]

    def names(self) -> Sequence[tuple[str, str]]:
        """Return the drills that can be played: name and what happens in it."""
        from collector.simulator.attacks import ATTACKS

        return [(name, attack.says) for name, attack in ATTACKS.items()]


def _version(manifest: Manifest, now: str) -> VersionRow:
    rows = sum(manifest.rows.values())
    labels = sum(manifest.labels.values())
    return VersionRow(
        name=manifest.version,
        made_at=manifest.created_at,
        is_serving=manifest.version == now,
        words=f"Trained on {rows:,} events from {manifest.first_at:%Y-%m-%d} to {manifest.last_at:%Y-%m-%d}, "
        f"with {labels:,} verdicts known; it {'passed' if manifest.quality.gate.passed else 'FAILED'} its gate.",
    )
