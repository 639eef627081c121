"""Signals: what no history makes usual is told whenever it holds, until a verdict calls it benign."""

from __future__ import annotations

import msgspec

from collector.event import WATCH, Actor, ActorType, Entity, Event, Kind
from models.scorer import Scorer
from models.signals import SIGNALS

MALICIOUS = SIGNALS["package_known_malicious"]


def _lock(number: int, **more: object) -> Event:
    plain = Event(
        id=f"lockfile:{number}",
        ref=str(number),
        source="lockfile",
        kind=Kind.DEPENDENCY,
        action="lockfile",
        actor=Actor(ActorType.USER, "mona"),
        entity=Entity("lockfile", "acme/pay/package-lock.json"),
        observed_at=1.7e9 + number * 3600.0,
        received_at=1.7e9 + number * 3600.0,
        facts={"format": "npm"},
    )
    return msgspec.structs.replace(plain, **more)


def _taught() -> Scorer:
    scorer = Scorer()
    scorer.score([_lock(number) for number in range(400)])
    return scorer


def test_a_signal_makes_the_most_ordinary_event_a_finding() -> None:
    """It has at least the signal's bits, and the signal is its first reason, in the words it was raised with."""
    scored = _taught().score([_lock(401, signals={MALICIOUS.name: "left-pad 9.9.9 was declared malicious"})])[0]
    assert scored.is_finding
    assert scored.score >= MALICIOUS.bits
    assert (scored.reasons[0].feature, scored.reasons[0].text) == (
        MALICIOUS.name,
        "left-pad 9.9.9 was declared malicious",
    )


def test_a_signal_is_told_however_often_it_held() -> None:
    """Unlike a surprise it does not wear off."""
    scorer = _taught()
    scored = scorer.score([_lock(401 + i, signals={MALICIOUS.name: "left-pad 9.9.9"}) for i in range(50)])
    assert all(item.is_finding for item in scored)


def test_a_benign_verdict_answers_for_this_signal_and_no_other() -> None:
    """The same actor, place and value is settled; another value is told."""
    scorer = _taught()
    told = _lock(401, signals={MALICIOUS.name: "left-pad 9.9.9"})
    scorer.score([told])
    scorer.learn_verdict([told], is_usual=True)
    again, other = scorer.score(
        [
            _lock(402, signals={MALICIOUS.name: "left-pad 9.9.9"}),
            _lock(403, signals={MALICIOUS.name: "right-pad 1.0.0"}),
        ]
    )
    assert (again.is_finding, again.settled) == (False, True)
    assert other.is_finding


def test_a_name_that_is_no_signal_raises_nothing() -> None:
    """An event of a newer version of the product is scored as if it had none."""
    scorer, plain = _taught(), _taught()
    assert scorer.score([_lock(401, signals={"unheard_of": "x"})])[0].score == plain.score([_lock(401)])[0].score


def test_what_we_tell_of_a_source_is_found_by_its_signal_alone() -> None:
    """It has no habits: its first recovery, which nothing like it preceded, is no finding."""
    scorer = _taught()
    source = {"source": WATCH, "kind": Kind.OTHER, "entity": Entity("source", "github.webhook")}
    silent, recovered = scorer.score(
        [
            _lock(401, **source, action="source.silent", signals={"source_silent": "silent for 9 hours"}),
            _lock(402, **source, action="source.recovered"),
        ]
    )
    assert [reason.feature for reason in silent.reasons] == ["source_silent"]
    assert silent.is_finding
    assert not recovered.is_finding
