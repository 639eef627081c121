"""The web application of a service: the routes that its role answers, wired to their parts."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from fastapi import APIRouter, Depends, FastAPI

from collector.receiver import ReceiverMetrics, router
from collector.recorder import Recorder
from collector.stream import partition_of
from service.api import Gatekeeper, Wiring, build, health, install_problems
from service.api.app import OPENAPI_URL
from service.api.wiring import Check
from service.feed import Feed
from service.metrics import WorkerMetrics
from service.relay import Relay
from service.store import positions
from service.web import page_router, unknown_page
from unwonted.serving.drilling import DrillRoom
from unwonted.serving.loop import Loop
from unwonted.serving.measures import (
    poller_measures,
    receiver_measures,
    source_measures,
    stream_measures,
    worker_measures,
)
from unwonted.serving.pages import ConnectedSources, PlayedDrills, ServedModels
from unwonted.serving.parts import Parts
from unwonted.serving.receiving import networks_of, receiver_settings
from unwonted.serving.redelivery import Redelivery
from unwonted.serving.roles import ANSWERS, RECEIVES, SCHEDULES, VITAL
from unwonted.serving.server import is_loopback
from unwonted.serving.watching import Lookout
from unwonted.settings import Settings
from unwonted.version import version

_LOOK_EVERY_S = 0.02


@dataclass(frozen=True)
class Web:
    """What the application is made of."""

    settings: Settings
    parts: Parts
    relay: Relay
    role: str
    loops: Sequence[Loop]
    stopping: threading.Event
    recorder: Recorder | None = None
    drills: DrillRoom | None = None
    work: WorkerMetrics = field(default_factory=WorkerMetrics)
    lookout: Lookout | None = None

    def make(self) -> FastAPI:
        """Return the application of the role."""
        app = FastAPI(title="Unwonted", version=version(), openapi_url=OPENAPI_URL, docs_url=None, redoc_url=None)
        gatekeeper = Gatekeeper(self.parts.database, is_loopback=is_loopback(self.settings.host))
        feed = Feed(self.parts.database, committed=self.relay.wake)
        received = ReceiverMetrics()
        if self.role in RECEIVES:
            self._add_receiver(app, gatekeeper, received)
        self._add_answers(app, gatekeeper, feed, received)
        install_problems(app, unknown_page(version()) if self.role in ANSWERS else None)
        return app

    def _add_receiver(self, app: FastAPI, gatekeeper: Gatekeeper, received: ReceiverMetrics) -> None:
        record = self.recorder.write if self.recorder else None
        told, lookout = receiver_settings(self.settings), self.lookout
        app.include_router(
            router(
                told,
                lookout.received if lookout else self.parts.stream,
                authorise=gatekeeper.authorise,
                record=record,
                metrics=received,
                journal=lookout.journal if lookout else None,
            )
        )

    def _add_answers(self, app: FastAPI, gatekeeper: Gatekeeper, feed: Feed, received: ReceiverMetrics) -> None:
        """Add the API and the page; a role that answers neither still tells how it is."""
        redelivery = Redelivery(self.parts, networks_of(self.settings))
        wiring = Wiring(
            feed,
            gatekeeper,
            versions=self.parts.versions,
            drills=self.drills,
            redelivery=redelivery,
            checks=self._checks(),
            vital=VITAL.get(self.role),
            metrics=(
                lambda: receiver_measures(received),
                lambda: worker_measures(self.work),
                lambda: stream_measures(self.parts),
                lambda: source_measures(self.parts),
                lambda: poller_measures(self.parts) if self.role in SCHEDULES else iter(()),
            ),
            caught_up=self._caught_up,
            is_stopping=self.stopping.is_set,
        )
        if self.role not in ANSWERS:
            app.include_router(health_of(wiring))
            return
        app.include_router(build(wiring))
        pages = page_router(
            feed,
            gatekeeper,
            sources=ConnectedSources(self.settings, self.role in RECEIVES),
            models=ServedModels(feed, self.parts.versions),
            drills=PlayedDrills(feed),
            redelivery=redelivery,
            budget=self.settings.budget,
            version=version(),
            is_stopping=self.stopping.is_set,
        )
        app.include_router(pages)

    def _checks(self) -> dict[str, Check]:
        checks: dict[str, Check] = {loop.name: loop.check for loop in self.loops}
        return checks | {"stream": self._check_stream, "store": self._check_store}

    def _check_stream(self) -> str | None:
        return _problem_of(lambda: self.parts.stream.end(0))

    def _check_store(self) -> str | None:
        return _problem_of(lambda: self._reached(0))

    def _caught_up(self, organisation: str, timeout_s: float) -> bool:
        """Wait until what the stream holds now of an organisation has had its effects."""
        partition = partition_of(organisation, self.parts.stream.partitions)
        end = self.parts.stream.end(partition)
        until = time.monotonic() + timeout_s
        while self._reached(partition) < end:
            if time.monotonic() >= until or self.stopping.wait(_LOOK_EVERY_S):
                return False
        return True

    def _reached(self, partition: int) -> int:
        with self.parts.database.reading() as connection:
            return positions.position_of(connection, partition)


def health_of(wiring: Wiring) -> APIRouter:
    """Return the routes that tell how a process is, alone."""
    routes = APIRouter(dependencies=[Depends(wiring.attach)])
    routes.include_router(health.router)
    return routes


def _problem_of(ask: Callable[[], object]) -> str | None:
    try:
        ask()
    except Exception as error:  # noqa: BLE001  # whatever it is, it is the answer
        return f"{type(error).__name__}: {error}"
    return None
