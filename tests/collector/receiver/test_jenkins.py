"""Jenkins' plugins, of which some know an address and nothing else, are let in and heard."""

from __future__ import annotations

import msgspec
import pytest

from tests.collector.receiver.conftest import Make
from tests.collector.receiver.stand import SECRET
from tests.collector.receiver.test_proofs import ELSEWHERE, basic
from tests.collector.sources.test_jenkins import notification

BODY = msgspec.json.encode(notification())


def test_password_of_the_address(make: Make) -> None:
    """The Notification plugin sends user and password of an address as a header, and no signature."""
    stand = make(secrets={"jenkins": (SECRET,)})
    answer = stand.client(ELSEWHERE).post("/hooks/jenkins", content=BODY, headers={"Authorization": basic(SECRET)})
    assert (answer.status_code, stand.events[0].action) == (202, "build.completed")


@pytest.mark.parametrize(("ending", "status"), [(SECRET.decode(), 202), ("live", 202), ("wrong", 401)])
def test_address_that_is_called(make: Make, ending: str, status: int) -> None:
    """The Extreme Notification plugin calls an address, with everything in the query; its end is the proof."""
    stand = make(secrets={"jenkins": (SECRET,)})
    answer = stand.client(ELSEWHERE).get(f"/hooks/jenkins/{ending}?event=jenkins.item.updated&item=acme%2Fpay")
    assert (answer.status_code, len(stand.events)) == (status, status == 202)


def test_call_without_proof_is_refused_even_here(make: Make) -> None:
    """Any page can make a browser call an address of this machine."""
    client = make().client()
    assert client.get("/hooks/jenkins?event=jenkins.item.updated").status_code == 405
    assert client.get("/hooks/jenkins/x?event=jenkins.item.updated").status_code == 401


def test_only_jenkins_calls(make: Make) -> None:
    """Nobody else is heard by GET."""
    assert make().client().get("/hooks/cdevents/live").status_code == 405
