"""What every role of a service works on: the stream, the store and the model versions, opened from the settings."""

from __future__ import annotations

import os
import socket
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from sqlalchemy.engine import URL, make_url

from collector.stream import Group, Stream
from collector.stream.address import Credentials, KafkaAddress, is_kafka, parse
from collector.stream.embedded import EmbeddedLog
from collector.stream.group import EmbeddedGroup
from service.store.database import Database
from service.store.engines import url_of
from service.store.errors import DatabaseUrlError
from service.versions import Versions
from unwonted.errors import UsageError
from unwonted.settings import Settings


@dataclass(frozen=True)
class Parts:
    """The stream, the store and the model versions."""

    stream: Stream
    join: Callable[[str], Group]
    """Makes this process a member of a group of the stream."""
    database: Database
    versions: Versions


@contextmanager
def opened(settings: Settings) -> Iterator[Parts]:
    """Yield the parts, made where there are none; they are closed in the end."""
    address, _ = stream_address(settings), store_address(settings)  # what cannot be read is refused first
    make_folder(settings.data)
    with closing(open_stream(address)) as stream, opened_store(settings) as database:
        yield Parts(stream, partial(join, address), database, versions_of(settings))


def open_stream(address: Path | KafkaAddress) -> Stream:
    """Return the stream, made where there is none."""
    if isinstance(address, Path):
        make_folder(address.parent)
        return EmbeddedLog(address)
    from collector.stream.kafka import KafkaStream

    return KafkaStream(address)


def join(address: Path | KafkaAddress, group: str) -> Group:
    """Return a new member of a group of the stream."""
    if isinstance(address, Path):
        return EmbeddedGroup(address, group, member_name())
    from collector.stream.kafka import KafkaGroup

    return KafkaGroup(address, group, member_name())


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


def stream_address(settings: Settings) -> Path | KafkaAddress:
    """Return where the stream is: a file, or the topics of a cluster; raise an error where that cannot be read."""
    url = settings.stream
    if not url:
        return settings.stream_path
    if is_kafka(url):
        return parse(url, _credentials(settings), retention_days=settings.retention_days)
    path = make_url(url).database if url.startswith("sqlite:") and "://" in url else None
    if not path:
        raise UsageError(
            "--stream is no address that is understood; write kafka://host:9092/ or sqlite:///path/to/file, "
            "or leave it out"
        )
    return Path(path)


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


def _credentials(settings: Settings) -> Credentials:
    return Credentials(
        username=settings.kafka_username,
        password=settings.kafka_password.get_secret_value(),
        token=settings.kafka_token,
        ca=settings.kafka_ca,
        certificate=settings.kafka_certificate,
        key=settings.kafka_key,
    )


def make_folder(folder: Path) -> None:
    """Make a folder that only its owner can read: it holds what people did."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise UsageError(
            f"the folder {folder} cannot be made: {error.strerror}. Name another with --data, or UNWONTED_DATA"
        ) from None
