"""The web application of a service: the routes that its role answers."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import FastAPI

from service.relay import Relay
from unwonted.serving.loop import Loop
from unwonted.serving.parts import Parts
from unwonted.settings import Settings
from unwonted.version import version


def make_app(settings: Settings, parts: Parts, relay: Relay, role: str, loops: Sequence[Loop]) -> FastAPI:
    """Return the application of a role."""
    app = FastAPI(title="Unwonted", version=version())

    @app.get("/livez")
    def livez() -> dict[str, str]:
        """Answer as long as the process lives."""
        return {"status": "ok"}

    @app.get("/readyz")
    def readyz() -> dict[str, object]:
        """Answer what is wrong."""
        return {"problems": [loop.problem for loop in loops if loop.problem]}

    return app
