"""Checks of what is fetched: whether each poller that the settings name does so."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

from collector.errors import CollectorError
from service.store import pollers
from service.store.database import Database
from service.store.errors import StoreError
from service.store.pollers import PollerState
from unwonted.commands.poll import words_of
from unwonted.doctor.check import Check, bad, ok, warn
from unwonted.errors import UsageError
from unwonted.serving.parts import store_address
from unwonted.serving.polling import Pollers
from unwonted.settings import Settings

_LATE_S = 3_600.0
"""How long a poller may be overdue before it is told."""


def check_pollers(settings: Settings) -> Iterator[Check]:
    """Look whether each poller fetches; nothing is told where nothing is to be fetched."""
    try:
        wanted = Pollers(settings).all
    except (UsageError, CollectorError) as error:
        yield bad("pollers", str(error), "Mend the setting; docs/polling.md has an example of each")
        return
    states = _states(settings) if wanted else {}
    for one in wanted:
        yield _check(one.name, states.get(one.name), time.time())


def _states(settings: Settings) -> dict[str, PollerState]:
    address = store_address(settings)
    if isinstance(address, Path) and not address.exists():
        return {}
    try:
        database = Database.open(address)
    except StoreError:
        return {}  # told by the check of the store
    try:
        with database.reading() as connection:
            return {state.name: state for state in pollers.states(connection)}
    finally:
        database.close()


def _check(name: str, state: PollerState | None, now: float) -> Check:
    text = f"{name}: {words_of(state, now)}"
    if state is None:
        return warn("poller", text, "unwonted poll fetches now; unwonted serve (role all or scheduler) every minute")
    if state.last_error:
        return bad("poller", text, f"Mend what the error says, then try: unwonted poll {name}")
    if state.next_at is not None and now - state.next_at > _LATE_S:
        return bad("poller", text, "Nobody fetches: start unwonted serve (role all or scheduler)")
    return ok("poller", text)
