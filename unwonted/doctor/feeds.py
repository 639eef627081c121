"""Checks of what tells of attacks: whether sources deliver, and which known incidents they can show."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

from service.feed.sources import Sources
from service.store import overview
from service.store.database import Database
from service.store.errors import StoreError
from service.words import plain
from unwonted.doctor.check import Check, ok, warn
from unwonted.serving.parts import store_address
from unwonted.settings import Settings

_MOST = 20
"""Organisations that are told of: those with most events."""
_ADVICE = "Its page /sources says when it delivered last and what was wrong; then look at the sender's own list"


def check_feeds(settings: Settings) -> Iterator[Check]:
    """Look which sources fell silent or fail, and what the others can show."""
    address = store_address(settings)
    if isinstance(address, Path) and not address.exists():
        yield ok("sources", "nothing was received yet: unwonted source list names what can be connected")
        return
    try:
        database = Database.open(address)
    except StoreError:
        return  # the check of the store tells why
    try:
        yield from _feeds(database)
    finally:
        database.close()


def _feeds(database: Database) -> Iterator[Check]:
    told = Sources(database, now=time.time)
    with database.reading() as connection:
        rows = sorted(overview.all_organisations(connection), key=lambda row: -row.events)
    names = [row.name for row in rows if "~" not in row.name][:_MOST] or ["default"]
    for name in names:
        whose = "" if names == ["default"] else f"{plain(name, 60)}: "
        for one in told.all(name):
            for finding in one.findings:
                if finding.ended_at is None:
                    yield warn("sources", whose + finding.text, _ADVICE)
        yield ok("coverage", f"{whose}{told.coverage(name).sentence}")
