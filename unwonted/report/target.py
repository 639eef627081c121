"""Where output goes: a file that appears only when it is whole, or stdout."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from unwonted.errors import UsageError


@contextmanager
def replacing(path: Path) -> Iterator[IO[bytes]]:
    """Open a file beside the path that takes its place when all went well, and is removed when not.

    A pipe or a device is written to as it is.
    """
    if path.exists() and not path.is_file():
        with path.open("wb") as out:
            yield out
        return
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with part.open("wb") as out:
            yield out
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def write(data: bytes, path: Path | None) -> None:
    """Write to a file, or to stdout where none is named."""
    if path is None:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
        return
    with replacing(path) as out:
        out.write(data)


def check(option: str, path: Path | None, sources: list[Path]) -> None:
    """Refuse, before the work begins, a path that could not be written after it or that is being read."""
    if path is None:
        return
    if path.is_dir():
        raise UsageError(f"{option} {path} is a folder; name a file in it")
    if path.exists() and not path.is_file():  # a pipe or a device
        return
    if not path.parent.is_dir() or not os.access(path.parent, os.W_OK):
        raise UsageError(f"{option} {path} cannot be written: {path.parent} is no folder you may write to")
    if any(path.resolve() == source.resolve() for source in sources):
        raise UsageError(f"{option} {path} would overwrite a source; name another file")
