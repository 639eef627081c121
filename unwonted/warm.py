"""`python -m unwonted.warm`: compiles what a service would compile at its first start, and keeps it for all starts."""

from __future__ import annotations

import sys
import time


def main() -> None:
    """Compile, and tell how long it took; where nothing can be kept, `unwonted doctor` tells."""
    began = time.monotonic()
    from collector.joblog.warm import warm as warm_logs
    from models.warm import warm as warm_scores

    warm_scores()
    warm_logs()
    took = time.monotonic() - began
    sys.stdout.write(f"Compiled what scores events and reads logs, in {took:.0f} s; later starts find it.\n")


if __name__ == "__main__":
    main()
