"""What a service needs, looked at one by one."""

from __future__ import annotations

from collections.abc import Iterator

from unwonted.doctor.check import Check, State
from unwonted.doctor.feeds import check_feeds
from unwonted.doctor.fetching import check_pollers
from unwonted.doctor.machine import check_clock, check_compiled, check_data, check_environment, check_networks
from unwonted.doctor.reach import check_port, check_secrets
from unwonted.doctor.state import check_models, check_store, check_stream
from unwonted.settings import Settings

CHECKS = (
    check_environment,
    check_data,
    check_stream,
    check_store,
    check_feeds,
    check_pollers,
    check_models,
    check_secrets,
    check_port,
    check_networks,
    check_clock,
    check_compiled,
)


def examine(settings: Settings) -> Iterator[Check]:
    """Yield what each check came to; one that fails itself is bad, and the others go on."""
    for check in CHECKS:
        try:
            yield from check(settings)
        except Exception as error:  # noqa: BLE001  # a doctor tells, whatever it meets
            name = check.__name__.removeprefix("check_")
            yield Check(name, State.BAD, f"{type(error).__name__}: {error}", "Mend this first, then ask again")


__all__ = ["CHECKS", "Check", "State", "examine"]
