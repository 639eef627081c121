"""What a log teaches depends on how its run ended, told by its own event, its run's, or its last lines."""

from __future__ import annotations

import pytest

from service.printed.outcome import BAD, GOOD, MAX_RUNS, UNKNOWN, Conclusions
from tests.service.printed.logs import USUAL, log_event, run_event


def _weight(conclusions: Conclusions, **told: str) -> int:
    event = log_event(USUAL, **told)  # type: ignore[arg-type]  # texts only
    return conclusions.weight_of(event, event.snapshot.lines if event.snapshot else ())  # type: ignore[union-attr]


@pytest.mark.parametrize(("told", "weight"), [("success", GOOD), ("FAILURE", BAD), ("", UNKNOWN)])
def test_the_log_says_how_its_run_ended(told: str, weight: int) -> None:
    """Of one that says nothing the end is unknown."""
    assert _weight(Conclusions(), conclusion=told) == weight


@pytest.mark.parametrize(("told", "weight"), [("success", GOOD), ("failure", BAD)])
def test_the_event_of_the_run_says_how_it_ended(told: str, weight: int) -> None:
    """A webhook that came before the log is believed."""
    conclusions = Conclusions()
    conclusions.learn(run_event("17", told))
    assert (_weight(conclusions, run="17"), _weight(conclusions, run="18")) == (weight, UNKNOWN)


@pytest.mark.parametrize(
    ("last", "weight"),
    [
        ("##[error]process completed with exit code #.", BAD),
        ("error: job failed: exit code #", BAD),
        ("job succeeded", GOOD),
        ("finished: success", GOOD),
        ("finished: failure", BAD),
        ("done in # s", UNKNOWN),
    ],
)
def test_the_last_lines_say_how_a_run_ended(last: str, weight: int) -> None:
    """GitHub, GitLab and Jenkins each end a log in their own words."""
    event = log_event([*USUAL, last])
    assert Conclusions().weight_of(event, event.snapshot.lines) == weight  # type: ignore[union-attr]


def test_few_ends_are_remembered() -> None:
    """The runs told of longest ago are forgotten."""
    conclusions = Conclusions()
    for run in range(MAX_RUNS + 1):
        conclusions.learn(run_event(str(run), "success"))
    assert len(conclusions.known) == MAX_RUNS
    assert _weight(conclusions, run="0") == UNKNOWN
