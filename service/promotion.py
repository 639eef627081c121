"""Which model version may serve, and which served before: the same for the command line, the API and the page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from models.errors import ModelsError
from models.scorer import OWN
from models.version import Manifest
from service.store.errors import NotFoundError


class Versions(Protocol):
    """Where model versions are kept."""

    def show(self, version: str) -> Manifest:
        """Return a version's manifest after checking its signature; raise ModelsError."""

    def digest(self, version: str) -> str:
        """Return the digest that names a version beyond doubt, after checking all of it; raise ModelsError."""


class GateError(ModelsError):
    """A model version failed its gate, so it may not serve unless somebody insists."""


def admit(versions: Versions, organisation: str, version: str, *, is_forced: bool = False) -> str:
    """Return the digest of a version that may serve an organisation; raise what says why another may not.

    Insisting helps against a failed gate only: a version that cannot be trusted, or is another organisation's,
    never serves.
    """
    manifest = versions.show(version)
    if manifest.organisation != organisation:
        raise NotFoundError(
            f"the model version {version} was trained for {manifest.organisation} and says nothing of {organisation}; "
            "`unwonted model list` names those that do"
        )
    gate = manifest.quality.gate
    if not gate.passed and not is_forced:
        reasons = "; ".join(gate.reasons)
        raise GateError(
            f"the model version {version} failed its gate ({reasons}). Train another; who knows better can insist "
            f"with unwonted model promote {version} --force"
        )
    return versions.digest(version)


def serving(history: Sequence[str]) -> str:
    """Return the version that serves after some promotions; empty for the own fits."""
    return history[-1] if history else ""


def before(history: Sequence[str]) -> str:
    """Return the version to roll back to: the one that served before, and after another rollback the one before that.

    >>> before(["a", "b"]), before(["a", "b", "a"]), before(["a"]), before([])
    ('a', '', '', '')
    """
    served = [""]
    for version in history:
        if len(served) > 1 and version == served[-2]:
            served.pop()
        elif version != served[-1]:
            served.append(version)
    return served[-2] if len(served) > 1 else ""


def name_of(version: str) -> str:
    """Return how a version is told: the own fits have a name too."""
    return version or OWN
