"""`unwonted model`: lists, shows, promotes and rolls back model versions."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence

import msgspec

from models.errors import ModelsError
from models.scorer import OWN
from models.version import Manifest
from service.feed import Feed
from service.promotion import GateError, admit, before, name_of, serving
from service.store import promotions
from service.store.database import Database
from service.store.errors import NotFoundError
from service.versions import Versions
from service.words import plain
from unwonted.commands.store import existing_store
from unwonted.errors import UsageError
from unwonted.serving.parts import versions_of
from unwonted.settings import Settings

_LOOK_EVERY_S = 0.1


def show_all(settings: Settings, organisation: str, *, as_json: bool) -> None:
    """Print an organisation's versions, newest first, and which serves; and those that cannot be trusted."""
    versions = versions_of(settings)
    with existing_store(settings) as database:
        now = serving(_history(database, organisation))
    mine = [manifest for manifest in versions.list() if manifest.organisation == organisation]
    if as_json:
        _print_json(mine, now, versions.problems())
        return
    for manifest in mine:
        _print("  ".join(_line(manifest, now)))
    if not mine:
        _print("There is no model version: the own fits serve. Make one with unwonted train")
    elif not now:
        _print(f"{OWN:<22}  serves  fits of its own, as events come")
    for name, problem in versions.problems().items():
        sys.stderr.write(f"Note: {plain(name)} is not trusted: {plain(problem.removeprefix(f'{name}: '), 300)}\n")


def show(settings: Settings, version: str, *, as_json: bool) -> None:
    """Print what a version is, after checking all of it."""
    try:
        loaded = versions_of(settings).load(version)
    except ModelsError as error:
        raise UsageError(str(error)) from None
    if as_json:
        _print(msgspec.json.encode({**msgspec.to_builtins(loaded.manifest), "digest": loaded.digest}).decode())
        return
    for name, value in _described(loaded.manifest).items():
        _print(f"{name:<12}{value}")
    _print(f"{'digest':<12}{loaded.digest}, signed, unchanged")


def promote(settings: Settings, organisation: str, version: str, *, is_forced: bool, wait_s: float) -> None:
    """Have a version serve from the stream's next record on, and tell from which position that is."""
    with existing_store(settings) as database:
        name = "" if version == OWN else version
        digest = _admitted(versions_of(settings), organisation, name, is_forced=is_forced) if name else ""
        _carry_out(database, organisation, name, digest, wait_s)


def rollback(settings: Settings, organisation: str, *, wait_s: float) -> None:
    """Have the version before serve again."""
    with existing_store(settings) as database:
        history = _history(database, organisation)
        if not serving(history):
            raise UsageError(f"the own fits of {organisation} serve, so there is nothing to roll back")
        name = before(history)
        # what served once passed its gate, or somebody insisted; that it was not changed is checked again
        digest = _admitted(versions_of(settings), organisation, name, is_forced=True) if name else ""
        _carry_out(database, organisation, name, digest, wait_s)


def _admitted(versions: Versions, organisation: str, version: str, *, is_forced: bool) -> str:
    try:
        return admit(versions, organisation, version, is_forced=is_forced)
    except GateError:
        raise
    except (ModelsError, NotFoundError) as error:
        raise UsageError(str(error)) from None


def _carry_out(database: Database, organisation: str, version: str, digest: str, wait_s: float) -> None:
    known = len(_history(database, organisation))
    Feed(database).promote(organisation, version, digest)
    until = time.monotonic() + wait_s
    while True:
        with database.reading() as connection:
            done = promotions.history(connection, organisation)[known:]
        if done:
            position = done[-1][1]
            _print(f"{name_of(version)} serves {plain(organisation)} after position {position:,} of the stream")
            return
        if time.monotonic() >= until:
            break
        time.sleep(_LOOK_EVERY_S)
    _print(
        f"{name_of(version)} will serve {plain(organisation)}: the promotion is stored, and takes effect when the "
        "worker of `unwonted serve` comes to it"
    )


def _history(database: Database, organisation: str) -> list[str]:
    with database.reading() as connection:
        return [version for version, _ in promotions.history(connection, organisation)]


def _line(manifest: Manifest, now: str) -> Sequence[str]:
    gate = "passed" if manifest.quality.gate.passed else "FAILED"
    state = "serves" if manifest.version == now else "      "
    rows = f"{sum(manifest.rows.values()):,} events"
    return manifest.version.ljust(22), state, f"gate {gate}", rows, f"to {manifest.last_at:%Y-%m-%d}"


def _described(manifest: Manifest) -> dict[str, str]:
    removed = manifest.removed.values()
    gate = manifest.quality.gate
    kept_away = (
        f"{sum(one.attacks for one in removed):,} of confirmed attacks, {sum(one.repeats for one in removed):,} "
        f"repeats, {sum(one.influence for one in removed):,} beyond one actor's share"
    )
    return {
        "version": manifest.version,
        "made": f"{manifest.created_at:%Y-%m-%d %H:%M} UTC, after {manifest.parent}",
        "for": plain(manifest.organisation),
        "window": f"{manifest.first_at:%Y-%m-%d} to {manifest.last_at:%Y-%m-%d}, position {manifest.position:,}",
        "fitted on": ", ".join(f"{rows:,} {kind}" for kind, rows in manifest.rows.items()),
        "kept away": kept_away,
        "verdicts": ", ".join(f"{count} {verdict}" for verdict, count in manifest.labels.items()) or "none",
        "gate": "passed" if gate.passed else "FAILED",
        **{f"  {number}": plain(reason, 500) for number, reason in enumerate(gate.reasons, 1)},
        "re-ranking": _shadow(manifest.shadow),
        "made with": ", ".join(f"{name} {version}" for name, version in manifest.libraries.items()),
    }


def _shadow(shadow: dict[str, float]) -> str:
    """Return what re-ranking by verdicts would have changed; it is tried in shadow only."""
    labels = f"{shadow.get('worth_it', 0.0):.0f} incidents judged worth it, {shadow.get('not_worth_it', 0.0):.0f} not"
    if "order_after" not in shadow:
        return f"not tried: {labels}"
    return (
        f"in shadow: {shadow['order_before']:.0%} of pairs in the right order without, {shadow['order_after']:.0%} "
        f"with it ({labels})"
    )


def _print_json(mine: Sequence[Manifest], now: str, problems: dict[str, str]) -> None:
    items = [
        {
            "version": manifest.version,
            "created_at": manifest.created_at,
            "serves": manifest.version == now,
            "gate": manifest.quality.gate,
            "rows": manifest.rows,
            "parent": manifest.parent,
        }
        for manifest in mine
    ]
    told = {"serving": name_of(now), "items": items, "not_trusted": problems}
    _print(msgspec.json.encode(told).decode())


def _print(text: str) -> None:
    sys.stdout.write(f"{text}\n")
