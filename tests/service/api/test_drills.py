"""Drills over HTTP: they begin where somebody may, and are told as they stand."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from service.api import Gatekeeper, Wiring, build, install_problems
from service.feed import Feed
from service.store import drills
from service.store.database import Database
from tests.service.api.conftest import HERE
from tests.service.stand_ins import START


class Begins:
    """Begins drills and never plays them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(self, organisation: str, names: Sequence[str], *, seed: int | None, keep: bool) -> Sequence[str]:
        """Store that they wait; an id is a name with what was asked."""
        begun = [f"{name}:{seed}:{keep}" for name in names]
        with self._database.transaction() as connection:
            for key, name in zip(begun, names, strict=True):
                drills.begin(connection, key, organisation, name, START)
        return begun


def client(database: Database, *, is_playing: bool = True) -> TestClient:
    """Return a client of an API that can play drills, or cannot."""
    app = FastAPI()
    gatekeeper = Gatekeeper(database, is_loopback=True)
    app.include_router(build(Wiring(Feed(database), gatekeeper, drills=Begins(database) if is_playing else None)))
    install_problems(app)
    return TestClient(app, base_url=HERE, client=("127.0.0.1", 50_000))


def test_drills_are_begun_in_the_order_asked(database: Database) -> None:
    """The answer names them as they were asked for, none of them ended."""
    answer = client(database).post("/api/v1/drills", json={"names": ["b", "a"], "seed": 7, "keep": True})
    assert answer.status_code == 202
    assert [(drill["id"], drill["finished_at"]) for drill in answer.json()["items"]] == [
        ("b:7:True", None),
        ("a:7:True", None),
    ]


def test_ended_drills_tell_how(database: Database) -> None:
    """The list shows what each drill came to."""
    with database.transaction() as connection:
        drills.begin(connection, "k", "default", "a", START)
        drills.finish(connection, "k", START + 9, b'{"ending": "found"}')
    listed = client(database).get("/api/v1/drills").json()["items"]
    assert [drill["result"] for drill in listed] == [{"ending": "found"}]


def test_other_organisations_are_not_listed(database: Database) -> None:
    """A drill is told to those it was played against."""
    with database.transaction() as connection:
        drills.begin(connection, "k", "umbrella", "a", START)
    assert client(database).get("/api/v1/drills").json()["items"] == []


def test_process_without_drills_says_so(database: Database) -> None:
    """Where nothing is played, the problem says whom to ask."""
    answer = client(database, is_playing=False).post("/api/v1/drills", json={})
    assert answer.status_code == 404
    assert "--role api" in answer.json()["detail"]


@pytest.mark.parametrize("body", [{"names": "a"}, {"seed": -1}, {"speed": 2}])
def test_bad_bodies_are_told(database: Database, body: dict[str, object]) -> None:
    """What cannot be understood begins nothing."""
    assert client(database).post("/api/v1/drills", json=body).status_code == 422
