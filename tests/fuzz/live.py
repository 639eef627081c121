"""A service under a hostile client: it answers, does not hang, does not grow, and its log has no fault of ours."""

from __future__ import annotations

import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from random import Random

from tests.fuzz.hostile import Answer, Target, ask, attacks, request
from tests.unwonted.running import Running

FAULTS = ("Exception in ASGI", "source_failed", "entry_unstorable", "This is a fault of Unwonted")
"""What no line of the service's log may say, whatever was sent."""
ANSWERED = frozenset({"bent_sample", "deep", "livez"})
"""What is legal HTTP to its end, and within every limit."""
_READY_S = 20.0


@dataclass
class Tally:
    """What was sent, and what came of it."""

    sent: Counter[str] = field(default_factory=Counter)
    statuses: Counter[int] = field(default_factory=Counter)
    slowest: dict[str, float] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    def note(self, name: str, seed: int, answer: Answer) -> None:
        """Count an answer; one of the server's own faults is a problem."""
        status, took = answer
        self.sent[name] += 1
        self.statuses[status] += 1
        self.slowest[name] = max(self.slowest.get(name, 0.0), took)
        if (status >= 500 and status not in {501, 503, 505}) or (status == 0 and name in ANSWERED):
            self.problems.append(f"{name}, seed {seed}: {status or 'no answer'}")


def send(target: Target, tally: Tally, seed: int, seconds: float, most: int = sys.maxsize) -> None:
    """Attack for some time, or a number of times."""
    until, random = time.monotonic() + seconds, Random(seed)
    for number, attack in enumerate(islice(attacks(random), most)):
        if time.monotonic() > until:
            return
        one_at_a_time(attack, target, tally, seed * 1_000_000 + number)


def one_at_a_time(attack: Callable[[Target, Random], Answer], target: Target, tally: Tally, seed: int) -> None:
    """Attack once; what is not answered in time is a problem."""
    try:
        tally.note(attack.__name__, seed, attack(target, Random(seed)))
    except OSError as error:
        tally.problems.append(f"{attack.__name__}, seed {seed}: {type(error).__name__} {error}")


def watch(target: Target, tally: Tally, seconds: float) -> None:
    """See that others are answered meanwhile."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        status, took = ask(target, request("/livez", method="GET"))
        tally.note("livez", 0, (status, took))
        if status != 200 or took > _READY_S:
            tally.problems.append(f"/livez answered {status} after {took:.1f} s")
        time.sleep(0.5)


def besiege(service: Running, seconds: float, seed: int, senders: int = 4) -> Tally:
    """Attack from several threads for some time, and return what came of it."""
    target, tally = Target.at(service.url), Tally()
    threads = [threading.Thread(target=send, args=(target, tally, seed + number, seconds)) for number in range(senders)]
    threads.append(threading.Thread(target=watch, args=(target, tally, seconds)))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    tally.problems += faults_in(service)
    return tally


def faults_in(service: Running) -> list[str]:
    """Return the lines of the service's log that tell of a fault of ours."""
    return [line[:500] for line in service.log.splitlines() if any(word in line for word in FAULTS)][:20]


def resident_mib(pid: int) -> float:
    """Return how much memory a process holds."""
    told = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return int(told.split("VmRSS:")[1].split()[0]) / 1024
