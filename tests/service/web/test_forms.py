"""Forms work without scripts: post, be sent on, see what came of it."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

from collector.stream.entry import Verdict
from service.feed import Feed
from service.incident import Status
from tests.service.web.document import Document, parse


def form_of(document: Document, ending: str) -> tuple[str, dict[str, str]]:
    """Return where a form goes, and what its hidden fields hold."""
    (form,) = {one.attributes["action"] for one in document.all("form") if f"/{ending}?" in one.attributes["action"]}
    version = document.all("input", name="version")[0].attributes["value"]
    heard = document.all("input", name="heard")[0].attributes["value"]
    return form, {"version": version, "heard": heard}


@pytest.mark.parametrize("verdict", list(Verdict))
def test_verdict_closes(client: TestClient, feed: Feed, ids: list[str], verdict: Verdict) -> None:
    """A verdict resolves the incident, keeps the comment, and shows the incident again."""
    action, hidden = form_of(parse(client.get(f"/incidents/{ids[0]}").text), "verdict")
    answer = client.post(action, data={**hidden, "verdict": verdict.value, "comment": "because"})
    assert (answer.status_code, answer.headers["location"]) == (
        303,
        f"/incidents/{ids[0]}?organisation=default#verdict",
    )
    after = feed.incident("default", ids[0])
    assert after is not None
    assert (after.status, after.verdict, after.comments[0].text) == (Status.RESOLVED, verdict, "because")


def test_closing_from_the_list_returns_there(client: TestClient, ids: list[str]) -> None:
    """Who closes from the list comes back to it, filters and all, and reads what was closed."""
    came = "/?text=mona&organisation=default"
    close = parse(client.get(f"/incidents/{ids[0]}/close", headers={"Referer": f"http://127.0.0.1:8600{came}"}).text)
    action, hidden = form_of(close, "verdict")
    back = close.one("input", name="next").attributes["value"]
    answer = client.post(action, data={**hidden, "verdict": "benign", "next": back})
    assert answer.headers["location"] == f"{came}&done={ids[0]}"
    assert "Closed as “real, and allowed”" in parse(client.get(answer.headers["location"]).text).text


def test_status_and_assignee_are_saved(client: TestClient, feed: Feed, ids: list[str]) -> None:
    """Who works on it, and how far they are."""
    action, hidden = form_of(parse(client.get(f"/incidents/{ids[0]}").text), "triage")
    assert client.post(action, data={**hidden, "status": "in_progress", "assignee": " ann "}).status_code == 303
    after = feed.incident("default", ids[0])
    assert after is not None
    assert (after.status, after.assignee) == (Status.IN_PROGRESS, "ann")


def test_comment_is_saved(client: TestClient, feed: Feed, ids: list[str]) -> None:
    """A comment is signed with who wrote it; on a laptop that is whoever sits there."""
    assert client.post(f"/incidents/{ids[0]}/comments", data={"text": "hm"}).status_code == 303
    after = feed.incident("default", ids[0])
    assert after is not None
    assert [(one.author, one.text) for one in after.comments] == [("local", "hm")]


def test_conflict_is_shown_not_overwritten(client: TestClient, feed: Feed, ids: list[str]) -> None:
    """Who decides on what changed meanwhile is told what others did; their own entry stays in the form, unsaved."""
    action, hidden = form_of(parse(client.get(f"/incidents/{ids[0]}").text), "verdict")
    feed.triage("default", ids[0], status=Status.IN_PROGRESS, assignee="bob", by="bob")
    answer = client.post(action, data={**hidden, "verdict": "test", "comment": "our drill"})
    document = parse(answer.text)
    assert answer.status_code == 409
    assert "bob: status in progress, assigned to bob" in document.text
    assert document.one("textarea", id="verdict-comment").text.strip() == "our drill"
    assert "checked" in document.one("input", type="radio", value="test").attributes
    after = feed.incident("default", ids[0])
    assert after is not None
    assert after.verdict is None


def test_conflict_can_be_sent_again(client: TestClient, feed: Feed, ids: list[str]) -> None:
    """The form of a conflict carries the version it shows, so that sending it again succeeds."""
    action, hidden = form_of(parse(client.get(f"/incidents/{ids[0]}").text), "verdict")
    feed.triage("default", ids[0], assignee="bob", by="bob")
    conflict = client.post(action, data={**hidden, "verdict": "test"})
    action, hidden = form_of(parse(conflict.text), "verdict")
    assert client.post(action, data={**hidden, "verdict": "test"}).status_code == 303


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("verdict", {"version": "0", "verdict": "guilty"}),
        ("verdict", {"version": "0"}),
        ("verdict", {"version": "x", "verdict": "benign"}),
        ("triage", {"version": "0", "status": "gone"}),
        ("comments", {"text": "  "}),
        ("comments", {}),
    ],
)
def test_bad_form_is_explained(client: TestClient, ids: list[str], path: str, fields: dict[str, str]) -> None:
    """A form that cannot be read is refused in words, and changes nothing."""
    answer = client.post(f"/incidents/{ids[0]}/{path}", data=fields)
    assert answer.status_code == 422
    assert parse(answer.text).one("h1").text


def test_form_for_no_incident(client: TestClient) -> None:
    """A verdict on no incident is not found."""
    answer = client.post("/incidents/inc_none/verdict", data={"version": "0", "verdict": "benign"})
    assert answer.status_code == 404


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)"]
)
def test_form_sends_nobody_away(client: TestClient, ids: list[str], target: str) -> None:
    """Where to go on to is on this site, whatever a form says."""
    data = {"version": "0", "verdict": "benign", "next": target}
    answer = client.post(f"/incidents/{ids[0]}/verdict", data=data)
    assert answer.headers["location"].startswith("/?done=")
