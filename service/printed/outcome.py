"""Whether the run that printed a log ended well: by what its event says, by its run's event, or by the log itself."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Sequence

from collector.event import Event, Kind
from collector.snapshot import Line

GOOD, UNKNOWN, BAD = 16, 12, 2
"""What a run teaches.

One of which nobody knows the end counts nearly as much as one that ended well: most runs do. One that failed counts
little, or the second failure of a kind would look usual; but it counts, because what it printed was printed before.
"""
MAX_RUNS = 4_096
"""Runs whose end is remembered; those told of longest ago give way."""
LAST_LINES = 40
"""Shapes at the end of a log among which its end is looked for."""

_WELL = frozenset({"success", "succeeded", "passed", "completed", "stable", "neutral", "skipped"})
_END = re.compile(
    r"(?i)(?P<good>\bfinished: success\b|^job succeeded|^(?:done\. )?your build exited with 0\b|^build succeeded$|"
    r"\bpipeline succeeded\b)|^##\[error\]|^error: job failed|\bprocess completed with exit code\b|"
    r"\bfinished: (?:failure|aborted|unstable)\b|^(?:done\. )?your build (?:exited with [1-9]|has been stopped)|"
    r"the operation was cancell?ed\b|^build failed$"
)
"""What runners print at the end."""


class Conclusions:
    """How runs ended, by what their own events said."""

    def __init__(self, known: OrderedDict[str, bool] | None = None) -> None:
        self.known = known or OrderedDict()

    def learn(self, event: Event) -> None:
        """Remember the end of a run that an event tells."""
        told = event.facts.get("conclusion")
        run = event.links.get("run")
        if event.kind is not Kind.RUN or not run or not isinstance(told, str):
            return
        name = f"{run}\0{event.links.get('job', '')}"
        self.known[name] = told.lower() in _WELL
        self.known.move_to_end(name)
        while len(self.known) > MAX_RUNS:
            self.known.popitem(last=False)

    def weight_of(self, event: Event, lines: Sequence[Line]) -> int:
        """Return what the run of a log teaches."""
        told = event.facts.get("conclusion")
        if isinstance(told, str) and told:
            return GOOD if told.lower() in _WELL else BAD
        run = event.links.get("run", "")
        for job in (event.links.get("job", ""), ""):
            if run and (ended_well := self.known.get(f"{run}\0{job}")) is not None:
                return GOOD if ended_well else BAD
        return _weight_by_its_end(lines)


def _weight_by_its_end(lines: Sequence[Line]) -> int:
    for line in reversed(sorted(lines, key=lambda line: line.at)[-LAST_LINES:]):
        if found := _END.search(line.text or line.shape):
            return GOOD if found["good"] else BAD
    return UNKNOWN
