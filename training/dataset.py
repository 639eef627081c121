"""The dataset of a training run: stored feature rows without confirmed attacks, and the rows that judge the fit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import groupby

import joblib
import numpy as np
import numpy.typing as npt
from sqlalchemy import Connection

from collector.event import Kind
from collector.stream.entry import Verdict
from models.detector import Matrix, Scores
from models.feature_row import decode_many
from models.version import Removed
from service.store import rows as store
from service.store.rows import Horizon, JudgedEvent, StoredRow
from training.defences import loudest, within_influence, without_repeats
from training.errors import NothingToTrainError

DAY_S = 86_400.0
WINDOW_S = 90 * DAY_S
MOST = 20_000
"""Newest rows of a kind that are read: more cost memory (27 MB a kind) and bring no detector anything."""
FEWEST = 640
"""Rows of a kind below which the own fits stay in service: four fifths of it is what a first fit needs."""
HELD_OUT = 0.2
"""Share of a kind's newest rows that no fit sees and that judge it."""


@dataclass(frozen=True)
class Rows:
    """Feature rows of one kind in the order they were scored."""

    ids: Sequence[str]
    actors: Sequence[str]
    times: npt.NDArray[np.float64]
    scores: Scores
    """As they were scored when they happened."""
    matrix: Matrix

    def __len__(self) -> int:
        return len(self.ids)

    def chosen(self, flags: npt.NDArray[np.bool_]) -> Rows:
        """Return the rows that are flagged."""
        at = np.flatnonzero(flags).tolist()
        return Rows(
            [self.ids[i] for i in at],
            [self.actors[i] for i in at],
            self.times[at],
            self.scores[at],
            np.ascontiguousarray(self.matrix[at]),
        )


@dataclass(frozen=True)
class JudgedIncident:
    """An incident that was judged, with its rows by kind."""

    incident: str
    verdict: Verdict
    rows: dict[Kind, Rows]


@dataclass(frozen=True)
class Dataset:
    """What a training run learns from, and what it is judged by."""

    organisation: str
    partition: int
    position: int
    first_at: float
    last_at: float
    fit: dict[Kind, Rows]
    held_out: dict[Kind, Rows]
    attacks: list[JudgedIncident]
    """Those confirmed as such; tests and duplicates judge nothing."""
    events: dict[Kind, int]
    removed: dict[Kind, Removed]
    labels: dict[Verdict, int] = field(default_factory=dict)
    judged: list[JudgedIncident] = field(default_factory=list)

    @cached_property
    def digest(self) -> str:
        """Return the hash of all rows that are learned from or judged by."""
        parts = {
            f"{name}.{kind}": rows.matrix for name in ("fit", "held_out") for kind, rows in getattr(self, name).items()
        }
        return str(joblib.hash(parts, hash_name="sha1"))


def read(
    connection: Connection, organisation: str, now: float, *, window_s: float = WINDOW_S, position: int | None = None
) -> Dataset:
    """Return the dataset of an organisation's last days, up to a position of the stream or to its last event.

    Raises NothingToTrainError where no kind has enough rows.
    """
    horizon = store.horizon(connection, organisation, now)
    if horizon is None:
        raise NothingToTrainError(
            f"the organisation {organisation} has no events yet; send it some, or name another with --organisation"
        )
    until = horizon.position if position is None else position
    judged = store.judged(connection, organisation)
    read = {
        kind: store.of_kind(connection, organisation, kind, since=horizon.last_at - window_s, position=until, most=MOST)
        for kind in Kind
    }
    known = {kind: _rows(stored) for kind, stored in read.items() if stored}
    return _arranged(organisation, horizon, until, known, judged, store.labels(connection, organisation))


def _arranged(
    organisation: str,
    horizon: Horizon,
    position: int,
    known: dict[Kind, Rows],
    judged: Sequence[JudgedEvent],
    labels: dict[Verdict, int],
) -> Dataset:
    fit: dict[Kind, Rows] = {}
    held_out: dict[Kind, Rows] = {}
    removed: dict[Kind, Removed] = {}
    attacks = {event.id for event in judged if event.verdict in store.ATTACKS}
    for kind, rows in known.items():
        ordinary = rows.chosen(np.array([name not in attacks for name in rows.ids], np.bool_))
        if len(ordinary) >= FEWEST:
            cut = len(ordinary) - int(len(ordinary) * HELD_OUT)
            is_old = np.arange(len(ordinary)) < cut
            held_out[kind] = ordinary.chosen(~is_old)
            fit[kind], removed[kind] = defended(ordinary.chosen(is_old), attacks=len(rows) - len(ordinary))
    if not fit:
        raise NothingToTrainError(_too_few(organisation, known))
    times = np.concatenate([rows.times for rows in known.values()])
    incidents = _judged(known, judged)
    return Dataset(
        organisation=organisation,
        partition=horizon.partition,
        position=position,
        first_at=float(times.min()),
        last_at=float(times.max()),
        fit=fit,
        held_out=held_out,
        attacks=[
            one for one in incidents if one.verdict is Verdict.TRUE_POSITIVE
        ],  # tests and duplicates judge nothing
        judged=incidents,
        events={kind: len(rows) for kind, rows in known.items()},
        removed=removed,
        labels=labels,
    )


def defended(rows: Rows, attacks: int = 0) -> tuple[Rows, Removed]:
    """Return what of some rows may be learned, and what was kept away and why."""
    unrepeated = rows.chosen(without_repeats(rows.matrix, rows.actors))
    kept = unrepeated.chosen(within_influence(unrepeated.matrix, unrepeated.actors))
    return kept, Removed(
        attacks=attacks,
        repeats=len(rows) - len(unrepeated),
        influence=len(unrepeated) - len(kept),
        loudest=loudest(rows.actors),
    )


def _rows(stored: Sequence[StoredRow]) -> Rows:
    return Rows(
        ids=[row.id for row in stored],
        actors=[row.actor for row in stored],
        times=np.array([row.observed_at for row in stored]),
        scores=np.array([row.score for row in stored]),
        matrix=decode_many([row.features for row in stored]),
    )


def _judged(known: dict[Kind, Rows], judged: Sequence[JudgedEvent]) -> list[JudgedIncident]:
    """Return the judged incidents that have rows in the window."""
    names = {event.id for event in judged}
    place = {name: (kind, i) for kind, rows in known.items() for i, name in enumerate(rows.ids) if name in names}
    found = []
    for (incident, verdict), events in groupby(judged, key=lambda event: (event.incident, event.verdict)):
        flags: dict[Kind, npt.NDArray[np.bool_]] = {}
        for kind, i in (place[event.id] for event in events if event.id in place):
            flags.setdefault(kind, np.zeros(len(known[kind]), np.bool_))[i] = True
        if flags:
            rows = {kind: known[kind].chosen(is_of_it) for kind, is_of_it in flags.items()}
            found.append(JudgedIncident(incident, verdict, rows))
    return found


def _too_few(organisation: str, known: dict[Kind, Rows]) -> str:
    have = ", ".join(f"{len(rows):,} of {kind}" for kind, rows in known.items()) or "none"
    return (
        f"the organisation {organisation} has too few events past its warm-up to train on ({have}; "
        f"{FEWEST:,} of one kind are needed); wait for more, or widen the window"
    )
