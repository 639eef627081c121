"""Simulated days: repeatable, plausible, invented, and silent about what is an attack."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime
from ipaddress import ip_address, ip_network

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.simulator import ATTACKS, Simulation, play, simulate
from collector.simulator.days import is_weekend
from collector.simulator.lookalikes import LOOKALIKES
from collector.simulator.tape import Body

RESERVED = [ip_network(n) for n in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "198.18.0.0/15")]


@pytest.fixture(scope="module")
def month() -> Simulation:
    """Play a month with every attack."""
    return play(seed=7, attacks=ATTACKS)


@settings(max_examples=5)
@given(seed=st.integers(0, 10**6))
def test_same_seed_makes_the_same_days(seed: int) -> None:
    """Two simulations of one seed are equal to the last field."""
    assert list(simulate(seed, days=2)) == list(simulate(seed, days=2))


def test_other_seed_makes_other_days() -> None:
    """Another seed is another organisation."""
    assert list(simulate(1, days=1)) != list(simulate(2, days=1))


@pytest.mark.parametrize("name", ATTACKS)
def test_attack_only_adds(name: str) -> None:
    """What happens beside an attack is the same as without it."""
    calm, attacked = play(days=12), play(days=12, attacks=[name])
    before, after = (Counter(json.dumps(d) for d in s.deliveries) for s in (calm, attacked))
    assert not before - after
    assert len(list((after - before).elements())) >= len(attacked.attacks[0].refs)


def test_received_in_order(month: Simulation) -> None:
    """A recording keeps the order in which deliveries were received."""
    received = [delivery["received_at"] for delivery in month.deliveries]
    assert received == sorted(received)


def test_sources(month: Simulation) -> None:
    """All three kinds of feed are there, and nothing else."""
    assert {d["source"] for d in month.deliveries} == {"github.webhook", "github.audit", "joblog"}


def test_deliveries_do_not_tell(month: Simulation) -> None:
    """No delivery names a label, a trap or an attack."""
    told = json.dumps(month.deliveries)
    assert not [word for word in ("attack:", "trap:", *ATTACKS) if word in told]


def test_every_label_belongs_to_a_delivery(month: Simulation) -> None:
    """The truth speaks of deliveries that exist."""
    assert set(month.labels) <= {ref_of(delivery) for delivery in month.deliveries}


def test_base_rate_is_low(month: Simulation) -> None:
    """All five attacks together are less than one delivery in a hundred."""
    attack = sum(label.startswith("attack:") for label in month.labels.values())
    assert 0 < attack < len(month.deliveries) / 100


def test_lookalikes_happen(month: Simulation) -> None:
    """Every kind of honest look-alike is in a month."""
    traps = {label.removeprefix("trap:") for label in month.labels.values() if label.startswith("trap:")}
    assert traps == {kind for kind, _, _ in LOOKALIKES}


def test_attacks_come_late(month: Simulation) -> None:
    """Three weeks are quiet, so that there is something to stand out from."""
    began = datetime.fromisoformat(month.deliveries[0]["received_at"])
    assert all((datetime.fromisoformat(attack.first_at) - began).days >= 18 for attack in month.attacks)


def test_addresses_are_reserved(month: Simulation) -> None:
    """No address belongs to anybody."""
    addresses = {d["body"]["actor_ip"] for d in month.deliveries if "actor_ip" in d["body"]}
    assert all(any(ip_address(address) in network for network in RESERVED) for address in addresses)


def test_every_address_has_a_network(month: Simulation) -> None:
    """The networks file knows every prefix that the recording holds."""
    known = {line.split(",")[0] for line in month.networks()}
    used = {d["body"]["actor_ip"].rsplit(".", 1)[0] + ".0/24" for d in month.deliveries if "actor_ip" in d["body"]}
    assert used <= known


def test_people_rest_at_the_weekend(month: Simulation) -> None:
    """A day of the weekend has a fraction of a working day's pushes."""
    pushes = [d["received_at"] for d in month.deliveries if d["headers"].get("X-GitHub-Event") == "push"]
    at_weekend = sum(is_weekend(datetime.fromisoformat(at).astimezone(UTC).timestamp()) for at in pushes)
    assert at_weekend / 8 < 0.3 * (len(pushes) - at_weekend) / 23


def test_truth_is_plain_json(month: Simulation) -> None:
    """The truth can be written beside a recording."""
    assert json.loads(json.dumps(month.truth()))["attacks"][0]["name"] == "token-mass-clone"


def ref_of(delivery: Body) -> str:
    """Return the ref that labels use for a delivery."""
    headers, body = delivery["headers"], delivery["body"]
    if delivery["source"] == "github.webhook":
        return str(headers["X-GitHub-Delivery"])
    if delivery["source"] == "github.audit":
        return str(body["_document_id"])
    return f"{headers['Unwonted-Run-Id']}/{headers['Unwonted-Job']}"
