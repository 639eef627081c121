"""Model versions: fitted ensembles and their manifest as bytes, which are checked before anything in them is read."""

from __future__ import annotations

import hashlib
import io
import re
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec
import numpy as np
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from collector.event import Kind
from collector.stream.entry import Verdict
from models.arrays import owned, part, prefixed
from models.detector import Arrays
from models.ensemble import Ensemble
from models.errors import (
    ChangedFileError,
    LayoutMismatchError,
    MalformedModelError,
    ReplacedModelError,
    UnknownVersionError,
    UnsignedModelError,
)
from models.features import FEATURES
from models.layout import LAYOUT
from models.signature import sign, verify

MANIFEST, SIGNATURE, ARRAYS = "manifest.json", "manifest.sig", "arrays.npz"
_NAME = re.compile(r"\d{4}-\d{2}-\d{2}T\d{4}-[0-9a-f]{4,16}")
_PLAIN = "biuf"
"""Kinds of plain numbers, by numpy's letters."""


class Gate(msgspec.Struct, frozen=True):
    """Whether a challenger may serve."""

    passed: bool
    reasons: tuple[str, ...] = ()
    """What was found, a sentence each."""


class KindQuality(msgspec.Struct, frozen=True, kw_only=True):
    """How one kind's ensemble did on rows it was not fitted on."""

    held_out: int
    """Rows, all of them later than those of the fit."""
    finding_share: float
    """Share of them that it would call findings."""
    champion_share: float | None = None
    """The same of the version that serves; none where that had no ensemble."""
    planted: float | None = None
    """Share of planted strangeness that it finds."""
    planted_floor: float | None = None
    """The same of the novelty sum, which nothing is fitted in."""
    planted_champion: float | None = None


class AttackQuality(msgspec.Struct, frozen=True, kw_only=True):
    """How a confirmed attack would be ranked."""

    incident: str
    share: float
    """Share of ordinary events that look stranger than its strangest event; 0 is best."""
    champion_share: float
    """The same of the version that serves."""


class Quality(msgspec.Struct, frozen=True, kw_only=True):
    """What was measured of a version before it was offered."""

    gate: Gate
    kinds: dict[Kind, KindQuality] = {}
    attacks: tuple[AttackQuality, ...] = ()


class Removed(msgspec.Struct, frozen=True, kw_only=True):
    """How many events of a kind were kept away from the fit, by reason."""

    attacks: int = 0
    """They belong to incidents judged as attacks or tests."""
    repeats: int = 0
    """The same row by the same actor, beyond what one actor may repeat."""
    influence: int = 0
    """One actor's rows beyond the share that one actor may have."""
    loudest: tuple[float, ...] = ()
    """Shares of the actors with most rows before that; without names, because a version is never changed again."""


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What a model version is, where it comes from, and how good it was found to be."""

    version: str
    organisation: str
    created_at: datetime
    parent: str
    """The version that served when this one was trained."""
    first_at: datetime
    """Event time of the oldest row of the window."""
    last_at: datetime
    partition: int
    position: int
    """The last record of the stream that was taken into account."""
    events: dict[Kind, int]
    """Events of the window with a row, before anything was kept away."""
    rows: dict[Kind, int]
    """Rows that the ensembles were fitted on."""
    removed: dict[Kind, Removed]
    labels: dict[Verdict, int]
    """Verdicts known when it was trained."""
    dataset: str
    """Hash of the dataset."""
    seed: int
    features: tuple[str, ...]
    layout: str
    """Hash of the layout its rows have."""
    libraries: dict[str, str]
    quality: Quality
    shadow: dict[str, float] = {}
    """What was tried beside it and does not serve."""
    arrays: dict[str, str] = {}
    """Every array's type and shape."""
    files: dict[str, str] = {}
    """SHA-256 of every file, hexadecimal."""


@dataclass(frozen=True)
class ModelVersion:
    """Fitted ensembles of one organisation and their manifest, immutable."""

    manifest: Manifest
    digest: str
    """SHA-256 of the manifest, hexadecimal: names the version beyond doubt."""
    ensembles: dict[Kind, Ensemble]


def check_name(name: str) -> str:
    """Return a version's name; raise UnknownVersionError where it cannot be one.

    >>> check_name("2026-11-25T1300-1a2b")
    '2026-11-25T1300-1a2b'
    """
    if not _NAME.fullmatch(name):
        raise UnknownVersionError(
            f"{name!r} is no name of a model version; names look like 2026-11-25T1300-1a2b, "
            "and `unwonted model list` shows them all"
        )
    return name


def digest_of(manifest: bytes) -> str:
    """Return the digest that names the version of a manifest."""
    return hashlib.sha256(manifest).hexdigest()


def seal(manifest: Manifest, ensembles: Mapping[Kind, Ensemble], key: Ed25519PrivateKey) -> dict[str, bytes]:
    """Return the files of a version; the manifest tells of the arrays, and is signed."""
    arrays = _named(ensembles)
    packed = pack(arrays)
    whole = msgspec.structs.replace(
        manifest,
        arrays={name: _described(array) for name, array in arrays.items()},
        files={ARRAYS: digest_of(packed)},
    )
    told = canonical(whole)
    return {MANIFEST: told, SIGNATURE: sign(told, key), ARRAYS: packed}


def unseal(
    name: str, files: Mapping[str, bytes], trusted: Sequence[Ed25519PublicKey], digest: str = ""
) -> ModelVersion:
    """Return the version in these files, or raise an UntrustedModelError.

    Nothing is parsed before the signature over the manifest and then the digest of the arrays were checked.
    """
    manifest = read_manifest(name, files, trusted, digest)
    if manifest.layout != LAYOUT:
        raise LayoutMismatchError(
            f"{name} was trained on rows of the layout {manifest.layout}, and Unwonted writes {LAYOUT} now; "
            "train a new one"
        )
    for file in {ARRAYS, *manifest.files, *files} - {MANIFEST, SIGNATURE}:
        if file not in files or digest_of(files[file]) != manifest.files.get(file):
            raise ChangedFileError(
                f"{name}: {file} is not the file its manifest tells of; do not use it, and find out who changed it"
            )
    arrays = unpack(name, files[ARRAYS], manifest.arrays)
    return ModelVersion(manifest, digest_of(files[MANIFEST]), _ensembles(name, arrays))


def read_manifest(
    name: str, files: Mapping[str, bytes], trusted: Sequence[Ed25519PublicKey], digest: str = ""
) -> Manifest:
    """Return a version's manifest after checking its signature, or raise an UntrustedModelError."""
    if MANIFEST not in files:
        raise UnknownVersionError(f"{name} has no {MANIFEST}; `unwonted model list` names the versions there are")
    if not files.get(SIGNATURE):
        raise UnsignedModelError
    told = files[MANIFEST]
    verify(told, files[SIGNATURE], trusted)
    if digest and digest != digest_of(told):
        raise ReplacedModelError(f"{name} is not the version that was promoted under this name; put that one back")
    try:
        manifest = msgspec.json.decode(told, type=Manifest)
    except msgspec.MsgspecError as error:
        raise MalformedModelError(f"{name}: its manifest cannot be read ({error}); train a new version") from None
    if manifest.version != name:
        raise ReplacedModelError(f"{name} is the version {manifest.version} under another name; put the right one back")
    return manifest


def canonical(manifest: Manifest) -> bytes:
    """Return a manifest's bytes: JSON for people, the same wherever it is written."""
    return msgspec.json.format(msgspec.json.encode(manifest, order="deterministic"), indent=2) + b"\n"


def pack(arrays: Arrays) -> bytes:
    """Return arrays as the bytes of an `.npz` file, the same wherever they are written.

    Nothing is compressed: so the bytes depend on no library, and a small file never unfolds to a large one.
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(arrays):
            with archive.open(zipfile.ZipInfo(f"{name}.npy"), "w", force_zip64=True) as member:
                np.lib.format.write_array(member, np.ascontiguousarray(arrays[name]), allow_pickle=False)
    return buffer.getvalue()


def unpack(name: str, data: bytes, expected: Mapping[str, str]) -> Arrays:
    """Return the arrays of a version; raise MalformedModelError unless they are the expected ones, plain and whole."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            found = sorted(archive.namelist())
            if found != sorted(f"{array}.npy" for array in expected):
                raise MalformedModelError(
                    f"{name}: its arrays are not those its manifest tells of; train a new version"
                )
            return {array: _array(name, archive, array, expected[array]) for array in expected}
    except (zipfile.BadZipFile, EOFError, OSError, ValueError, NotImplementedError) as error:
        raise MalformedModelError(f"{name}: its arrays cannot be read ({error}); train a new version") from None


def _array(name: str, archive: zipfile.ZipFile, array: str, expected: str) -> np.ndarray:
    info = archive.getinfo(f"{array}.npy")
    if info.compress_type != zipfile.ZIP_STORED:
        raise MalformedModelError(f"{name}: the array {array} is compressed, and none may be; train a new version")
    with archive.open(info) as member:
        read = np.lib.format.read_array(member, allow_pickle=False)
        rest = member.read(1)
    if rest or read.dtype.kind not in _PLAIN or _described(read) != expected:
        raise MalformedModelError(f"{name}: the array {array} is not {expected}; train a new version")
    return read


def _described(array: np.ndarray) -> str:
    return f"{array.dtype.str} {'x'.join(map(str, array.shape))}"


def _named(ensembles: Mapping[Kind, Ensemble]) -> Arrays:
    arrays: Arrays = {}
    for kind in sorted(ensembles):
        arrays |= prefixed(f"{kind}.", ensembles[kind].arrays())
    return arrays


def _ensembles(name: str, arrays: Arrays) -> dict[Kind, Ensemble]:
    kinds = sorted({array.partition(".")[0] for array in arrays})
    try:
        return {Kind(kind): _ensemble(owned(part(arrays, f"{kind}."))) for kind in kinds}
    except (KeyError, IndexError, TypeError, ValueError) as error:
        raise MalformedModelError(f"{name}: its arrays are no ensemble ({error!r}); train a new version") from None


def _ensemble(arrays: Arrays) -> Ensemble:
    ensemble = Ensemble.from_arrays(arrays)
    columns = ensemble.columns
    if len(columns) and not (columns.min() >= 0 and columns.max() < len(FEATURES)):
        raise ValueError("a column that is no feature")
    return ensemble
