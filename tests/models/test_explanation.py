"""Reasons in words: strongest first, with value and usual, and bounded."""

from __future__ import annotations

import itertools
import string
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.explanation import MAX_REASONS, MIN_BITS, Explainer, amount, headline
from models.extraction import Extraction
from models.features import FAMILIES, FEATURES, INDEX
from models.finding import Reason
from models.kernel import CATEGORICAL
from models.profile import Profiles
from models.scorer import Scorer
from models.vocabulary import Vocabulary
from tests.models.streams import DAY, HOUR, START, by_kernel, make_event, random_stream

_LONGEST = max(len(feature.phrase) for feature in FEATURES) + 4 * 120 + 20


@cache
def _all_reasons() -> tuple[tuple[Reason, ...], ...]:
    """Return what would be said of every event of random streams, in which everything is new now and then."""
    said = []
    for seed in range(4):
        vocabulary = Vocabulary()
        observations = Extraction(vocabulary).observe(random_stream(seed, 300))
        _, detail, usual = by_kernel(observations, Profiles(), in_place=True)
        explainer = Explainer(vocabulary)
        said += [explainer.reasons(observations, i, detail, usual) for i in range(300)]
    return tuple(said)


@cache
def _theft(network: str = "AS666") -> tuple[Reason, ...]:
    """Return the reasons of a clone from a new network, at night, after a month of routine."""
    links = {"repo": "acme/pay", "network": "AS1"}
    routine = [make_event(i, at=START + i * DAY / 2 + 10 * HOUR, links=links) for i in range(120)]
    odd = make_event(
        999, at=START + 60 * DAY + 2 * HOUR, links={"repo": "acme/vault", "network": network}, entity="acme/vault"
    )
    return Scorer(members=("novelty",)).score([*routine, odd])[-1].reasons


def test_there_are_reasons_to_judge() -> None:
    """The streams of this file give reasons of many features, so that the laws below are about something."""
    assert len({reason.feature for reasons in _all_reasons() for reason in reasons}) >= 30


def test_strongest_come_first() -> None:
    """Reasons are sorted by weight, one a feature, none weak, not too many."""
    for reasons in _all_reasons():
        weights = [reason.weight for reason in reasons]
        assert weights == sorted(weights, reverse=True)
        assert all(weight >= MIN_BITS - 0.001 for weight in weights)
        assert len({reason.feature for reason in reasons}) == len(weights) <= MAX_REASONS


def test_texts_are_whole_and_bounded() -> None:
    """No placeholder is left, and no text is longer than a phrase with its names cut."""
    for reason in itertools.chain(*_all_reasons()):
        assert "{" not in reason.text
        assert 0 < len(reason.text) <= _LONGEST


def test_reasons_name_what_their_phrase_names() -> None:
    """Value and usual stand in the sentence wherever its phrase has a place for them."""
    for reason in itertools.chain(*_all_reasons()):
        feature = FEATURES[INDEX[reason.feature]]
        fields = {field for _, field, _, _ in string.Formatter().parse(feature.phrase)}
        assert reason.family == feature.family in FAMILIES
        assert (reason.value and reason.value in reason.text) or "value" not in fields
        assert (reason.usual or "nothing known yet") in reason.text or "usual" not in fields


def test_usual_is_another_value() -> None:
    """Nothing is called unusual beside itself."""
    values = [one for one in itertools.chain(*_all_reasons()) if FEATURES[INDEX[one.feature]].measure == CATEGORICAL]
    assert all(reason.usual != reason.value for reason in values)
    assert sum(bool(reason.usual) for reason in values) > len(values) / 4


def test_new_network_is_named_beside_the_usual_one() -> None:
    """The reason names actor, new network and what would have been usual, on how many acts it rests."""
    (reason,) = [reason for reason in _theft() if reason.feature == "network_of_actor"]
    assert "user:mona" in reason.text
    assert (reason.value, reason.usual) == ("AS666", "AS1")
    assert reason.n > 50


def test_ordinary_events_have_no_reasons() -> None:
    """Only findings are explained."""
    assert Scorer().score([make_event(i, at=START + 7 * i * DAY) for i in range(50)])[-1].reasons == ()


@pytest.mark.parametrize("network", ["{value}", "{0}", "{", "}", "%s", "{owner.__class__}", "\ud800", "x" * 100_000])
def test_names_are_never_read_as_phrases(network: str) -> None:
    """Braces in a name are shown as they are; a huge name is cut."""
    (reason,) = [reason for reason in _theft(network) if reason.feature == "network_of_actor"]
    assert reason.value == network[:120]
    assert len(reason.text) <= _LONGEST


@given(x=st.floats(0, 1e18), unit=st.sampled_from(["", "s", "h"]))
@settings(max_examples=50)
def test_amounts_are_short(x: float, unit: str) -> None:
    """A number is written shortly, however large."""
    assert 1 <= len(amount(x, unit)) <= 30


def test_headline_says_who_did_what() -> None:
    """The headline is actor, action and entity."""
    assert headline(make_event()) == "user:mona git.clone repo:acme/pay"
