"""`python -m tests.fuzz MINUTES [SEED]`: hostile input for minutes, first for readers, then for a running service."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import tempfile
import time
from pathlib import Path

from tests.fuzz import parsers
from tests.fuzz.live import Tally, besiege, faults_in, resident_mib
from tests.fuzz.openapi import document
from tests.unwonted.running import Running, running

TOOLS = Path("build/fuzz")
FOUND = Path("build/fuzz-found")
"""Where what was found is kept, to be read again."""
GROWTH_MIB = 300.0
"""How much a service may grow between a quarter of the siege and its end."""


def main(minutes: float, seed: int) -> int:
    """Run everything in turn; return the number of problems, each of which has been told."""
    seconds = minutes * 60
    problems = _parsers(seconds * 0.3, seed) + _guided(seconds * 0.25) + _live(seconds * 0.45, seed)
    for problem in problems:
        say(f"PROBLEM {problem}")
    say(f"{len(problems)} problems; seed {seed}")
    return len(problems)


def say(text: str) -> None:
    """Tell it at once: minutes pass between one line and the next."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def _parsers(seconds: float, seed: int) -> list[str]:
    done, failures = parsers.run(seconds, seed)
    say(f"parsers: {done:,} readings of bent samples in {seconds:.0f} s")
    return [f"{count} x {where}" for where, count in failures.items()]


def _guided(seconds: float) -> list[str]:
    """Run the guided fuzzer where it is installed."""
    python = TOOLS / "bin" / "python"
    if subprocess.run([python, "-c", "import atheris"], capture_output=True, check=False).returncode:
        say("guided: left out, as there is no atheris for this Python")
        return []
    FOUND.mkdir(parents=True, exist_ok=True)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join((".", sysconfig.get_path("purelib")))}
    words = [str(python), "-m", "tests.fuzz.guided", str(int(seconds)), str(FOUND)]
    done = subprocess.run(words, capture_output=True, text=True, env=environment, check=False)
    told = [line for line in done.stderr.splitlines() if line.startswith("stat::")]
    say("guided: " + ", ".join(line.removeprefix("stat::").replace("  ", "") for line in told))
    return [f"guided: {done.stdout[-500:]}{done.stderr[-3000:]}"] if done.returncode else []


def _live(seconds: float, seed: int) -> list[str]:
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        (data / "receiver.json").write_text(json.dumps(document()), encoding="utf-8")
        with running(data / "log", "serve", "--port", "0", "--data", str(data / "data")) as service:
            tally, early = _siege(service, seconds * 0.5, seed)
            problems = [*tally.problems]
            problems += _schemas(service, str(data / "receiver.json"), seconds * 0.25, seed, folder)
            problems += _schemas(service, f"{service.url}/api/v1/openapi.json", seconds * 0.25, seed, folder)
            late = resident_mib(service.process.pid)
            say(f"service: {early:.0f} MiB resident after a quarter of the siege, {late:.0f} MiB at the end")
            if late > early + GROWTH_MIB:
                problems.append(f"the service grew from {early:.0f} to {late:.0f} MiB")
            return problems + faults_in(service)


def _siege(service: Running, seconds: float, seed: int) -> tuple[Tally, float]:
    """Return what came of the siege, and what the service held after a quarter of it."""
    first = besiege(service, seconds / 4, seed)
    early = resident_mib(service.process.pid)
    tally = besiege(service, seconds * 3 / 4, seed + 1000)
    tally.sent.update(first.sent)
    tally.statuses.update(first.statuses)
    tally.problems += first.problems
    say(f"siege: {sum(tally.sent.values()):,} requests in {seconds:.0f} s: {dict(sorted(tally.statuses.items()))}")
    say(f"  slowest, in seconds: { {name: round(took, 1) for name, took in tally.slowest.items()} }")
    return tally, early


def _schemas(service: Running, schema: str, seconds: float, seed: int, folder: str) -> list[str]:
    """Run schemathesis for some time; a fault of the server, or an answer that takes too long, is a problem."""
    words = [
        str((TOOLS / "bin" / "st").absolute()), "run", schema, "--url", service.url, "--max-time", str(int(seconds)),
        "--checks", "not_a_server_error", "--request-timeout", "30", "--seed", str(seed), "--no-color", "--phases",
        "coverage,fuzzing", "--continue-on-failure", "--suppress-health-check", "all", "--warnings", "off",
    ]  # fmt: skip
    began = time.monotonic()
    done = subprocess.run(words, capture_output=True, text=True, cwd=folder, check=False)
    told = [line.strip() for line in done.stdout.splitlines() if "generated" in line or "passed" in line]
    say(f"schemathesis on {schema.rsplit('/', 1)[-1]}: {time.monotonic() - began:.0f} s; {'; '.join(told)}")
    return [f"schemathesis ({done.returncode}): {done.stdout[-3000:]}"] if done.returncode else []


if __name__ == "__main__":
    found = main(float(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else int(time.time()))
    sys.exit(1 if found else 0)
