"""Findings that share something rare become one incident; strangers do not chain."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import pytest

from collector.event import WATCH, Actor, ActorType, Entity, Event, Kind
from collector.stream.entry import Suppressed
from models.finding import Reason, Scored
from service.grouping import OPEN_BITS, SIZE, SPAN_S, IncidentBook, corroborated, strength
from service.incident import Incident, Status

HOUR = 3600.0
START = 60 * 86400.0


def make_reason(
    family: str = "network", weight: float = 10.0, feature: str = "network_of_actor", value: str = "AS1"
) -> Reason:
    """Return a reason, naming only what matters."""
    return Reason(feature, family, f"{value} is new", value, "AS0", weight, 50.0)


def make_scored(
    name: str, at: float, *, actor: str = "mona", repo: str = "acme/pay", score: float = 9.0, **links: str
) -> Scored:
    """Return a finding of one event, naming only what matters."""
    event = Event(
        id=name, ref=name, source="github.audit", kind=Kind.ACCESS, action="git.clone", observed_at=at,
        actor=Actor(ActorType.USER, actor), entity=Entity("repo", repo), received_at=at, links={"repo": repo, **links},
    )  # fmt: skip
    return Scored(event, score, 2.0**-score, 30.0, {}, False, True, "test", (make_reason(value=f"AS-{name}"),))


def ordinary(count: int) -> list[Scored]:
    """Return unremarkable events of many people and repositories, so that rarity means something."""
    return [
        Scored(s.event, 1.0, 0.5, 2.0, {}, False, False, "test")
        for i in range(count)
        for s in [
            make_scored(f"o{i}", START - 86400 + i, actor=f"dev{i % 40}", repo=f"acme/r{i % 30}", token=f"t{i % 40}")
        ]
    ]


def incidents_of(findings: Sequence[Scored], batch: int = 10_000) -> list[Incident]:
    """Return the ranked incidents of a book that saw 2,000 ordinary events, then the findings."""
    book, stored = IncidentBook(), dict[str, Incident]()
    stream = [*ordinary(2000), *findings]
    for start in range(0, len(stream), batch):
        stored |= {incident.id: incident for incident in book.add(stream[start : start + batch])}
    return book.rank(stored.values())


def test_acts_of_one_token_are_one_incident() -> None:
    """What one hand did within an hour is handled together."""
    incidents = incidents_of(
        [make_scored(f"e{i}", START + i * 60, repo=f"acme/r{i}", token="stolen") for i in range(8)]
    )
    assert [len(incident.events) for incident in incidents] == [8]


def test_strangers_in_one_repository_stay_apart() -> None:
    """Sharing no more than a busy repository is no story."""
    incidents = incidents_of(
        [make_scored(f"e{i}", START + i * 60, actor=f"dev{i}", token=f"t{i}", repo="acme/r1") for i in range(6)]
    )
    assert len(incidents) == 6


def test_old_link_pulls_no_more() -> None:
    """The same actor a week later is another incident."""
    incidents = incidents_of([make_scored("a", START), make_scored("b", START + 7 * 86400)])
    assert len(incidents) == 2


def test_incident_is_bounded() -> None:
    """Neither span nor size of an incident grows without end."""
    step = SPAN_S / 400
    incidents = incidents_of([make_scored(f"e{i}", START + i * step, token="t") for i in range(900)])
    assert max(len(incident.events) for incident in incidents) <= SIZE
    assert max(incident.last_at - incident.first_at for incident in incidents) <= SPAN_S


def test_weak_finding_only_joins() -> None:
    """Too weak to open an incident, strong enough to complete one."""
    weak = OPEN_BITS - 0.5
    alone = incidents_of([make_scored("weak", START, score=weak)])
    joined = incidents_of([make_scored("strong", START), make_scored("weak", START + 60, score=weak)])
    assert [len(alone), len(joined[0].events)] == [0, 2]


def test_identity_comes_from_the_first_finding() -> None:
    """The id hashes organisation and first finding, so a replay names it the same."""
    ids = {incidents_of([make_scored("a", START), make_scored("b", START + 1)])[0].id for _ in range(2)}
    assert len(ids) == 1


def test_split_changes_nothing() -> None:
    """Events one by one give the same incidents as all at once."""
    findings = [make_scored(f"e{i}", START + i * 600, actor=f"dev{i % 3}", token=f"t{i % 3}") for i in range(30)]
    assert incidents_of(findings, batch=1) == incidents_of(findings)


def test_families_count_once() -> None:
    """Ten reasons of one family weigh less than three independent ones."""
    same = [make_reason(weight=9.0, value=f"AS{i}") for i in range(10)]
    independent = [make_reason(family=family, weight=9.0) for family in ("network", "credential", "reach")]
    assert corroborated(independent) > corroborated(same)


def test_ordinary_reasons_are_no_evidence() -> None:
    """Many mild oddities add up to nothing."""
    assert corroborated([make_reason(family=f"f{i}", weight=3.9) for i in range(20)]) == 0.0


@pytest.mark.parametrize(("evidence", "peak"), [(8.0, 8.0), (27.0, 1.0)])
def test_strength_is_a_mean(evidence: float, peak: float) -> None:
    """It lies between its two parts, in bits."""
    assert min(evidence, peak) - 1e-9 <= strength(evidence, peak) <= max(evidence, peak) + 1e-9


@pytest.mark.parametrize("restarts_at", [1, 2003, 2017])
def test_restarted_book_goes_on(restarts_at: int) -> None:
    """A book that was stored and read again in the middle makes the incidents of one that was not."""
    findings = [make_scored(f"e{i}", START + i * 600, actor=f"dev{i % 3}", token=f"t{i % 3}") for i in range(30)]
    stream = [*ordinary(2000), *findings]
    book = IncidentBook()
    stored = {incident.id: incident for incident in book.add(stream[:restarts_at])}
    book = IncidentBook.from_bytes(book.to_bytes(), organisation="default")
    stored |= {incident.id: incident for incident in book.add(stream[restarts_at:])}
    assert book.rank(stored.values()) == incidents_of(findings)


def test_judged_incident_grows_no_more() -> None:
    """What follows an incident that somebody closed is an incident of its own."""
    book = IncidentBook()
    book.add(ordinary(2000))
    (first,) = book.add([make_scored("a", START)])
    assert [incident.is_open for incident in book.close(first.id)] == [False]
    assert [incident.id != first.id for incident in book.add([make_scored("b", START + 60)])] == [True]


def test_suppressed_findings_make_a_suppressed_incident() -> None:
    """What matches a suppression is kept apart until something else joins it, or its time is over."""
    book = IncidentBook()
    book.add(ordinary(2000))
    book.suppress(Suppressed(organisation="default", id="s1", until=START + 3600, actor="user:mona"))
    assert [incident.status for incident in book.add([make_scored("a", START, actor="mona")])] == [Status.SUPPRESSED]
    assert [incident.status for incident in book.add([make_scored("b", START + 60, actor="mona")])] == [
        Status.SUPPRESSED
    ]
    assert [incident.status for incident in book.add([make_scored("c", START + 3700, actor="mona")])] == [Status.NEW]


def test_finding_between_two_incidents_links_them() -> None:
    """Two incidents that one finding could have joined stay two, and name each other."""
    two = [
        make_scored("a", START, actor="ann", token="ta", repo="acme/x"),
        make_scored("b", START + 60, actor="bob", token="tb", repo="acme/y"),
    ]
    between = make_scored("c", START + 120, actor="ann", token="tb")
    first, second = sorted(incidents_of([*two, between]), key=lambda incident: incident.first_at)
    assert (first.related, second.related) == ([second.id], [first.id])


def test_copy_of_a_book_leaves_its_incidents_alone() -> None:
    """What goes on in a copy under another name changes no incident of the organisation it was copied from."""
    book = IncidentBook()
    original = book.add([*ordinary(2000), make_scored("e1", START, token="stolen")])[0]
    copy = IncidentBook.from_bytes(book.to_bytes(), organisation="default~copy")
    grown = copy.add([make_scored("e2", START + 60, token="stolen")])[0]
    assert [event.id for event in grown.events] == ["e1", "e2"]
    assert grown.organisation == "default~copy"
    assert grown.id != original.id


def told_by_the_watch(name: str, source: str, *, hook: str = "") -> Scored:
    """Return the finding that a source fell silent."""
    finding = make_scored(name, START + 3_600.0, actor=WATCH)
    event = msgspec.structs.replace(
        finding.event,
        source=WATCH,
        actor=Actor(ActorType.APP, WATCH),
        entity=Entity("source", source),
        links={"hook": hook} if hook else {},
    )
    return msgspec.structs.replace(finding, event=event)


def test_silences_of_two_sources_are_two_stories() -> None:
    """That we tell of both makes them no one's doing; the same source again is the same story."""
    silences = [told_by_the_watch(f"e{i}", source) for i, source in enumerate(("github.webhook", "jenkins", "jenkins"))]
    assert sorted(len(incident.events) for incident in incidents_of(silences)) == [1, 2]


def test_who_removed_a_hook_and_its_silence_are_one_story() -> None:
    """They meet by what GitHub calls the hook."""
    removed = make_scored("removed", START)
    removed = msgspec.structs.replace(
        removed, event=msgspec.structs.replace(removed.event, links={**removed.event.links, "hook": "4711"})
    )
    silent = told_by_the_watch("silent", "github.webhook", hook="4711")
    assert [len(incident.events) for incident in incidents_of([removed, silent])] == [2]
