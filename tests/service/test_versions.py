"""Model versions on disk: written once, checked before they are read, by keys that an operator holds."""

from __future__ import annotations

import shutil
import stat
from pathlib import Path

import pytest

from collector.event import Kind
from models.errors import (
    ChangedFileError,
    ForeignModelError,
    MissingKeyError,
    ModelsError,
    UnknownVersionError,
    UnsignedModelError,
)
from service.keys import PRIVATE, PUBLIC, read_public, signing_key
from service.versions import Versions, read_folder_with
from tests.models.versions import NAME, make_manifest, small_ensembles

LATER = "2026-11-26T0900-00ff"


@pytest.fixture
def versions(tmp_path: Path) -> Versions:
    """Return a folder of one version."""
    versions = Versions(tmp_path / "models", tmp_path / "keys")
    versions.write(make_manifest(), small_ensembles())
    return versions


def again(versions: Versions) -> Versions:
    """Return the same folder as another process sees it, with nothing in memory."""
    return Versions(versions.folder, versions.keys)


def test_what_was_written_is_read(versions: Versions) -> None:
    """A version is read back by name and digest, and told by its manifest."""
    digest = again(versions).digest(NAME)
    assert set(again(versions).read(NAME, digest)) == {Kind.ACCESS, Kind.RUN}
    assert versions.show(NAME).organisation == "default"


def test_versions_are_listed_newest_first(versions: Versions) -> None:
    """The list shows the newest version first."""
    versions.write(make_manifest(LATER), small_ensembles())
    assert [manifest.version for manifest in again(versions).list()] == [LATER, NAME]


def test_bad_version_is_told_beside_the_list(versions: Versions) -> None:
    """A version that cannot be trusted hides no other one, and says what is wrong with it."""
    versions.write(make_manifest(LATER), small_ensembles())
    (versions.folder / LATER / "manifest.sig").unlink()
    assert [manifest.version for manifest in again(versions).list()] == [NAME]
    assert "no signature" in again(versions).problems()[LATER]


def test_version_is_never_written_over(versions: Versions) -> None:
    """A second version of the same name is refused, and the first stays as it was."""
    digest = versions.digest(NAME)
    with pytest.raises(ModelsError, match="already"):
        versions.write(make_manifest(parent="another"), small_ensembles())
    assert again(versions).digest(NAME) == digest
    assert [path.name for path in versions.folder.iterdir()] == [NAME]


def test_version_stays_in_memory(versions: Versions) -> None:
    """A version that was checked once is not read again."""
    first = versions.read(NAME)
    shutil.rmtree(versions.folder / NAME)
    assert versions.read(NAME) is first


def test_unknown_version_is_named(versions: Versions) -> None:
    """A version that is not there is refused by its name."""
    with pytest.raises(UnknownVersionError, match=LATER):
        versions.read(LATER)


def test_nothing_is_listed_before_the_first(tmp_path: Path) -> None:
    """A folder that is not there yet holds no versions."""
    assert Versions(tmp_path / "models", tmp_path / "keys").list() == []


def test_private_key_is_its_owners_alone(versions: Versions) -> None:
    """The private key is made for its owner alone to read, with the public one beside it."""
    assert stat.S_IMODE((versions.keys / PRIVATE).stat().st_mode) == 0o600
    assert signing_key(versions.keys).public_key() == read_public(versions.keys / PUBLIC)


def test_private_key_that_others_can_read_signs_nothing(versions: Versions) -> None:
    """A key that anyone may have used is not used any more."""
    (versions.keys / PRIVATE).chmod(0o644)
    with pytest.raises(MissingKeyError, match="chmod 600"):
        versions.write(make_manifest(LATER), small_ensembles())


def test_key_can_be_replaced(versions: Versions) -> None:
    """A new key signs once the old public one is put aside, under which old versions stay trusted."""
    (versions.keys / PRIVATE).unlink()
    with pytest.raises(MissingKeyError, match=r"models-old\.pub"):
        versions.write(make_manifest(LATER), small_ensembles())
    (versions.keys / PUBLIC).rename(versions.keys / "models-old.pub")
    versions.write(make_manifest(LATER), small_ensembles())
    assert [manifest.version for manifest in again(versions).list()] == [LATER, NAME]


def test_reader_needs_no_private_key(versions: Versions) -> None:
    """Who serves holds the public key alone."""
    (versions.keys / PRIVATE).unlink()
    assert set(again(versions).read(NAME)) == {Kind.ACCESS, Kind.RUN}


def test_nothing_is_read_without_a_key(versions: Versions) -> None:
    """Without any key nothing can be checked, so nothing is read."""
    (versions.keys / PUBLIC).unlink()
    with pytest.raises(MissingKeyError):
        again(versions).read(NAME)


def test_version_of_another_house_is_refused(versions: Versions, tmp_path: Path) -> None:
    """A version signed elsewhere is refused here."""
    elsewhere = Versions(tmp_path / "elsewhere", tmp_path / "their-keys")
    elsewhere.write(make_manifest(LATER), small_ensembles())
    shutil.copytree(elsewhere.folder / LATER, versions.folder / LATER)
    with pytest.raises(ForeignModelError):
        versions.read(LATER)
    assert read_folder_with(versions.folder / LATER, elsewhere.keys / PUBLIC).manifest.version == LATER


def test_unsigned_version_is_refused(versions: Versions) -> None:
    """A version whose signature was removed is refused."""
    (versions.folder / NAME / "manifest.sig").unlink()
    with pytest.raises(UnsignedModelError):
        again(versions).read(NAME)


def test_file_put_beside_is_refused(versions: Versions) -> None:
    """A version into whose folder something was put is refused."""
    (versions.folder / NAME / "model.pkl").write_bytes(b"")
    with pytest.raises(ChangedFileError, match=r"model\.pkl"):
        again(versions).read(NAME)


@pytest.mark.parametrize("content", [b"", b"no key", b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"])
def test_file_that_is_no_key_is_told(tmp_path: Path, content: bytes) -> None:
    """A file that holds no key is refused by its name."""
    (tmp_path / "a.pub").write_bytes(content)
    with pytest.raises(MissingKeyError, match=r"a\.pub"):
        read_public(tmp_path / "a.pub")
