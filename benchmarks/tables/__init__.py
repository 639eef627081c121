"""How a benchmark tells its rows: a table for people, a JSON file for comparisons."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).parents[2]
BUILD = ROOT / "build" / "bench"


def tell(name: str, rows: Sequence[Mapping[str, object]]) -> None:
    """Print the rows as a table, and write them with machine and revision to build/bench/NAME.json."""
    table = Table(title=name, title_justify="left")
    for column in rows[0]:
        table.add_column(column, justify="left" if isinstance(rows[0][column], str) else "right")
    for row in rows:
        table.add_row(*(f"{value:.3g}" if isinstance(value, float) else str(value) for value in row.values()))
    Console(width=150).print(table)
    BUILD.mkdir(parents=True, exist_ok=True)
    told = {"name": name, "rows": list(rows), "machine": _machine(), "revision": _revision()}
    (BUILD / f"{name}.json").write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")


def _machine() -> str:
    return f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"


def _revision() -> str:
    command = ["git", "-C", str(ROOT), "describe", "--always", "--dirty"]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
