"""A service survives, for a few seconds, what make fuzz sends it for minutes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random

import pytest

from tests.fuzz.hostile import ATTACKS, Answer, Target
from tests.fuzz.live import Tally, besiege, faults_in, one_at_a_time, resident_mib
from tests.unwonted.running import Running, running

pytestmark = pytest.mark.service
_MOST_MIB = 1_500
"""What a service may hold after all of it: it holds 256 MiB of bodies at most, beside its models and its libraries."""


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Yield one service for all of them."""
    folder = tmp_path_factory.mktemp("service")
    with running(folder / "log", "serve", "--port", "0", "--data", str(folder / "data")) as started:
        yield started


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.__name__)
def test_attack(service: Running, attack: Callable[[Target, Random], Answer]) -> None:
    """Each sort of attack is answered, or its connection closed, in time, and nothing fails because of it."""
    tally = Tally()
    for seed in range(4):
        one_at_a_time(attack, Target.at(service.url), tally, seed)
    assert not tally.problems
    assert not faults_in(service)
    assert service.get("/readyz")


def test_all_at_once(service: Running) -> None:
    """Everything together leaves the service answering, and no larger than it may be."""
    tally = besiege(service, 5.0, seed=7)
    assert not tally.problems
    assert resident_mib(service.process.pid) < _MOST_MIB
    assert service.get("/readyz")
