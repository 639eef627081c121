"""The store keeps a batch whole or not at all, ranks events, and gives incidents back as they were."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, text

from service.store import incidents, scored
from service.store.database import Database
from service.store.errors import FencedError
from service.store.positions import advance, claim, position_of
from service.store.tables import event_ranks
from tests.service.stand_ins import make_event, make_incident, make_scored


def test_position_starts_at_zero(database: Database) -> None:
    """Before the first batch nothing had its effects."""
    with database.transaction() as connection:
        assert position_of(connection, 0) == 0


def test_position_advances(database: Database) -> None:
    """The last position of each partition is kept."""
    with database.transaction() as connection:
        zero, one = claim(connection, 0, "a")[0], claim(connection, 1, "a")[0]
        advance(connection, 0, zero, 0, 5)
        advance(connection, 1, one, 0, 7)
        advance(connection, 0, zero, 5, 9)
        assert (position_of(connection, 0), position_of(connection, 1)) == (9, 7)


def test_replaced_owner_is_fenced(database: Database) -> None:
    """Who claimed a partition first cannot take it further once another claimed it."""
    with database.transaction() as connection:
        first, _ = claim(connection, 0, "a")
        second, position = claim(connection, 0, "b")
        with pytest.raises(FencedError):
            advance(connection, 0, first, position, 5)
        advance(connection, 0, second, position, 5)
        assert position_of(connection, 0) == 5


def test_failed_batch_leaves_nothing(database: Database) -> None:
    """Scored events, incidents and position are stored together or not at all."""

    def fail() -> None:
        with database.transaction() as connection:
            scored.add(connection, 0, [(1, make_scored(make_event()))])
            incidents.save(connection, [make_incident()], 1)
            advance(connection, 0, claim(connection, 0, "a")[0], 0, 1)
            raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        fail()
    with database.transaction() as connection:
        assert (scored.totals(connection).events, incidents.count(connection), position_of(connection, 0)) == (0, 0, 0)


def test_totals_count(database: Database) -> None:
    """Events, distinct actors and entities, findings and sources are counted."""
    events = [make_event("a"), make_event("b", actor="otto", action="odd"), make_event("c", action="odd")]
    with database.transaction() as connection:
        scored.add(connection, 0, [(at, make_scored(event)) for at, event in enumerate(events, 1)])
        assert scored.totals(connection) == scored.Totals(3, 2, 1, 0, 2, ("github.audit",))


def test_empty_batch(database: Database) -> None:
    """A batch of repeats only stores nothing and is no error."""
    with database.transaction() as connection:
        scored.add(connection, 0, [])
        incidents.save(connection, [], 1)
        assert scored.totals(connection) == scored.Totals(0, 0, 0, 0, 0, ())


@given(scores=st.lists(st.integers(0, 4).map(float), min_size=1, max_size=30))
def test_rank_orders_by_score_then_arrival(tmp_path_factory: pytest.TempPathFactory, scores: list[float]) -> None:
    """Ranks are a stable sort by score, from one, without gaps."""
    database = Database.temporary(tmp_path_factory.mktemp("store") / "store.sqlite")
    with database.transaction() as connection:
        scored.add(connection, 0, [(n, make_scored(make_event(str(n)), score)) for n, score in enumerate(scores)])
        scored.rank(connection)
        ranks = list(connection.scalars(select(event_ranks.c.rank).order_by(event_ranks.c.seq)))
    database.close()
    order = sorted(range(len(scores)), key=lambda n: -scores[n])
    assert ranks == [order.index(n) + 1 for n in range(len(scores))]


def test_ranked_events_come_in_order_with_their_incident(database: Database) -> None:
    """Every event comes back in the order it was scored, with its incident where it has one."""
    incident = make_incident("inc_1")
    events = [make_event("quiet"), make_event(incident.events[0].id, action="odd")]
    with database.transaction() as connection:
        scored.add(connection, 0, [(at, make_scored(event)) for at, event in enumerate(events, 1)])
        incidents.save(connection, [incident], 1)
        scored.rank(connection)
        rows = [(row.id, row.rank, row.incident) for row in scored.ranked(connection)]
    assert rows == [("quiet", 1, None), ("inc_1-0", 2, "inc_1")]


def test_event_of_two_incidents_shows_the_riskier(database: Database) -> None:
    """An event that two incidents list is told once, with the one of higher risk."""
    low, high = make_incident("inc_low", risk=10.0), make_incident("inc_high", risk=90.0)
    high.events = low.events
    with database.transaction() as connection:
        scored.add(connection, 0, [(1, make_scored(make_event(low.events[0].id)))])
        incidents.save(connection, [low, high], 1)
        scored.rank(connection)
        assert [row.incident for row in scored.ranked(connection)] == ["inc_high"]


def test_incident_comes_back_whole(database: Database) -> None:
    """An incident read is equal to the incident saved."""
    incident = make_incident(events=3)
    with database.transaction() as connection:
        incidents.save(connection, [incident], 1)
        assert incidents.by_score(connection, "default") == [incident]


def test_saving_again_replaces(database: Database) -> None:
    """An incident saved twice is there once, as it was last."""
    with database.transaction() as connection:
        incidents.save(connection, [make_incident(events=2)], 1)
        incidents.save(connection, [make_incident(risk=99.0, events=1)], 1)
        assert incidents.by_score(connection, "default") == [make_incident(risk=99.0, events=1)]
        assert connection.scalar(text("SELECT count(*) FROM incident_events")) == 1


def test_incidents_by_score_of_one_organisation(database: Database) -> None:
    """Only an organisation's own incidents are read, strongest first."""
    other = make_incident("inc_other", risk=100.0)
    other.organisation = "umbrella"
    with database.transaction() as connection:
        incidents.save(
            connection, [make_incident("inc_1", events=1), make_incident("inc_2", events=1, score=50.0), other], 1
        )
        assert [incident.id for incident in incidents.by_score(connection, "default")] == ["inc_2", "inc_1"]


def test_more_incidents_than_a_query_takes(database: Database) -> None:
    """A thousand incidents change at once."""
    many = [make_incident(f"inc_{n}") for n in range(1_200)]
    with database.transaction() as connection:
        incidents.save(connection, many, 1)
        incidents.save(connection, many, 1)
        assert incidents.count(connection) == 1_200
