"""Pictures of the page for the documentation: the demonstration's month and its attack, at a fixed hour.

`python -m tests.service.web.screenshots FOLDER` writes feed, incident and entity, each light, dark and on a phone.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from fastapi import FastAPI
from PIL import Image
from playwright.sync_api import Browser, sync_playwright

from collector.networks import Networks
from collector.simulator import stage
from collector.stream import observed, partition_of
from collector.stream.embedded import EmbeddedLog
from service.api.access import Gatekeeper
from service.feed import Feed
from service.incident import Status
from service.memory import Memories
from service.store.database import Database
from service.web import page_router
from service.worker import Worker
from tests.service.web.browser import launch, serving
from unwonted.demo import LIVE, Plan, month
from unwonted.drills import SIMULATED, cast_from, networks_for, reader
from unwonted.version import version

NOW = datetime(2026, 11, 24, 15, 20, tzinfo=UTC)
COLOURS = 250
"""Few enough for a small file, enough for smooth letters."""
LOOKS: dict[str, dict[str, Any]] = {
    "light": {"viewport": {"width": 1280, "height": 860}, "color_scheme": "light"},
    "dark": {"viewport": {"width": 1280, "height": 860}, "color_scheme": "dark"},
    "phone": {"viewport": {"width": 360, "height": 740}, "color_scheme": "light", "device_scale_factor": 2},
}


def main(folder: Path) -> None:
    """Write the pictures."""
    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as place, lived_month(Path(place)) as feed_and_store, sync_playwright() as playwright:
        feed, database = feed_and_store
        app = FastAPI()
        gatekeeper = Gatekeeper(database, is_loopback=True)
        app.include_router(page_router(feed, gatekeeper, version=version(), now=lambda: NOW))
        with serving(app) as address:
            browser = launch(playwright)
            for look, options in LOOKS.items():
                take(browser, address, look, options, folder)
            browser.close()


@contextmanager
def lived_month(place: Path) -> Iterator[tuple[Feed, Database]]:
    """Yield the feed of an invented organisation whose month ended with an attack."""
    stream, database = EmbeddedLog(place / "stream.sqlite"), Database.embedded(place / "store.sqlite")
    worker = Worker(stream, database, Memories(), partition=partition_of(SIMULATED, stream.partitions))
    enter(stream, month(Plan(), NOW.timestamp()))
    staged = stage(LIVE, seed=1, now=NOW.timestamp(), cast=cast_from(stream, SIMULATED))
    enter(stream, staged.deliveries)
    worker.run()
    feed = Feed(database, now=NOW.timestamp)
    second = feed.incidents(SIMULATED).items[1]
    feed.triage(SIMULATED, second.id, status=Status.IN_PROGRESS, assignee="ines", by="ines")
    try:
        yield feed, database
    finally:
        database.close()
        stream.close()


def enter(stream: EmbeddedLog, deliveries: Sequence[dict[str, Any]]) -> None:
    """Append what deliveries tell of to the stream."""
    read = reader(networks_for(SIMULATED, Networks()))
    for start in range(0, len(deliveries), 500):
        chunk = deliveries[start : start + 500]
        stream.append(observed(event for delivery in chunk for event in read(delivery, SIMULATED)))


def take(browser: Browser, address: str, look: str, options: dict[str, Any], folder: Path) -> None:
    """Take one look at each page."""
    with browser.new_context(base_url=address, reduced_motion="reduce", **options) as context:
        page = context.new_page()
        page.goto(f"/?organisation={SIMULATED}")
        addresses = {
            "feed": page.url,
            "incident": page.locator(".row .title").first.get_attribute("href"),
            "entity": page.locator(".row .who .name").first.get_attribute("href"),
        }
        for name, where in addresses.items():
            page.goto(str(where))
            page.locator("h1").wait_for()
            if name != "entity":
                page.locator("#live:not([hidden])").wait_for()
            small(page.screenshot(), folder / f"{name}-{look}.png")


def small(picture: bytes, path: Path) -> None:
    """Write a picture with few colours: those that most of it has, and what little is bright, each exactly."""
    pixels = np.asarray(Image.open(io.BytesIO(picture)).convert("RGB"))
    colours, where, count = np.unique(pixels.reshape(-1, 3), axis=0, return_inverse=True, return_counts=True)
    brightness = colours.max(axis=1).astype(int) - colours.min(axis=1)
    palette = colours[np.argsort(-count * (1.0 + brightness**2 / 40.0), kind="stable")[:COLOURS]].astype(int)
    nearest = np.stack([((palette - colour) ** 2).sum(axis=1).argmin() for colour in colours.astype(int)])
    image = Image.fromarray(nearest[where].reshape(pixels.shape[:2]).astype(np.uint8), "P")
    image.putpalette(palette.astype(np.uint8).tobytes())
    image.save(path, optimize=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
