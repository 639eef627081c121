"""The trainer: makes a model version of what is stored, judges it beside the one that serves, and writes both down."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import metadata

import msgspec

from collector.event import Kind
from models.ensemble import Ensemble
from models.errors import ModelsError
from models.features import FEATURES
from models.layout import LAYOUT
from models.scorer import OWN
from models.version import Manifest, Quality
from service.promotion import serving
from service.store import promotions, runs
from service.store.database import Database
from service.versions import Versions
from training import dataset, gate
from training.dataset import WINDOW_S, Dataset
from training.errors import TrainingError
from training.evaluation import evaluate
from training.fit import JOBS, fit
from training.rerank import shadow

log = logging.getLogger(__name__)

_LIBRARIES = ("unwonted", "joblib", "numba", "numpy", "pyod", "scikit-learn")
_STOPPED = "the trainer was stopped in the middle of it; ask again"


@dataclass(frozen=True)
class Course:
    """How a version is trained."""

    seed: int = 0
    window_s: float = WINDOW_S
    jobs: int = JOBS
    position: int | None = None
    """The last record of the stream that is taken into account; the last one scored where None."""


def train(
    database: Database,
    versions: Versions,
    organisation: str,
    now: float,
    course: Course = Course(),
    told: Callable[[str], None] = lambda _: None,
) -> Manifest:
    """Train, judge and write a model version; it serves only once it is promoted.

    Raises TrainingError where there is too little to train on. The same stored rows and the same course give the same
    arrays.
    """
    told("Reading what was stored")
    with database.reading() as connection:
        rows = dataset.read(connection, organisation, now, window_s=course.window_s, position=course.position)
        parent = serving([version for version, _ in promotions.history(connection, organisation)])
    told(f"Fitting {sum(map(len, rows.fit.values())):,} events of {len(rows.fit)} kinds")
    challenger = fit({kind: mine.matrix for kind, mine in rows.fit.items()}, course.seed, course.jobs)
    told(f"Judging it beside {parent or 'the own fits'}")
    found = evaluate(rows, challenger, _champion(versions, parent), course.seed)
    quality = Quality(gate=gate.judge(found), kinds=found.kinds, attacks=found.attacks)
    manifest = _manifest(rows, quality, course.seed, parent, now)
    tried = shadow(rows.judged, challenger, course.seed)
    versions.write(msgspec.structs.replace(manifest, shadow=tried), challenger)
    return versions.show(manifest.version)


class Trainer:
    """Works off the training runs that were asked for, one at a time."""

    def __init__(
        self, database: Database, versions: Versions, *, now: Callable[[], float], course: Course | None = None
    ) -> None:
        """Take over: whatever was under way before was cut off, and is told as failed."""
        self._database = database
        self._versions = versions
        self._now = now
        self._course = course or Course()
        with database.transaction() as connection:
            runs.give_up(connection, _STOPPED)

    def step(self) -> bool:
        """Work off the run that waits longest; return whether there was one."""
        with self._database.reading() as connection:
            if not runs.is_any_waiting(connection):  # no writer has to wait for a look that finds nothing
                return False
        with self._database.transaction() as connection:
            run = runs.begin(connection)
        if run is None:  # another trainer was faster
            return False
        self._work(*run)
        return True

    def _work(self, identity: str, organisation: str) -> None:
        try:
            manifest = train(self._database, self._versions, organisation, self._now(), self._course)
        except (TrainingError, ModelsError, OSError) as error:
            state, version, message = runs.FAILED, "", str(error)
        else:
            state, version, message = runs.DONE, manifest.version, in_words(manifest)
        log.info("a training run is %s", state, extra={"run": identity, "version": version})
        with self._database.transaction() as connection:
            runs.tell(connection, identity, state, version=version, message=message)


def in_words(manifest: Manifest) -> str:
    """Return what a version was found to be, in a line."""
    gate = manifest.quality.gate
    verdict = "it may serve" if gate.passed else "it failed its gate"
    return f"{verdict}: {'; '.join(gate.reasons)}"


def _champion(versions: Versions, parent: str) -> Mapping[Kind, Ensemble]:
    """Return the ensembles that serve; none where those are the own fits, or can no longer be read."""
    try:
        return versions.read(parent) if parent else {}
    except ModelsError as error:
        log.warning("the version that serves cannot be compared: %s", error)
        return {}


def _manifest(rows: Dataset, quality: Quality, seed: int, parent: str, now: float) -> Manifest:
    return Manifest(
        version=_name(rows, seed, now),
        organisation=rows.organisation,
        created_at=_time(now),
        parent=parent or OWN,
        first_at=_time(rows.first_at),
        last_at=_time(rows.last_at),
        partition=rows.partition,
        position=rows.position,
        events=rows.events,
        rows={kind: len(mine) for kind, mine in rows.fit.items()},
        removed=rows.removed,
        labels=rows.labels,
        dataset=rows.digest,
        seed=seed,
        features=tuple(feature.name for feature in FEATURES),
        layout=LAYOUT,
        libraries={name: metadata.version(name) for name in _LIBRARIES},
        quality=quality,
    )


def _name(rows: Dataset, seed: int, now: float) -> str:
    distinct = hashlib.sha256(f"{rows.digest} {seed} {now}".encode()).hexdigest()[:4]
    return f"{_time(now):%Y-%m-%dT%H%M}-{distinct}"


def _time(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC)
