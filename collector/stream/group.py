"""A consumer group of the embedded log: leases on partitions, in rows of the log's own file."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from collector.errors import StreamError

_TABLES = (
    "CREATE TABLE IF NOT EXISTS members (name TEXT, member TEXT, until REAL NOT NULL, PRIMARY KEY (name, member))",
    """CREATE TABLE IF NOT EXISTS claims (
        name TEXT, partition INTEGER, member TEXT NOT NULL, PRIMARY KEY (name, partition))""",
    """CREATE TABLE IF NOT EXISTS reached (
        name TEXT, partition INTEGER, position INTEGER NOT NULL, PRIMARY KEY (name, partition))""",
)
_RENEWALS = 3
"""How many times within a lease a member renews it."""


class EmbeddedGroup:
    """One member of a group; the file is the one the log was made in.

    A member that does not ask for its partitions any more loses them when its lease runs out. Who was slow and comes
    back finds in `assigned` that they are gone; what it wrote meanwhile must be fenced off by the store.
    """

    def __init__(
        self, path: Path, group: str, member: str, *, clock: Callable[[], float] = time.time, lease_s: float = 10.0
    ) -> None:
        self._path = path
        self._group = group
        self._member = member
        self._clock = clock
        self._lease_s = lease_s
        self._turn = threading.RLock()
        self._mine: frozenset[int] = frozenset()
        self._asked_at = float("-inf")
        with self._explained():
            if not path.exists():
                raise StreamError(f"there is no log {path} to have a group on: open the log first")
            self._database = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            try:
                self._partitions = self._lay_out()
            except BaseException:
                self._database.close()
                raise

    def _lay_out(self) -> int:
        """Make the tables where there are none; return how many partitions the log has."""
        self._database.execute("PRAGMA synchronous = NORMAL")  # a lease need not outlive a power cut
        with self._transaction():
            for table in _TABLES:
                self._database.execute(table)
        return int(self._database.execute("SELECT partitions FROM layout").fetchone()[0])

    def assigned(self) -> frozenset[int]:
        """Return the partitions this member may work on; renews its claim, so it is asked at every turn."""
        now = self._clock()
        if not 0 <= now - self._asked_at < self._lease_s / _RENEWALS:
            with self._transaction():
                self._mine = self._take_part(now)
            self._asked_at = now
        return self._mine

    def commit(self, partition: int, position: int) -> None:
        """Tell how far the group has come; a hint for lag, the store's own position decides."""
        with self._transaction():
            self._run("INSERT OR REPLACE INTO reached VALUES (?, ?, ?)", partition, position)

    def positions(self) -> dict[int, int]:
        """Return how far the group has come in each partition."""
        with self._explained(), self._turn:
            return {int(p): int(at) for p, at in self._run("SELECT partition, position FROM reached WHERE name = ?")}

    def leave(self) -> None:
        """Give the partitions back at once."""
        with self._transaction():
            self._run("DELETE FROM claims WHERE name = ? AND member = ?", self._member)
            self._run("DELETE FROM members WHERE name = ? AND member = ?", self._member)
        self._mine, self._asked_at = frozenset(), float("-inf")

    def close(self) -> None:
        """Let go of the file; the partitions stay claimed until the lease runs out."""
        with self._turn:
            self._database.close()

    def _take_part(self, now: float) -> frozenset[int]:
        """Renew the lease, forget who is gone, and take or give up partitions up to a fair share."""
        self._run("INSERT OR REPLACE INTO members VALUES (?, ?, ?)", self._member, now + self._lease_s)
        self._run("DELETE FROM members WHERE name = ? AND until <= ?", now)
        self._run(
            """DELETE FROM claims WHERE name = ?1
            AND member NOT IN (SELECT member FROM members WHERE name = ?1)"""
        )
        held = dict(self._run("SELECT partition, member FROM claims WHERE name = ?"))
        mine = sorted(partition for partition, member in held.items() if member == self._member)
        share = self._share()
        for partition in mine[share:]:
            self._run("DELETE FROM claims WHERE name = ? AND partition = ?", partition)
        free = [partition for partition in range(self._partitions) if partition not in held]
        taken = free[: max(0, share - len(mine))]
        for partition in taken:
            self._run("INSERT INTO claims VALUES (?, ?, ?)", partition, self._member)
        return frozenset(mine[:share] + taken)

    def _share(self) -> int:
        """Return how many partitions are this member's part: the same for all, the rest going to the first of them."""
        members = [row[0] for row in self._run("SELECT member FROM members WHERE name = ? ORDER BY member")]
        each, rest = divmod(self._partitions, len(members))
        return each + (members.index(self._member) < rest)

    def _run(self, sql: str, *values: object) -> sqlite3.Cursor:
        return self._database.execute(sql, (self._group, *values))

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._explained(), self._turn:
            self._database.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._database.execute("COMMIT")
            except BaseException:
                if self._database.in_transaction:
                    self._database.execute("ROLLBACK")
                raise

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise StreamError(
                f"the group {self._group} of the log {self._path} cannot be joined or asked: {error}. "
                "Look at the disk's free space and at the file's owner"
            ) from error
