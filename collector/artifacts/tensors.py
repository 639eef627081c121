"""Formats of tensors: numpy, safetensors and GGUF, whose headers say what the rest must be."""

from __future__ import annotations

import re
from typing import IO, Any

from collector.artifacts.artifact import Artifact
from collector.artifacts.markers import MAX_SEARCHED, search_template
from collector.artifacts.pickles import read_pickles
from collector.delivery import decode_json
from collector.errors import DeliveryError

_MAX_HEADER = 32 << 20
_MAX_NUMPY_HEADER = 1 << 16
_OBJECTS = re.compile(rb"'descr':\s{0,4}(?:'\|?O'|\[[^\]]{0,20000}'\|?O')")
_MOST_TENSORS = 1 << 20


def read_numpy(file: IO[bytes], artifact: Artifact) -> None:
    """Add what an array of objects would import: its values are a pickle behind the header."""
    start = file.read(12)
    length = int.from_bytes(start[8:10], "little") if start[6:7] == b"\x01" else int.from_bytes(start[8:12], "little")
    file.seek(file.tell() - len(start) + (10 if start[6:7] == b"\x01" else 12))
    if start[:6] != b"\x93NUMPY" or length > _MAX_NUMPY_HEADER:
        artifact.odd("an array with a header that is none")
        return
    if _OBJECTS.search(file.read(length)):
        artifact.runs("an array of Python objects")
        read_pickles(file, artifact)


def read_safetensors(file: IO[bytes], artifact: Artifact) -> None:
    """Check that the header is JSON and that its tensors fill the file, no more and no less."""
    length = int.from_bytes(file.read(8), "little")
    if length > min(_MAX_HEADER, artifact.size - 8):
        artifact.odd("a header longer than the file, or than headers are")
        return
    try:
        header = decode_json(file.read(length))
    except DeliveryError:
        header = None
    if not isinstance(header, dict):
        artifact.odd("a header that is no JSON object")
        return
    ends = [_end_of(tensor) for name, tensor in header.items() if name != "__metadata__"]
    if None in ends:
        artifact.odd("a tensor without a place in the file")
    elif max((end for end in ends if end is not None), default=0) != artifact.size - 8 - length:
        artifact.odd("bytes that belong to no tensor, or tensors beyond the end")


def is_safetensors(head: bytes, size: int) -> bool:
    """Return whether a file begins with the length of a JSON object and the object."""
    return len(head) > 9 and head[8:9] == b"{" and int.from_bytes(head[:8], "little") <= max(size - 8, 0)


def _end_of(tensor: Any) -> int | None:
    offsets = tensor.get("data_offsets") if isinstance(tensor, dict) else None
    is_pair = isinstance(offsets, list) and len(offsets) == 2 and all(isinstance(one, int) for one in offsets)
    return offsets[1] if isinstance(offsets, list) and is_pair and 0 <= offsets[0] <= offsets[1] else None


def read_gguf(file: IO[bytes], artifact: Artifact) -> None:
    """Check the counts of the header, and look at the chat template, which is a program."""
    head = file.read(24)
    version, tensors, pairs = (int.from_bytes(head[start:end], "little") for start, end in ((4, 8), (8, 16), (16, 24)))
    if len(head) < 24 or not 1 <= version <= 16 or tensors > _MOST_TENSORS or pairs > _MOST_TENSORS:
        artifact.odd("a header with counts that no model has")
    search_template(file.read(MAX_SEARCHED), artifact)
