"""Deliveries that wait together are stored together, and one that cannot be stored costs no other."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from collector.errors import StreamError, UnstorableError
from collector.receiver.appender import Appender
from collector.receiver.problem import Refused
from collector.stream.embedded import EmbeddedLog
from collector.stream.entry import Entry, Observed
from tests.service.stand_ins import make_event


class Counted:
    """A log that counts its commits."""

    def __init__(self, log: EmbeddedLog) -> None:
        self.commits = 0
        self._log = log

    def append(self, entries: Iterable[Entry]) -> int:
        """Store and count."""
        self.commits += 1
        return self._log.append(entries)


@pytest.fixture
def log(tmp_path: Path) -> Iterator[EmbeddedLog]:
    """Return an empty log that does not wait long for others."""
    with EmbeddedLog(tmp_path / "log.sqlite", busy_timeout_s=0.05) as opened:
        yield opened


def entries(*names: str) -> list[Entry]:
    """Return entries of events."""
    return [Observed(event=make_event(name)) for name in names]


def together(appender: Appender, *batches: list[Entry]) -> list[BaseException | None]:
    """Append all at the same time; return what went wrong with each."""

    async def run() -> list[BaseException | None]:
        return await asyncio.gather(*map(appender.append, batches), return_exceptions=True)

    try:
        return asyncio.run(run())
    finally:
        appender.close()


def stored(log: EmbeddedLog) -> list[str]:
    """Return the ids of what is in the log."""
    return [record.entry.event.id for record in log.read(0, 0, 1000) if isinstance(record.entry, Observed)]


def test_those_who_wait_share_a_commit(log: EmbeddedLog) -> None:
    """While the first is written the others gather, and are written at once."""
    counted = Counted(log)
    assert together(Appender(counted, max_waiting=500), *[entries(str(n)) for n in range(200)]) == [None] * 200
    assert (counted.commits, stored(log)) == (2, [str(n) for n in range(200)])


def test_more_than_may_wait_are_sent_away(log: EmbeddedLog) -> None:
    """Beyond the limit one is told to come again, and the others are stored."""
    outcomes = together(Appender(log, max_waiting=2), entries("a"), entries("b"), entries("c"))
    refused = outcomes[2]
    assert isinstance(refused, Refused)
    assert (refused.status, refused.headers["Retry-After"]) == (503, "1")
    assert (outcomes[:2], stored(log)) == ([None, None], ["a", "b"])


def test_nothing_needs_no_commit(log: EmbeddedLog) -> None:
    """A delivery without entries does not wait for the disk."""
    counted = Counted(log)
    assert together(Appender(counted, max_waiting=1), []) == [None]
    assert counted.commits == 0


def test_one_that_cannot_be_stored_spares_the_others(log: EmbeddedLog) -> None:
    """Half a character cannot be written: its delivery fails, those beside it do not."""
    outcomes = together(Appender(log, max_waiting=9), entries("a"), entries("b\ud800"), entries("c"))
    assert [type(outcome) for outcome in outcomes] == [type(None), UnstorableError, type(None)]
    assert stored(log) == ["a", "c"]


def test_locked_log_fails_all_that_wait(tmp_path: Path, log: EmbeddedLog) -> None:
    """Where the log cannot be written, everyone is told, nothing is kept, and later it works again."""
    with EmbeddedLog(tmp_path / "log.sqlite") as other:
        other._writer.execute("BEGIN IMMEDIATE")
        outcomes = together(Appender(log, max_waiting=9), entries("a"), entries("b"))
        other._writer.execute("ROLLBACK")
    assert [type(outcome) for outcome in outcomes] == [StreamError, StreamError]
    assert together(Appender(log, max_waiting=9), entries("c")) == [None]
    assert stored(log) == ["c"]


def test_who_gives_up_waiting_harms_nobody(log: EmbeddedLog) -> None:
    """A request that is cancelled while it waits leaves the others' answers alone."""
    appender = Appender(log, max_waiting=9)

    async def run() -> None:
        first, second = (asyncio.ensure_future(appender.append(entries(name))) for name in "ab")
        await asyncio.sleep(0)
        second.cancel()
        await first
        await appender.append(entries("c"))
        assert second.cancelled()

    asyncio.run(run())
    appender.close()
    assert (stored(log)[0], stored(log)[-1], appender.waiting) == ("a", "c", 0)
