"""`unwonted serve`: builds the parts of a service from its settings, by role, and runs them."""

from __future__ import annotations

import logging
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

from service.metrics import WorkerMetrics
from service.relay import Relay
from service.store import tokens
from unwonted.demo import Demonstration, Plan, Screen
from unwonted.errors import UsageError
from unwonted.serving import logs
from unwonted.serving.drilling import DrillRoom
from unwonted.serving.errands import announce_loop, relay_loop, schedule_loop
from unwonted.serving.labour import worker_loop
from unwonted.serving.loop import Loop
from unwonted.serving.parts import Parts, opened, stream_address
from unwonted.serving.polling import Pollers, poller_loops
from unwonted.serving.receiving import networks_of, recorder
from unwonted.serving.roles import ANSWERS, RECEIVES, SCHEDULES, TRAINS, WORKS
from unwonted.serving.server import Server, is_loopback, listen
from unwonted.serving.service import Service
from unwonted.serving.training import trainer_loop
from unwonted.serving.watching import Lookout, watch_of
from unwonted.serving.web import Web
from unwonted.settings import DEMO_EXIT, Settings
from unwonted.version import version

log = logging.getLogger(__name__)


def run(settings: Settings, role: str, *, record: Path | None = None, is_demo: bool = False) -> None:
    """Serve until a signal ends it."""
    logs.configure(settings.log)
    if is_demo and role != "all":
        raise UsageError(f"--demo shows all of a service in one process, not its {role} alone; leave --role out")
    with opened(settings) as parts, recorder(record) if record else nullcontext() as recording:
        _check_access(settings, parts)
        taken = listen(settings.host, settings.port)
        relay = Relay(parts.database, parts.stream)
        stopping = threading.Event()
        drills = DrillRoom(parts, networks_of(settings), settings.budget)
        work = WorkerMetrics()
        lookout = Lookout(settings, parts)
        loops = list(_loops(settings, parts, relay, drills, role, work, lookout))
        app = Web(settings, parts, relay, role, loops, stopping, recording, drills, work, lookout).make()
        server = Server(app, taken)
        log.info("version %s serves as %s from %s", version(), role, settings.data)
        if is_demo:
            plan = Plan(is_brief=bool(os.environ.get(DEMO_EXIT)))
            loops.append(Demonstration(parts, server, Screen(sys.stdout), stopping, plan).loop())
        Service(server, loops, stopping=stopping).run()


def _loops(
    settings: Settings,
    parts: Parts,
    relay: Relay,
    drills: DrillRoom,
    role: str,
    work: WorkerMetrics,
    lookout: Lookout,
) -> Iterator[Loop]:
    if role in WORKS:
        yield worker_loop(parts, work)
    if role in ANSWERS:
        yield relay_loop(parts, relay)
        yield drills.loop()
    if role in TRAINS:
        yield trainer_loop(parts)
    if role in SCHEDULES:
        yield schedule_loop(parts, settings.retention_days, watch_of(settings, parts))
        yield from poller_loops(parts, Pollers(settings), lookout.fetched)
        address = stream_address(settings)
        if not isinstance(address, Path):
            yield announce_loop(parts, address)
    if role in RECEIVES | SCHEDULES:
        yield lookout.loop(receives=role in RECEIVES, fetches=role in SCHEDULES)


def _check_access(settings: Settings, parts: Parts) -> None:
    """Refuse to be reached from elsewhere as long as nothing tells who may."""
    with parts.database.reading() as connection:
        is_open = not tokens.is_any(connection)
    if is_open and not is_loopback(settings.host):
        raise UsageError(
            f"--host {settings.host} is reached from other machines, and no token says who may ask. "
            "Create one first: unwonted token create NAME --scope admin"
        )
