"""What changed between two states of a place, and that the way back is its mirror."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from collector.snapshot import Pinned
from service.dependencies.diff import Change, Move, changes_between, pins_of, registries_moved
from tests.service.dependencies.samples import pin

_MIRRORED = {Move.NEW: Move.REMOVED, Move.REMOVED: Move.NEW, Move.UP: Move.DOWN, Move.DOWN: Move.UP}
_PINS = st.lists(
    st.builds(
        Pinned,
        st.sampled_from(["pkg:npm/a", "pkg:npm/%40b/c", "pkg:pypi/d", "pkg:githubactions/e/f"]),
        st.sampled_from(["1.0.0", "1.0.1", "2.0.0-rc.1", "a" * 40, "main"]),
        st.sampled_from(["", "registry.example"]),
        st.sampled_from(["", "sha512-x", "sha512-y", "sha1-z"]),
        st.sampled_from([None, True, False]),
        st.booleans(),
    ),
    max_size=12,
)


def _only(before: list[Pinned], after: list[Pinned]) -> Change:
    (change,) = changes_between(pins_of(before), pins_of(after))
    return change


@given(_PINS, _PINS)
def test_the_way_back_is_the_mirror(one: list[Pinned], other: list[Pinned]) -> None:
    """What is new one way is removed the other way, up is down, and content and hosts change both ways."""
    there, back = changes_between(pins_of(one), pins_of(other)), changes_between(pins_of(other), pins_of(one))
    told = {change.purl: (_MIRRORED.get(change.move, change.move), change.resealed) for change in there}
    again = {change.purl: (change.move, change.resealed) for change in back}
    scripts = {change.purl for change in (*there, *back) if change.runs_new_script}
    assert {p: t for p, t in told.items() if p not in scripts} == {p: t for p, t in again.items() if p not in scripts}
    moved = {c.purl: c.moved for c in there if c.moved}
    assert {c.purl: c.moved[::-1] for c in back if c.moved} == moved


@given(_PINS, st.randoms(use_true_random=False))
def test_order_means_nothing(pinned: list[Pinned], rng: random.Random) -> None:
    """The same packages in another order are no change."""
    shuffled = list(pinned)
    rng.shuffle(shuffled)
    assert changes_between(pins_of(pinned), pins_of(shuffled)) == []


def test_versions_go_up_and_down() -> None:
    """The highest version that came is held against the highest that went."""
    assert _only([pin("a", "1.9.0")], [pin("a", "1.10.0")]).move is Move.UP
    assert _only([pin("a", "1.10.0")], [pin("a", "1.9.0")]).move is Move.DOWN
    assert _only([pin("a", "1.0.0")], [pin("a", "1.0.0"), pin("a", "0.9.0")]).move is Move.BESIDE


def test_other_content_under_the_same_version() -> None:
    """A checksum that changed is told; one of another kind is another way to say the same."""
    before = [pin("a", integrity="sha512-x")]
    assert _only(before, [pin("a", integrity="sha512-y")]).resealed == ("1.0.0",)
    assert changes_between(pins_of(before), pins_of([pin("a", integrity="sha256-y")])) == []


def test_a_tag_that_moved() -> None:
    """The commit that a reference resolves to is its content."""
    before, after = (Pinned("pkg:githubactions/acme/act", "v4", "", letter * 40) for letter in "ab")
    assert _only([before], [after]).resealed == ("v4",)


def test_a_commit_replaced_by_a_tag() -> None:
    """A name that can be moved in place of a commit is told, the other way round it is not."""
    commit, tag = Pinned("pkg:githubactions/acme/act", "c" * 40), Pinned("pkg:githubactions/acme/act", "v4")
    assert _only([commit], [tag]).became_movable
    assert not _only([tag], [commit]).became_movable


def test_a_registry_moves_as_a_whole() -> None:
    """Where many packages change from one host to another it is their registry; where one does it is that package."""
    before = pins_of(pin(name, host="old.example") for name in "abcdef")
    all_moved = pins_of(pin(name, host="mirror.example") for name in "abcdef")
    one_moved = pins_of(pin(name, host="evil.example" if name == "c" else "old.example") for name in "abcdef")
    assert registries_moved(changes_between(before, all_moved), 6) == {("old.example", "mirror.example")}
    assert registries_moved(changes_between(before, one_moved), 6) == set()
