"""Archives that models come in: zip files of PyTorch, Keras and numpy, and compressed pickles."""

from __future__ import annotations

import bz2
import io
import lzma
import zipfile
import zlib
from typing import IO, Protocol

from collector.artifacts.artifact import Artifact
from collector.artifacts.markers import search_for_code
from collector.artifacts.pickles import MAX_BYTES, is_pickle, read_pickles
from collector.artifacts.tensors import read_numpy

MAX_MEMBERS = 2000
MAX_READ = 32
"""Members of an archive that are looked into."""
_MAX_CONFIG = 16 << 20
_PICKLES = (".pkl", ".pickle", ".pk", ".bin", ".joblib")
_TEXTS = ("config.json", "model.json", "saved_model.pb")


class _Unpacker(Protocol):
    def decompress(self, data: bytes, max_length: int, /) -> bytes: ...


def read_zip(file: IO[bytes], artifact: Artifact) -> None:
    """Add what the members of a zip archive hold that would be unpickled, or is code."""
    try:
        with zipfile.ZipFile(file) as archive:
            members = archive.infolist()
            artifact.format = _kind_of([member.filename for member in members[:MAX_MEMBERS]])
            artifact.is_cut = len(members) > MAX_MEMBERS
            for member in [one for one in members[:MAX_MEMBERS] if _is_telling(one.filename)][:MAX_READ]:
                _read_member(archive, member, artifact)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, RuntimeError, EOFError):
        artifact.odd("an archive that cannot be opened")


def _kind_of(names: list[str]) -> str:
    if any(name.endswith("data.pkl") for name in names):
        return "pytorch"
    if "config.json" in names and any(name.endswith((".weights.h5", "metadata.json")) for name in names):
        return "keras"
    return "npz" if names and all(name.endswith(".npy") for name in names) else "zip"


def _is_telling(name: str) -> bool:
    return name.lower().endswith((*_PICKLES, *_TEXTS, ".npy", ".py"))


def _read_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, artifact: Artifact) -> None:
    name = member.filename.lower()
    if name.endswith(".py"):
        artifact.runs("a Python file in it")
        return
    try:
        with archive.open(member) as inner:
            limit = _MAX_CONFIG if name.endswith(_TEXTS) else MAX_BYTES
            data = inner.read(limit)
            artifact.is_cut = artifact.is_cut or bool(inner.read(1))
    except (
        zipfile.BadZipFile,
        OSError,
        ValueError,
        NotImplementedError,
        RuntimeError,
        EOFError,
        zlib.error,
        lzma.LZMAError,
    ):
        artifact.odd("a member of the archive that cannot be read")
        return
    if name.endswith(_TEXTS):
        search_for_code(data, artifact)
    elif name.endswith(".npy"):
        read_numpy(io.BytesIO(data), artifact)
    elif is_pickle(data) or name.endswith(_PICKLES[:3]):
        read_pickles(io.BytesIO(data), artifact)


def unpacked(head: bytes, file: IO[bytes]) -> IO[bytes] | None:
    """Return what a compressed file holds, at most MAX_BYTES of it; None where it is none that joblib writes."""
    unpacker: _Unpacker
    if head[:2] == b"\x1f\x8b":
        unpacker = zlib.decompressobj(31)
    elif head[:1] == b"\x78" and len(head) > 1 and int.from_bytes(head[:2], "big") % 31 == 0:
        unpacker = zlib.decompressobj()
    elif head[:3] == b"BZh":
        unpacker = bz2.BZ2Decompressor()
    elif head[:6] == b"\xfd7zXZ\x00" or head[:3] == b"\x5d\x00\x00":
        unpacker = lzma.LZMADecompressor()
    else:
        return None
    try:
        return io.BytesIO(unpacker.decompress(file.read(MAX_BYTES), MAX_BYTES))
    except (OSError, EOFError, zlib.error, lzma.LZMAError, ValueError):
        return io.BytesIO()
