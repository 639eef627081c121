"""The state of dependencies tells what changed at a place, and only that."""

from __future__ import annotations

import random

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from collector.event import Event
from collector.snapshot import Packages, Pinned
from service.dependencies import Dependencies
from tests.service.dependencies.samples import DAY, START, advisory, known, lockfile, pin, taken

_OLD = tuple(pin(f"usual-{n}") for n in range(20))


def test_the_first_sight_of_a_place_is_taken_for_granted() -> None:
    """Fifteen hundred packages that were there before anybody looked are no news."""
    told = taken(Dependencies(), lockfile(pin(f"p{n}") for n in range(1_500)))
    assert told.facts == {"change": ["first sight"]}


def test_what_comes_is_named() -> None:
    """A package that is new to the organisation is named, with its version, its publisher and its script."""
    state = known(*_OLD)
    new = pin("%40evil/payload", "0.0.1", runs_script=True, is_direct=True)
    told = taken(state, lockfile([*_OLD, new], START + DAY))
    assert told.facts["package"] == ["@evil/payload"]
    assert told.facts["package_version"] == ["@evil/payload@0.0.1"]
    assert told.facts["scope"] == ["@evil"]
    assert told.facts["install_script"] == ["@evil/payload"]
    assert told.facts["version_shape"] == ["first steps"]
    assert told.facts["change"] == ["direct package that is new to the organisation", "new with an install script"]
    assert told.numbers["packages_added"] == 1


def test_what_another_repository_has_is_not_new() -> None:
    """A package that is known elsewhere is added here, and is no news to the organisation."""
    state = known(*_OLD)
    state.take(lockfile([pin("shared")], repo="acme/web"))
    told = taken(state, lockfile([*_OLD, pin("shared")], START + DAY))
    assert "package" not in {name for name, value in told.facts.items() if value}
    assert told.facts["change"] == ["package used elsewhere too"]


def test_a_branch_is_not_accepted() -> None:
    """What a pull request pins is told, and told again when it reaches the default branch."""
    state = Dependencies()
    state.take(lockfile(_OLD, branch="main"))
    for at, branch in ((1, "feature"), (2, "main")):
        told = taken(state, lockfile([*_OLD, pin("fresh")], START + at * DAY, branch=branch))
        assert told.numbers["packages_added"] == 1
    told = taken(state, lockfile([*_OLD, pin("fresh")], START + 3 * DAY, branch="main"))
    assert told.facts == {"branch_class": "default", "change": ["nothing"]}


def test_a_branch_says_the_same_once() -> None:
    """The builds of one branch send the same lockfile again and again."""
    state = Dependencies()
    state.take(lockfile(_OLD, branch="main"))
    wanted = [*_OLD, pin("fresh")]
    told = [taken(state, lockfile(wanted, START + n, branch="feature")).numbers["packages_added"] for n in (1, 2, 3)]
    assert told == [1, 0, 0]


def test_the_default_branch_replaces_a_guess() -> None:
    """A place seen first on another branch is taken for granted again when its default branch is seen."""
    state = Dependencies()
    state.take(lockfile([pin("from-a-pull-request")], branch="feature"))
    told = taken(state, lockfile(_OLD, START + 1, branch="main"))
    assert told.facts["change"] == ["first sight"]
    told = taken(state, lockfile([*_OLD, pin("x")], START + 2, branch="main"))
    assert told.numbers["packages_added"] == 1


def test_a_repository_whose_default_branch_nobody_knows() -> None:
    """Where only one branch is ever seen, what it pins is held against what it pinned before."""
    state = Dependencies()
    state.take(lockfile(_OLD, branch="develop"))
    wanted = [*_OLD, pin("fresh")]
    told = [taken(state, lockfile(wanted, START + n, branch="develop")).numbers["packages_added"] for n in (1, 2)]
    assert told == [1, 0]
    assert taken(state, lockfile(_OLD, START + 3, branch="feature")).numbers["packages_removed"] == 1


def test_a_late_lockfile_does_not_turn_back_time() -> None:
    """An older state that arrives later is neither held against the newer one nor put in its place."""
    state = known(*_OLD, at=START + 2 * DAY)
    assert taken(state, lockfile(_OLD[:3], START)).facts["change"] == ["late"]
    assert taken(state, lockfile(_OLD, START + 3 * DAY)).facts["change"] == ["nothing"]


def test_what_was_cut_off_was_not_removed() -> None:
    """Of a snapshot that is cut, what is missing may be there."""
    told = taken(known(*_OLD), lockfile(_OLD[:3], START + DAY, is_cut=True))
    assert told.numbers["packages_removed"] == 0


def test_a_version_that_spreads() -> None:
    """A version new to the organisation tells to how many other repositories it came before."""
    state = Dependencies()
    reached = []
    for n in range(4):
        state.take(lockfile(_OLD, repo=f"acme/r{n}"))
    for n in range(4):
        told = taken(state, lockfile([*_OLD, pin("worm", "6.6.6")], START + DAY + n, repo=f"acme/r{n}"))
        reached.append(told.numbers["repos_reached"])
    assert reached == [0, 1, 2, 3]


def test_other_content_is_a_signal() -> None:
    """What is in a version never changes; where it does in many at once, the file is only written otherwise."""
    before = [pin(f"p{n}", integrity="sha512-a") for n in range(9)]
    one = [*before[:8], pin("p8", integrity="sha512-b")]
    told = taken(known(*before), lockfile(one, START + DAY))
    assert told.signals == {"package_content_changed": "p8 1.0.0 has other content than before in acme/pay"}
    everything = [pin(f"p{n}", integrity="sha512-b") for n in range(9)]
    assert not taken(known(*before), lockfile(everything, START + DAY)).signals


def test_a_tag_that_moves_with_every_release() -> None:
    """Of an action, v4 is another commit now and then, and that is told; v4.1.2 never is, and that is a signal."""

    def action(version: str, commit: str) -> Pinned:
        return Pinned("pkg:githubactions/acme/act", version, "", commit * 40)

    moved = taken(known(*_OLD, action("v4", "a")), lockfile([*_OLD, action("v4", "b")], START + DAY))
    assert (moved.facts["change"], moved.signals) == (["same version, another commit"], {})
    fixed = taken(known(*_OLD, action("v4.1.2", "a")), lockfile([*_OLD, action("v4.1.2", "b")], START + DAY))
    assert "package_content_changed" in fixed.signals


def test_a_script_that_comes_with_a_version_is_a_signal() -> None:
    """A known package that begins to run a script; one that is told to run one in the same version is only told so."""
    scripted = [*_OLD[:-1], pin("usual-19", "1.0.1", runs_script=True)]
    told = taken(known(*_OLD), lockfile(scripted, START + DAY))
    assert told.signals == {
        "package_gains_script": "usual-19 1.0.1 runs a script when installed in acme/pay, and did not before"
    }
    several = [*_OLD[:-2], *(pin(f"usual-{n}", "1.0.1", runs_script=True) for n in (18, 19))]
    assert list(taken(known(*_OLD), lockfile(several, START + DAY)).signals) == ["packages_gain_scripts"]
    same = [*_OLD[:-1], pin("usual-19", runs_script=True)]
    assert not taken(known(*_OLD), lockfile(same, START + DAY)).signals


def test_a_package_that_comes_from_an_unknown_host() -> None:
    """It is a signal where nothing of the organisation ever came from there."""
    state = known(*(pin(f"p{n}", host="registry.example") for n in range(9)), pin("own", host="own.example"))
    stray, known_too = (
        lockfile(
            [*(pin(f"p{n}", host="registry.example") for n in range(8)), pin("p8", host=host)], START + DAY, branch="x"
        )
        for host in ("files.example", "own.example")
    )
    assert taken(state, stray).signals == {
        "package_from_unknown_host": "p8 from files.example instead of registry.example in acme/pay; nothing came from "
        "there before"
    }
    assert taken(state, known_too).facts["moved_host"] == ["p8 from own.example instead of registry.example"]
    assert not taken(state, known_too).signals


def test_a_misspelt_name_is_a_signal() -> None:
    """A name with an affix is only told; one with a wrong letter is a finding of its own."""
    told = taken(known(*_OLD), lockfile([*_OLD, pin("lodahs"), pin("chalk-npm")], START + DAY))
    assert told.signals == {"package_looks_alike": "new in acme/pay: lodahs, like lodash"}
    assert "chalk-npm (with an affix: chalk)" in told.facts["look_alike"]


def test_one_publisher_many_packages() -> None:
    """New versions of one publisher's packages at once are counted together."""
    old, new = ([pin(f"%40hijacked/p{n}", version) for n in range(9)] for version in ("1.0.0", "1.0.1"))
    told = taken(known(*_OLD, *old), lockfile([*_OLD, *new], START + DAY))
    assert (told.numbers["same_publisher"], told.numbers["versions_up"]) == (9, 9)


def test_the_oddest_are_named_first() -> None:
    """Of a storm of updates with one look-alike among them, the look-alike is named and linked."""
    old, new = ([pin(f"dep{n:03}", version) for n in range(300)] for version in ("1.0.0", "1.0.1"))
    told = taken(known(*old), lockfile([*new, pin("lodahs")], START + DAY))
    assert told.facts["look_alike"] == ["lodahs (one letter off: lodash)"]
    assert told.facts["package_version"][0] == "lodahs@1.0.0"
    assert len(told.facts["package_version"]) == 32
    assert told.links["package"] == "lodahs"


def test_own_names_can_be_imitated() -> None:
    """A name that two repositories have had for a week is one that a new name can be like."""
    state = known(pin("acme-payments"), repo="acme/a")
    state.take(lockfile([pin("acme-payments")], repo="acme/b"))
    told = taken(state, lockfile([pin("acme-payments"), pin("acme-paymemts")], START + 8 * DAY, repo="acme/b"))
    assert told.facts["look_alike"] == ["acme-paymemts (one letter off: acme-payments)"]


def test_a_known_package_is_no_new_name() -> None:
    """The link to a package that was updated does not make it measured as new to the organisation."""
    told = taken(known(pin("a"), pin("b")), lockfile([pin("a", "1.0.1"), pin("b")], START + DAY))
    assert (told.links["package"], told.facts["package"]) == ("a", [])


_EVENTS = st.lists(
    st.one_of(
        st.builds(
            lockfile,
            st.lists(st.builds(pin, st.sampled_from("abcd"), st.sampled_from(["1.0.0", "1.1.0"])), max_size=5),
            st.floats(START, START + 9 * DAY),
            repo=st.sampled_from(["acme/a", "acme/b"]),
            branch=st.sampled_from(["", "main", "feature"]),
        ),
        st.builds(
            advisory,
            st.sampled_from("abcd"),
            st.sampled_from([(), ("1.0.0",), ("1.1.0",)]),
            st.floats(START, START + 9 * DAY),
            id_=st.sampled_from(["MAL-1", "MAL-2"]),
            is_malicious=st.booleans(),
            is_withdrawn=st.booleans(),
        ),
    ),
    max_size=12,
)


@given(_EVENTS, st.integers(0, 12))
def test_a_stored_state_goes_on_exactly(events: list[Event], cut: int) -> None:
    """A state that was written and read anywhere tells the same from there on, and is the same bytes in the end."""
    whole, part = Dependencies(), Dependencies()
    expected = [whole.take(event) for event in events]
    found = [part.take(event) for event in events[:cut]]
    part = Dependencies.from_bytes(part.to_bytes())
    assert found + [part.take(event) for event in events[cut:]] == expected
    assert part.to_bytes() == whole.to_bytes()


@given(_EVENTS, st.randoms(use_true_random=False))
def test_the_order_within_a_file_means_nothing(events: list[Event], rng: random.Random) -> None:
    """The same packages written in another order give the same events and the same state."""
    one, other = Dependencies(), Dependencies()
    for event in events:
        snapshot = event.snapshot
        shuffled = event
        if isinstance(snapshot, Packages):
            pinned = list(snapshot.pinned)
            rng.shuffle(pinned)
            shuffled = msgspec.structs.replace(event, snapshot=Packages(tuple(pinned), snapshot.place))
        told, again = one.take(event), other.take(shuffled)
        assert (told and msgspec.structs.replace(told, snapshot=None)) == (
            again and msgspec.structs.replace(again, snapshot=None)
        )
    assert one.to_bytes() == other.to_bytes()
