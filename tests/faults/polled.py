"""A process that fetches what its environment names until nothing more waits, and may be killed at any moment.

python -m tests.faults.polled [place_first]
"""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from collector.pollers.clock import Clock
from collector.pollers.poller import Fetched, Poller, Turn
from collector.pollers.turns import Turns
from service.ledger import StoreLedger
from unwonted.serving.parts import opened
from unwonted.serving.polling import Pollers
from unwonted.settings import Settings

BEGUN = "begun"
"""Said when it begins to fetch."""


def main() -> None:
    """Fetch everything there is; pauses take no time."""
    settings = Settings.load({})
    clock = Clock(pause=lambda _: None)
    with opened(settings) as parts:
        pollers = Pollers(settings, clock)
        sys.stdout.write(f"{BEGUN}\n")
        sys.stdout.flush()
        for wanted in pollers.all:
            turns = Turns(wanted.make, parts.stream, StoreLedger(parts.database), clock)
            for _ in range(10):  # as a service does, which waits in between
                ended = turns.run(10_000)
                if not ended.error:
                    break
            else:
                sys.exit(f"{wanted.name} did not end well: {ended}")


def place_first() -> None:
    """Broken: keep the place before the stream has what comes before it."""
    keep = Turns._keep

    def too_early(self: Turns, poller: Poller, fetched: Fetched, read: Mapping[str, bytes], *rest: Any) -> Turn:
        early = Turn(poller.name, poller.organisation, poller.source, time.time(), 0.0)
        self._ledger.record(early, read, fetched.changes)
        time.sleep(0.03)  # as on a slow disk: wide enough for a kill to fall into
        return keep(self, poller, replace(fetched, changes={}), read, *rest)

    Turns._keep = too_early  # type: ignore[assignment, method-assign]  # breaking it is the point


if __name__ == "__main__":
    if sys.argv[1:] == ["place_first"]:
        place_first()
    main()
