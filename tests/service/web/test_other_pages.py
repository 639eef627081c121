"""Entities, drills, models and sources."""

from __future__ import annotations

from datetime import UTC, datetime

from fastapi.testclient import TestClient

from service.feed import Feed
from service.source_shapes import ReplayShape
from service.store.database import Database
from service.web.ports import DrillRow, SourceRow, VersionRow
from tests.service.stand_ins import START
from tests.service.web.conftest import client_of
from tests.service.web.document import Document, parse

AT = datetime.fromtimestamp(START, UTC)


class Ports:
    """Everything a page may be wired to, with one of each."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, ...]] = []

    def sources(self, organisation: str) -> list[SourceRow]:
        """Return one system that is told to send, and one that could be."""
        return [
            SourceRow(
                name="github", title=f"GitHub of {organisation}", sources=("github.webhook",), hook="/hooks/github"
            ),
            SourceRow(
                name="joblog", title="Logs", sources=("joblog",), hook="/hooks/joblog", how="`unwonted source add`"
            ),
        ]

    def replay(self, organisation: str, identity: int) -> ReplayShape:
        """Note what was asked."""
        self.asked.append((organisation, str(identity)))
        return ReplayShape(delivery=identity, entries=2, known=1, unreadable=0)

    def drills(self, organisation: str) -> list[DrillRow]:
        """Return one drill that was found."""
        scratch = f"{organisation}~d1"
        return [
            DrillRow(name="token-theft", started_at=AT, words="Found first.", organisation=scratch, incident="inc_d")
        ]

    def names(self) -> list[tuple[str, str]]:
        """Return one drill that can be played."""
        return [("token-theft", "A token is stolen.")]

    def versions(self, organisation: str) -> list[VersionRow]:
        """Return two versions, the older serving."""
        assert organisation
        return [VersionRow(name="v2", quality={"caught": 0.83}), VersionRow(name="v1", is_serving=True)]

    def promote(self, organisation: str, version: str, by: str) -> None:
        """Note what was asked."""
        self.asked.append((organisation, version, by))

    def rollback(self, organisation: str, by: str) -> None:
        """Note what was asked."""
        self.asked.append((organisation, by))


def show(client: TestClient, address: str) -> Document:
    """Return a page that answers well."""
    answer = client.get(address)
    assert answer.status_code == 200, answer.text
    return parse(answer.text)


def test_entity_says_what_is_usual(client: TestClient, ids: list[str]) -> None:
    """An actor's page tells when it acts, what it does, whom it meets, and what of it stood out."""
    assert ids
    document = show(client, "/entities?type=user&name=user1")
    assert "3 events" in document.text
    assert len([one for one in document.all("svg", role="img") if "by hour" in one.attributes["aria-label"]]) == 1
    assert len(document.all("li", class_="row")) == 3
    assert all(word in document.text for word in ("push", "acme/pay", "What is usual"))


def test_unknown_entity_is_explained(client: TestClient) -> None:
    """Somebody of whom nothing is known has no page."""
    answer = client.get("/entities?type=user&name=nobody")
    assert answer.status_code == 404
    assert "Nothing is known of user:nobody" in parse(answer.text).text


def test_pages_without_ports_say_so(client: TestClient) -> None:
    """A process that has no drills, models or sources still answers, and says what to do."""
    assert "unwonted drill --list" in show(client, "/drills").text
    assert "unwonted train" in show(client, "/models").text
    assert "/hooks/github" in show(client, "/sources").text


def test_drills_say_how_they_ended(database: Database, feed: Feed) -> None:
    """A drill tells how it was found, and leads to the incident in its scratch organisation."""
    with client_of(database, feed, drills=Ports()) as client:
        document = show(client, "/drills")
    assert "Found first." in document.text
    assert "/incidents/inc_d?organisation=default~d1" in {
        one.attributes["href"].replace("%7E", "~") for one in document.all("a")
    }
    assert "unwonted drill token-theft" in document.text


def test_versions_can_be_promoted_and_rolled_back(database: Database, feed: Feed) -> None:
    """A version that does not serve can be let, and the one that serves can be taken back."""
    ports = Ports()
    with client_of(database, feed, models=ports) as client:
        document = show(client, "/models")
        assert "caught 0.83" in document.text
        assert client.post("/models/promote", data={"version": "v2"}).status_code == 303
        assert client.post("/models/rollback").status_code == 303
    assert ports.asked == [("default", "v2", "local"), ("default", "local")]


def test_no_port_promotes_nothing(client: TestClient) -> None:
    """Without model versions there is nothing to promote."""
    assert client.post("/models/promote", data={"version": "v2"}).status_code == 404
