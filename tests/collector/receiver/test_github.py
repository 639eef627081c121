"""What GitHub sends is proven, stored, and answered with its events."""

from __future__ import annotations

from urllib.parse import quote_plus

import msgspec
import pytest

from tests.collector.receiver.conftest import Make
from tests.collector.receiver.stand import PUSH, SECRET, github, signature
from tests.collector.samples import AT

GITHUB = {"github": (SECRET, b"the next secret")}


def test_signed_push_is_an_event(make: Make) -> None:
    """A signed push is in the stream when it is answered 202 with its id."""
    stand = make(secrets=GITHUB)
    answer = stand.client("203.0.113.9").post("/hooks/github", content=PUSH, headers=github(PUSH))
    assert (answer.status_code, answer.json()) == (202, {"events": ["github.webhook:guid-1"]})
    event = stand.events[0]
    assert (event.action, event.received_at, event.organisation) == ("push", AT, "default")


def test_second_live_secret_is_right_too(make: Make) -> None:
    """While one secret replaces another, both prove."""
    headers = github(PUSH, b"the next secret")
    assert make(secrets=GITHUB).client().post("/hooks/github", content=PUSH, headers=headers).status_code == 202


@pytest.mark.parametrize(
    "given", ["", "sha256=", "sha1=" + "0" * 40, signature(PUSH)[:-1], signature(PUSH, b"x"), "ü", signature(b"")]
)
def test_wrong_signature_is_refused(make: Make, given: str) -> None:
    """Whatever is not the signature of these bytes stores nothing, and the answer names the setting."""
    stand = make(secrets=GITHUB)
    headers = [(b"x-hub-signature-256", given.encode("latin-1")), (b"x-github-event", b"push")]
    answer = stand.client().post("/hooks/github", content=PUSH, headers=headers)
    assert (answer.status_code, answer.headers["content-type"]) == (401, "application/problem+json")
    assert "UNWONTED_HOOKS_GITHUB_SECRET" in answer.json()["detail"]
    assert stand.entries == []


def test_missing_signature_is_refused(make: Make) -> None:
    """Once a secret is set, being on this machine proves nothing."""
    answer = make(secrets=GITHUB).client().post("/hooks/github", content=PUSH, headers=github(PUSH, None))
    assert (answer.status_code, answer.json()["status"]) == (401, 401)


def test_token_does_not_replace_a_signature(make: Make) -> None:
    """A sender whose secret is set must use it."""
    headers = {**github(PUSH, None), "Authorization": "Bearer live"}
    assert make(secrets=GITHUB).client().post("/hooks/github", content=PUSH, headers=headers).status_code == 401


def test_without_a_secret_only_this_machine_may_send(make: Make) -> None:
    """Unset, the hook works on a laptop and for nobody else, and says which setting to set."""
    stand = make()
    headers = github(PUSH, None)
    assert stand.client().post("/hooks/github", content=PUSH, headers=headers).status_code == 202
    answer = stand.client("203.0.113.9").post("/hooks/github", content=PUSH, headers=headers)
    assert answer.status_code == 403
    assert "UNWONTED_HOOKS_GITHUB_SECRET" in answer.json()["detail"]


def test_form_is_read(make: Make) -> None:
    """The form-encoded variety is signed as it is sent and read as JSON."""
    stand = make(secrets=GITHUB)
    form = b"payload=" + quote_plus(PUSH).encode()
    headers = {**github(form), "Content-Type": "application/x-www-form-urlencoded"}
    stand.client().post("/hooks/github", content=form, headers=headers)
    assert [event.action for event in stand.events] == ["push"]


def test_ping_is_welcome(make: Make) -> None:
    """GitHub's first question is answered 2xx and is no event."""
    stand = make(secrets=GITHUB)
    body = b'{"zen": "Keep it logically awesome.", "hook_id": 1}'
    answer = stand.client().post("/hooks/github", content=body, headers=github(body, event="ping"))
    assert (answer.is_success, answer.json(), stand.entries) == (True, {"events": []}, [])


def test_unknown_event_is_a_plain_event(make: Make) -> None:
    """What GitHub invents tomorrow is an event today."""
    stand = make(secrets=GITHUB)
    body = b'{"action": "hatched", "sender": {"login": "mona"}}'
    answer = stand.client().post("/hooks/github", content=body, headers=github(body, event="egg"))
    assert (answer.status_code, stand.events[0].action) == (202, "egg.hatched")


@pytest.mark.parametrize("body", [b"", b"[]", b"no JSON", b"\xff\xfe", b"[" * 100_000, b"payload=%", b"null"])
def test_unreadable_is_kept_with_its_reason(make: Make, body: bytes) -> None:
    """A delivery of GitHub's that is no event is still taken, as a dead letter."""
    stand = make(secrets=GITHUB)
    answer = stand.client().post("/hooks/github", content=body, headers=github(body))
    assert (answer.status_code, answer.json()["events"], answer.json()["unreadable"]) == (202, [], 1)
    kept = stand.unreadable[0]
    assert kept.source == "github.webhook"
    assert kept.reason == answer.json()["reason"] != ""


def test_dead_letter_is_masked_and_cut(make: Make) -> None:
    """No secret of an unreadable body is kept, and no more of it than may be."""
    stand = make()
    body = msgspec.json.encode(["password", {"token": "abc"}, "ghp_" + "a" * 36, "x" * 50_000])
    stand.client().post("/hooks/github", content=body, headers=github(body, None))
    kept = stand.unreadable[0].body
    assert ("abc" not in kept, "ghp_a" not in kept, len(kept)) == (True, True, 20_000)


def test_secret_at_the_cut_does_not_show(make: Make) -> None:
    """A secret that is cut in two where a dead letter ends is masked all the same."""
    stand = make()
    body = b"x " * 9_990 + b"ghp_" + b"a" * 36
    stand.client().post("/hooks/github", content=body, headers=github(body, None))
    assert "ghp_" not in stand.unreadable[0].body
