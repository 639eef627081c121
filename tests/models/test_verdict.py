"""Verdicts teach: what was called benign is not told again, what was an attack stays strange."""

from __future__ import annotations

import random
from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.delivery import delivery_of
from collector.event import Event, Kind
from collector.simulator import play
from collector.sources import Context, source_named
from models import influence, kernel
from models import scorer as scorer_module
from models.detector import Arrays
from models.explanation import MIN_BITS
from models.feature_row import decode_many
from models.features import INDEX
from models.finding import Scored
from models.influence import CAP, HALF_LIFE_S, Influence
from models.kernel import SIGHTINGS
from models.scorer import Scorer
from models.settled import MAX_KEYS, MAX_SHAPES, Settled
from models.vocabulary import stable_id
from tests.models.streams import DAY, HOUR, START, make_event, random_stream, streams


def _weighty(scored: Scored) -> set[str]:
    return {reason.feature for reason in scored.reasons if reason.weight >= MIN_BITS}


# --- an organisation of the simulator -------------------------------------------------------------


@pytest.fixture(scope="module")
def ten_days() -> tuple[Arrays, float]:
    """Return what is known after ten simulated days, and the time of the last event."""
    by_id = {event.id: event for delivery in play(7, 10).deliveries for event in _read(delivery)}
    scorer = Scorer()
    scorer.score(list(by_id.values()))
    return scorer.arrays(), max(event.observed_at for event in by_id.values())


def _read(delivery: object) -> list[Event]:
    read = delivery_of(delivery)
    return source_named(read.source).parse(read, Context())


def _push(number: int, at: float, *, file: str = ".github/workflows/extra.yml", login: str = "mallory-new") -> Event:
    """Return a push that adds one file, as GitHub tells of it."""
    rng = random.Random(number)  # test data
    time = datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    person = {"name": login, "email": f"{login}@elsewhere.example", "username": login}
    commit = {
        "id": f"{rng.getrandbits(160):040x}", "message": "Add extra checks", "timestamp": time,
        "author": person, "committer": person, "added": [file], "modified": [], "removed": [],
    }  # fmt: skip
    body = {
        "ref": "refs/heads/main", "before": f"{rng.getrandbits(160):040x}", "after": commit["id"], "created": False,
        "deleted": False, "forced": False, "commits": [commit], "head_commit": commit, "pusher": person,
        "repository": {"full_name": "copperfield-labs/pay-api", "default_branch": "main", "private": True},
        "sender": {"login": login, "type": "User"},
    }  # fmt: skip
    headers = {"X-GitHub-Event": "push", "X-GitHub-Delivery": f"{rng.getrandbits(128):032x}"}
    (event,) = _read({"source": "github.webhook", "received_at": time, "headers": headers, "body": body})
    return event


def _after(ten_days: tuple[Arrays, float], is_usual: bool | None, again: Event) -> tuple[Scored, Scored]:  # noqa: FBT001
    """Return a push by a stranger as it was scored, and another after a verdict on the first, or none."""
    arrays, last = ten_days
    scorer = Scorer.from_arrays(arrays)
    event = _push(1, last + HOUR)
    (first,) = scorer.score([event])
    if is_usual is not None:
        scorer.learn_verdict([event], is_usual=is_usual)
    return first, scorer.score([again])[0]


@pytest.mark.parametrize(("is_usual", "is_told"), [(None, True), (True, False), (False, True)])
def test_verdict_decides_of_the_same_change(
    ten_days: tuple[Arrays, float],
    is_usual: bool | None,  # noqa: FBT001
    is_told: bool,  # noqa: FBT001  # parameters of the table
) -> None:
    """A workflow pushed by a stranger is told again, after a verdict of an attack too, but not once it was benign."""
    first, again = _after(ten_days, is_usual, _push(2, ten_days[1] + HOUR + 120))
    assert first.is_finding
    assert len(_weighty(first)) >= 4
    assert again.is_finding == is_told
    assert again.settled == (is_usual is True)


def test_benign_verdict_calms_the_scores(ten_days: tuple[Arrays, float]) -> None:
    """The same change is not only settled: what it shows has become known, so it is far less strange."""
    first, again = _after(ten_days, True, _push(2, ten_days[1] + HOUR + 120))
    assert again.novelty < 0.5 * first.novelty
    assert not {"zone_of_repo", "path_of_repo", "author_domain_of_repo", "zone_of_actor"} & _weighty(again)


@pytest.mark.parametrize(
    "change", [{"file": "setup.py"}, {"file": ".github/workflows/other.yml"}, {"login": "eve-new"}]
)
def test_benign_verdict_covers_nothing_else(ten_days: tuple[Arrays, float], change: dict[str, str]) -> None:
    """Another file that matters, or another stranger, is told in spite of the verdict."""
    at = ten_days[1] + HOUR + 120
    again = _after(ten_days, True, _push(2, at, **change))[1]
    assert (again.is_finding, again.settled) == (True, False)


def test_attack_stays_strange_where_it_would_have_matured(ten_days: tuple[Arrays, float]) -> None:
    """Two days after an attack its values are as new as they were, and would have been known without the verdict."""
    at = ten_days[1] + HOUR + 2 * DAY
    forgiven, struck = (_after(ten_days, is_usual, _push(2, at))[1] for is_usual in (None, False))
    assert struck.novelty > forgiven.novelty
    assert {"author_domain_of_repo", "actor_of_repo"} <= _weighty(struck)


# --- small histories ------------------------------------------------------------------------------


def _month(days: int = 40) -> list[Event]:
    return [_visit(d, START + d * DAY, "AS1") for d in range(days)]


def _visit(number: int, at: float, network: str, actor: str = "mona") -> Event:
    return make_event(number, actor=actor, at=at, links={"repo": "acme/pay", "network": network})


_NOW = START + 40 * DAY


def _bits(scorer: Scorer, event: Event) -> float:
    """Return how strange the network of an event is, learning it."""
    return float(decode_many([scorer.score([event])[0].row])[0, INDEX["network_of_actor"]])


def _first(scorer: Scorer, network: str, actor: str = "mona") -> float | None:
    """Return the hour an actor's network was first seen, negative where a verdict made it known; None if never."""
    slot = stable_id("feature:network_of_actor")
    key = kernel.mix(kernel.mix(stable_id(f"user:{actor}"), slot), stable_id(network))
    row = scorer.profiles.values[kernel.find(scorer.profiles.values["key"], key)]
    return float(row["first"]) if row["key"] else None


def _known(*later: Event) -> Scorer:
    scorer = Scorer(members=("novelty",), keep_rows=True)
    scorer.score([*_month(), *later])
    return scorer


@pytest.mark.parametrize("lag", [0.0, HOUR, 10 * DAY])
def test_strike_spares_what_was_known_before(lag: float) -> None:
    """An attack from the usual network does not make that network strange, whenever the verdict comes."""
    attack = _visit(100, _NOW + HOUR, "AS1")
    scorer, untouched = _known(attack), _known(attack)
    later = _visit(101, _NOW + HOUR + lag, "AS1")
    scorer.learn_verdict([attack], is_usual=False)
    assert _bits(scorer, later) == _bits(untouched, later)


@pytest.mark.parametrize("lag", [HOUR, 10 * DAY])
def test_strike_leaves_no_trace_of_new_values(lag: float) -> None:
    """An attacker's network and name are gone from every rung, also where the verdict comes ten days late."""
    before = _known().profiles.arrays()["values"]["key"]
    attack = _visit(100, _NOW + HOUR, "AS666", actor="mallory")
    meanwhile = _visit(101, _NOW + lag, "AS1")
    scorer, untouched = _known(attack, meanwhile), _known(meanwhile)
    scorer.learn_verdict([attack], is_usual=False)
    after, expected = (one.profiles.arrays()["values"]["key"] for one in (scorer, untouched))
    assert set(after.tolist()) == set(expected.tolist()) >= set(before.tolist())
    assert _first(scorer, "AS666", "mallory") is None


def test_later_verdict_wins() -> None:
    """Whoever called an attack benign by mistake can take it back, and the other way round."""
    attack = _visit(100, _NOW + HOUR, "AS666")
    again = _visit(101, _NOW + 2 * HOUR, "AS666")
    told = {}
    for verdicts in [(), (True,), (True, False), (False,), (False, True)]:
        scorer = _known(attack)
        for is_usual in verdicts:
            scorer.learn_verdict([attack], is_usual=is_usual)
        told[verdicts] = _bits(scorer, again)
    assert told[True,] < told[()] - 1.0
    assert told[True, False] > told[True,] + 1.0
    assert told[False, True] == pytest.approx(told[True,], abs=0.5)


def test_same_verdict_twice_teaches_once() -> None:
    """Saying it again makes nothing better known: one verdict is worth so many sightings, whoever repeats it."""
    attack = _visit(100, _NOW + HOUR, "AS666")
    once, twice = _known(attack), _known(attack)
    for scorer, times in ((once, 1), (twice, 3)):
        for _ in range(times):
            scorer.learn_verdict([attack], is_usual=True)
    profiles = [scorer.profiles.arrays() for scorer in (once, twice)]
    assert all((profiles[0][name] == profiles[1][name]).all() for name in ("baselines", "values"))
    assert float(profiles[0]["values"]["count"].min()) < SIGHTINGS


def test_verdict_on_what_was_never_scored_is_no_error() -> None:
    """A verdict about events that the profiles forgot, or never saw, teaches them or strikes nothing."""
    events = random_stream(41, 30)
    for is_usual in (True, False):
        scorer = Scorer()
        scorer.learn_verdict(events, is_usual=is_usual)
        scorer.learn_verdict([], is_usual=is_usual)
        scorer.score(events)


# --- bounds ---------------------------------------------------------------------------------------


def test_one_actor_matures_only_so_much() -> None:
    """Of a hundred benign events with a network each, one actor makes no more known than the cap; others still can."""
    events = [_visit(200 + i, _NOW + HOUR + i, f"AS{1000 + i}") for i in range(100)]
    stranger = _visit(400, _NOW + 2 * HOUR, "AS5000", actor="otto")
    scorer = _known(*events, stranger)
    scorer.learn_verdict([*events, stranger], is_usual=True)
    firsts = [_first(scorer, f"AS{1000 + i}") or 0.0 for i in range(100)]
    assert [first < 0.0 for first in firsts] == [i < CAP for i in range(100)]
    assert (_first(scorer, "AS5000", "otto") or 0.0) < 0.0


def test_influence_comes_back_with_time() -> None:
    """What was used up is half forgotten a half-life later, on event time, and an old event turns no clock back."""
    one = Influence()
    assert sum(one.allows(1, 0.0) for _ in range(100)) == CAP
    assert not one.allows(1, -DAY)
    assert sum(one.allows(1, HALF_LIFE_S) for _ in range(100)) == CAP // 2
    assert one.allows(2, 0.0)


def test_influence_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """The actor whose verdict is longest ago is forgotten first."""
    monkeypatch.setattr(influence, "MAX_ACTORS", 3)
    one = Influence()
    for actor in (1, 2, 3, 1, 4):
        one.allows(actor, 0.0)
    assert one.arrays()["spent"]["actor"].tolist() == [3, 1, 4]


def test_settled_shapes_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys and shapes beyond the bounds drop out, the longest untouched first."""
    monkeypatch.setattr("models.settled.MAX_KEYS", 3)
    scorer = _known()
    for i in range(10):
        events = [_visit(i, _NOW, f"AS{i}", actor=("mona", "otto")[i % 2])]
        scorer.learn_verdict(events, is_usual=True)
    for i in range(5):
        scorer.learn_verdict([_visit(i, _NOW, "AS1", actor=f"a{i}")], is_usual=True)
    arrays = scorer.settled.arrays()
    assert len(set(arrays["keys"].tolist())) == 3 < MAX_KEYS
    scorer.learn_verdict([_visit(i, _NOW, "AS1", actor="a4") for i in range(5)], is_usual=False)
    assert len(set(scorer.settled.arrays()["keys"].tolist())) == 2
    for i in range(2 * MAX_SHAPES):
        scorer.learn_verdict([_visit(i, _NOW, f"AS{i}", actor="a3")], is_usual=True)
    assert len(scorer.settled.arrays()["keys"]) == MAX_SHAPES + 1


# --- stopped and restored -------------------------------------------------------------------------


@given(events=streams(60), judged=st.lists(st.tuples(st.integers(0, 60), st.booleans()), min_size=1, max_size=4))
@settings(max_examples=15)
def test_verdicts_survive_a_stop(events: list[Event], judged: list[tuple[int, bool]]) -> None:
    """With verdicts between, scores and all that is learned are the same after a stop at any of them."""
    whole, stopped = Scorer(keep_rows=True), Scorer(keep_rows=True)
    for at, is_usual in judged:
        stopped = Scorer.from_arrays(stopped.arrays(), keep_rows=True)
        told = []
        for scorer in (whole, stopped):
            told.append(msgspec.json.encode(scorer.score(events[:at])))
            scorer.learn_verdict(events[at // 2 : at], is_usual=is_usual)
        assert told[0] == told[1]
        assert whole.digest() == stopped.digest()


def test_settled_numbers_have_a_measure(monkeypatch: pytest.MonkeyPatch) -> None:
    """A benign transfer covers another of its size, and none that is ten times as large."""
    monkeypatch.setattr(scorer_module, "FINDING_BITS", 0.1)
    links = {"repo": "acme/pay", "network": "AS1"}
    usual = [
        make_event(i, at=START + i * HOUR, kind=Kind.DEPENDENCY, links=links, numbers={"size_bytes": 1000.0})
        for i in range(100)
    ]
    large = make_event(200, at=START + 101 * HOUR, kind=Kind.DEPENDENCY, links=links, numbers={"size_bytes": 9e5})
    told = {}
    for size in (9e5, 1e6, 9e6):
        scorer = Scorer(members=("novelty",))
        scorer.score([*usual, large])
        scorer.learn_verdict([large], is_usual=True)
        again = make_event(201, at=START + 102 * HOUR, kind=Kind.DEPENDENCY, links=links, numbers={"size_bytes": size})
        (scored,) = scorer.score([again])
        assert "size_of_entity" in _weighty(scored)
        told[size] = scored.is_finding
    assert told == {9e5: False, 1e6: False, 9e6: True}


def test_settled_change_may_come_an_hour_later(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was benign at 17:54 is benign at 18:12, in the clock's next block, but not in the middle of the night."""
    monkeypatch.setattr(scorer_module, "FINDING_BITS", 0.1)
    told = {}
    for hours in (18.2, 26.0):
        scorer = Scorer(members=("novelty",))
        odd = _visit(200, START + 100 * DAY + 17.9 * HOUR, "AS1")
        scorer.score([*(_visit(d, START + d * DAY + 10 * HOUR, "AS1") for d in range(100)), odd])
        scorer.learn_verdict([odd], is_usual=True)
        (again,) = scorer.score([_visit(201, START + 100 * DAY + hours * HOUR, "AS1")])
        assert "hour_of_actor" in _weighty(again)
        told[hours] = (again.is_finding, again.settled)
    assert told == {18.2: (False, True), 26.0: (True, False)}


def test_no_shapes_cover_nothing() -> None:
    """An empty table of shapes settles nothing, and comes back empty."""
    assert Settled.from_arrays(Settled().arrays()).arrays()["keys"].tolist() == []
