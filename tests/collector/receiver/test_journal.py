"""What became of each request is told once."""

from __future__ import annotations

import pytest

from collector.receiver import DeliveryNote
from tests.collector.receiver.conftest import Make
from tests.collector.receiver.stand import PUSH, SECRET, github
from tests.collector.samples import AT


def test_accepted_delivery_is_told(make: Make) -> None:
    """Who sent what, when, what it came to, and the headers a source may look at."""
    told: list[DeliveryNote] = []
    stand = make(secrets={"github": (SECRET,)}, journal=told.append)
    stand.client("203.0.113.9").post("/hooks/github", content=PUSH, headers=github(PUSH))
    assert told == [
        DeliveryNote(
            sender="github",
            organisation="default",
            received_at=AT,
            status=202,
            ids=("github.webhook:guid-1",),
            size=len(PUSH),
            headers={"X-GitHub-Event": "push", "X-GitHub-Delivery": "guid-1"},
            body=PUSH,
        )
    ]


def test_dead_letters_are_told(make: Make) -> None:
    """What could not be read is told with the ids it is kept under."""
    told: list[DeliveryNote] = []
    stand = make(journal=told.append)
    stand.client().post("/hooks/github", content=b"no JSON", headers=github(b"", None))
    note = told[0]
    assert (note.status, note.reason, note.letters) == (202, "unreadable", (stand.unreadable[0].id,))
    assert note.detail == stand.unreadable[0].reason


@pytest.mark.parametrize(
    ("path", "headers", "status", "reason", "organisation"),
    [
        ("/hooks/github", github(PUSH, b"wrong"), 401, "signature", "default"),
        ("/hooks/github", github(PUSH, None), 401, "unsigned", "default"),
        ("/hooks/event", {"Authorization": "Bearer dead"}, 401, "token", ""),
        ("/hooks/event", {"Authorization": "Bearer live", "Content-Encoding": "br"}, 415, "packed", "acme"),
        ("/hooks/event", {}, 403, "not_local", ""),
        ("/hooks/UPPER", {}, 404, "unknown", ""),
    ],
)
def test_refusals_are_told(
    make: Make, path: str, headers: dict[str, str], status: int, reason: str, organisation: str
) -> None:
    """Every refusal is told with its reason, and whose it would have been."""
    told: list[DeliveryNote] = []
    stand = make(secrets={"github": (SECRET,)}, journal=told.append)
    answer = stand.client("203.0.113.9").post(path, content=PUSH, headers=headers)
    (note,) = told
    assert (answer.status_code, note.status, note.reason, note.organisation) == (status, status, reason, organisation)
    assert note.detail == answer.json()["detail"]


def test_failing_journal_costs_no_delivery(make: Make) -> None:
    """A journal that raises is the service's own trouble."""

    def fails(_: DeliveryNote) -> None:
        raise RuntimeError

    stand = make(journal=fails)
    answer = stand.client().post("/hooks/github", content=PUSH, headers=github(PUSH, None))
    assert (answer.status_code, len(stand.events)) == (202, 1)


def test_a_body_that_was_not_proven_is_told_with_what_it_is(make: Make) -> None:
    """Its event and delivery, so that it can be read again where its secret was the wrong one; never its proof."""
    told: list[DeliveryNote] = []
    stand = make(secrets={"github": (SECRET,)}, journal=told.append)
    stand.client("203.0.113.9").post("/hooks/github", content=PUSH, headers=github(PUSH, b"wrong"))
    stand.client("203.0.113.9").post("/hooks/github", content=PUSH, headers=github(PUSH, None))
    unproven, unread = told
    assert (unproven.body, unproven.headers) == (PUSH, {"X-GitHub-Event": "push", "X-GitHub-Delivery": "guid-1"})
    assert (unread.body, unread.headers) == (b"", {})
