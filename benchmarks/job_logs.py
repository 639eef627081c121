"""Job logs: that real ones are read, what of a failing one is new, and whether what is planted into one comes first.

Real logs are no part of this repository: `UNWONTED_BENCH_LOGS` names a folder of them, with `labels.json` for those
that were labelled by hand, and `UNWONTED_BENCH_MIRRORS` a folder of git repositories that hold some (default:
`build/logs` and a neighbouring `.mirror`). Without any, only the simulator's logs are told of.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from dataclasses import dataclass

import msgspec

from benchmarks.logs import DAY, START, chunks, planted, read, real_logs
from benchmarks.logs.secrets import KINDS, with_secrets
from benchmarks.tables import tell
from collector.snapshot import Printed
from service.printed import PrintedLines

RUNS = 3
"""Times each log is taken in by the worker's state, as runs of one job."""

Row = dict[str, object]


def main() -> None:
    """Tell the tables."""
    tables = (("job_logs", _read_all), ("job_logs_chunks", chunks.compare), ("job_logs_planted", planted.compare))
    for name, rows in tables:
        told = list(rows())
        if told:
            tell(name, told)


@dataclass
class _Read:
    """What became of all real logs."""

    logs: int = 0
    size: int = 0
    exceptions: int = 0
    kept: int = 0
    shapes: int = 0
    reading: float = 0.0
    holding: float = 0.0


def _read_all() -> Iterator[Row]:
    """Read every real log with secrets printed into it; count what went wrong."""
    rng, state, all_of = random.Random(1), PrintedLines(), _Read()  # noqa: S311  # the same secrets each time
    for number, (path, body) in enumerate(real_logs()):
        text, secrets = with_secrets(body.decode(errors="replace"), rng)
        all_of.logs, all_of.size = all_of.logs + 1, all_of.size + len(text)
        try:
            _take(text, number, secrets, state, all_of)
        except Exception as error:  # noqa: BLE001  # whatever it is, it is counted
            all_of.exceptions += 1
            print(f"{path}: {type(error).__name__}: {error}")
    if all_of.logs:
        yield from (_row(all_of, "reading", all_of.reading), _row(all_of, "the worker's state", all_of.holding))


def _take(text: str, number: int, secrets: list[str], state: PrintedLines, all_of: _Read) -> None:
    began = time.thread_time()
    event = read(text, job=f"acme/repo{number}:ci.yml/test", at=START + number * 60)
    all_of.reading += time.thread_time() - began
    taken = [event]
    for run in range(RUNS):
        began = time.thread_time()
        at = event.observed_at + (run + 1) * 90 * DAY
        taken.append(state.take(msgspec.structs.replace(event, observed_at=at, received_at=at)))
        all_of.holding += (time.thread_time() - began) / RUNS
    kept = msgspec.json.encode(taken).decode()
    all_of.kept += sum(secret in kept for secret in secrets)
    all_of.shapes += len(event.snapshot.lines) if isinstance(event.snapshot, Printed) else 0


def _row(all_of: _Read, part: str, seconds: float) -> Row:
    return {
        "part": part,
        "logs": all_of.logs,
        "MB": round(all_of.size / 1e6),
        "exceptions": all_of.exceptions,
        "secrets printed": all_of.logs * len(KINDS),
        "secrets kept": all_of.kept,
        "shapes a log": round(all_of.shapes / all_of.logs),
        "MB/s and core": round(all_of.size / 1e6 / seconds, 1),
        "ms a log": round(1e3 * seconds / all_of.logs, 2),
    }


if __name__ == "__main__":
    main()
