"""Reading logs of jobs: MB a second of processor time beside `grep -c ''` over the same file, and how memory grows."""

from __future__ import annotations

import base64
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from benchmarks.tables import tell
from collector.joblog.reader import LogReader
from collector.joblog.warm import warm

SIZE = 95 << 20
"""Bytes of a log, a little less than what may be sent."""
PART = 64 << 10
"""Bytes of a part, as sockets give them."""
ROUNDS = 3

Row = dict[str, object]


def main() -> None:
    """Read each log in a process of its own, and tell."""
    with tempfile.TemporaryDirectory(prefix="unwonted-bench-") as folder:
        tell("log_reader", [_measured(name, Path(folder) / "log") for name in LOGS])


def _measured(name: str, path: Path) -> Row:
    _write(path, LOGS[name])
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.log_reader", str(path)], capture_output=True, text=True, check=True
    )
    seconds, grown, lines, kept = msgspec.json.decode(done.stdout, type=tuple[float, float, int, int])
    size = path.stat().st_size / 1e6
    counted = min(_counting(path) for _ in range(ROUNDS))
    return {
        "log": name,
        "MB": round(size),
        "lines": lines,
        "shapes kept": kept,
        "MB/s of a core": round(size / seconds),
        "grep -c '', MB/s": round(size / counted),
        "times grep's time": round(seconds / counted, 1),
        "memory grew by MB": round(grown, 1),
    }


def _write(path: Path, pieces: Callable[[random.Random], Iterator[bytes]]) -> None:
    left = SIZE
    with path.open("wb") as file:
        for piece in pieces(random.Random(4)):  # noqa: S311  # the same in every run
            file.write(piece[:left])
            left -= len(piece)
            if left <= 0:
                return


def _counting(path: Path) -> float:
    """Return the processor time of counting a file's lines."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(["grep", "-c", "", str(path)], capture_output=True, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _read(path: Path) -> None:
    """Read one log some times over; print the best time, what memory it took beside, and what was found."""
    warm()
    before, best, lines, kept = _memory(), float("inf"), 0, 0
    for _ in range(ROUNDS):
        began, reader = time.process_time(), LogReader()
        with path.open("rb") as file:
            while part := file.read(PART):
                reader.feed(part)
        summary = reader.finish()
        best = min(best, time.process_time() - began)
        lines, kept = summary.lines, len(summary.printed.lines)
    print(msgspec.json.encode((best, _memory() - before, lines, kept)).decode())


def _memory() -> float:
    """Return the most memory the process has had, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _plain(rng: random.Random) -> Iterator[bytes]:
    names = ["ledger", "rounding", "invoice", "tax", "refund", "report"]
    while True:
        yield b"".join(
            b"[%3d%%] Building module %s of the service, %d of %d files changed since yesterday\n"
            % (rng.randrange(100), rng.choice(names).encode(), rng.randrange(90), rng.randrange(900))
            for _ in range(5_000)
        )


def _github(rng: random.Random) -> Iterator[bytes]:
    second = 0
    while True:
        second += 1
        stamp = b"2026-03-01T%02d:%02d:%02d.%07dZ " % (second // 3600 % 24, second // 60 % 60, second % 60, second)
        yield stamp + b"##[group]Run make test\n" + stamp + b"shell: /usr/bin/bash -e {0}\n" + stamp + b"##[endgroup]\n"
        yield b"".join(
            b"%sDownloading https://repo.example/maven2/org/acme/pay-%d/%d.%d/pay.jar (%d kB at %d kB/s)\n"
            b"%s\x1b[32mPASS\x1b[0m src/test/java/org/acme/pay/RoundingTest%d.java (%d ms)\n"
            % (stamp, n, n % 9, n % 7, rng.randrange(9_000), rng.randrange(900), stamp, n, rng.randrange(99))
            for n in range(500)
        )


def _secrets(rng: random.Random) -> Iterator[bytes]:
    while True:
        yield b"".join(
            b"export PAY_%d_TOKEN=ghp_%s curl -u mona:%d https://a:b@repo%d.example\n"
            % (n, rng.randbytes(18).hex().encode(), n, n % 300)
            for n in range(2_000)
        )


def _shapes(rng: random.Random) -> Iterator[bytes]:
    letters = b"abcdefghijklmnopqrstuvwxyz    "
    while True:
        text = rng.randbytes(1 << 20).translate(bytes(letters[n % len(letters)] for n in range(256)))
        yield b"\n".join(text[at : at + 60] for at in range(0, len(text), 60))


def _encoded(rng: random.Random) -> Iterator[bytes]:
    while True:
        yield base64.encodebytes(rng.randbytes(1 << 20))


def _again(piece: bytes) -> Callable[[random.Random], Iterator[bytes]]:
    def pieces(_: random.Random) -> Iterator[bytes]:
        while True:
            yield piece

    return pieces


LOGS: dict[str, Callable[[random.Random], Iterator[bytes]]] = {
    "plain lines": _plain,
    "as GitHub's runner writes": _github,
    "hostile: one line": _again(b"one line without an end " * 50_000),
    "hostile: escapes only": _again(b"\x1b[31;1m" * 150_000),
    "hostile: base64 only": _encoded,
    "hostile: secrets on every line": _secrets,
    "hostile: no line like another": _shapes,
    "hostile: lines of one character": _again(b"x\n" * 500_000),
}


if __name__ == "__main__":
    _read(Path(sys.argv[1])) if sys.argv[1:] else main()
