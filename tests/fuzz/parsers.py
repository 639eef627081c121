"""Parsers for minutes: bent samples, one after the other, each source in turn."""

from __future__ import annotations

import gzip
import sys
import time
import traceback
from collections import Counter
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import msgspec

from collector.delivery import Delivery
from tests.fuzz import examining
from tests.fuzz.mutations import CANARY, bent, bent_bytes, raw, samples

READINGS = 5
"""Readings of one bent sample."""
MOST_KINDS = 20
"""Different failures after which it ends."""


def run(seconds: float, seed: int) -> tuple[int, Counter[str]]:
    """Return how many readings were made, and the failures by where they happened."""
    with TemporaryDirectory() as folder:
        return _run(seconds, seed, Path(folder) / "bent.json")


def _run(seconds: float, seed: int, path: Path) -> tuple[int, Counter[str]]:
    cases = [sample for some in samples().values() for sample in some]
    until, done, failures = time.monotonic() + seconds, 0, Counter[str]()
    while time.monotonic() < until and len(failures) < MOST_KINDS:
        number = seed + done
        sample = cases[done % len(cases)]
        try:
            one(sample, number, path)
        except Exception as error:  # noqa: BLE001 (whatever it is, it is what is looked for)
            where = _where(error)
            failures[where] += 1
            if failures[where] == 1:
                sys.stderr.write(f"\n--- {sample.source}, seed {number}\n{traceback.format_exc(limit=-4)}")
        done += READINGS
    return done, failures


def one(sample: Delivery, seed: int, path: Path) -> None:
    """Read one bent sample as JSON, as bytes, in Splunk's envelope, as a file, and as text."""
    random = Random(seed)
    headers = {name: value for name, value in sample.headers.items() if random.random() < 0.9}
    body = bent(sample.body, random)
    examining.parse(sample.source, Delivery(source=sample.source, received_at=examining.AT, headers=headers, body=body))
    data = bent_bytes(raw(sample.body), random)
    examining.read(sample.source, headers, data)
    examining.stream(bent_bytes(b'{"time": 1772359200, "event": ' + raw(body) + b"}", random, 1))
    path.write_bytes(packed(_as_file(sample, data, random), random))
    examining.file(path)
    examining.mask(f"{data.decode(errors='replace')} {CANARY}")


def _as_file(sample: Delivery, data: bytes, random: Random) -> bytes:
    """Return bytes as a file may hold them: alone, one after the other, in a list, or as lines of a recording."""
    line = bent_bytes(msgspec.json.encode({"source": sample.source, "received_at": 1, "body": sample.body}), random, 1)
    return random.choice((data, b"\n".join([data] * 3), b"[" + data + b"," + data + b"]", b"\n".join([line] * 3)))


def packed(data: bytes, random: Random) -> bytes:
    """Return bytes as they are, as gzip, or as gzip that is bent."""
    if random.random() < 0.7:
        return data
    made = gzip.compress(data, 1)
    return made if random.random() < 0.5 else bent_bytes(made, random, 1)


def _where(error: Exception) -> str:
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} at {'/'.join(frame.filename.split('/')[-2:])}:{frame.lineno}"
