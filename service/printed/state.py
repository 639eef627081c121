"""The state of job logs: a log's shapes of lines become those that its job never printed before."""

from __future__ import annotations

import math
import re
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar

import msgspec
import numpy as np

from collector.event import Event
from collector.snapshot import Line, Printed
from models.extraction import event_time
from models.features.pipeline import NOTHING_NEW
from service.printed.history import Hashes, History, Share
from service.printed.novelty import STRANGE, TOLD, Bits, NewLines, Words, hashes_of, new_lines, novelty, words_of
from service.printed.outcome import Conclusions

MAX_JOBS = 4_096
MAX_ROWS = 2_000_000
"""Most jobs, and rows of all of them together, at 18 bytes; those that printed longest ago are forgotten first."""
MAX_NEW = 12
"""Most new shapes an event has as facts."""
MAX_SHOWN = 8
"""Most new lines an event has for people to read."""
MAX_TEXT = 300
PEERS = 32
"""Jobs of the same repository that a line is held against, and as many of the organisation's others."""
NEAR = 256
"""Jobs that printed last among which peers are looked for."""
REFRESHED = 64
"""Runs after which all words of a log are taken in, not only those of new lines."""
LEAP_S = 7 * 86_400.0
"""What one event moves the clock at most."""
LATEST_S = 2.0**32
"""Times from here on, in the year 2106, move no clock: a row holds none of them."""
NEWCOMERS_NEW = 0.5
"""Share of shapes assumed that no other job prints, of a job without runs."""
_RUN = re.compile(r"[A-Za-z0-9+/_-]{40,}={0,2}")


class PrintedLines:
    """What each job of an organisation printed."""

    FORMAT: ClassVar[int] = 1

    def __init__(
        self,
        jobs: Iterable[History] = (),
        conclusions: Conclusions | None = None,
        newcomers: Share | None = None,
        clock: float = 0.0,
    ) -> None:
        self._jobs = OrderedDict((job.name, job) for job in jobs)
        self._rows = sum(job.size() for job in self._jobs.values())
        self._conclusions = conclusions or Conclusions()
        self._newcomers = newcomers or Share(NEWCOMERS_NEW)
        self._clock = clock

    def take(self, event: Event) -> Event:
        """Return a log's event with the lines that are new, and remember what it printed; others as they are."""
        self._tick(event_time(event))
        self._conclusions.learn(event)
        if not isinstance(event.snapshot, Printed):
            return event
        lines = list({line.shape: line for line in reversed(event.snapshot.lines)}.values())[::-1]
        shapes, at = hashes_of(line.shape for line in lines), int(self._clock)
        history = self._history_of(event)
        new = new_lines(lines, shapes, history, at)
        told = self._told(new, len(lines), history, at)
        words = words_of(lines) if history.runs % REFRESHED == 0 else new.words
        self._learn(history, shapes, words, self._conclusions.weight_of(event, lines), at)
        return msgspec.structs.replace(
            event, facts={**event.facts, **told.facts}, numbers={**event.numbers, **told.numbers}, snapshot=None
        )

    def _tick(self, at: float) -> None:
        """Move the clock, which a back-dated log does not turn back, and one from the future hardly forward.

        Else the one would make known at once what it prints, the other keep everything after it new for ever.
        """
        if at < LATEST_S:
            self._clock = max(self._clock, min(at, self._clock + LEAP_S)) if self._clock else at

    def _told(self, new: NewLines, printed: int, history: History, at: int) -> _Told:
        """Return what an event tells of its new lines, of so many that were printed; nothing where all could be new."""
        is_known = history.is_known(at)
        if is_known and not new.lines:
            history.share.learn(0, printed)
            return _Told({"line": [NOTHING_NEW]}, {"novel_lines": 0.0, "novel_share": 0.0})
        peers = self._peers_of(history, at)
        if not new.lines or not (is_known or peers):
            return _Told({}, {})
        share = history.share if is_known else self._newcomers
        facts = _facts(new.lines, novelty(new, history, peers, at), most=-math.log2(share.usual()))
        share.learn(len(new.lines), printed)
        if not is_known:
            return _Told(facts, {})
        numbers = {"novel_lines": float(len(new.lines)), "novel_share": len(new.lines) / printed}
        return _Told({"line": [NOTHING_NEW], **facts}, numbers)

    def _learn(self, history: History, shapes: Hashes, words: Words, weight: int, at: int) -> None:
        self._rows -= history.size()
        history.learn(shapes, words.hashes, weight, at)
        self._rows += history.size()
        while len(self._jobs) > 1 and (len(self._jobs) > MAX_JOBS or self._rows > MAX_ROWS):
            _, forgotten = self._jobs.popitem(last=False)
            self._rows -= forgotten.size()

    def _history_of(self, event: Event) -> History:
        links = event.links
        name = links.get("job") or links.get("workflow") or links.get("repo") or str(event.entity)
        if name not in self._jobs:
            self._jobs[name] = History(name, links.get("repo", ""))
        self._jobs.move_to_end(name)
        return self._jobs[name]

    def _peers_of(self, history: History, at: int) -> list[History]:
        """Return the jobs that printed last: of the same repository, and others."""
        near: list[History] = []
        far: list[History] = []
        for _, job in zip(range(NEAR), reversed(self._jobs.values()), strict=False):
            kept = near if job.repo == history.repo else far
            if job is not history and len(kept) < PEERS and job.is_known(at):
                kept.append(job)
        return near + far

    def to_bytes(self) -> bytes:
        """Return all of it."""
        newcomers = self._newcomers.novel, self._newcomers.printed
        jobs = [job.to_bytes() for job in self._jobs.values()]
        return msgspec.msgpack.encode((self._clock, newcomers, list(self._conclusions.known.items()), jobs))

    @classmethod
    def from_bytes(cls, data: bytes) -> PrintedLines:
        """Return what `to_bytes` described."""
        clock, newcomers, ends, jobs = msgspec.msgpack.decode(
            data, type=tuple[float, tuple[float, float], list[tuple[str, bool]], list[bytes]]
        )
        known = Conclusions(OrderedDict(ends))
        return cls(map(History.from_bytes, jobs), known, Share(NEWCOMERS_NEW, *newcomers), clock)


@dataclass(frozen=True)
class _Told:
    facts: dict[str, str | list[str]]
    numbers: dict[str, float]


def _facts(new: Sequence[Line], bits: Bits, most: float) -> dict[str, str | list[str]]:
    """Return the new lines, strongest first: shapes of the strange ones, which are learned, and texts to be read.

    As every surprise is capped by how usual it is, so is a new line by how usual it is to print one: `most`.
    """
    order = sorted(np.flatnonzero(bits >= TOLD).tolist(), key=lambda i: (-bits[i], new[i].at))
    strange = [new[i].shape for i in order[:MAX_NEW] if min(bits[i], most) >= STRANGE]
    shown = [f"line {new[i].at}: {_readable(new[i].text or new[i].shape)}" for i in order[:MAX_SHOWN]]
    return {name: values for name, values in (("line", strange), ("printed", shown)) if values}


def _readable(text: str) -> str:
    """Return a line cut, its encoded runs to their first characters: what they hold may be what was stolen.

    >>> _readable("sent QUtJQTEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDEyMzQ1Ng to /srv/jobs/build-of-the-day/out/1.zip")
    'sent QUtJQTEy… (54 characters) to /srv/jobs/build-of-the-day/out/1.zip'
    """
    return _RUN.sub(_shortened, text)[:MAX_TEXT]


def _shortened(found: re.Match[str]) -> str:
    run = found[0]
    is_path = 10 * sum(map(run.count, "/_-.")) >= len(run)
    return run if is_path or run.islower() or run.isupper() else f"{run[:8]}… ({len(run)} characters)"
