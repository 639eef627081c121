"""`/incidents`: listed, read, changed with If-Match, judged, alone and in bulk."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient

from collector.stream.entry import Entry, Judged
from service.store.database import Database
from tests.service.feed.seeding import finding, incident_of, seed, store

URL = "/api/v1/incidents"


@pytest.fixture
def name(database: Database) -> str:
    """Return the id of an incident."""
    return seed(database, 1)[0]


def test_list_has_items_and_a_cursor(client: TestClient, database: Database) -> None:
    """A list is paged by the cursor it gives, until that is null."""
    names = seed(database, 5)
    first = client.get(URL, params={"limit": 3}).json()
    rest = client.get(URL, params={"limit": 3, "cursor": first["next_cursor"]}).json()
    assert [one["id"] for one in first["items"] + rest["items"]] == names[::-1]
    assert (first["total"], rest["next_cursor"]) == (5, None)


def test_list_is_filtered(client: TestClient, database: Database) -> None:
    """Every filter of the address reaches the feed; several statuses may be named."""
    items = [finding("a", entity="acme/pay/web"), finding("b", actor="otto", source="gitlab.audit")]
    store(database, items, [incident_of(one.event.id, [one], score=5.0) for one in items], position=2)
    found = {
        query: [one["id"] for one in client.get(f"{URL}?{query}").json()["items"]]
        for query in (
            "entity=repo:acme/pay/web",
            "actor=user:otto",
            "source=gitlab.audit",
            "text=OTTO",
            "status=new&status=in_progress",
            "status=resolved",
            "since=2026-01-02T00:00:00Z",
            "sort=newest&until=2026-01-02T00:00:00Z",
        )
    }
    assert list(found.values()) == [["a"], ["b"], ["b"], ["b"], ["a", "b"], [], [], ["a", "b"]]


@pytest.mark.parametrize(
    ("query", "status", "said"),
    [
        ("cursor=nonsense", 400, "start again without one"),
        ("limit=0", 422, "query.limit"),
        ("limit=1000", 422, "query.limit"),
        ("status=strange", 422, "query.status"),
        ("sort=name", 422, "query.sort"),
        ("minimum_risk=101", 422, "query.minimum_risk"),
        ("since=2026-01-02T00:00:00", 422, "timezone"),
    ],
)
def test_bad_question_is_a_problem(client: TestClient, query: str, status: int, said: str) -> None:
    """What cannot be understood is answered with what is wrong with which part."""
    answer = client.get(f"{URL}?{query}")
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert said in answer.json()["detail"]


def test_incident_has_an_entity_tag(client: TestClient, name: str) -> None:
    """An incident comes whole, with the tag that a change needs."""
    answer = client.get(f"{URL}/{name}")
    assert (answer.status_code, answer.headers["etag"], answer.json()["version"]) == (200, '"0"', 0)
    assert answer.json()["events"][0]["reasons"][0]["text"] == "first workflow by mona"


def test_unknown_incident_is_not_found(client: TestClient) -> None:
    """Reading, changing, judging and commenting what is not there are one and the same problem."""
    answers = [
        client.get(f"{URL}/none"),
        client.patch(f"{URL}/none", json={"status": "resolved"}, headers={"If-Match": '"0"'}),
        client.post(f"{URL}/none/verdict", json={"verdict": "benign"}),
        client.post(f"{URL}/none/comments", json={"text": "hm"}),
        client.get(f"{URL}/none/events"),
    ]
    assert {(answer.status_code, answer.json()["detail"]) for answer in answers} == {
        (404, "there is no incident none in default")
    }


def test_change_with_the_tag_it_was_read_with(client: TestClient, name: str) -> None:
    """A change that names the right tag is made, and gives the next tag."""
    answer = client.patch(
        f"{URL}/{name}", json={"status": "in_progress", "assignee": "ada"}, headers={"If-Match": '"0"'}
    )
    assert (answer.status_code, answer.headers["etag"]) == (200, '"1"')
    assert (answer.json()["status"], answer.json()["assignee"]) == ("in_progress", "ada")


@pytest.mark.parametrize("tag", ['"0"', '"7"', 'W/"1"', "1", '"abc"'])
def test_change_with_another_tag_fails(client: TestClient, name: str, tag: str) -> None:
    """Who read an older version, or shows a tag that is none, changes nothing."""
    client.patch(f"{URL}/{name}", json={"assignee": "ada"}, headers={"If-Match": '"0"'})
    answer = client.patch(f"{URL}/{name}", json={"assignee": "bob"}, headers={"If-Match": tag})
    assert (answer.status_code, answer.headers["content-type"]) == (412, "application/problem+json")
    assert client.get(f"{URL}/{name}").json()["assignee"] == "ada"


def test_change_without_a_tag_is_refused(client: TestClient, name: str) -> None:
    """Nobody overwrites another by forgetting to look."""
    answer = client.patch(f"{URL}/{name}", json={"assignee": "ada"})
    assert answer.status_code == 428
    assert "If-Match" in answer.json()["detail"]


def test_change_of_any_version(client: TestClient, name: str) -> None:
    """Who says that any version will do, overwrites."""
    assert client.patch(f"{URL}/{name}", json={"assignee": "ada"}, headers={"If-Match": "*"}).status_code == 200


@pytest.mark.parametrize("body", [{}, {"status": "odd"}, {"assignee": "ada", "risk": 1}, {"assignee": "a" * 300}, []])
def test_change_must_say_what(client: TestClient, name: str, body: object) -> None:
    """An empty change, an unknown field or value is refused."""
    assert client.patch(f"{URL}/{name}", json=body, headers={"If-Match": '"0"'}).status_code == 422


def test_verdict(client: TestClient, name: str, waiting: Callable[[], list[Entry]]) -> None:
    """A verdict resolves the incident and is on its way to the worker."""
    answer = client.post(f"{URL}/{name}/verdict", json={"verdict": "benign", "comment": "new job"})
    told = answer.json()
    assert (answer.status_code, answer.headers["etag"]) == (200, '"1"')
    assert (told["status"], told["verdict"], told["comments"][0]["text"]) == ("resolved", "benign", "new job")
    [judged] = waiting()
    assert isinstance(judged, Judged)
    assert (judged.incident, judged.given_by) == (name, "local")


def test_verdict_on_what_was_changed_meanwhile(client: TestClient, name: str) -> None:
    """A verdict may name the version it judges."""
    client.post(f"{URL}/{name}/verdict", json={"verdict": "benign"})
    answer = client.post(f"{URL}/{name}/verdict", json={"verdict": "test"}, headers={"If-Match": '"0"'})
    assert answer.status_code == 412


def test_comment(client: TestClient, name: str) -> None:
    """A comment is kept with its author, and is no new version."""
    answer = client.post(f"{URL}/{name}/comments", json={"text": "looking into it"})
    assert (answer.status_code, answer.headers["etag"]) == (201, '"0"')
    assert [(one["author"], one["text"]) for one in answer.json()["comments"]] == [("local", "looking into it")]


def test_empty_comment_is_refused(client: TestClient, name: str) -> None:
    """Nothing is no comment."""
    assert client.post(f"{URL}/{name}/comments", json={"text": ""}).status_code == 422


def test_bulk_tells_what_became_of_each(client: TestClient, database: Database) -> None:
    """Of many, those that are there are judged; the others are told."""
    names = seed(database, 2)
    answer = client.post(f"{URL}/bulk", json={"ids": [names[0], "none", names[1], names[0]], "verdict": "test"})
    assert [(one["id"], one["status"]) for one in answer.json()["items"]] == [
        (names[0], 200),
        ("none", 404),
        (names[1], 200),
    ]
    assert {client.get(f"{URL}/{name}").json()["verdict"] for name in names} == {"test"}


def test_bulk_triage(client: TestClient, database: Database) -> None:
    """Many are given to somebody at once, with a word why."""
    names = seed(database, 2)
    client.post(f"{URL}/bulk", json={"ids": names, "assignee": "ada", "comment": "yours"})
    found = [client.get(f"{URL}/{name}").json() for name in names]
    assert [(one["assignee"], one["comments"][0]["text"]) for one in found] == [("ada", "yours")] * 2


@pytest.mark.parametrize(
    "body",
    [
        {"ids": [], "verdict": "test"},
        {"ids": ["a"]},
        {"ids": ["a"], "verdict": "test", "status": "new"},
        {"ids": ["a"] * 201, "verdict": "test"},
    ],
)
def test_bulk_is_one_decision_about_some(client: TestClient, body: object) -> None:
    """No incident, too many, no decision, or two: refused whole."""
    assert client.post(f"{URL}/bulk", json=body).status_code == 422


def test_events_of_an_incident(client: TestClient, database: Database) -> None:
    """The events are paged in order of time."""
    items = [finding(f"e{n}", at=1_767_225_600.0 + n) for n in range(5)]
    store(database, items, [incident_of("inc", items, score=7.0)], position=5)
    first = client.get(f"{URL}/inc/events", params={"limit": 3}).json()
    rest = client.get(f"{URL}/inc/events", params={"limit": 3, "cursor": first["next_cursor"]}).json()
    assert [one["id"] for one in first["items"] + rest["items"]] == ["e0", "e1", "e2", "e3", "e4"]
    assert (first["total"], rest["next_cursor"]) == (5, None)
