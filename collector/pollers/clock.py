"""Time and chance, as pollers are given them."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Clock:
    """What time it is, how to wait, and what spreads the waiting of many."""

    now: Callable[[], float] = time.time
    """Seconds since 1970 UTC."""
    steady: Callable[[], float] = time.monotonic
    """Seconds that nobody sets back."""
    pause: Callable[[float], object] = time.sleep
    draw: Callable[[], float] = random.random
    """A number in [0, 1): whoever failed together does not try again together."""
