"""Real logs of CI jobs, which are no part of this repository, and how they are read and held against earlier runs."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import msgspec

from benchmarks.tables import ROOT
from collector.delivery import Delivery
from collector.event import Event
from collector.sources import Context, source_named

LOGS = Path(os.environ.get("UNWONTED_BENCH_LOGS", ROOT / "build" / "logs"))
"""A folder of logs, and of `labels.json`: for each failing log its project, its project's earlier logs that ended well,
and the lines that say why it failed, as ranges."""
MIRRORS = Path(os.environ.get("UNWONTED_BENCH_MIRRORS", ROOT.parent / ".mirror"))
"""A folder of git repositories without work trees, in which logs are looked for beside."""
MOST_BYTES = 1_000_000_000
"""Of all logs, so that a benchmark takes minutes."""
START = 1_767_225_600.0
DAY = 86_400.0


class Labelled(msgspec.Struct):
    """One failing log, labelled by hand."""

    project: str
    earlier: list[str]
    chunk: list[tuple[int, int]]
    """First and last line of each part that says why the job failed, from 1."""

    def holds(self, line: int) -> bool:
        """Whether a line says why the job failed."""
        return any(first <= line <= last for first, last in self.chunk)


def labels() -> dict[str, Labelled]:
    """Return what was labelled, by the log's path; nothing where there is no such file."""
    path = LOGS / "labels.json"
    return msgspec.json.decode(path.read_bytes(), type=dict[str, Labelled]) if path.is_file() else {}


def real_logs() -> Iterator[tuple[str, bytes]]:
    """Yield logs with their paths, one content once, and no more than can be worked off in minutes."""
    seen: set[int] = set()
    left = MOST_BYTES
    for path, body in all_logs():
        if len(body) > 400 and hash(body) not in seen:
            seen.add(hash(body))
            left -= len(body)
            if left < 0:
                return
            yield path, body


def all_logs() -> Iterator[tuple[str, bytes]]:
    """Yield every log that is found, with its path."""
    for path in sorted(LOGS.rglob("*.log")) if LOGS.is_dir() else ():
        yield f"./{path.relative_to(LOGS)}", path.read_bytes()
    for repository in sorted(MIRRORS.glob("*/repo")):
        yield from _in_git(repository)


def _in_git(repository: Path) -> Iterator[tuple[str, bytes]]:
    git = ["git", "-C", str(repository)]
    listed = subprocess.run([*git, "ls-tree", "-r", "HEAD"], capture_output=True, check=True).stdout.decode()
    rows = [line.split("\t", 1) for line in listed.splitlines() if line.endswith((".log", ".good", ".fail"))]
    wanted = "".join(f"{meta.split()[2]}\n" for meta, _ in rows)
    with subprocess.Popen([*git, "cat-file", "--batch"], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None  # noqa: S101  # piped
        assert process.stdout is not None  # noqa: S101
        for (_, path), blob in zip(rows, wanted.splitlines(), strict=True):
            process.stdin.write(f"{blob}\n".encode())
            process.stdin.flush()
            told = process.stdout.readline().split()
            if len(told) == 3:  # a snapshot lacks its largest files
                yield f"./{path}", process.stdout.read(int(told[2]) + 1)[:-1]


def read(body: bytes | str, *, job: str, at: float, run: str = "", conclusion: str = "") -> Event:
    """Return the event of a log that came by upload."""
    told = {"Unwonted-Repo": job.split(":", 1)[0], "Unwonted-Workflow": "ci.yml", "Unwonted-Job": "test"}
    text = body if isinstance(body, str) else body.decode(errors="replace")
    delivery = Delivery(source="joblog", received_at=at, headers=told | {"Unwonted-Run-Id": run}, body=text)
    event = source_named("joblog").parse(delivery, Context())[0]
    facts = event.facts | ({"conclusion": conclusion} if conclusion else {})
    return msgspec.structs.replace(event, observed_at=at, facts=facts)
