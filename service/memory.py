"""What a worker knows of each organisation: it is a function of the stream up to a position, and of nothing else."""

from __future__ import annotations

import io
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from collector.event import Event, Kind
from collector.stream import Record
from collector.stream.entry import Erased, Forked, Judged, Observed, Promoted, Suppressed, Unreadable, Verdict
from models.arrays import part, prefixed
from models.ensemble import Ensemble
from models.errors import ModelsError
from models.finding import Scored
from models.scorer import Scorer
from service.grouping import IncidentBook
from service.incident import Incident
from service.printed import quoting
from service.recent import RecentIds
from service.states import States

USUAL = frozenset({Verdict.BENIGN, Verdict.FALSE_POSITIVE})
"""Verdicts after which the same again is usual."""
STRANGE = frozenset({Verdict.TRUE_POSITIVE, Verdict.TEST})
"""Verdicts after which the same again stays strange."""

Ensembles = Mapping[Kind, Ensemble]
Arrays = dict[str, npt.NDArray[Any]]


class Versions(Protocol):
    """Where model versions are kept."""

    def read(self, version: str, digest: str = "") -> Ensembles:
        """Return a version's ensembles after checking digest and signature; raise ModelsError."""


class NoVersions:
    """Keeps no model versions: for scans, where none can be promoted."""

    def read(self, version: str, digest: str = "") -> Ensembles:  # noqa: ARG002  # the protocol's
        """Raise: there is none."""
        raise ModelsError(f"model version {version} was promoted, but no folder of model versions was given")


@dataclass
class Outcome:
    """What a batch caused."""

    scored: list[tuple[int, Scored]] = field(default_factory=list)
    """With the position in the stream."""
    incidents: dict[str, Incident] = field(default_factory=dict)
    promotions: list[tuple[int, Promoted]] = field(default_factory=list)
    unreadable: list[tuple[int, Unreadable]] = field(default_factory=list)
    erased: list[str] = field(default_factory=list)
    """Organisations that are to be removed, with all that this batch holds of them."""
    touched: dict[str, None] = field(default_factory=dict)
    """Organisations of which more is known now, in the order they were met."""
    duplicates: int = 0

    def add_incidents(self, changed: Sequence[Incident]) -> None:
        """Take in incidents as they are now."""
        self.incidents.update({incident.id: incident for incident in changed})


class Memory:
    """What is known of one organisation."""

    def __init__(
        self, scorer: Scorer, book: IncidentBook, recent: RecentIds | None = None, states: States | None = None
    ) -> None:
        self.scorer = scorer
        self.book = book
        self.recent = recent or RecentIds()
        self.states = states or States()
        self.events = 0
        self.first_at = 0.0
        self.last_at = 0.0
        self.is_changed = False
        """Whether anything was taken in since the last snapshot."""

    def observe(self, records: Sequence[Record], events: Sequence[Event], outcome: Outcome) -> None:
        """Score events that were not seen before, and group what is found."""
        new = self.recent.unseen(events)
        outcome.duplicates += len(events) - len(new)
        taken = [(records[i].position, event) for i in new if (event := self.states.take(events[i])) is not None]
        scored = [quoting(item) for item in self.scorer.score([event for _, event in taken])]
        outcome.scored += [(position, item) for (position, _), item in zip(taken, scored, strict=True)]
        outcome.add_incidents(self.book.add(scored))
        self._count([event.observed_at for _, event in taken])

    def judge(self, judged: Judged, outcome: Outcome) -> None:
        """Learn from a verdict, once."""
        if not self.recent.is_new(judged.id):
            return
        if judged.verdict in USUAL | STRANGE:
            self.scorer.learn_verdict(judged.events, is_usual=judged.verdict in USUAL)
        outcome.add_incidents(self.book.close(judged.incident))

    def _count(self, times: Sequence[float]) -> None:
        if times:
            self.first_at = min(times) if not self.events else min(self.first_at, *times)
            self.last_at = max(self.last_at, *times)
            self.events += len(times)

    def to_bytes(self) -> bytes:
        """Return all of it, so that another process goes on as if it were this one."""
        arrays = prefixed("scorer.", self.scorer.arrays()) | prefixed("recent.", self.recent.arrays())
        arrays["book"] = np.frombuffer(self.book.to_bytes(), np.uint8)
        arrays["states"] = np.frombuffer(self.states.to_bytes(), np.uint8)
        arrays["counts"] = np.array([self.events, self.first_at, self.last_at])
        buffer = io.BytesIO()
        np.savez(buffer, allow_pickle=False, **arrays)
        return zlib.compress(buffer.getbuffer(), 1)

    @classmethod
    def from_bytes(cls, data: bytes, organisation: str, versions: Versions, *, keep_rows: bool) -> Memory:
        """Return what `to_bytes` described, perhaps under another organisation's name."""
        arrays = arrays_of(data)
        scorer = Scorer.from_arrays(
            part(arrays, "scorer."), organisation=organisation, keep_rows=keep_rows, ensembles_of=versions.read
        )
        book = IncidentBook.from_bytes(arrays["book"].tobytes(), organisation=organisation)
        states = States.from_bytes(arrays["states"].tobytes())
        memory = cls(scorer, book, RecentIds.from_arrays(part(arrays, "recent.")), states)
        events, memory.first_at, memory.last_at = arrays["counts"].tolist()
        memory.events = int(events)
        return memory


def arrays_of(data: bytes, prefix: str = "") -> Arrays:
    """Return the arrays of a memory that was stored, those whose names begin with a prefix."""
    with np.load(io.BytesIO(zlib.decompress(data)), allow_pickle=False) as file:
        return {name.removeprefix(prefix): file[name] for name in file.files if name.startswith(prefix)}


class Memories:
    """The memories of a partition's organisations."""

    def __init__(
        self,
        make: Callable[[str], Memory] | None = None,
        *,
        versions: Versions | None = None,
        keep_rows: bool = False,
    ) -> None:
        """Make a memory for each organisation that is met, or by `make` of its name."""
        self._versions = versions or NoVersions()
        self._keep_rows = keep_rows
        self._make = make or self._new
        self._by_name: dict[str, Memory] = {}

    def __iter__(self) -> Iterator[str]:
        return iter(self._by_name)

    def of(self, organisation: str) -> Memory:
        """Return what is known of an organisation; a new one knows nothing."""
        if organisation not in self._by_name:
            self._by_name[organisation] = self._make(organisation)
        return self._by_name[organisation]

    def restore(self, organisation: str, data: bytes) -> None:
        """Know what a snapshot of an organisation holds."""
        self._by_name[organisation] = self._copy(data, organisation)

    def snapshot(self) -> dict[str, bytes]:
        """Return the snapshots of the organisations that changed since they were last asked for."""
        changed = {name: memory for name, memory in self._by_name.items() if memory.is_changed}
        for memory in changed.values():
            memory.is_changed = False
        return {name: memory.to_bytes() for name, memory in changed.items()}

    def take(self, records: Sequence[Record]) -> Outcome:
        """Take in records in order; how they are cut into calls changes nothing but the calls.

        Events wait for others of their organisation until something else concerns it, because many are
        scored at once far cheaper than one by one.
        """
        outcome = Outcome()
        waiting: dict[str, list[Record]] = {}
        for record in records:
            entry = record.entry
            if isinstance(entry, Observed):
                waiting.setdefault(entry.organisation, []).append(record)
                continue
            for name in (entry.organisation, entry.of) if isinstance(entry, Forked) else (entry.organisation,):
                self._observe(name, waiting.pop(name, []), outcome)
            self._apply(record, outcome)
        for name, group in waiting.items():
            self._observe(name, group, outcome)
        outcome.scored.sort(key=itemgetter(0))
        return outcome

    def _observe(self, organisation: str, records: Sequence[Record], outcome: Outcome) -> None:
        if records:
            memory = self._touch(organisation, outcome)
            memory.observe(records, [_event(record) for record in records], outcome)

    def _apply(self, record: Record, outcome: Outcome) -> None:
        entry = record.entry
        if isinstance(entry, Unreadable):
            outcome.unreadable.append((record.position, entry))
            return
        memory = self._touch(entry.organisation, outcome)
        match entry:
            case Judged():
                memory.judge(entry, outcome)
            case Suppressed():
                memory.book.suppress(entry)
            case Promoted():
                memory.scorer.serve(entry.version, self._ensembles(entry))
                outcome.promotions.append((record.position, entry))
            case Forked():
                self._by_name[entry.organisation] = self._copy(self.of(entry.of).to_bytes(), entry.organisation)
                self._by_name[entry.organisation].is_changed = True
            case Erased():
                self._by_name.pop(entry.organisation, None)
                _erase(entry.organisation, outcome)

    def _touch(self, organisation: str, outcome: Outcome) -> Memory:
        memory = self.of(organisation)
        memory.is_changed = True
        outcome.touched[organisation] = None
        return memory

    def _ensembles(self, entry: Promoted) -> Ensembles | None:
        return self._versions.read(entry.version, entry.digest) if entry.version else None

    def _copy(self, data: bytes, organisation: str) -> Memory:
        return Memory.from_bytes(data, organisation, self._versions, keep_rows=self._keep_rows)

    def _new(self, organisation: str) -> Memory:
        scorer = Scorer(organisation=organisation, keep_rows=self._keep_rows)
        return Memory(scorer, IncidentBook(organisation=organisation))


def _erase(organisation: str, outcome: Outcome) -> None:
    outcome.scored = [(at, item) for at, item in outcome.scored if item.event.organisation != organisation]
    outcome.incidents = {n: i for n, i in outcome.incidents.items() if i.organisation != organisation}
    outcome.touched.pop(organisation, None)
    outcome.erased.append(organisation)


def _event(record: Record) -> Event:
    assert isinstance(record.entry, Observed)  # noqa: S101  # only these wait
    return record.entry.event
