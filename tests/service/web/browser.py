"""A real browser before a real server, and what it complains of."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import uvicorn
from fastapi import FastAPI
from playwright.sync_api import Browser, Page, Playwright

CHROMIUM = "/usr/bin/chromium"
QUIET = (
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)


@dataclass
class Complaints:
    """Everything the browser reported: errors of scripts, of the network, of the content security policy."""

    told: list[str] = field(default_factory=list)

    def listen(self, page: Page) -> None:
        """Note what a page reports from now on."""
        page.on(
            "console", lambda message: self.told.append(message.text) if message.type in {"error", "warning"} else None
        )
        page.on("pageerror", lambda error: self.told.append(str(error)))


def launch(playwright: Playwright) -> Browser:
    """Start the system's Chromium."""
    return playwright.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))


@contextmanager
def serving(app: FastAPI) -> Iterator[str]:
    """Serve an application on a free port of this machine; yield its address."""
    server = uvicorn.Server(
        uvicorn.Config(app, host="127.0.0.1", port=0, log_level="warning", timeout_graceful_shutdown=1)
    )
    ready = threading.Event()
    thread = threading.Thread(target=_run, args=(server, ready))
    thread.start()
    try:
        assert ready.wait(60), "the server did not start"
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(30)


def _run(server: uvicorn.Server, ready: threading.Event) -> None:
    startup = server.startup

    async def told(*args: object, **kwargs: object) -> None:
        await startup(*args, **kwargs)  # type: ignore[arg-type]  # uvicorn's own arguments, handed on
        ready.set()

    server.startup = told  # type: ignore[method-assign]  # it tells nobody otherwise when it is ready
    server.run()
