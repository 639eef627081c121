"""People, dates, subjects and reviews are read as far as a history shows them."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.event import ActorType
from collector.sources.git.commit import Person
from collector.sources.git.history import DAY_S, FUTURE_S, repaired
from collector.sources.git.people import actor_of, committer_class
from tests.collector.sources.git.repository import NOW, Repository, last, read


@pytest.mark.parametrize(
    ("name", "email", "kind"),
    [
        ("dependabot[bot]", "49699333+dependabot[bot]@users.noreply.github.com", ActorType.BOT),
        ("release-bot", "release@acme.example", ActorType.BOT),
        ("Copilot", "198982749+Copilot@users.noreply.github.com", ActorType.AGENT),
        ("Abbott", "abbott@acme.example", ActorType.USER),
    ],
)
def test_bots_and_agents_are_populations(name: str, email: str, kind: ActorType) -> None:
    """Names tell people, bots and coding agents apart."""
    assert actor_of(Person(name, email)).type == kind


@pytest.mark.parametrize(
    ("name", "email", "found"),
    [
        ("Mona", "MONA@x.example", "self"),
        ("GitHub", "noreply@github.com", "web"),
        ("Mona", "mona@home.example", "self by another address"),
        ("Bob", "bob@x.example", "other"),
        ("Mona", "null", "nobody"),
    ],
)
def test_the_committer_is_placed(name: str, email: str, found: str) -> None:
    """A committer is seen from the author."""
    assert committer_class(Person("Mona", "mona@x.example"), Person(name, email)) == found


def test_a_signature_is_seen_not_checked(tmp_path: Path) -> None:
    """The presence of a signature is a fact, whatever it is worth."""
    repository = Repository.new(tmp_path / "r")
    repository.commit(files={"a": "1"})
    tree, who = repository.tree().encode(), b"M <m@x> 1700000500 +0000"
    signature = b"gpgsig -----BEGIN PGP SIGNATURE-----\n \n x\n -----END PGP SIGNATURE-----\n"
    repository.store(b"tree %s\nauthor %s\ncommitter %s\n%s\nhi\n" % (tree, who, who, signature))
    assert last(repository.path).facts["signature"] == "signed"


def test_review_is_what_the_history_shows(tmp_path: Path) -> None:
    """A commit on the main line, one with a request's number and one aside are told apart."""
    repository = Repository.new(tmp_path / "r")
    repository.commit("Fix it", {"a": "1"})
    repository.commit("Fix it (#12)", {"a": "2"})
    repository.git("checkout", "-q", "-b", "aside")
    repository.commit("Fix it", {"a": "3"})
    repository.git("checkout", "-q", "main")
    found = [event.facts["review"] for event in read(repository.path)]
    assert found == ["a direct commit", "a squashed pull request", "a commit on a side branch"]


def test_a_date_far_ahead_does_not_move_the_others() -> None:
    """A commit dated after its child and grandchild is the one that is wrong."""
    dates = [10.0 * DAY_S + 1e9, 400 * DAY_S + 1e9, 11 * DAY_S + 1e9, 12 * DAY_S + 1e9]
    assert repaired(dates, [(), (0,), (1,), (2,)], NOW) == [dates[0], dates[0], dates[2], dates[3]]


@given(
    dates=st.lists(st.floats(-1e12, 1e12), min_size=1, max_size=20),
    data=st.data(),
)
def test_time_never_runs_backwards(dates: list[float], data: st.DataObject) -> None:
    """Whatever dates say, no commit happened before its parents or in the future."""
    parents = [
        tuple(data.draw(st.lists(st.integers(0, i - 1), max_size=2, unique=True))) if i else ()
        for i in range(len(dates))
    ]
    times = repaired(dates, parents, NOW)
    assert all(times[p] <= times[i] for i in range(len(dates)) for p in parents[i])
    assert all(0 <= time <= NOW + FUTURE_S for time in times)
