"""What was declared malicious is told when it comes, and of what had come before it was declared."""

from __future__ import annotations

import msgspec

from collector.snapshot import Advisory, Affected, Pinned
from service.dependencies import Dependencies
from tests.service.dependencies.samples import DAY, START, advisory, known, lockfile, pin, taken

_BAD = pin("left-pad", "1.3.1")


def test_history_is_judged_again() -> None:
    """An advisory about a version that was installed days ago says where, when and how long before."""
    state = known(pin("left-pad", "1.3.0"))
    state.take(lockfile([_BAD], START + DAY))
    told = taken(state, advisory(at=START + 4 * DAY))
    assert told.signals == {
        "package_declared_malicious": "acme/pay installed left-pad 1.3.1 on 2026-02-26, 3 days before it was declared "
        "malicious (MAL-2026-0001)"
    }
    assert (told.links["repo"], told.links["package"]) == ("acme/pay", "left-pad")


def test_what_was_removed_since_is_told_too() -> None:
    """It ran, even if nobody has it any more."""
    state = known(_BAD)
    state.take(lockfile([pin("left-pad", "1.3.2")], START + DAY))
    told = taken(state, advisory(at=START + 2 * DAY))
    assert told.signals["package_declared_malicious"].startswith("acme/pay had left-pad 1.3.1 on 2026-02-25, 2 days")


def test_several_repositories_are_counted() -> None:
    """The first is named."""
    state = known(_BAD)
    for n in range(3):
        state.take(lockfile([_BAD], START + n, repo=f"acme/r{n}"))
    told = taken(state, advisory(at=START + DAY))
    assert told.signals["package_declared_malicious"].startswith("acme/pay and 3 more repositories had left-pad 1.3.1")
    assert told.numbers["repos_reached"] == 4


def test_a_record_that_came_late_says_so() -> None:
    """What was declared before it was installed, and became known here only now, is told in the right order."""
    state = known(pin("x"))
    state.take(lockfile([pin("x"), _BAD], START + 3 * DAY))
    told = taken(state, advisory(at=START + 9 * DAY, declared_at=START))
    assert "3 days after it was declared malicious" in told.signals["package_declared_malicious"]


def test_what_nobody_installed_is_nothing_to_score() -> None:
    """Of hundreds of thousands of records none becomes an event for that alone."""
    state = known(pin("left-pad", "1.3.0"))
    assert state.take(advisory()) is None
    assert state.take(advisory("other")) is None


def test_a_record_that_changed_is_told_once() -> None:
    """Only what it did not say before is news."""
    state = known(_BAD, pin("left-pad", "1.4.0"))
    assert state.take(advisory()) is not None
    assert state.take(advisory(at=START + DAY)) is None
    told = taken(state, advisory(versions=("1.3.1", "1.4.0"), at=START + 2 * DAY))
    assert "left-pad 1.4.0" in told.signals["package_declared_malicious"]


def test_what_is_known_is_told_when_it_comes() -> None:
    """A change that brings a version which was declared malicious carries the signal."""
    state = known(pin("a"))
    state.take(advisory())
    told = taken(state, lockfile([pin("a"), _BAD], START + DAY))
    assert told.signals == {
        "package_known_malicious": "acme/pay installed left-pad 1.3.1 (MAL-2026-0001), known to be malicious"
    }


def test_the_first_sight_of_a_place_is_looked_through() -> None:
    """A malicious version that was always there is told as well."""
    state = Dependencies()
    state.take(advisory())
    assert "package_known_malicious" in taken(state, lockfile([_BAD])).signals


def test_withdrawn_means_not_said() -> None:
    """An advisory that was an error holds no more."""
    state = known(pin("a"))
    state.take(advisory())
    state.take(advisory(is_withdrawn=True))
    assert not taken(state, lockfile([pin("a"), _BAD], START + DAY)).signals


def test_a_vulnerable_version_is_told_where_it_is_new() -> None:
    """What was under the same advisory already, and what is there at first sight, is no news."""
    state = known(pin("left-pad", "1.3.0"))
    state.take(advisory(versions=("1.3.1", "1.3.2"), id_="GHSA-1", is_malicious=False))
    first = taken(state, lockfile([_BAD], START + DAY))
    again = taken(state, lockfile([pin("left-pad", "1.3.2")], START + 2 * DAY))
    other = taken(state, lockfile([_BAD], START + DAY, repo="acme/new"))
    assert first.signals == {
        "package_known_vulnerable": "acme/pay installed left-pad 1.3.1 (GHSA-1), known to be vulnerable"
    }
    assert not again.signals
    assert not other.signals


def test_names_of_one_package() -> None:
    """To PyPI dots, dashes and underscores are the same, to an advisory as to a lockfile."""
    state = Dependencies()
    state.take(lockfile([Pinned("pkg:pypi/ruamel.yaml", "0.1")]))
    about = Advisory("MAL-1", (Affected("pkg:pypi/ruamel-yaml", ("0.1",)),), is_malicious=True)
    assert state.take(msgspec.structs.replace(advisory(), snapshot=about)) is not None
