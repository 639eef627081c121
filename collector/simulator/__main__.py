"""Write a simulated recording: `python -m collector.simulator OUT.ndjson.gz --attack token-mass-clone`."""

from __future__ import annotations

import argparse
import gzip
import sys
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from collector.simulator import ATTACKS, Simulation, play
from collector.simulator.simulation import START


def main(arguments: list[str] | None = None) -> int:
    """Simulate as the arguments say; return the exit code."""
    asked = parser().parse_args(arguments)
    simulation = play(asked.seed, asked.days, asked.start, asked.attack)
    try:
        _write(simulation, asked.out, asked.truth, asked.networks)
    except OSError as error:
        sys.stderr.write(f"Cannot write the simulation: {error}. Name a file in a folder that you may write to.\n")
        return 1
    told = ", ".join(f"{attack.name} at {attack.impact_at}" for attack in simulation.attacks) or "none"
    sys.stdout.write(f"{asked.out}: {len(simulation.deliveries)} simulated deliveries; attacks: {told}\n")
    return 0


def parser() -> argparse.ArgumentParser:
    """Return what reads the command line."""
    reader = argparse.ArgumentParser(prog="python -m collector.simulator", description="Write a simulated recording.")
    reader.add_argument("out", type=Path, help="recording to write, NDJSON, compressed when it ends in .gz")
    reader.add_argument("--seed", type=int, default=1, help="the same seed makes the same days (default 1)")
    reader.add_argument("--days", type=int, default=31, help="how many days (default 31)")
    reader.add_argument("--start", type=_day, default=START, help="first day, such as 2026-03-02")
    reader.add_argument(
        "--attack", action="append", default=[], choices=sorted(ATTACKS), help="play this in; repeatable"
    )
    reader.add_argument("--truth", type=Path, help="also write which deliveries are an attack, as JSON")
    reader.add_argument("--networks", type=Path, help="also write whose networks the addresses are in, as CSV")
    return reader


def _day(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def _write(simulation: Simulation, out: Path, truth: Path | None, networks: Path | None) -> None:
    out.parent.mkdir(parents=True, exist_ok=True)
    lines = b"".join(msgspec.json.encode(delivery) + b"\n" for delivery in simulation.deliveries)
    # mtime=0 keeps the bytes the same from run to run
    out.write_bytes(gzip.compress(lines, compresslevel=6, mtime=0) if out.suffix == ".gz" else lines)
    if truth:
        truth.write_bytes(msgspec.json.format(msgspec.json.encode(simulation.truth()), indent=1))
    if networks:
        networks.write_text("\n".join(simulation.networks()) + "\n", encoding="utf-8")


if __name__ == "__main__":
    raise SystemExit(main())
