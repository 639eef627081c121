"""The gate: a version that got worse, or was taught by an attacker, is refused with reasons in words."""

from __future__ import annotations

from functools import cache

import msgspec
import numpy as np
import pytest

from collector.event import Kind
from collector.stream.entry import Verdict
from models.detector import Matrix
from models.ensemble import Ensemble
from models.version import AttackQuality, KindQuality
from tests.training.stored import PEOPLE, START, ordinary, strange
from training.dataset import Dataset, JudgedIncident, Rows, defended
from training.evaluation import Evaluation, evaluate
from training.gate import judge
from training.planting import plant

SOUND = KindQuality(
    held_out=500, finding_share=0.06, champion_share=0.06, planted=0.95, planted_floor=0.3, planted_champion=0.9
)
ATTACK = AttackQuality(incident="inc_1", share=0.001, champion_share=0.001)


def judged(attack: AttackQuality = ATTACK, changed: dict[str, float] | None = None) -> tuple[bool, str]:
    """Return what the gate says of a sound version of which something is changed."""
    quality = msgspec.structs.replace(SOUND, **(changed or {}))
    gate = judge(Evaluation({Kind.ACCESS: quality}, (attack,)))
    return gate.passed, "; ".join(gate.reasons)


def rows(matrix: Matrix, *, actor: str = "", score: float = 1.0) -> Rows:
    """Return rows by many, or by one."""
    actors = [actor or PEOPLE[n % len(PEOPLE)] for n in range(len(matrix))]
    names = [f"{actor}{n}" for n in range(len(matrix))]
    return Rows(names, actors, START + np.arange(len(matrix), dtype=np.float64), np.full(len(matrix), score), matrix)


def dataset(fit: Rows, attacks: list[JudgedIncident] | None = None) -> Dataset:
    """Return a dataset of one kind that is judged by ordinary rows."""
    return Dataset(
        organisation="default",
        partition=0,
        position=1,
        first_at=START,
        last_at=START,
        fit={Kind.ACCESS: fit},
        held_out={Kind.ACCESS: rows(ordinary(400, seed=9))},
        attacks=attacks or [],
        events={},
        removed={},
    )


@cache
def sound() -> Ensemble:
    """Return an ensemble that nobody tampered with."""
    return Ensemble.fit(ordinary(1600), seed=0)


def test_sound_version_passes() -> None:
    """A version that does as well as the one that serves passes, and the reasons say how well."""
    passed, told = judged()
    assert passed
    assert "finds 95% of what was planted (the version that serves: 90%)" in told
    assert "of 1 confirmed attacks it puts 1 among the strangest 2% of events (the version that serves: 1)" in told


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"finding_share": 0.001}, "learned as ordinary"),
        ({"finding_share": 0.4}, "calls 40% of new events strange"),
        ({"finding_share": 0.2, "champion_share": 0.05}, "the version that serves 5.0%"),
        ({"planted": 0.5, "planted_champion": 0.55}, "must find 70%"),
        ({"planted": 0.75}, "the version that serves 90%"),
        ({"planted": 0.75, "planted_champion": 0.75, "planted_floor": 1.0}, "plain novelty 100%"),
        ({"held_out": 20}, "only 20 events were held out"),
    ],
)
def test_worse_version_is_refused(changed: dict[str, float], words: str) -> None:
    """Whatever got worse is named."""
    passed, told = judged(changed=changed)
    assert not passed
    assert words in told


def test_lost_attack_is_named() -> None:
    """A version that would rank a confirmed attack lower is refused, with the incident."""
    lost = AttackQuality(incident="inc_7", share=0.03, champion_share=0.001)
    passed, told = judged(attack=lost)
    assert not passed
    assert "loses 1 of 1 confirmed attacks: it would put the incident inc_7 behind 3.00% of ordinary events" in told


def test_one_of_many_attacks_may_be_lost() -> None:
    """What was found scored high by chance too, so a few of many may fall; more may not."""
    lost = AttackQuality(incident="inc_7", share=0.03, champion_share=0.001)
    kinds = {Kind.ACCESS: SOUND}
    assert judge(Evaluation(kinds, (lost, *[ATTACK] * 9))).passed
    assert not judge(Evaluation(kinds, (lost, lost, *[ATTACK] * 8))).passed


def test_attack_that_was_never_found_is_no_loss() -> None:
    """An attack that somebody reported, and that no version ranked high, keeps nothing back."""
    assert judged(attack=AttackQuality(incident="inc_7", share=0.3, champion_share=0.2))[0]


def test_nothing_judged_is_not_passed() -> None:
    """What could not be judged does not serve."""
    assert not judge(Evaluation({}, ())).passed


def test_planting_is_the_same_each_time() -> None:
    """The same rows and seed plant the same, in columns that are measured on the kind only."""
    planted = plant(ordinary(100), 5)
    np.testing.assert_array_equal(planted, plant(ordinary(100), 5))
    assert not planted[:, ordinary(100).std(axis=0) == 0.0].any()


def test_sound_fit_passes_the_gate() -> None:
    """A fit on ordinary rows finds most of what is planted in new ones."""
    found = evaluate(dataset(rows(ordinary(1600))), {Kind.ACCESS: sound()}, {}, seed=0)
    assert judge(found).passed, judge(found).reasons


def test_poisoned_fit_fails_the_gate() -> None:
    """A version that was taught, by many actors together, that strange rows are ordinary does not serve."""
    taught = Ensemble.fit(np.concatenate([ordinary(1600), strange(600)]), seed=0)
    gate = judge(evaluate(dataset(rows(ordinary(1600))), {Kind.ACCESS: taught}, {}, seed=0))
    assert not gate.passed
    assert "something strange was learned as ordinary" in "; ".join(gate.reasons)


def test_one_who_floods_teaches_little() -> None:
    """What a single actor floods is limited before the fit, so that the version stays sound."""
    usual, flood = rows(ordinary(1600)), rows(strange(600), actor="mallory")
    flooded = Rows(
        [*usual.ids, *flood.ids],
        [*usual.actors, *flood.actors],
        np.concatenate([usual.times, flood.times]),
        np.concatenate([usual.scores, flood.scores]),
        np.concatenate([usual.matrix, flood.matrix]),
    )
    kept, removed = defended(flooded)
    fitted = Ensemble.fit(kept.matrix, seed=0)
    found = evaluate(dataset(kept), {Kind.ACCESS: fitted}, {}, seed=0)
    assert removed.influence > 500
    assert judge(found).passed, judge(found).reasons


def test_attack_is_ranked_among_ordinary_events() -> None:
    """A confirmed attack is told by the share of ordinary events that look stranger."""
    attack = JudgedIncident("inc_1", Verdict.TRUE_POSITIVE, {Kind.ACCESS: rows(strange(3), score=0.5)})
    found = evaluate(dataset(rows(ordinary(1600)), [attack]), {Kind.ACCESS: sound()}, {}, seed=0)
    [quality] = found.attacks
    assert quality.share < 0.02
    assert quality.champion_share == 1.0  # when it happened, it scored below everything else


def test_champion_is_measured_on_the_same_rows() -> None:
    """A version is compared with itself: both do the same."""
    attack = JudgedIncident("inc_1", Verdict.TRUE_POSITIVE, {Kind.ACCESS: rows(strange(3))})
    both = {Kind.ACCESS: sound()}
    found = evaluate(dataset(rows(ordinary(1600)), [attack]), both, both, seed=0)
    quality = found.kinds[Kind.ACCESS]
    assert quality.finding_share == quality.champion_share
    assert quality.planted == quality.planted_champion
    assert found.attacks[0].share == found.attacks[0].champion_share
