"""`unwonted record`: receives deliveries into a recording, and does nothing else with them."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

from fastapi import FastAPI

from collector.receiver import ReceiverSettings, router
from collector.stream.entry import Entry
from unwonted.errors import UsageError
from unwonted.recording import RecordingWriter
from unwonted.serving import logs
from unwonted.serving.server import Server, is_loopback, listen, url_of
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
    with RecordingWriter(output) as recording:
        taken = listen(settings.host, settings.port)
        app = FastAPI(openapi_url=None)
        app.include_router(router(ReceiverSettings(secrets=settings.hook_secrets), Nowhere(), record=recording.write))
        Service(Server(app, taken), [], url_of(taken), ready="Unwonted is recording").run()
    sys.stderr.write(
        f"{recording.deliveries:,} deliveries are in {output}; unwonted replay {output} sends them again\n"
    )
