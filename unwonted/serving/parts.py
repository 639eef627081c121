"""What every role of a service works on: the stream, the store and the model versions, opened from the settings."""

from __future__ import annotations

import os
import socket
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.engine import URL, make_url

from collector.stream.embedded import EmbeddedLog
from service.store.database import Database
from service.store.engines import url_of
from service.store.errors import DatabaseUrlError
from service.versions import Versions
from unwonted.errors import UsageError
from unwonted.settings import Settings


@dataclass(frozen=True)
class Parts:
    """The stream, the store and the model versions."""

    stream: EmbeddedLog
    stream_path: Path
    database: Database
    versions: Versions


@contextmanager
def opened(settings: Settings) -> Iterator[Parts]:
    """Yield the parts, made where there are none; they are closed in the end."""
    stream_path, _ = stream_path_of(settings), store_address(settings)  # what cannot be read is refused first
    for path in (settings.data, stream_path.parent):
        make_folder(path)
    stream = EmbeddedLog(stream_path)
    try:
        with opened_store(settings) as database:
            yield Parts(stream, stream_path, database, versions_of(settings))
    finally:
        stream.close()


@contextmanager
def opened_store(settings: Settings) -> Iterator[Database]:
    """Yield the store; a file is made or brought up to date first, a server's tables are `unwonted migrate`'s."""
    address = store_address(settings)
    if isinstance(address, Path):
        make_folder(address.parent)
    database = Database.embedded(address) if isinstance(address, Path) else Database.open(address)
    try:
        yield database
    finally:
        database.close()


def stream_path_of(settings: Settings) -> Path:
    """Return the file of the stream; raise UsageError where the settings name a server."""
    return _file(settings.stream, "--stream", "kafka") or settings.stream_path


def store_address(settings: Settings) -> Path | URL:
    """Return where the store is: a file, or a database of a server; raise UsageError where that cannot be read."""
    url = settings.database.get_secret_value()
    if not url:
        return settings.store_path
    try:
        address = url_of(url)
    except DatabaseUrlError as error:
        raise UsageError(f"--database: {error}") from None
    if address.get_backend_name() != "sqlite":
        return address
    if not address.database:
        raise UsageError("--database names no file; write sqlite:///path/to/file, or leave it out")
    return Path(address.database)


def versions_of(settings: Settings) -> Versions:
    """Return the model versions of a data folder."""
    return Versions(settings.data / "models", settings.data / "keys")


def member_name() -> str:
    """Return a name for one member of a group that no other has."""
    return f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"


def _file(url: str, option: str, later: str) -> Path | None:
    """Return the file that an address names; None where it names none."""
    if not url:
        return None
    scheme = url.split(":", 1)[0].split("+", 1)[0]
    if scheme == later:
        raise UsageError(f"{option}: this version works on its data folder only, not yet on {later}; leave it out")
    path = make_url(url).database if scheme == "sqlite" and "://" in url else None
    if not path:
        raise UsageError(f"{option} is no address that is understood; write sqlite:///path/to/file, or leave it out")
    return Path(path)


def make_folder(folder: Path) -> None:
    """Make a folder that only its owner can read: it holds what people did."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise UsageError(
            f"the folder {folder} cannot be made: {error.strerror}. Name another with --data, or UNWONTED_DATA"
        ) from None
