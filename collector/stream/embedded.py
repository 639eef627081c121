"""The embedded log: the stream in one SQLite file, kept for a service or temporary for a scan."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Self

import msgspec

from collector.errors import StreamError
from collector.event import Event
from collector.stream import Record, partition_of
from collector.stream.entry import Entry, Observed

_CHUNK = 10_000
_CACHE_KIB = 32 * 1024
_LOOK_EVERY_S = 0.05
"""How long another process's entries may go unnoticed by one that waits; its own are noticed at once."""
_WAL_LIMIT = 64 * 1024 * 1024

_ENTRIES = """CREATE TABLE IF NOT EXISTS entries (
    position INTEGER PRIMARY KEY, partition INTEGER NOT NULL, sort_key REAL, body BLOB NOT NULL)"""
_INDEX = "CREATE INDEX IF NOT EXISTS entries_of_partition ON entries (partition, position)"
_LAYOUT = "CREATE TABLE IF NOT EXISTS layout (partitions INTEGER NOT NULL)"
_TRIMMED = "CREATE TABLE IF NOT EXISTS trimmed (partition INTEGER PRIMARY KEY, position INTEGER NOT NULL)"
_LAST = """SELECT max(coalesce((SELECT max(position) FROM entries), 0),
    coalesce((SELECT max(position) FROM trimmed), 0))"""
_END = """SELECT max(coalesce((SELECT max(position) FROM entries WHERE partition = ?1), 0),
    coalesce((SELECT position FROM trimmed WHERE partition = ?1), 0))"""
_START = "SELECT coalesce((SELECT position FROM trimmed WHERE partition = ?), 0)"
_READ = """SELECT position, body FROM entries
    WHERE position > ? AND partition = ? ORDER BY position LIMIT ?"""
_TRIM = """DELETE FROM entries WHERE position IN (
    SELECT position FROM entries WHERE position <= ? AND partition = ? ORDER BY position LIMIT ?)"""
_INSERT = "INSERT INTO entries (position, partition, sort_key, body) VALUES (?, ?, ?, ?)"

_READ_ARRANGED = """SELECT arranged.position, entries.body FROM arranged
    JOIN entries ON entries.position = arranged.appended
    WHERE arranged.position > ? AND entries.partition = ? ORDER BY arranged.position LIMIT ?"""
_END_ARRANGED = """SELECT coalesce((SELECT arranged.position FROM arranged
    JOIN entries ON entries.position = arranged.appended
    WHERE entries.partition = ? ORDER BY arranged.position DESC LIMIT 1), 0)"""


class EmbeddedLog:
    """Entries in the order they were appended, in one SQLite file.

    Threads may share one log, and processes one file: writers take turns, readers wait for nobody.
    """

    _sql_read = _READ
    _sql_end = _END

    def __init__(self, path: Path, *, partitions: int | None = None, busy_timeout_s: float = 5.0) -> None:
        """Open the log, making it where there is none.

        The number of partitions is fixed when the file is made (1 where it is not given); asking for another later
        is an error.
        """
        self._path = path
        self._busy_timeout_s = busy_timeout_s
        self._encode = msgspec.msgpack.Encoder().encode
        self._decode = msgspec.msgpack.Decoder(Entry).decode
        self._appended = threading.Condition()
        self._writing = threading.RLock()
        with self._explained("opened"):
            self._writer = self._connect()
            try:
                self.partitions = self._lay_out(partitions)
                self._reader, self._reading = self._reader_of(self._writer)
            except BaseException:
                self._writer.close()
                raise

    def append(self, entries: Iterable[Entry]) -> int:
        """Store entries durably, all of them or none, each in its organisation's partition; return how many."""
        rows = [(partition, None, body) for partition, body in map(self._row, entries)]
        if rows:
            self._insert(rows)
        return len(rows)

    def read(self, partition: int, position: int, limit: int) -> list[Record]:
        """Return up to `limit` records after `position` (0 is before the first), in order."""
        with self._explained("read"), self._reading:
            rows = self._reader.execute(self._sql_read, (position, partition, limit)).fetchall()
        decode = self._decode
        return [Record(at, decode(body)) for at, body in rows]

    def wait(self, partition: int, position: int, timeout_s: float) -> bool:
        """Return whether there is a record after `position`, waiting at most so long for one."""
        deadline = time.monotonic() + timeout_s
        with self._appended:
            version = self._version()
            while self.end(partition) <= position:
                while (seen := self._version()) == version:
                    left = deadline - time.monotonic()
                    if left <= 0:
                        return False
                    self._appended.wait(min(left, _LOOK_EVERY_S))
                version = seen
        return True

    def start(self, partition: int) -> int:
        """Return the position before the oldest record that is still kept; 0 where nothing was trimmed."""
        return self._number(_START, partition)

    def end(self, partition: int) -> int:
        """Return the position of a partition's last record; 0 where it is empty."""
        return self._number(self._sql_end, partition)

    def trim(self, partition: int, position: int) -> int:
        """Forget the records up to and including a position; return how many."""
        position = min(position, self.end(partition))
        if position <= self.start(partition):
            return 0
        with self._transaction() as database:
            database.execute("INSERT OR REPLACE INTO trimmed VALUES (?, ?)", (partition, position))
        total = 0
        while True:  # in short turns, so that nobody who appends waits long
            with self._transaction() as database:
                gone = database.execute(_TRIM, (position, partition, _CHUNK)).rowcount
            total += gone
            if gone < _CHUNK:
                return total

    @property
    def is_empty(self) -> bool:
        """Return whether nothing is in it."""
        with self._explained("read"), self._reading:
            return self._reader.execute("SELECT 1 FROM entries LIMIT 1").fetchone() is None

    def close(self) -> None:
        """Let go of the file."""
        with self._writing, self._reading:
            self._reader.close()
            self._writer.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _connect(self) -> sqlite3.Connection:
        database = sqlite3.connect(
            self._path, timeout=self._busy_timeout_s, isolation_level=None, check_same_thread=False
        )
        try:
            self._tune(database)
            database.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
        except BaseException:
            database.close()
            raise
        return database

    def _tune(self, database: sqlite3.Connection) -> None:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = FULL")
        database.execute(f"PRAGMA journal_size_limit = {_WAL_LIMIT}")

    def _reader_of(self, _: sqlite3.Connection) -> tuple[sqlite3.Connection, threading.RLock]:
        """Return a connection of its own for reading, so that readers do not wait for a writer's disk."""
        return self._connect(), threading.RLock()

    def _lay_out(self, wanted: int | None) -> int:
        """Make the tables where there are none; return the number of partitions the file has."""
        with self._transaction() as database:
            for table in (_ENTRIES, _LAYOUT, _TRIMMED):
                database.execute(table)
            row = database.execute("SELECT partitions FROM layout").fetchone()
            if row is None:
                database.execute("INSERT INTO layout VALUES (?)", (wanted or 1,))
                if wanted and wanted > 1:
                    database.execute(_INDEX)
        found = int(row[0]) if row else wanted or 1
        if wanted not in {None, found}:
            raise StreamError(
                f"the log {self._path} has {found} partitions, not {wanted}: their number is fixed when it is made. "
                f"Open it with {found}, or name a new file"
            )
        return found

    def _row(self, entry: Entry) -> tuple[int, bytes]:
        return partition_of(entry.organisation, self.partitions), self._encode(entry)

    def _insert(self, rows: Sequence[tuple[int, float | None, bytes]]) -> None:
        """Insert rows behind the last position there ever was, in one transaction."""
        with self._transaction() as database:
            last = database.execute(_LAST).fetchone()[0]
            database.executemany(_INSERT, ((at, *row) for at, row in enumerate(rows, last + 1)))
        with self._appended:
            self._appended.notify_all()

    def _version(self) -> int:
        """Return a number that changes whenever another connection has changed the file."""
        with self._explained("read"), self._reading:
            return int(self._reader.execute("PRAGMA data_version").fetchone()[0])

    def _number(self, sql: str, partition: int) -> int:
        with self._explained("read"), self._reading:
            return int(self._reader.execute(sql, (partition,)).fetchone()[0])

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        """Yield the writer; what happens to it is kept whole or not at all."""
        database = self._writer
        with self._explained("written"), self._writing:
            database.execute("BEGIN IMMEDIATE")
            try:
                yield database
                database.execute("COMMIT")
            except BaseException:
                if database.in_transaction:  # some errors have ended it already
                    database.execute("ROLLBACK")
                raise

    @contextmanager
    def _explained(self, verb: str) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise StreamError(
                f"the log {self._path} cannot be {verb}: {error}. Look at the disk's free space and at the file's owner"
            ) from error


class SortedLog(EmbeddedLog):
    """A temporary log that is filled in any order, arranged once, and then read by its sort key.

    It is lost with the process: nothing in it waits for a disk, and nothing of it is trimmed.
    """

    _sql_read = _READ_ARRANGED
    _sql_end = _END_ARRANGED

    def append_sorted(self, events: Iterable[Event], key: Callable[[Event], float]) -> int:
        """Store events under the time that decides their place; return how many."""
        rows = ((key(event), *self._row(Observed(event=event))) for event in events)
        total = 0
        while chunk := list(islice(rows, _CHUNK)):
            self._insert([(partition, at, body) for at, partition, body in chunk])
            total += len(chunk)
        return total

    def arrange(self) -> None:
        """Number all events anew by sort key, and by the order of arrival where keys are equal."""
        with self._transaction() as database:
            database.execute("DROP TABLE IF EXISTS arranged")
            database.execute("CREATE TABLE arranged (position INTEGER PRIMARY KEY, appended INTEGER NOT NULL)")
            database.execute("INSERT INTO arranged (appended) SELECT position FROM entries ORDER BY sort_key, position")

    def trim(self, partition: int, position: int) -> int:  # noqa: ARG002 (the Protocol's)
        """Keep everything: the whole log is gone when the scan ends."""
        return 0

    def _tune(self, database: sqlite3.Connection) -> None:
        database.execute("PRAGMA journal_mode = OFF")
        database.execute("PRAGMA synchronous = OFF")
        database.execute("PRAGMA locking_mode = EXCLUSIVE")
        database.execute("PRAGMA temp_store = FILE")

    def _reader_of(self, writer: sqlite3.Connection) -> tuple[sqlite3.Connection, threading.RLock]:
        """Return the writer itself: the file is locked for it alone."""
        return writer, self._writing
