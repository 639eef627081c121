"""Run all benchmarks, or the one that is named: `python -m benchmarks [ONLY]`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def main(only: str = "") -> int:
    """Run each in a process of its own, so that none warms the next; return the worst exit code."""
    names = [path.stem for path in sorted(Path(__file__).parent.glob("*.py")) if not path.stem.startswith("_")]
    if only and only not in names:
        print(f"There is no benchmark '{only}' in benchmarks/; there are: {', '.join(names)}.", file=sys.stderr)
        return 2
    chosen = [only] if only else names
    return max(subprocess.run([sys.executable, "-m", f"benchmarks.{name}"], check=False).returncode for name in chosen)


if __name__ == "__main__":
    raise SystemExit(main(*sys.argv[1:2]))
