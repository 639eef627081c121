"""Whether the newest lines of a failing log are those that say why it failed, against looking for words of failure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from benchmarks.logs import DAY, START, Labelled, all_logs, labels, read
from collector.event import Event
from service.printed import PrintedLines

TOP = 5
PEERS = 40
"""Other projects' jobs that the organisation has, each with up to two logs."""
_WORDS = re.compile(rb"(?i)error|fail|exception|fatal")
_END = re.compile(rb"Your build exited with (\d)|##\[error\]")

Row = dict[str, object]
Place = list[int]


def compare() -> Iterator[Row]:
    """Yield one row an arm: in how many logs a line of five hits, and how many of the five do."""
    known = labels()
    wanted = _wanted(known)
    bodies = {path: body for path, body in all_logs() if path in wanted or _is_another(path, body)}
    usable = {path: log for path, log in known.items() if path in bodies}
    if not usable:
        return
    organisation = _organisation({path: body for path, body in bodies.items() if path not in wanted})
    arms: dict[str, dict[str, Place]] = {"new lines, job alone": {}, "new lines, job in an organisation": {}}
    arms |= {"first lines with a word of failure": {}, "last lines with a word of failure": {}}
    for path, log in usable.items():
        earlier = [bodies[name] for name in log.earlier if name in bodies]
        found = [k for k, line in enumerate(bodies[path].split(b"\n"), 1) if _WORDS.search(line)]
        told = (
            _newest(PrintedLines(), log.project, earlier, bodies[path]),
            _newest(PrintedLines.from_bytes(organisation), log.project, earlier, bodies[path]),
            found[:TOP],
            found[-TOP:],
        )
        for arm, lines in zip(arms.values(), told, strict=True):
            arm[path] = lines
    for name, places in arms.items():
        yield {"arm": name, **_judged(places, usable)}


def _is_another(path: str, body: bytes) -> bool:
    """Whether a log may be one of the organisation's other jobs."""
    return "/travis_data/logs/" in path and len(body) < 2_000_000


def _wanted(known: Mapping[str, Labelled]) -> set[str]:
    return set(known) | {name for log in known.values() for name in log.earlier}


def _judged(places: Mapping[str, Place], known: Mapping[str, Labelled]) -> Row:
    hits = {path: [known[path].holds(line) for line in lines] for path, lines in places.items()}
    caught = sum(any(found) for found in hits.values())
    return {
        "logs": len(hits),
        "logs with a hit": caught,
        "share": round(caught / len(hits), 3),
        f"of {TOP} lines hit": round(sum(map(sum, hits.values())) / (TOP * len(hits)), 3),
    }


def _newest(state: PrintedLines, project: str, earlier: Sequence[bytes], body: bytes) -> Place:
    at = START + 20 * DAY
    for number, log in enumerate(earlier):
        state.take(_event(log, project, at + number * DAY, "success"))
    told = state.take(_event(body, project, at + (len(earlier) + 2) * DAY, "failure")).facts.get("printed", [])
    return [int(line.split(":", 1)[0].removeprefix("line ")) for line in told[:TOP]]


def _event(body: bytes, project: str, at: float, conclusion: str) -> Event:
    return read(body, job=f"{project}:ci.yml/test", at=at, conclusion=conclusion)


def _organisation(bodies: Mapping[str, bytes]) -> bytes:
    """Return what is known of an organisation of other jobs, of each up to two logs."""
    state = PrintedLines()
    for number, path in enumerate(sorted(bodies)[: 2 * PEERS]):
        ended = _END.findall(bodies[path])
        conclusion = "success" if ended and ended[-1] == b"0" else "failure"
        state.take(_event(bodies[path], f"other/{number // 2}", START + number * 3600, conclusion))
    return state.to_bytes()
