"""Baselines in words: what is usual for an actor or an entity."""

from __future__ import annotations

import pytest

from models.baseline import MAX_BASELINES, Baseline
from models.scorer import Scorer
from tests.models.streams import DAY, START, make_event


@pytest.fixture(scope="module")
def scorer() -> Scorer:
    """Return a scorer that saw forty days of one person in one repository."""
    scorer = Scorer(members=("novelty",))
    links = {"repo": "acme/pay", "job": "build", "token": "t1"}
    scorer.score(
        [
            make_event(
                i, at=START + i * DAY / 2, links=links | {"network": ("AS1", "AS1", "AS2")[i % 3]},
                numbers={"duration_s": 600.0},
            )
            for i in range(80)
        ]
    )  # fmt: skip
    return scorer


def _of(scorer: Scorer, name: str) -> dict[str, Baseline]:
    return {baseline.feature: baseline for baseline in scorer.baseline(name)}


def test_actor_is_known_by_values_and_amounts(scorer: Scorer) -> None:
    """The commonest value comes first, and a pause is told as people write it."""
    usual = _of(scorer, "user:mona")
    assert usual["network_of_actor"].usual == ("AS1", "AS2")
    assert usual["network_of_actor"].about == "network of actor"
    assert usual["silence_of_actor"].usual == ("12 hours",)


def test_entities_go_by_their_names(scorer: Scorer) -> None:
    """A repository, a token and a workflow are found by their type and name, whatever the name holds."""
    assert _of(scorer, "repo:acme/pay")["actor_of_repo"].usual == ("user:mona",)
    assert _of(scorer, "token:t1")["network_of_token"].usual == ("AS1", "AS2")


@pytest.mark.parametrize("name", ["user:nobody", "repo:acme", "", ":", "repo:", "acme/pay"])
def test_strangers_have_no_baseline(scorer: Scorer, name: str) -> None:
    """Of what was never seen nothing is said."""
    assert scorer.baseline(name) == []


def test_what_rests_on_most_comes_first(scorer: Scorer) -> None:
    """Baselines are bounded, and ranked by how much they rest on."""
    found = scorer.baseline("user:mona")
    assert 3 < len(found) <= MAX_BASELINES
    assert [baseline.n for baseline in found] == sorted((baseline.n for baseline in found), reverse=True)
    assert all(baseline.usual for baseline in found)
