"""Which format a model file is of, by its first bytes, and what each reader adds."""

from __future__ import annotations

import hashlib
import re
from typing import IO

from collector.artifacts.archives import read_zip, unpacked
from collector.artifacts.artifact import Artifact
from collector.artifacts.markers import MAX_SEARCHED, search_for_code
from collector.artifacts.pickles import is_pickle, read_pickles
from collector.artifacts.tensors import is_safetensors, read_gguf, read_numpy, read_safetensors

MODEL_ENDINGS = (
    *(".pkl", ".pickle", ".joblib", ".pt", ".pth", ".ckpt", ".npy", ".npz", ".h5", ".hdf5", ".keras"),
    *(".safetensors", ".gguf", ".onnx", ".mar", ".dill"),
)
_PICKLED = (".pkl", ".pickle", ".joblib", ".pt", ".pth", ".ckpt", ".dill", ".bin")
_PART = 1 << 20
_POINTER = re.compile(rb"version https://git-lfs[^\n]*\noid sha256:([0-9a-f]{64})\nsize (\d{1,18})\n")
_TEXT = re.compile(rb"[\x09-\x0d\x20-\x7e\x80-\xff]*")
_STARTED = re.compile(rb"(?m)^import[ \t]")
_MAGIC = (
    (b"GGUF", "gguf"),
    (b"\x89HDF\r\n\x1a\n", "hdf5"),
    (b"\x93NUMPY", "npy"),
    (b"PK\x03\x04", "zip"),
    (b"7z\xbc\xaf\x27\x1c", "7z"),
    (b"Rar!", "rar"),
    (b"\x7fELF", "a program"),
    (b"MZ", "a program"),
)
_EXPECTED = {
    ".safetensors": {"safetensors"},
    ".gguf": {"gguf"},
    ".h5": {"hdf5"},
    ".hdf5": {"hdf5"},
    ".npy": {"npy"},
    ".npz": {"npz", "zip"},
    ".keras": {"keras", "zip", "hdf5"},
}
"""What the names of formats that cannot run anything, or hardly, promise."""


def read_artifact(file: IO[bytes], name: str) -> Artifact:
    """Return what a seekable file tells, whatever is in it: it is read once for its digest, and never loaded."""
    artifact = Artifact(name)
    digest = hashlib.sha256()
    while part := file.read(_PART):
        digest.update(part)
        artifact.size += len(part)
    artifact.sha256 = digest.hexdigest()
    file.seek(0)
    head = file.read(1024)
    file.seek(0)
    _read_by_content(file, head, artifact)
    ending = f".{name.rsplit('.', 1)[-1].lower()}"
    if artifact.format != "a pointer" and artifact.format not in _EXPECTED.get(ending, {artifact.format}):
        artifact.odd(f"named {ending}, but it is {artifact.format or 'of no known format'}")
    return artifact


def _read_by_content(file: IO[bytes], head: bytes, artifact: Artifact) -> None:
    pointer = _POINTER.match(head)
    if pointer:  # the file itself is kept elsewhere
        artifact.format, artifact.sha256, artifact.size = "a pointer", pointer[1].decode(), int(pointer[2])
        return
    artifact.format = next((kind for magic, kind in _MAGIC if head.startswith(magic)), "")
    if artifact.format:
        _read_known(file, artifact)
    elif is_pickle(head):
        artifact.format = "pickle"
        read_pickles(file, artifact)
    elif is_safetensors(head, artifact.size):
        artifact.format = "safetensors"
        read_safetensors(file, artifact)
    else:
        _read_by_name(file, head, artifact)


def _read_known(file: IO[bytes], artifact: Artifact) -> None:
    readers = {"gguf": read_gguf, "npy": read_numpy, "zip": read_zip}
    reader = readers.get(artifact.format)
    if reader is not None:
        reader(file, artifact)
    elif artifact.format == "hdf5":
        search_for_code(file.read(MAX_SEARCHED), artifact)
    else:
        artifact.odd(f"it is {artifact.format}, which no model is")


def _read_by_name(file: IO[bytes], head: bytes, artifact: Artifact) -> None:
    """Read what no first bytes tell: old pickles, compressed ones, and graphs."""
    name = artifact.name.lower()
    inside = unpacked(head, file) if name.endswith(_PICKLED) or name.endswith((".gz", ".z", ".bz2", ".xz")) else None
    if inside is not None:
        artifact.format = "compressed pickle"
        read_pickles(inside, artifact)
    elif name.endswith(".pth") and _TEXT.fullmatch(head) and _is_no_pickle(file):
        artifact.format = "a list of paths"  # PyTorch's ending was Python's before
        if _STARTED.search(file.read(MAX_SEARCHED)):
            artifact.runs("a line that Python runs whenever it starts")
    elif name.endswith(_PICKLED[:-1]):
        artifact.format = "pickle"
        file.seek(0)
        read_pickles(file, artifact)
    else:
        artifact.format = "onnx" if name.endswith(".onnx") else "unknown"
        search_for_code(file.read(MAX_SEARCHED), artifact)


def _is_no_pickle(file: IO[bytes]) -> bool:
    """Return whether text is no pickle of the oldest protocol, which is text too."""
    probe = Artifact("")
    file.seek(0)
    read_pickles(file, probe)
    file.seek(0)
    return bool(probe.problems)
