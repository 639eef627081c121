"""A process that fetches from a server until nothing more waits, and may be killed at any moment.

python -m tests.faults.polled URL FOLDER
"""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from collector.pollers.clock import Clock
from collector.pollers.poller import Fetched, Poller, Turn
from collector.pollers.turns import Turns
from collector.stream.embedded import EmbeddedLog
from service.ledger import StoreLedger
from service.store.database import Database
from unwonted.serving.polling import Pollers
from unwonted.settings import Settings


def settings_for(url: str, folder: Path) -> Settings:
    """Return the settings of everything that can be fetched from the server."""
    return Settings(
        data=folder,
        github_api=url,
        github_token="s3cret",  # type: ignore[arg-type]
        github_audit="acme",
        poll_backfill_days=7,
    )


def main(url: str, folder: Path) -> None:
    """Fetch everything there is; pauses take no time."""
    clock = Clock(pause=lambda _: None)
    with (
        EmbeddedLog(folder / "stream.sqlite") as stream,
        closing(Database.embedded(folder / "store.sqlite")) as database,
    ):
        for wanted in Pollers(settings_for(url, folder), clock).all:
            turns = Turns(wanted.make, stream, StoreLedger(database), clock)
            for _ in range(10):  # as a service does, which waits in between
                ended = turns.run(10_000)
                if not ended.error:
                    break
            else:
                sys.exit(f"{wanted.name} did not end well: {ended}")


def place_first() -> None:
    """Broken: keep the place before the stream has what comes before it."""
    keep = Turns._keep

    def too_early(self: Turns, poller: Poller, fetched: Fetched, read: Mapping[str, bytes]) -> Turn:
        early = Turn(poller.name, poller.organisation, poller.source, time.time(), 0.0)
        self._ledger.record(early, read, fetched.changes)
        time.sleep(0.03)  # as on a slow disk: wide enough for a kill to fall into
        return keep(self, poller, replace(fetched, changes={}), read)

    Turns._keep = too_early  # type: ignore[method-assign]  # breaking it is the point


if __name__ == "__main__":
    if sys.argv[3:] == ["place_first"]:
        place_first()
    main(sys.argv[1], Path(sys.argv[2]))
