"""What the page shows beside the feed: connected sources, model versions, drills."""

from __future__ import annotations

from collections.abc import Sequence

from models.errors import ModelsError
from models.version import Manifest
from service.feed import Feed
from service.promotion import admit, before, serving
from service.store.errors import NotFoundError
from service.versions import Versions
from service.web.ports import DrillRow, SourceRow, VersionRow
from unwonted.guides import GUIDES, Guide
from unwonted.settings import Settings, secret_names

_SOURCES = {
    "github": ("github.webhook",),
    "github-audit": ("github.audit",),
    "gitlab": ("gitlab.webhook",),
    "gitlab-audit": ("gitlab.audit",),
    "bitbucket": ("bitbucket.webhook",),
    "azure-devops": ("azure_devops",),
    "cdevents": ("cdevents", "cloudevents"),
    "circleci": ("circleci.webhook",),
    "kubernetes-audit": ("kubernetes.audit",),
    "splunk-hec": ("hec",),
}
"""Sources that a guide's system delivers, where they are not called as the guide is."""
_SENDERS = {
    "gitlab-audit": "gitlab.audit",
    "azure-devops": "azure_devops",
    "kubernetes-audit": "kubernetes.audit",
    "splunk-hec": "hec",
}
"""Senders on the URL, where they are not called as the guide is."""
_ELSEWHERE = frozenset({"git", "github-audit", "cloudtrail", "tekton"})
"""Guides of what is sent to no hook of its own."""


class ConnectedSources:
    """What can be connected, and how."""

    def __init__(self, settings: Settings, is_received_here: bool) -> None:
        self._secrets = settings.hook_secrets
        self._signed = {name.removeprefix("hooks_").removesuffix("_secret") for name in secret_names()}
        self._is_received_here = is_received_here

    def sources(self, organisation: str) -> Sequence[SourceRow]:
        """Return every system that can be told to send."""
        del organisation  # one receiver serves them all
        return [self._row(guide) for guide in GUIDES.values()]

    def _row(self, guide: Guide) -> SourceRow:
        sender = _SENDERS.get(guide.name, guide.name)
        setting = sender.replace(".", "_").replace("-", "_")
        return SourceRow(
            name=guide.name,
            title=guide.title,
            sources=_SOURCES.get(guide.name, (guide.name,)),
            hook=self._hook(guide, sender),
            how=f"{', '.join(guide.tells)} by {guide.way}: `unwonted source add {guide.name} --print`",
            is_secret_set=setting in self._secrets if setting in self._signed else None,
        )

    def _hook(self, guide: Guide, sender: str) -> str:
        if not self._is_received_here or guide.name in _ELSEWHERE:
            return ""
        return "/services/collector" if sender == "hec" else f"/hooks/{sender}"


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
