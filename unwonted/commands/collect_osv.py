"""`unwonted collect osv`: sends OSV records from a file, a zip or a folder to a running service."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from collector.errors import DeliveryError
from collector.osv_records import records, slim
from service.words import plain
from unwonted.commands.replay import batches
from unwonted.errors import ServiceError
from unwonted.progress import progress
from unwonted.sending import Sender

_BATCH = 500
"""Records of one request."""
_SHOWN = 5


@dataclass(frozen=True)
class Options:
    """The options of `unwonted collect osv`, as given."""

    path: Path
    url: str = "http://127.0.0.1:8600"
    token: str = ""
    organisation: str = ""
    """Empty is the token's own."""


@dataclass
class Tally:
    """What became of the records."""

    sent: int = 0
    passed_over: int = 0
    """Records about nothing that lockfiles, SBOMs or workflows name."""
    unreadable: int = 0
    problems: list[str] = field(default_factory=list)
    seconds: float = 0.0

    def skip(self, place: str, reason: object) -> None:
        """Count what cannot be read, and keep the first reasons."""
        self.unreadable += 1
        if len(self.problems) < _SHOWN:
            self.problems.append(f"{place}: {reason}")


def run(options: Options, *, as_json: bool = False) -> None:
    """Send all records, and tell what became of them; raise ServiceError where not one could be read."""
    tally, began = Tally(), time.monotonic()
    sender = Sender(options.url, options.token, options.organisation, hook="/hooks/osv")
    try:
        with progress(is_shown=sys.stderr.isatty()) as told:
            told.phase(f"Sending {options.path.name}")
            for lines in batches(_lines(options.path, tally), _BATCH, lambda _: False):
                tally.unreadable += sender.send(lines).unreadable
                tally.sent += len(lines)
                told.advance(len(lines))
    except KeyboardInterrupt:
        raise ServiceError(f"stopped after {tally.sent:,} records; send it again, what is known counts once") from None
    except ServiceError as error:
        raise ServiceError(f"{error}. {tally.sent:,} records were sent before; send it again") from None
    finally:
        sender.close()
    tally.seconds = round(time.monotonic() - began, 3)
    _tell(options, tally, as_json=as_json)


def _lines(path: Path, tally: Tally) -> Iterator[bytes]:
    for place, record in records(path, tally.skip):
        try:
            kept = slim(record)
        except DeliveryError as error:
            tally.skip(place, error)
            continue
        if kept is None:
            tally.passed_over += 1
        else:
            yield msgspec.json.encode(kept)


def _tell(options: Options, tally: Tally, *, as_json: bool) -> None:
    for problem in tally.problems:
        sys.stderr.write(f"Note: {plain(problem, 300)}\n")
    if not tally.sent and not tally.passed_over:
        raise ServiceError(f"{options.path}: not one OSV record could be read; name a dump in the OSV format")
    if as_json:
        told = {name: getattr(tally, name) for name in ("sent", "passed_over", "unreadable", "seconds")}
        sys.stdout.write(msgspec.json.encode(told).decode() + "\n")
        return
    sys.stdout.write(
        f"{tally.sent:,} records are known to the service now; {tally.passed_over:,} are about ecosystems that nothing "
        f"here names, {tally.unreadable:,} could not be read\n"
    )
