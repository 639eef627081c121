"""What `unwonted scan` takes on whole histories, beside `git log --all --numstat` in the same run.

UNWONTED_BENCH_GIT names a file with `owner/name TAB path` lines; UNWONTED_BENCH_SCAN may name the histories to take, by
commas, instead of all of them. Wall time on a busy machine says little: processor seconds stand beside it.
"""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.git_incidents import histories_of
from benchmarks.tables import tell

Row = dict[str, object]

_READ = """
import json, resource, sys
from pathlib import Path
from collector.sources.git import read_repository
count = sum(event.kind == "commit" for event in read_repository(Path(sys.argv[1])))
own, git = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
print(json.dumps([count, own.ru_utime + own.ru_stime, git.ru_utime + git.ru_stime]))
"""


@dataclass(frozen=True)
class Run:
    """One command that ran to its end."""

    seconds: float
    processor: float
    """Seconds of all processors, the git commands it started among them."""
    megabytes: float
    first: float
    """Seconds until something stood on the screen."""
    code: int


def main() -> None:
    """Scan every history that is named and tell the figures."""
    file = os.environ.get("UNWONTED_BENCH_GIT", "")
    if not Path(file).is_file():
        sys.exit(
            f"UNWONTED_BENCH_GIT must name a file (it is '{file}'); see the first lines of benchmarks/git_scan.py."
        )
    histories = histories_of(Path(file))
    names = [name for name in os.environ.get("UNWONTED_BENCH_SCAN", "").split(",") if name] or list(histories)
    with tempfile.TemporaryDirectory() as folder:
        fixed = _scan(_tiny(Path(folder)))
    rows = [_row(name, histories[name], fixed) for name in names]
    tell("git_scan", sorted(rows, key=lambda row: str(row["commits"]).zfill(9)))


def _row(name: str, path: Path, fixed: Run) -> Row:
    git = _timed(["git", "--git-dir", str(path), "log", "--all", "--numstat"])
    scan = _scan(path)
    read = subprocess.run([sys.executable, "-c", _READ, str(path)], check=True, capture_output=True).stdout
    commits, own, children = json.loads(read)
    return {
        "history": name,
        "commits": commits,
        "git log s": "an object is missing" if git.code else round(git.seconds, 1),
        "scan s": round(scan.seconds, 1),
        "fixed s": round(fixed.seconds, 1),
        "ms / commit": round(1000.0 * (scan.seconds - fixed.seconds) / commits, 2),
        "git log cpu": round(git.processor, 1),
        "scan cpu": round(scan.processor, 1),
        "of it git": round(children, 1),
        "of it reading": round(own, 1),
        "cpu ms / commit": round(1000.0 * (scan.processor - fixed.processor) / commits, 2),
        "RSS MB": round(scan.megabytes),
        "first row s": round(scan.first, 1),
    }


def _scan(path: Path) -> Run:
    command = [str(Path(sys.executable).with_name("unwonted")), "scan", str(path), "--format", "json"]
    run = _timed(command)
    if run.code:
        sys.exit(f"{' '.join(command)} failed; run it by itself to see why.")
    return run


def _timed(command: Sequence[str]) -> Run:
    """Run a command with its messages on a terminal, so that it shows its progress."""
    ours, theirs = pty.openpty()
    seen: list[float] = []
    listener = threading.Thread(target=_listen, args=(ours, seen), daemon=True)
    began = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=theirs, env=os.environ | {"TERM": "xterm"})
    os.close(theirs)
    listener.start()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - began
    listener.join(timeout=5)
    os.close(ours)
    first = seen[0] - began if seen else seconds
    code = os.waitstatus_to_exitcode(status)
    return Run(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024.0, first, code)


def _listen(terminal: int, seen: list[float]) -> None:
    """Read a terminal until its other side is closed; note when it first said something."""
    try:
        while os.read(terminal, 65536):
            if not seen:
                seen.append(time.perf_counter())
    except OSError:
        return


def _tiny(folder: Path) -> Path:
    """Make a repository of one commit: a scan of it takes what every scan takes."""
    git = ["git", "-C", str(folder), "-c", "user.name=a", "-c", "user.email=a@b.example"]
    subprocess.run(["git", "init", "-q", str(folder)], check=True)
    (folder / "a.txt").write_text("1\n", encoding="utf-8")
    subprocess.run([*git, "add", "-A"], check=True)
    subprocess.run([*git, "commit", "-q", "-m", "one"], check=True)
    return folder


if __name__ == "__main__":
    main()
