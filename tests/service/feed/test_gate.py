"""The gate holds a step while an unresolved incident of enough risk concerns it."""

from __future__ import annotations

import pytest

from collector.stream.entry import Verdict
from service.feed import Feed
from service.feed.gate import Step
from service.store.database import Database
from tests.service.feed.seeding import finding, incident_of, learn, store


@pytest.fixture(autouse=True)
def _incident(database: Database) -> None:
    """Store one incident that is rare: user:mona in acme/pay, run 7, commit abc."""
    links = {"repo": "acme/pay", "run": "7", "sha": "abc"}
    item = finding("e1", entity="release", links=links)
    store(database, [item], [incident_of("inc", [item], score=30.0)], position=1)
    learn(database, [1.0] * 40 + [2.0] * 5 + [30.0])


@pytest.mark.parametrize(
    "step",
    [
        Step(repo="acme/pay"),
        Step(repo="acme/other", sha="abc"),
        Step(repo="acme/other", run="7"),
        Step(repo="acme/other", actor="mona"),
        Step(repo="acme/other", actor="user:mona"),
        Step(repo="release"),
    ],
)
def test_step_that_an_incident_concerns_is_held(feed: Feed, step: Step) -> None:
    """Repository, commit, run or actor: any of them is enough."""
    answer = feed.gate("default", step, 50.0, is_complete=True)
    assert (answer.verdict, [one.id for one in answer.incidents]) == ("hold", ["inc"])
    assert answer.risk == answer.incidents[0].risk >= 50.0


@pytest.mark.parametrize("step", [Step(repo="acme/other"), Step(repo="acme/other", sha="abd", run="8", actor="otto")])
def test_step_that_nothing_concerns_passes(feed: Feed, step: Step) -> None:
    """An incident elsewhere holds nobody up."""
    answer = feed.gate("default", step, 50.0, is_complete=False)
    assert (answer.verdict, answer.risk, answer.incidents, answer.is_complete) == ("pass", 0.0, [], False)


def test_less_risk_passes(feed: Feed) -> None:
    """What is below the risk that the pipeline names holds nothing."""
    assert feed.gate("default", Step(repo="acme/pay"), 99.9, is_complete=True).verdict == "pass"


def test_resolved_incident_passes(feed: Feed) -> None:
    """Once somebody judged it, the step may go on."""
    feed.verdict("default", "inc", Verdict.BENIGN, by="ada")
    assert feed.gate("default", Step(repo="acme/pay"), 50.0, is_complete=True).verdict == "pass"


def test_other_organisations_are_not_held(feed: Feed) -> None:
    """The same names elsewhere are others."""
    assert feed.gate("umbrella", Step(repo="acme/pay"), 50.0, is_complete=True).verdict == "pass"
