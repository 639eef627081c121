"""Events of one's own are taken as they are, within bounds, and without what nobody may keep."""

from __future__ import annotations

import pytest

from collector.errors import DeliveryError
from collector.sources import SOURCES, Context
from tests.collector.samples import AT, JSON, delivery, parse

EVENT: JSON = {
    "id": "deploys:1",
    "ref": "1",
    "source": "event",
    "kind": "run",
    "action": "deploy",
    "actor": {"type": "user", "name": "mona"},
    "entity": {"type": "repo", "name": "acme/pay"},
    "observed_at": AT,
    "received_at": AT,
}


@pytest.mark.parametrize(
    "told",
    [{"id": ""}, {"action": ""}, {"actor": {"type": "user", "name": ""}}, {"facts": {"log": "x" * (1 << 21)}}],
    ids=["id", "action", "actor", "length"],
)
def test_what_is_no_event(told: JSON) -> None:
    """An event without a name it must have, or of megabytes, is refused with a reason."""
    with pytest.raises(DeliveryError, match=r"not an event: (id|action|actor\.name|it may have)"):
        SOURCES["event"].parse(delivery("event", {**EVENT, **told}), Context())


def test_secrets_in_facts_are_masked() -> None:
    """What a script tells is masked as everything else is."""
    event = parse("event", {**EVENT, "facts": {"command": "curl -u bob:hunter22 x", "steps": ["password=hunter22"]}})
    assert "hunter22" not in str(event)
