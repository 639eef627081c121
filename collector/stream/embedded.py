"""The embedded log: the stream in one SQLite file, kept for a service or temporary for a scan."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Self

import msgspec

from collector.event import Event
from collector.stream import Record, partition_of

_CHUNK = 10_000
_CACHE_KIB = 32 * 1024
_TABLE = """CREATE TABLE IF NOT EXISTS events (
    position INTEGER PRIMARY KEY, partition INTEGER NOT NULL, sort_key REAL, body BLOB NOT NULL)"""
_READ = """SELECT position, body FROM events
    WHERE position > ? AND partition = ? ORDER BY position LIMIT ?"""
_READ_ARRANGED = """SELECT arranged.position, events.body FROM arranged
    JOIN events ON events.position = arranged.appended
    WHERE arranged.position > ? AND events.partition = ? ORDER BY arranged.position LIMIT ?"""


class EmbeddedLog:
    """Events in the order they were appended, in one SQLite file."""

    _read = _READ
    _last = "SELECT coalesce(max(position), 0) FROM events WHERE partition = ?"

    def __init__(self, path: Path, *, partitions: int = 1) -> None:
        self.partitions = partitions
        self._encode = msgspec.msgpack.Encoder().encode
        self._decode = msgspec.msgpack.Decoder(Event).decode
        self._database = sqlite3.connect(path, isolation_level=None)
        self._tune(self._database)
        self._database.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
        self._database.execute(_TABLE)

    def append(self, events: Iterable[Event]) -> int:
        """Store events durably, each in its organisation's partition; return how many."""
        return self._insert((event, None) for event in events)

    def read(self, partition: int, position: int, limit: int) -> list[Record]:
        """Return up to `limit` records after `position` (0 is before the first), in order."""
        rows = self._database.execute(self._read, (position, partition, limit))
        return [Record(at, self._decode(body)) for at, body in rows]

    def end(self, partition: int) -> int:
        """Return the position of a partition's last record; 0 where it is empty."""
        return int(self._database.execute(self._last, (partition,)).fetchone()[0])

    @property
    def is_empty(self) -> bool:
        """Return whether nothing was ever appended."""
        return self._database.execute("SELECT 1 FROM events LIMIT 1").fetchone() is None

    def close(self) -> None:
        """Let go of the file."""
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _tune(self, database: sqlite3.Connection) -> None:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = FULL")

    def _insert(self, keyed: Iterable[tuple[Event, float | None]]) -> int:
        """Insert in chunks, one transaction each."""
        rows = self._rows(keyed)
        total = 0
        while chunk := list(islice(rows, _CHUNK)):
            self._database.execute("BEGIN")
            try:
                self._database.executemany("INSERT INTO events (partition, sort_key, body) VALUES (?, ?, ?)", chunk)
            except BaseException:
                self._database.execute("ROLLBACK")
                raise
            self._database.execute("COMMIT")
            total += len(chunk)
        return total

    def _rows(self, keyed: Iterable[tuple[Event, float | None]]) -> Iterator[tuple[int, float | None, bytes]]:
        for event, key in keyed:
            yield partition_of(event.organisation, self.partitions), key, self._encode(event)


class SortedLog(EmbeddedLog):
    """A temporary log that is filled in any order, arranged once, and then read by its sort key.

    It is lost with the process: nothing in it waits for a disk.
    """

    _read = _READ_ARRANGED
    _last = """SELECT coalesce((SELECT arranged.position FROM arranged
        JOIN events ON events.position = arranged.appended
        WHERE events.partition = ? ORDER BY arranged.position DESC LIMIT 1), 0)"""

    def append_sorted(self, events: Iterable[Event], key: Callable[[Event], float]) -> int:
        """Store events under the time that decides their place; return how many."""
        return self._insert((event, key(event)) for event in events)

    def arrange(self) -> None:
        """Number all events anew by sort key, and by the order of arrival where keys are equal."""
        self._database.execute("DROP TABLE IF EXISTS arranged")
        self._database.execute("CREATE TABLE arranged (position INTEGER PRIMARY KEY, appended INTEGER NOT NULL)")
        self._database.execute(
            "INSERT INTO arranged (appended) SELECT position FROM events ORDER BY sort_key, position"
        )

    def _tune(self, database: sqlite3.Connection) -> None:
        database.execute("PRAGMA journal_mode = OFF")
        database.execute("PRAGMA synchronous = OFF")
        database.execute("PRAGMA locking_mode = EXCLUSIVE")
        database.execute("PRAGMA temp_store = FILE")
