"""`unwonted drill`: plays simulated attacks into a service or after a scanned history, and tells what was seen."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from collector.simulator.attacks import ATTACKS
from unwonted.errors import OK, RISK_REACHED, UsageError

_LOOK_EVERY_S = 0.3


@dataclass(frozen=True)
class Options:
    """The options of `unwonted drill`, as given."""

    names: tuple[str, ...] = ()
    is_list: bool = False
    as_json: bool = False
    url: str = "http://127.0.0.1:8600"
    token: str = ""
    organisation: str = ""
    seed: int | None = None
    keep: bool = False
    scan: tuple[Path, ...] = ()
    networks: Path | None = None
    fail_on_missed: bool = False


def run(options: Options) -> int:
    """Play, tell, and return the exit code."""
    if options.is_list:
        _list(as_json=options.as_json)
        return OK
    from unwonted.drills import check_names

    names = check_names(options.names)
    results = list(_after_scan(options, names) if options.scan else _in_service(options, names))
    _tell(results, as_json=options.as_json)
    is_missed = any(result.ending not in {"found", "unplayed"} for result in results)
    return RISK_REACHED if options.fail_on_missed and is_missed else OK


def _list(*, as_json: bool) -> None:
    from rich.console import Console

    drills = [(name, attack.says) for name, attack in ATTACKS.items()]
    if as_json:
        import msgspec

        told = [{"name": name, "says": says, "classes": ATTACKS[name].classes} for name, says in drills]
        sys.stdout.write(msgspec.json.encode(told).decode() + "\n")
        return
    from unwonted.report.drills import to_list

    sys.stdout.write(to_list(drills, Console()))


def _in_service(options: Options, names: Sequence[str]) -> Iterator[Any]:
    """Yield what the drills showed that a running service played."""
    import msgspec

    from training.drills.result import DrillResult
    from unwonted.client import Client

    if options.networks:
        raise UsageError("--networks is for --scan; a service has networks of its own")
    with closing(Client(options.url, options.token)) as client:
        asked = {"names": names, "seed": options.seed, "keep": options.keep}
        begun = [item["id"] for item in client.post("/drills", asked, organisation=options.organisation)["items"]]
        for played in _awaited(client, begun, options.organisation):
            yield msgspec.convert(played["result"], DrillResult)


def _awaited(client: Any, begun: Sequence[str], organisation: str) -> list[Any]:
    """Return drills when all have ended, in the order they were begun."""
    pause = threading.Event()
    while True:
        items = {item["id"]: item for item in client.get("/drills", organisation=organisation)["items"]}
        mine = [items[name] for name in begun if name in items]
        if len(mine) < len(begun):
            raise UsageError("the service forgot the drills it was asked for; was its data folder replaced?")
        ended = sum(item["finished_at"] is not None for item in mine)
        _say(f"{ended} of {len(mine)} played ..." if ended < len(mine) else "")
        if ended == len(mine):
            return sorted(mine, key=lambda item: begun.index(item["id"]))
        pause.wait(_LOOK_EVERY_S)


def _after_scan(options: Options, names: Sequence[str]) -> Iterator[Any]:
    """Yield what the drills showed at the end of a scanned history."""
    from collector.networks import Networks
    from unwonted.progress import progress
    from unwonted.scan_drill import ScanDrill

    if options.keep:
        raise UsageError("--keep leaves a drill in a service; a scan leaves nothing behind, so leave it out")
    networks = Networks() if options.networks is None else Networks.read(options.networks)
    with progress(is_shown=not options.as_json and sys.stderr.isatty()) as told:
        yield from ScanDrill(networks, told).run(options.scan, names, seed=1 if options.seed is None else options.seed)


def _tell(results: Sequence[Any], *, as_json: bool) -> None:
    from rich.console import Console

    from unwonted.report.drills import to_json, to_table
    from unwonted.version import version

    sys.stdout.write(to_json(results, version()) if as_json else to_table(results, Console()))


def _say(line: str) -> None:
    if sys.stderr.isatty():
        sys.stderr.write(f"\r{line}\x1b[K")
