"""The judge: found, buried, missed or not played, with the rank it had and how early it stood there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from hypothesis import given
from hypothesis import strategies as st

from collector.simulator import StagedDrill
from service.incident import Incident, IncidentEvent
from training.drills import DrillResult, Ending
from training.drills.judge import judge
from training.drills.result import Evidence, Look, Standing

NOW = 1_795_600_000.0
MINUTE = 60.0
SOURCES = {"d1": "github.audit", "d2": "github.webhook", "d3": "github.audit"}


def staged(missing: tuple[str, ...] = ()) -> StagedDrill:
    """Return a drill of ten minutes whose damage is done after six."""
    return StagedDrill(
        name="token-mass-clone",
        says="Somebody copies everything.",
        classes=("A10",),
        deliveries=(),
        first_at=NOW,
        impact_at=NOW + 6 * MINUTE,
        last_at=NOW + 10 * MINUTE,
        feeds=("github.audit",),
        missing_feeds=missing,
    )


def make_incident(score: float, *events: str) -> Incident:
    """Return an incident of some strength that lists events."""
    listed = [IncidentEvent(name, name, NOW, "git.clone", "user:mona", "repo:acme/pay", 9, 0.01) for name in events]
    return Incident(
        id=f"inc_{score}", organisation="acme~x", score=score, risk=88.04, first_at=NOW, last_at=NOW, events=listed
    )


def judged(
    *looks: Look,
    rivals: Sequence[float] = (),
    days: float = 30.0,
    sources: Mapping[str, str] = SOURCES,
    missing: tuple[str, ...] = (),
) -> DrillResult:
    """Return the judgement of what was seen, with a budget of one incident a day."""
    evidence = Evidence(looks, rivals, days, 1.0, Standing(214, 9312), sources)
    return judge(staged(missing), evidence, organisation="acme", scratch="acme~x")


def test_first_and_in_time() -> None:
    """A drill that stood above all before the damage says by how much."""
    result = judged(Look(NOW + MINUTE, []), Look(NOW + 2 * MINUTE, [make_incident(9.0, "d1", "d2")]), rivals=[8.0, 7.0])
    assert result.ending is Ending.FOUND
    assert result.sentence == "would have been first, 4 minutes before the impact"
    assert (result.rank, result.rivals, result.lead_s) == (1, 2, 4 * MINUTE)


def test_after_the_impact() -> None:
    """A drill that stood high only after the damage says so."""
    result = judged(Look(NOW + 8 * MINUTE, [make_incident(9.0, "d1")]), rivals=[10.0, 11.0])
    assert result.sentence == "would have been third, 2 minutes after the impact"


def test_seen_with_the_impact() -> None:
    """Neither before nor after has a phrase of its own."""
    assert judged(Look(NOW + 6 * MINUTE, [make_incident(9.0, "d1")])).sentence == "would have been first, at the impact"


def test_noticed_when_it_first_stood_high_enough() -> None:
    """An incident that begins far below counts from when it rose."""
    rivals = [5.0] * 40
    looks = [Look(NOW + MINUTE, [make_incident(4.0, "d1")]), Look(NOW + 3 * MINUTE, [make_incident(6.0, "d1", "d2")])]
    assert judged(*looks, rivals=rivals).noticed_at == NOW + 3 * MINUTE


def test_below_the_budget_is_buried() -> None:
    """What a team with time for so many a day would not have come to is told, but buried."""
    result = judged(Look(NOW + MINUTE, [make_incident(4.0, "d1")]), rivals=[5.0] * 40)
    assert result.ending is Ending.BURIED
    assert result.sentence == (
        "was told, but only as 41st of 41 incidents: with time for 1 a day, nobody would have looked"
    )


def test_room_grows_with_history() -> None:
    """In two days a team has time for two incidents, not for thirty."""
    look = Look(NOW, [make_incident(4.0, "d1")])
    endings = [judged(look, rivals=[5.0] * 2, days=days).ending for days in (1.5, 30.0)]
    assert endings == [Ending.BURIED, Ending.FOUND]


def test_nothing_told_is_missed() -> None:
    """A drill of which nothing became an incident says where its strongest event stood."""
    result = judged(Look(NOW, []))
    assert result.ending is Ending.MISSED
    assert result.sentence == ("missed: nothing of it reached the feed; its strongest event was ranked 214th of 9,312")


def test_an_event_lost_in_another_story_is_not_found() -> None:
    """An incident is the drill's only when a fair share of it is."""
    assert judged(Look(NOW, [make_incident(9.0, "d1", *"abcdefgh")])).ending is Ending.MISSED


def test_feeds_are_those_that_showed_it() -> None:
    """Which sources the incident's events came from is told, with how many of them."""
    result = judged(Look(NOW, [make_incident(9.0, "d1", "d2", "else")]))
    assert (result.feeds, result.told, result.events) == (("github.audit", "github.webhook"), 2, 3)


def test_nothing_carried_is_not_played() -> None:
    """Where no feed would have carried it, that is the answer."""
    result = judged(sources={}, missing=("github.audit", "github.webhook"))
    assert result.ending is Ending.UNPLAYED
    assert result.sentence == (
        "not played: it would show in github.audit and github.webhook, which this organisation does not send"
    )


@given(rivals=st.lists(st.floats(0, 40), max_size=60), score=st.floats(0.1, 40), stronger=st.floats(0.1, 10))
def test_a_stronger_incident_never_ranks_lower(rivals: list[float], score: float, stronger: float) -> None:
    """More strength is never a worse rank."""
    weak, strong = (
        judged(Look(NOW, [make_incident(value, "d1")]), rivals=rivals).rank for value in (score, score + stronger)
    )
    assert 1 <= strong <= weak <= len(rivals) + 1
