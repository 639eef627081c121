"""`unwonted record`: receives deliveries into a recording, and does nothing else with them."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

from fastapi import FastAPI

from collector.receiver import ReceiverMetrics, router
from collector.stream.entry import Entry
from unwonted.errors import UsageError
from unwonted.serving import logs
from unwonted.serving.receiving import receiver_settings, recorder
from unwonted.serving.server import Server, is_loopback, listen
from unwonted.serving.service import Service
from unwonted.settings import Settings


class Nowhere:
    """A stream that keeps nothing: the recording does."""

    def append(self, entries: Iterable[Entry]) -> int:
        """Return how many there were."""
        return sum(1 for _ in entries)


def run(settings: Settings, output: Path) -> None:
    """Record until a signal ends it, and say how many deliveries there were."""
    logs.configure(settings.log)
    if not is_loopback(settings.host) and not settings.hook_secrets:
        raise UsageError(
            f"--host {settings.host} is reached from other machines, and no sender has a secret: "
            "set one first, as `unwonted source add github --print` tells"
        )
    taken = listen(settings.host, settings.port)
    told = receiver_settings(settings)
    counted = ReceiverMetrics()
    with recorder(output) as recording:
        app = FastAPI(openapi_url=None)
        app.include_router(router(told, Nowhere(), record=recording.write, metrics=counted))
        Service(Server(app, taken), ready="Unwonted is recording").run()
    sys.stderr.write(f"{counted.accepted:,} deliveries are in {output}; unwonted replay {output} sends them again\n")
