"""The drills of a running service: asked for over HTTP, played by a thread, kept in the store."""

from __future__ import annotations

import logging
import queue
import secrets
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import msgspec

from collector.errors import CollectorError
from collector.networks import Networks
from collector.simulator import ATTACKS, Cast, stage
from collector.stream.entry import Erased
from service.store import drills
from service.store.errors import ConflictError, NotFoundError
from training.drills import DrillResult, Ending, Place, run_drill
from training.drills.ground import StoreGround
from training.errors import TrainingError
from unwonted.drills import cast_from, check_names, moment_for, networks_for, reader
from unwonted.errors import UsageError
from unwonted.serving.loop import Loop, Turn
from unwonted.serving.parts import Parts

log = logging.getLogger(__name__)

_ADVICE = "Drills that wait are played then"
_PATIENCE_S = 0.5
_INTERRUPTED = "the service was stopped while it was played; play it again"


@dataclass(frozen=True)
class _Asked:
    """A drill that waits for its turn."""

    name: str
    place: Place
    cast: Cast
    seed: int


class DrillRoom:
    """Plays drills against the organisations of a service, one at a time."""

    def __init__(self, parts: Parts, networks: Networks, budget: float) -> None:
        """Play on a service's own stream and store; `budget` is how many incidents a day its team has time for."""
        self._parts = parts
        self._ground = StoreGround(parts.stream, parts.database)
        self._networks = networks
        self._budget = budget
        self._asked: queue.SimpleQueue[_Asked] = queue.SimpleQueue()
        self._since = time.time()

    def loop(self) -> Loop:
        """Return the thread that plays."""
        return Loop("drills", self._opened, advice=_ADVICE, may_be_cut=True)

    def begin(self, organisation: str, names: Sequence[str], *, seed: int | None, keep: bool) -> list[str]:
        """Begin to play the named drills, or all; return their ids, or raise NotFoundError or ConflictError."""
        wanted = _checked(names)
        cast = self._cast(organisation)
        seed = secrets.randbelow(2**31) if seed is None else seed
        asked = [_Asked(name, self._new_place(organisation, keep=keep), cast, seed) for name in wanted]
        with self._parts.database.transaction() as connection:
            for one in asked:
                drills.begin(connection, one.place.key, organisation, one.name, time.time())
        for one in asked:
            self._asked.put(one)
        return [one.place.key for one in asked]

    def _new_place(self, organisation: str, *, keep: bool) -> Place:
        return Place(organisation=organisation, key=secrets.token_hex(4), budget=self._budget, keep=keep)

    def _cast(self, organisation: str) -> Cast:
        try:
            return cast_from(self._parts.stream, organisation)
        except CollectorError as error:
            raise ConflictError(f"{organisation}: {error}") from None

    @contextmanager
    def _opened(self) -> Iterator[Turn]:
        self._clear_up()
        yield self._turn

    def _clear_up(self) -> None:
        """End what an earlier process left half played."""
        with self._parts.database.reading() as connection:
            left = drills.unfinished(connection, self._since)
        for row in left:
            place = Place(organisation=row.organisation, key=row.id)
            scratch = place.scratch_for(row.name)
            self._parts.stream.append([Erased(organisation=scratch, id=f"{scratch}:end")])
            self._finish(row.id, _failed(row.name, place, _INTERRUPTED))

    def _turn(self) -> None:
        """Play one drill, or wait a moment for one."""
        try:
            asked = self._asked.get(timeout=_PATIENCE_S)
        except queue.Empty:
            return
        self._finish(asked.place.key, self._play(asked))

    def _finish(self, key: str, result: DrillResult) -> None:
        with self._parts.database.transaction() as connection:
            drills.finish(connection, key, time.time(), msgspec.json.encode(result))

    def _play(self, asked: _Asked) -> DrillResult:
        """Return what a drill showed; a failure is a result too, so that whoever asked is told."""
        try:
            with self._parts.database.reading() as connection:
                span = drills.span(connection, asked.place.organisation)
            now = moment_for(span[1] if span else 0.0, time.time())
            staged = stage(asked.name, seed=asked.seed, now=now, cast=asked.cast)
            read = reader(networks_for(asked.place.organisation, self._networks))
            return run_drill(staged, self._ground, read, asked.place)
        except (TrainingError, CollectorError) as error:
            return _failed(asked.name, asked.place, str(error))
        except Exception as error:
            log.exception("drill %s failed", asked.name)
            return _failed(asked.name, asked.place, f"{type(error).__name__}: {error}")


def _checked(names: Sequence[str]) -> list[str]:
    try:
        return check_names(names)
    except UsageError as error:
        raise NotFoundError(str(error)) from None


def _failed(name: str, place: Place, reason: str) -> DrillResult:
    return DrillResult(
        name=name,
        says=ATTACKS[name].says if name in ATTACKS else "",
        organisation=place.organisation,
        scratch=place.scratch_for(name),
        ending=Ending.FAILED,
        sentence=f"not judged: {reason}",
    )
