"""Promotion: which version may serve, and which served before."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.errors import UnknownVersionError, UnsignedModelError
from service.promotion import GateError, admit, before, serving
from service.store.errors import NotFoundError
from service.versions import Versions
from tests.models.versions import NAME, make_manifest, small_ensembles

FAILED = "2026-11-26T0900-00ff"


@pytest.fixture
def versions(tmp_path: Path) -> Versions:
    """Return a version that passed its gate and one that failed."""
    versions = Versions(tmp_path / "models", tmp_path / "keys")
    versions.write(make_manifest(), small_ensembles())
    versions.write(make_manifest(FAILED, passed=False), small_ensembles())
    return versions


def test_sound_version_is_admitted(versions: Versions) -> None:
    """A version that passed is admitted by its digest."""
    assert admit(versions, "default", NAME) == versions.digest(NAME)


def test_failed_gate_refuses(versions: Versions) -> None:
    """A version that failed its gate is refused with the reasons, unless somebody insists."""
    with pytest.raises(GateError, match="finds less than the version that serves"):
        admit(versions, "default", FAILED)
    assert admit(versions, "default", FAILED, is_forced=True) == versions.digest(FAILED)


def test_version_of_another_organisation_is_refused(versions: Versions) -> None:
    """What one organisation's events taught says nothing of another's, whoever insists."""
    with pytest.raises(NotFoundError, match="trained for default"):
        admit(versions, "other", NAME, is_forced=True)


def test_unsigned_version_is_refused_whoever_insists(versions: Versions) -> None:
    """Insisting does not help a version that cannot be trusted."""
    (versions.folder / NAME / "manifest.sig").unlink()
    with pytest.raises(UnsignedModelError):
        admit(Versions(versions.folder, versions.keys), "default", NAME, is_forced=True)


def test_unknown_version_is_refused(versions: Versions) -> None:
    """A version that is not there is refused."""
    with pytest.raises(UnknownVersionError):
        admit(versions, "default", "2026-11-27T0900-00ff")


@given(promoted=st.lists(st.sampled_from("abc"), max_size=8, unique=True))
def test_rolling_back_all_the_way_ends_at_the_own_fits(promoted: list[str]) -> None:
    """Rolling back again and again meets every version that served, the last first, and then the own fits."""
    history = list(promoted)
    met = []
    while serving(history):
        met.append(serving(history))
        history.append(before(history))
    assert met == promoted[::-1]
    assert before(history) == ""


def test_promoting_the_same_again_is_no_step() -> None:
    """A promotion that was appended twice is rolled back once."""
    assert before(["a", "b", "b"]) == "a"
