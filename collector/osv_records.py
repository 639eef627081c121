"""OSV records from where dumps of them lie: one file, a zip, or a folder of both, one record in memory at a time."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from collector.contents import Recognised, recognise
from collector.delivery import Delivery, decode_json, parse_time
from collector.errors import DeliveryError, EmptySourceError, NotASourceError, SourceError
from collector.event import Event
from collector.json_stream import Layout, lines, values
from collector.sources import SOURCES, Context

MAX_RECORD = 16 << 20
"""Longest record of a zip, in bytes."""
_NAME = "osv"
_ENDS = (".json", ".ndjson", ".jsonl", ".json.gz", ".ndjson.gz", ".jsonl.gz", ".zip")
_KEPT = ("id", "aliases", "published", "modified", "withdrawn")

Skip = Callable[[str, object], None]
"""Told of what cannot be read: where, and why."""


def records(path: Path, skip: Skip) -> Iterator[tuple[str, Any]]:
    """Yield (place, record) of every record at a path; raise SourceError where nothing there can hold one."""
    if not path.exists():
        raise SourceError(f"{path}: there is nothing here; name a file, a zip or a folder of OSV records")
    if not path.is_dir():
        yield from _of_file(path, skip)
        return
    files = [file for file in sorted(path.rglob("*")) if file.name.endswith(_ENDS) and file.is_file()]
    if not files:
        raise NotASourceError(f"{path}: no .json, .ndjson or .zip file is in it; name a folder of OSV records")
    for file in files:
        try:
            yield from _of_file(file, skip)
        except SourceError as error:
            skip(file.name, error)


def events(path: Path, organisation: str, skip: Skip) -> Iterator[Event]:
    """Yield the events of the records at a path, each of the day it was published; raise SourceError."""
    context = Context(organisation=organisation)
    for place, record in records(path, skip):
        try:
            yield from SOURCES[_NAME].parse(
                Delivery(source=_NAME, received_at=_published(record), body=record), context
            )
        except DeliveryError as error:
            skip(place, error)


def slim(record: Any) -> dict[str, Any] | None:
    """Return what is read of a record, so that no more is sent; None where no event would come of it.

    Raises DeliveryError where it is no record.
    """
    if not SOURCES[_NAME].parse(Delivery(source=_NAME, received_at=1.0, body=record), Context()):
        return None
    about = record.get("database_specific")
    cwes = about.get("cwe_ids") if isinstance(about, dict) else None
    affected = [
        {name: entry[name] for name in ("package", "ranges", "versions") if name in entry}
        for entry in record["affected"]
        if isinstance(entry, dict)
    ]
    kept = {name: record[name] for name in _KEPT if name in record}
    return {**kept, "affected": affected, **({"database_specific": {"cwe_ids": cwes}} if cwes else {})}


def _published(record: Any) -> float:
    times = (record.get(name) for name in ("published", "modified")) if isinstance(record, dict) else ()
    return next((at for time in times if (at := parse_time(time))), 0.0)


def _of_file(path: Path, skip: Skip) -> Iterator[tuple[str, Any]]:
    if zipfile.is_zipfile(path):
        yield from _of_zip(path, skip)
        return
    found = recognise(path, _NAME)
    for number, value in _values(path, found, skip):
        yield f"{path.name}:{number}", value


def _values(path: Path, found: Recognised, skip: Skip) -> Iterator[tuple[int, Any]]:
    if found.layout is not Layout.LINES:
        yield from values(path, found.layout, found.skip)
        return
    for number, line in lines(path):
        try:
            yield number, decode_json(line)
        except DeliveryError as error:
            skip(f"{path.name}:{number}", error)


def _of_zip(path: Path, skip: Skip) -> Iterator[tuple[str, Any]]:
    try:
        with zipfile.ZipFile(path) as archive:
            names = [entry for entry in archive.infolist() if entry.filename.endswith(".json")]
            if not names:
                raise EmptySourceError(f"{path}: no .json file is in it; name a zip of OSV records")
            for entry in names:
                place = f"{path.name}/{entry.filename}"
                try:
                    yield place, decode_json(_member(archive, entry))
                except (DeliveryError, zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError) as error:
                    skip(place, error)
    except (zipfile.BadZipFile, OSError) as error:
        raise SourceError(f"{path}: the zip cannot be read ({error}): fetch it again") from None


def _member(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    with archive.open(entry) as file:
        body = file.read(MAX_RECORD + 1)
    if len(body) > MAX_RECORD:
        raise DeliveryError(f"longer than {MAX_RECORD >> 20} MiB: no OSV record is")
    return body
