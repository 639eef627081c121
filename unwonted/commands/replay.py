"""`unwonted replay`: sends a recording, or another history, to a running service, in order, as fast as asked."""

from __future__ import annotations

import gzip
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import IO, cast

import msgspec

from collector.delivery import read_delivery
from collector.errors import DeliveryError
from unwonted.errors import ServiceError, UsageError
from unwonted.progress import progress
from unwonted.sending import Answer, Sender

_MOST_BYTES = 4 * 1024 * 1024
"""A request is sent before it grows beyond this."""
_LONGEST_GAP_S = 60.0
"""Nights and weekends are cut to this when the speed is given: nobody wants to wait for them."""


@dataclass(frozen=True)
class Options:
    """The options of `unwonted replay`, as given."""

    recording: Path
    url: str = "http://127.0.0.1:8600"
    token: str = ""
    organisation: str = ""
    """Empty is the token's own."""
    speed: float = 0.0
    """Times real time; 0 is as fast as possible."""
    batch: int = 500
    skip: int = 0
    networks: Path | None = None


@dataclass
class Tally:
    """What became of the deliveries sent so far."""

    sent: int = 0
    """Deliveries the service has answered for, those skipped not counted."""
    events: int = 0
    """Events that are durable in the stream now, those it knew before among them."""
    unreadable: int = 0
    started_at: float = field(default_factory=time.monotonic)

    def add(self, answer: Answer) -> None:
        """Count what one request came to."""
        self.sent += answer.deliveries
        self.events += answer.events
        self.unreadable += answer.unreadable

    def to_json(self) -> dict[str, object]:
        """Return it as `--json` tells it."""
        seconds = round(time.monotonic() - self.started_at, 3)
        return {"sent": self.sent, "events": self.events, "unreadable": self.unreadable, "seconds": seconds}


def run(options: Options, *, as_json: bool = False) -> None:
    """Send the recording and tell what became of it."""
    tally = Tally()
    sender = Sender(options.url, options.token, options.organisation)
    try:
        with progress(is_shown=sys.stderr.isatty()) as told:
            told.phase(f"Sending {options.recording.name}")
            for lines in batches(_lines(options), options.batch, _pace(options.speed)):
                tally.add(sender.send(lines))
                told.advance(len(lines))
    except KeyboardInterrupt:
        raise ServiceError(f"stopped. {_told(options, tally)}") from None
    except ServiceError as error:
        raise ServiceError(f"{error}. {_told(options, tally)}") from None
    finally:
        sender.close()
    _print(options, tally, as_json=as_json)


def _lines(options: Options) -> Iterator[bytes]:
    """Return the deliveries to send: a recording's own, or the events of another source."""
    from collector.contents import RECORDING
    from collector.networks import Networks
    from collector.recognise import open_sources
    from unwonted.history import event_lines

    networks = Networks() if options.networks is None else Networks.read(options.networks)
    readings = open_sources([options.recording], networks=networks)
    if [reading.source for reading in readings] == [RECORDING]:
        return read(options.recording, options.skip)
    return islice(event_lines(readings), options.skip, None)


def read(path: Path, skip: int = 0) -> Iterator[bytes]:
    """Yield the lines of a recording after the first `skip`; blank ones are no deliveries."""
    if not path.is_file():
        raise UsageError(f"there is no recording at {path}")
    kept = 0
    try:
        with _opened(path) as file:
            for line in file:
                if not line.isspace():
                    kept += 1
                    if kept > skip:
                        yield line.rstrip(b"\r\n")
    except (EOFError, gzip.BadGzipFile) as error:
        raise UsageError(f"{path} breaks off after {kept:,} deliveries: {error}; record or copy it again") from None


def batches(lines: Iterator[bytes], size: int, wait: Callable[[bytes], bool]) -> Iterator[list[bytes]]:
    """Yield lines in groups of at most `size`; what `wait` holds back begins a group of its own."""
    group: list[bytes] = []
    weight = 0
    for line in lines:
        if group and (len(group) >= size or weight + len(line) > _MOST_BYTES):
            yield group
            group, weight = [], 0
        if wait(line) and group:
            yield group
            group, weight = [], 0
        group.append(line)
        weight += len(line) + 1
    if group:
        yield group


def _pace(speed: float) -> Callable[[bytes], bool]:
    """Return what waits until a line is due, and tells whether it had to."""
    if not speed:
        return lambda _: False
    return Pace(speed, time.monotonic, time.sleep)


class Pace:
    """Lets lines through at the times they were received, so many times as fast."""

    def __init__(self, speed: float, now: Callable[[], float], sleep: Callable[[float], None]) -> None:
        self._speed = speed
        self._now = now
        self._sleep = sleep
        self._last: float | None = None
        self._due = now()

    def __call__(self, line: bytes) -> bool:
        """Wait until the line is due; return whether that took time."""
        at = _received_at(line)
        if at and self._last:
            self._due += min(max(at - self._last, 0.0) / self._speed, _LONGEST_GAP_S)
        self._last = at or self._last
        pause = self._due - self._now()
        if pause <= 0.05:
            return False
        self._sleep(pause)
        return True


def _received_at(line: bytes) -> float:
    try:
        return read_delivery(line).received_at
    except DeliveryError:
        return 0.0


def _opened(path: Path) -> IO[bytes]:
    with path.open("rb") as file:
        is_packed = file.read(2) == b"\x1f\x8b"
    return cast("IO[bytes]", gzip.open(path)) if is_packed else path.open("rb")


def _told(options: Options, tally: Tally) -> str:
    done = options.skip + tally.sent
    return (
        f"The service answered for {done:,} deliveries of {options.recording}. "
        f"Go on with --skip {done}, or from the start: what it knows, it does not count again"
    )


def _print(options: Options, tally: Tally, *, as_json: bool) -> None:
    told = tally.to_json()
    if as_json:
        text = msgspec.json.encode(told).decode()
    else:
        text = (
            f"{tally.sent:,} deliveries of {options.recording} sent in {told['seconds']} s: "
            f"{tally.events:,} events accepted, {tally.unreadable:,} unreadable"
        )
    sys.stdout.write(text + "\n")
