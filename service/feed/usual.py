"""What is usual for an entity, as the last snapshot of its organisation knows it."""

from __future__ import annotations

import threading

from models.arrays import part
from models.baseline import Baseline, baselines_of
from models.profile import Profiles
from models.vocabulary import Vocabulary
from service.memory import arrays_of
from service.shapes import BaselineShape
from service.states import LAYOUT
from service.store import snapshots
from service.store.database import Database


class Usual:
    """Keeps the profiles of the organisation that was asked for last: the worker owns the living ones."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._turn = threading.Lock()
        self._read: tuple[str, int] = ("", 0)
        self._known: tuple[Profiles, Vocabulary] | None = None

    def of(self, organisation: str, name: str) -> list[BaselineShape]:
        """Return what is usual for `TYPE:NAME`; nothing before the first snapshot."""
        with self._turn:
            known = self._latest(organisation)
        return [] if known is None else [_shape(baseline) for baseline in baselines_of(name, *known)]

    def _latest(self, organisation: str) -> tuple[Profiles, Vocabulary] | None:
        with self._database.reading() as connection:
            at = (organisation, snapshots.taken_at(connection, organisation, LAYOUT))
            if at != self._read:
                body = snapshots.of_organisation(connection, organisation) if at[1] else None
                self._known = None if body is None else _known(body)
                self._read = at
        return self._known


def _known(body: bytes) -> tuple[Profiles, Vocabulary]:
    arrays = arrays_of(body, "scorer.")
    profiles = Profiles.from_arrays(part(arrays, "profiles."))
    return profiles, Vocabulary.from_arrays(part(arrays, "vocabulary."))


def _shape(baseline: Baseline) -> BaselineShape:
    return BaselineShape(feature=baseline.feature, about=baseline.about, usual=list(baseline.usual), n=baseline.n)
