"""The scorer: the same stream gives the same bits, in any batches."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.event import Event, Kind
from models import history, vocabulary
from models import scorer as scorer_module
from models.finding import Scored
from models.history import FIRST_FIT
from models.profile import LIMITS
from models.scorer import CHUNK, Scorer
from tests.models.streams import DAY, HOUR, START, make_event, random_stream, streams

_FITTING = random_stream(21, FIRST_FIT + 250, kinds=(Kind.ACCESS,), steps=(60.0, HOUR, 0.0))


def _bytes(scored: Sequence[Scored]) -> bytes:
    return msgspec.json.encode(scored)


def _in_batches(events: Sequence[Event], size: int) -> list[Scored]:
    scorer = Scorer()
    return [scored for at in range(0, len(events), size) for scored in scorer.score(events[at : at + size])]


@pytest.fixture(scope="module")
def fitting_at_once() -> list[Scored]:
    """Return the scores of a stream across its fits, given in one call."""
    return Scorer().score(_FITTING)


@pytest.mark.parametrize("size", [1, 7, 100])
def test_batches_do_not_matter_across_fits(fitting_at_once: list[Scored], size: int) -> None:
    """Scores and reasons are byte-identical in any batches, also where an ensemble is fitted within one."""
    assert _bytes(_in_batches(_FITTING, size)) == _bytes(fitting_at_once)


@given(events=streams(80), size=st.integers(1, 80))
@settings(max_examples=15)
def test_batches_do_not_matter(events: list[Event], size: int) -> None:
    """Scores and reasons of any stream of any kinds are byte-identical in any batches."""
    assert _bytes(_in_batches(events, size)) == _bytes(Scorer().score(events))


def test_batches_do_not_matter_when_tables_are_full(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forgetting comes at the same events, however the stream is cut."""
    for name in LIMITS:
        monkeypatch.setitem(LIMITS, name, 1 << 12)
    events = random_stream(22, 400)
    assert _bytes(_in_batches(events, 37)) == _bytes(Scorer().score(events))


def test_batches_do_not_matter_when_names_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reasons name the same in any batches, also where the vocabulary overflows in the middle of one."""
    monkeypatch.setattr(vocabulary, "MAX_NAMES", 60)
    monkeypatch.setattr(scorer_module, "FINDING_BITS", 0.5)
    events = random_stream(25, 300)
    expected = Scorer(members=("novelty",)).score(events)
    assert sum(bool(one.reasons) for one in expected) > 50
    assert _bytes(_in_batches(events, 7)) == _bytes(_in_batches(events, 1)) == _bytes(expected)


def test_first_fit_ends_warm_up(fitting_at_once: list[Scored]) -> None:
    """Rows before the first fit are warm-up and have novelty alone; later ones have every member."""
    before, after = fitting_at_once[FIRST_FIT - 1], fitting_at_once[FIRST_FIT]
    assert (before.is_warm_up, set(before.members)) == (True, {"novelty"})
    assert (after.is_warm_up, len(after.members)) == (False, 4)


def test_members_can_be_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """A scorer of novelty alone fits nothing else."""
    monkeypatch.setattr(history, "FIRST_FIT", 64)
    scored = Scorer(members=("novelty",)).score(random_stream(23, 150, kinds=(Kind.RUN,)))
    assert set(scored[-1].members) == {"novelty"}


def test_p_values_are_probabilities(fitting_at_once: list[Scored]) -> None:
    """A p-value lies in (0, 1] and says what the score says."""
    assert all(0.0 < one.p_value <= 1.0 and one.score >= 0.0 for one in fitting_at_once)
    assert all(one.p_value == pytest.approx(2.0**-one.score) for one in fitting_at_once)


def test_every_event_is_answered_in_order() -> None:
    """More events than are measured at once come back one for one."""
    events = [make_event(i, at=START + i) for i in range(CHUNK + 10)]
    assert [scored.event.id for scored in Scorer(members=("novelty",)).score(events)] == [event.id for event in events]


def test_no_events_no_scores() -> None:
    """An empty batch is no error."""
    assert Scorer().score([]) == []


def test_seed_alone_decides_fits() -> None:
    """Two scorers never share anything."""
    events = _FITTING[: FIRST_FIT + 20]
    first = Scorer()
    first.score(random_stream(24, 50))
    assert _bytes(Scorer().score(events)) == _bytes(Scorer().score(events))


def test_intruder_stands_out() -> None:
    """After two months of routine, a new network that clones everything at once is a finding, above all routine."""
    routine = [
        make_event(
            i, actor="mona", entity=("acme/pay", "acme/web")[i % 2], at=START + i * 2 * HOUR, links=_links("AS1", i)
        )
        for i in range(700)
    ]
    at = START + 700 * 2 * HOUR + 3 * DAY
    theft = [
        make_event(
            1000 + i, actor="mona", entity=f"acme/secret-{i}", at=at + i, links=_links("AS666", i) | {"token": "t9"}
        )
        for i in range(5)
    ]
    scored = Scorer().score([*routine, *theft])
    assert min(one.score for one in scored[-5:]) > max(one.score for one in scored[-105:-5])
    assert all(one.is_finding and one.reasons for one in scored[-5:])


def test_rare_kind_is_judged_by_what_the_organisation_knows() -> None:
    """The first administration among thousands of reads is a finding where it is stranger than nearly all of them."""
    routine = [
        make_event(i, actor="mona", entity=("acme/pay", "acme/web")[i % 2], at=START + i * HOUR, links=_links("AS1", i))
        for i in range(1500)
    ]
    opened = make_event(
        2000, actor="mona", kind=Kind.ADMIN, action="repository.publicized", entity="acme/pay", at=START + 1501 * HOUR
    )
    scored = Scorer(members=("novelty",)).score([*routine, opened])
    assert scored[-1].is_warm_up
    assert scored[-1].is_finding
    assert scored[-1].score > max(one.score for one in scored[-201:-1])


def _links(network: str, i: int) -> dict[str, str]:
    return {"repo": ("acme/pay", "acme/web")[i % 2] if network == "AS1" else f"acme/secret-{i}", "network": network}
