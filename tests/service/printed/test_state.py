"""The state of logs: an event keeps what its job never printed before, and nothing else of a log."""

from __future__ import annotations

import base64
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.event import Event
from models.features.pipeline import NOTHING_NEW
from service.printed import PrintedLines
from service.printed.state import MAX_NEW, MAX_SHOWN, MAX_TEXT
from tests.service.printed.logs import CI, DAY, START, USUAL, log_event

PLANTED = "curl -d @- collector of stolen things"


def _known(runs: int = 50, job: str = CI) -> PrintedLines:
    state = PrintedLines()
    for number in range(runs):
        state.take(log_event(at=START + number * DAY / 4, job=job))
    return state


def _after(runs: int) -> float:
    return START + runs * DAY / 4 + DAY


def test_a_line_its_job_never_printed_is_told_with_its_place() -> None:
    """The event says what was new and where it stood, and holds no snapshot any more."""
    text = f"{PLANTED} 4711"
    taken = _known().take(log_event([*USUAL, PLANTED], at=_after(50), texts={PLANTED: text}))
    assert (taken.facts["line"], taken.facts["printed"]) == ([PLANTED], [f"line 6: {text}"])
    assert (taken.numbers, taken.snapshot) == ({"novel_lines": 1.0, "novel_share": 1 / 6}, None)


def test_what_a_job_always_prints_is_nothing_new() -> None:
    """A usual run leaves a value that is learned, so that a job which never prints anything new is known to."""
    taken = _known().take(log_event(at=_after(50)))
    assert (taken.facts, taken.numbers) == ({"line": [NOTHING_NEW]}, {"novel_lines": 0.0, "novel_share": 0.0})


def test_a_line_of_a_burst_stays_new_for_a_day() -> None:
    """Printing it again within a day does not make it usual; a day later it is."""
    state = _known()
    for hour in range(24):
        taken = state.take(log_event([*USUAL, PLANTED], at=_after(50) + hour * 3600))
        assert PLANTED in taken.facts["line"]
    taken = state.take(log_event([*USUAL, PLANTED], at=_after(50) + DAY))
    assert taken.facts["line"] == [NOTHING_NEW]


def test_what_only_a_failed_run_printed_is_still_told() -> None:
    """The second failure of a kind is told, less strongly; what failed three times is known."""
    state, told = _known(), []
    for number in range(4):
        taken = state.take(log_event([*USUAL, PLANTED], at=_after(50) + 2 * DAY * number, conclusion="failure"))
        told.append("printed" in taken.facts)
    assert told == [True, True, True, False]


def test_a_first_run_is_no_news() -> None:
    """Where nobody printed anything yet, a log of many lines tells none of them."""
    taken = PrintedLines().take(log_event([f"line of many words {word}" for word in "abcdefghijklmnopqrstuvwxyz"]))
    assert (taken.facts, taken.numbers) == ({}, {})


def test_a_new_job_is_held_against_its_peers() -> None:
    """What other jobs print is not told of a new one."""
    taken = _known().take(log_event([*USUAL, PLANTED], at=_after(50), job="acme/pay:ci.yml/lint"))
    assert taken.facts == {"printed": [f"line 6: {PLANTED}"]}
    assert taken.numbers == {}


def test_the_strangest_line_comes_first() -> None:
    """Words that the job never printed weigh more than its own words in another order."""
    taken = _known().take(log_event([*USUAL, "make ok test", PLANTED, "test run make"], at=_after(50)))
    assert taken.facts["printed"][0] == f"line 7: {PLANTED}"


def test_what_other_jobs_print_is_less_strange() -> None:
    """Of two new lines the one that jobs of the organisation print comes later."""
    state = _known()
    for number in range(8):
        state.take(log_event([*USUAL, "warning: cache misses"], at=START + number * DAY, job=f"acme/web{number}:ci/x"))
    taken = state.take(log_event(["warning: cache misses", PLANTED, *USUAL], at=_after(50)))
    assert taken.facts["printed"] == [f"line 2: {PLANTED}", "line 1: warning: cache misses"]


def test_a_job_that_always_prints_something_new_is_believed_less() -> None:
    """New lines are no fact where a third of every log is new."""
    state = PrintedLines()
    for number in range(60):
        names = [f"compiling {chr(97 + number % 26)}{chr(97 + number // 26)}{c}" for c in "abc"]
        state.take(log_event([*USUAL, *names], at=START + number * DAY))
    taken = state.take(log_event([*USUAL, PLANTED], at=START + 61 * DAY))
    assert (taken.facts["line"], taken.facts["printed"]) == ([NOTHING_NEW], [f"line 6: {PLANTED}"])


def test_an_event_is_bounded() -> None:
    """However much is new, an event keeps few lines, each cut."""
    rng = random.Random(1)
    new = ["".join(rng.choices("abcdefghij", k=9)) + " said" for _ in range(4000)]
    taken = _known().take(log_event(new, at=_after(50), texts=dict.fromkeys(new, "x" * 5000)))
    assert len(taken.facts["line"]) <= MAX_NEW
    assert len(taken.facts["printed"]) == MAX_SHOWN
    assert all(len(line) <= MAX_TEXT + 20 for line in taken.facts["printed"])


def test_an_encoded_run_is_not_quoted() -> None:
    """What a job printed encoded may be what was stolen from it: its length is told, and how it begins."""
    blob = base64.b64encode(b"what nobody is to read again, in any store or on any page").decode()
    taken = _known().take(log_event([*USUAL, PLANTED], at=_after(50), texts={PLANTED: f"sent {blob}"}))
    assert taken.facts["printed"] == [f"line 6: sent {blob[:8]}… ({len(blob)} characters)"]


def test_a_back_dated_log_makes_nothing_known() -> None:
    """A log that claims to be old does not teach that its lines are."""
    state = _known()
    state.take(log_event(at=_after(50)))
    state.take(log_event([*USUAL, PLANTED], at=START))
    taken = state.take(log_event([*USUAL, PLANTED], at=_after(50) + 3600))
    assert taken.facts["line"] == [PLANTED]


@pytest.mark.parametrize("future", [_after(50) + 3_650 * DAY, 1e11])
def test_a_log_from_the_future_stops_no_clock(future: float) -> None:
    """What is new after it is known again within days, and no time is too large to be kept."""
    state = _known()
    state.take(log_event(at=future))
    state.take(log_event([*USUAL, PLANTED], at=_after(50)))
    taken = state.take(log_event([*USUAL, PLANTED], at=_after(50) + 9 * DAY))
    assert taken.facts["line"] == [NOTHING_NEW]


def test_a_state_forgets_the_jobs_that_printed_longest_ago() -> None:
    """Of too many jobs the oldest is a new one again."""
    state = PrintedLines()
    for number in range(4_200):
        state.take(log_event(USUAL[:1], at=START + number, job=f"acme/r{number}:ci/test"))
    oldest = state.take(log_event(USUAL[:1], at=START + 3 * DAY, job="acme/r0:ci/test"))
    newest = state.take(log_event(USUAL[:1], at=START + 3 * DAY, job="acme/r4199:ci/test"))
    assert ("novel_lines" in oldest.numbers, "novel_lines" in newest.numbers) == (False, True)


_shapes = st.lists(st.sampled_from([*USUAL, PLANTED, "make ok", "error: #", "##[error]process failed"]), max_size=6)
_logs = st.lists(
    st.tuples(_shapes, st.floats(0.0, 5 * DAY), st.sampled_from([CI, "acme/pay:ci.yml/lint", "acme/web:ci/x"])),
    max_size=30,
)


@settings(max_examples=50, deadline=None)
@given(_logs, st.integers(0, 30))
def test_a_state_goes_on_where_it_was_stored(logs: list[tuple[list[str], float, str]], cut: int) -> None:
    """Whenever it is stored and read again, it says the same of every later log, and holds the same bytes."""
    events = [log_event(lines, at=START + at, job=job) for lines, at, job in logs]
    whole, part = PrintedLines(), PrintedLines()
    expected: list[Event] = [whole.take(event) for event in events]
    told = [part.take(event) for event in events[:cut]]
    part = PrintedLines.from_bytes(part.to_bytes())
    assert told + [part.take(event) for event in events[cut:]] == expected
    assert part.to_bytes() == whole.to_bytes()
