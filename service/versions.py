"""Where model versions are kept: a folder of folders, each written once, and checked before it is read."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from collector.event import Kind
from models.ensemble import Ensemble
from models.errors import ModelsError, UnknownVersionError
from models.version import (
    ARRAYS,
    MANIFEST,
    SIGNATURE,
    Manifest,
    ModelVersion,
    check_name,
    digest_of,
    read_manifest,
    seal,
    unseal,
)
from service.keys import read_public, signing_key, trusted_keys

_KEPT = 4
"""Versions kept in memory: the one that serves, the one before it, and what is being compared."""
_FRESH = ".new-"


class Versions:
    """The model versions under one folder, and the folder of the keys they are checked against.

    To read needs public keys alone; the private one is made when the first version is written.
    """

    def __init__(self, folder: Path, keys: Path) -> None:
        self.folder = folder
        self.keys = keys
        self._read: dict[str, ModelVersion] = {}

    def names(self) -> list[str]:
        """Return the names of all versions, newest first."""
        if not self.folder.is_dir():
            return []
        found = [path.name for path in self.folder.iterdir() if path.is_dir() and not path.name.startswith(".")]
        return sorted(found, reverse=True)

    def list(self) -> list[Manifest]:
        """Return the manifests of all versions whose signature is good, newest first."""
        bad = self.problems()
        return [self.show(name) for name in self.names() if name not in bad]

    def problems(self) -> dict[str, str]:
        """Return what is wrong with each version that cannot be trusted."""
        found = {}
        for name in self.names():
            try:
                self.show(name)
            except ModelsError as error:
                found[name] = str(error)
        return found

    def show(self, version: str) -> Manifest:
        """Return a version's manifest after checking its signature; its arrays are not looked at."""
        return read_manifest(version, self._files(version, (MANIFEST, SIGNATURE)), self._trusted())

    def digest(self, version: str) -> str:
        """Return the digest that names a version beyond doubt."""
        return self.load(version).digest

    def read(self, version: str, digest: str = "") -> dict[Kind, Ensemble]:
        """Return a version's ensembles after checking everything; raise ModelsError."""
        return self.load(version, digest).ensembles

    def load(self, version: str, digest: str = "") -> ModelVersion:
        """Return a whole version after checking everything; one that was checked before is kept in memory."""
        kept = self._read.get(version)
        if kept is None or (digest and kept.digest != digest):
            kept = read_folder(self._folder_of(version), self._trusted(), digest)
            self._read[version] = kept
            while len(self._read) > _KEPT:
                del self._read[next(iter(self._read))]
        return kept

    def write(self, manifest: Manifest, ensembles: Mapping[Kind, Ensemble]) -> str:
        """Sign and store a new version, whole or not at all; return its digest."""
        target = self._folder_of(manifest.version)
        files = seal(manifest, ensembles, signing_key(self.keys))
        self.folder.mkdir(parents=True, exist_ok=True)
        fresh = Path(tempfile.mkdtemp(prefix=_FRESH, dir=self.folder))
        try:
            for name, data in files.items():
                _write(fresh / name, data)
            fresh.chmod(0o755)
            _sync(fresh)
            try:
                fresh.rename(target)
            except OSError:  # a version is never written over
                raise ModelsError(
                    f"there is a model version {manifest.version} already; train again in a minute"
                ) from None
            _sync(self.folder)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
        return digest_of(files[MANIFEST])

    def _trusted(self) -> Sequence[Ed25519PublicKey]:
        return trusted_keys(self.keys)

    def _folder_of(self, version: str) -> Path:
        return self.folder / check_name(version)

    def _files(self, version: str, names: Sequence[str]) -> dict[str, bytes]:
        return _read_files(self._folder_of(version), names)


def read_folder(folder: Path, trusted: Sequence[Ed25519PublicKey], digest: str = "") -> ModelVersion:
    """Return the version in a folder after checking everything; raise ModelsError."""
    folder = folder.resolve()
    files = _read_files(folder, (MANIFEST, SIGNATURE, ARRAYS))
    # what else lies there is never opened, and never trusted
    files |= {path.name: b"" for path in folder.iterdir() if path.name not in files}
    return unseal(folder.name, files, trusted, digest)


def read_folder_with(folder: Path, key: Path) -> ModelVersion:
    """Return the version in a folder after checking it against the public key in a file."""
    return read_folder(folder, [read_public(key)])


def _read_files(folder: Path, names: Sequence[str]) -> dict[str, bytes]:
    if not folder.is_dir():
        raise UnknownVersionError(
            f"there is no model version {folder.name} under {folder.parent}; `unwonted model list` names them all"
        )
    return {name: (folder / name).read_bytes() for name in names if (folder / name).is_file()}


def _write(path: Path, data: bytes) -> None:
    with path.open("xb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    path.chmod(0o444)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
