"""The scores file: one JSON line for every event read, in the order they were scored."""

from __future__ import annotations

import gzip
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

import msgspec

from service.store.scored import RankedEvent
from service.words import rfc3339
from unwonted.report.target import replacing

_BUFFER = 1 << 20


class _Line(msgspec.Struct):
    id: str
    ref: str
    time: str
    source: str
    action: str
    actor: str
    entity: str
    score: float
    p_value: float
    rank: int
    incident: str | None
    warm_up: bool


def write_scores(path: Path, events: Iterable[RankedEvent]) -> None:
    """Write the lines to a file, gzipped where its name ends in .gz; the file appears only when it is whole."""
    encode = msgspec.json.Encoder().encode_into
    line = bytearray()
    with replacing(path) as raw, _maybe_gzip(raw, path) as out:
        for event in events:
            encode(_line(event), line, -1)  # behind what is there
            line += b"\n"
            if len(line) >= _BUFFER:
                out.write(line)
                line.clear()
        out.write(line)


def _line(event: RankedEvent) -> _Line:
    name, ref, at, source, action, actor, entity, score, p_value, is_warm_up, rank, incident = event
    return _Line(name, ref, rfc3339(at), source, action, actor, entity, score, p_value, rank, incident, is_warm_up)


@contextmanager
def _maybe_gzip(raw: IO[bytes], path: Path) -> Iterator[IO[bytes]]:
    if path.suffix != ".gz":
        yield raw
        return
    with gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=0) as out:  # no name, no time: same bytes each run
        yield cast(IO[bytes], out)
