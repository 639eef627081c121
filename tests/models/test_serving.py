"""Model versions serve: what they score, what goes on underneath, and what a stop keeps of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
import pytest

from collector.event import Event, Kind
from models import history
from models.ensemble import Ensemble
from models.errors import UnknownVersionError
from models.feature_row import decode_many
from models.finding import Scored
from models.scorer import OWN, Scorer
from tests.models.streams import HOUR, random_stream

_VERSION = "2026-11-25T1300-1a2b"
_EVENTS = random_stream(51, 900, kinds=(Kind.ACCESS, Kind.RUN), steps=(60.0, HOUR, 0.0))


def _bytes(scored: Sequence[Scored]) -> bytes:
    return msgspec.json.encode(scored)


@pytest.fixture(scope="module")
def ensembles() -> dict[Kind, Ensemble]:
    """Return a version trained on the access events of another stream."""
    scored = Scorer(members=("novelty",), keep_rows=True).score(random_stream(52, 300, kinds=(Kind.ACCESS,)))
    return {Kind.ACCESS: Ensemble.fit(decode_many([one.row for one in scored]), 1)}


@pytest.fixture(scope="module")
def own() -> list[Scored]:
    """Return the scores of the organisation's own fits."""
    return Scorer().score(_EVENTS)


def _served(scorer: Scorer, events: Sequence[Event], ensembles: Mapping[Kind, Ensemble] | None) -> list[Scored]:
    scorer.serve(_VERSION, ensembles)
    return scorer.score(events)


def test_version_scores_its_kinds_only(ensembles: dict[Kind, Ensemble], own: list[Scored]) -> None:
    """Kinds the version has no ensemble for are scored as before, and each score names what made it."""
    scored = _served(Scorer(), _EVENTS, ensembles)
    for one, before in zip(scored, own, strict=True):
        if one.event.kind is Kind.ACCESS:
            assert (one.model_version, one.is_warm_up, len(one.members)) == (_VERSION, False, 4)
        else:
            assert _bytes([one]) == _bytes([before])
            assert one.model_version == OWN


def test_rollback_is_exact(ensembles: dict[Kind, Ensemble], own: list[Scored]) -> None:
    """After a rollback scores are as if the version had never served, fits that fell due meanwhile included."""
    scorer = Scorer()
    _served(scorer, _EVENTS[:700], ensembles)
    assert _bytes(_served(scorer, _EVENTS[700:], None)) == _bytes(own[700:])
    assert scorer.version == OWN


@pytest.mark.parametrize("size", [1, 50])
def test_batches_do_not_matter_while_a_version_serves(ensembles: dict[Kind, Ensemble], size: int) -> None:
    """A version gives the same bits in any batches."""
    events = _EVENTS[:200]
    one = Scorer()
    one.serve(_VERSION, ensembles)
    batched = [scored for at in range(0, len(events), size) for scored in one.score(events[at : at + size])]
    assert _bytes(batched) == _bytes(_served(Scorer(), events, ensembles))


def test_version_serves_on_after_a_stop(ensembles: dict[Kind, Ensemble]) -> None:
    """The name of the version is kept, and its ensembles are asked for by it."""
    whole = Scorer()
    _served(whole, _EVENTS[:300], ensembles)
    asked: list[str] = []

    def ensembles_of(version: str) -> dict[Kind, Ensemble]:
        asked.append(version)
        return ensembles

    restored = Scorer.from_arrays(whole.arrays(), ensembles_of=ensembles_of)
    assert asked == [_VERSION] == [restored.version]
    assert _bytes(restored.score(_EVENTS[300:400])) == _bytes(whole.score(_EVENTS[300:400]))
    assert restored.digest() == whole.digest()


def test_version_that_is_not_at_hand_is_refused(ensembles: dict[Kind, Ensemble]) -> None:
    """A scorer never goes on silently with other ensembles than those that served."""
    scorer = Scorer()
    scorer.serve(_VERSION, ensembles)
    with pytest.raises(UnknownVersionError, match=_VERSION):
        Scorer.from_arrays(scorer.arrays())


def test_version_changes_what_is_compared(ensembles: dict[Kind, Ensemble]) -> None:
    """Two workers with different versions do not look the same."""
    one, other = Scorer(), Scorer()
    other.serve(_VERSION, ensembles)
    assert one.digest() != other.digest()


def test_kept_rows_are_what_own_fits_see() -> None:
    """The rows handed out for training are, in order, the rows the scorer itself fits on."""
    scorer = Scorer(keep_rows=True)
    scored = scorer.score(_EVENTS[:200])
    rows = decode_many([one.row for one in scored if one.event.kind is Kind.RUN])
    past = history.History.from_arrays(
        {name.removeprefix("history.run."): array for name, array in scorer.arrays().items()}
    )
    assert (rows == past.past()).all()
    assert all(one.row for one in scored)
    assert not any(one.row for one in Scorer().score(_EVENTS[:50]))
