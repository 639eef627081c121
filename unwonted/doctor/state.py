"""Checks of what a service keeps: stream, store, worker, model versions."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from collector.errors import StreamError
from collector.stream import Stream
from collector.stream.address import KafkaAddress
from collector.stream.embedded import EmbeddedLog
from service.store import outbox, positions, tokens
from service.store.database import Database
from service.store.errors import SchemaOutdatedError, StoreError
from unwonted.doctor.check import Check, bad, ok, warn
from unwonted.doctor.cluster import check_cluster, is_there
from unwonted.serving.parts import open_stream, store_address, stream_address, versions_of
from unwonted.settings import Settings

_WATCHED_S = 3.0
"""How long a worker that is behind is watched."""


def check_stream(settings: Settings) -> Iterator[Check]:
    """Look whether the stream opens, and what is in it."""
    path = stream_address(settings)
    if isinstance(path, KafkaAddress):
        yield from check_cluster(path, settings.retention_days)
        return
    if not path.exists():
        yield ok("stream", f"{path} does not exist yet: unwonted serve makes it")
        return
    try:
        with EmbeddedLog(path) as stream:
            ends = [stream.end(partition) for partition in range(stream.partitions)]
    except StreamError as error:
        yield bad("stream", str(error), "If the file is damaged, restore it from a backup: docs/serve.md")
        return
    yield ok("stream", f"{path} opens, {max(ends):,} entries so far in {len(ends)} partition(s)")


def check_store(settings: Settings) -> Iterator[Check]:
    """Look whether the store opens, at this version's schema, and whether the worker keeps up."""
    stream_at, address = stream_address(settings), store_address(settings)
    if isinstance(address, Path) and not address.exists():
        yield ok("store", f"{address} does not exist yet: unwonted serve makes it")
        return
    try:
        database = Database.open(address)
    except StoreError as error:
        yield bad("store", str(error), "unwonted migrate" if isinstance(error, SchemaOutdatedError) else "")
        return
    try:
        yield ok("store", f"{address} opens, its schema is this version's")
        if is_there(stream_at):
            with closing(open_stream(stream_at)) as stream:
                yield _worker(stream, database)
        yield from _people(database)
    finally:
        database.close()


def check_models(settings: Settings) -> Iterator[Check]:
    """Look whether every model version can be trusted."""
    versions = versions_of(settings)
    problems = versions.problems()
    for name, problem in problems.items():
        yield bad("models", f"{name}: {problem}", f"Remove {versions.folder / name}, or restore it from a backup")
    if not problems:
        yield ok("models", f"{len(versions.names())} version(s), every signature is good")


def _worker(stream: Stream, database: Database) -> Check:
    behind = _lag(stream, database)
    if not behind:
        return ok("worker", "everything received has had its effects")
    until = time.monotonic() + _WATCHED_S
    before = _done(database)
    while time.monotonic() < until:
        time.sleep(0.1)
        if _done(database) != before:
            return ok("worker", f"{behind:,} entries behind, and moving")
    advice = "Start unwonted serve (role all or worker); if it runs, its log says what stops it"
    return bad("worker", f"{behind:,} entries behind, and not moving", advice)


def _lag(stream: Stream, database: Database) -> int:
    done = _done(database)
    return sum(max(stream.end(partition) - done.get(partition, 0), 0) for partition in range(stream.partitions))


def _done(database: Database) -> dict[int, int]:
    with database.reading() as connection:
        return positions.all_positions(connection)


def _people(database: Database) -> Iterator[Check]:
    with database.reading() as connection:
        waiting = outbox.count(connection)
        live = [token for token in tokens.all_tokens(connection) if token.revoked_at is None]
        is_any = tokens.is_any(connection)
    if waiting:
        yield warn(
            "outbox", f"{waiting:,} decisions wait for the stream", "unwonted serve (role all or api) moves them"
        )
    if live or not is_any:
        text = f"{len(live)} token(s)" if live else "no token: requests are served on loopback only"
        yield ok("tokens", text)
    else:
        yield bad("tokens", "every token is revoked: nobody can ask", "unwonted token create NAME --scope admin")
