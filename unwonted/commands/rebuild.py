"""`unwonted rebuild`: makes the store again from the stream, to compare it or to take its place."""

from __future__ import annotations

import json
import tempfile
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from service import rebuild
from service.memory import Memories
from service.worker import Worker
from unwonted.errors import FAILED, OK
from unwonted.serving.parts import Parts, opened

if TYPE_CHECKING:
    from unwonted.settings import Settings


def run(settings: Settings, *, is_check: bool, as_json: bool) -> int:
    """Rebuild, compare and, unless only asked to check, replace; return the exit code."""
    with opened(settings) as parts, tempfile.TemporaryDirectory(prefix="unwonted-") as folder:
        _catch_up(parts)
        path = Path(folder) / "store.sqlite"
        made = rebuild.build(parts.stream, path, lambda: _memories(parts), live=parts.database)
        with closing(made) as rebuilt:
            found = rebuild.differences(parts.database, rebuilt, parts.versions)
            if not is_check and found:
                rebuild.replace(parts.database, rebuilt)
    _tell([difference.part for difference in found], is_check=is_check, as_json=as_json)
    return FAILED if is_check and found else OK


def _catch_up(parts: Parts) -> None:
    """Bring the store to the stream's end, so that there is one position to compare at."""
    for partition in range(parts.stream.partitions):
        worker = Worker(parts.stream, parts.database, _memories(parts), partition=partition)
        worker.run()
        worker.snapshot()


def _memories(parts: Parts) -> Memories:
    return Memories(versions=parts.versions, keep_rows=True)


def _tell(found: list[str], *, is_check: bool, as_json: bool) -> None:
    replaced = bool(found) and not is_check
    if as_json:
        print(json.dumps({"different": found, "replaced": replaced}))  # noqa: T201  # the command line's own voice
        return
    names = ", ".join(found)
    if not found:
        told = "The store is what the stream makes of it: nothing differs."
    elif replaced:
        told = f"These were not what the stream makes of them, and were replaced: {names}."
    else:
        told = f"These are not what the stream makes of them: {names}. Without --check they are replaced."
    print(told)  # noqa: T201  # the command line's own voice
