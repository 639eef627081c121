"""`unwonted collect`: sends what a pipeline's step has to a running service, and never breaks the build by itself."""

from __future__ import annotations

import gzip
import os
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import msgspec

from unwonted.errors import ServiceError, UnwontedError, UsageError
from unwonted.pipeline import context_of, headers_of
from unwonted.uploading import Upload, Uploaded

_STDIN = Path("-")
_PART = 256 * 1024
_IN_MEMORY = 8 * 1024 * 1024
"""Packed bytes from which an upload waits in a temporary file instead."""
_LOG = "joblog"
"""The source whose hook takes packed bodies, and for which the place of a file means nothing."""
_MODEL = "model_artifact"
"""The source that is told what was read of a file here."""
_MOST_MIB = {_LOG: 100}
_MOST_OF_OTHERS_MIB = 25
"""What a hook takes; no more is read, so that an endless input ends."""


@dataclass(frozen=True)
class Options:
    """The options of one `unwonted collect` command, as given."""

    source: str
    file: Path
    url: str = "http://127.0.0.1:8600"
    token: str = ""
    organisation: str = ""
    """Empty is the token's own."""
    told: Mapping[str, str] = field(default_factory=dict)
    """What options say of the job; the CI system's variables tell what they leave empty."""
    is_strict: bool = False
    timeout_s: float = 60.0
    echoes: bool = False


def run(options: Options, *, as_json: bool = False) -> None:
    """Send it, and tell what became of it; what goes wrong is a warning unless it is to be strict."""
    try:
        uploaded = _send(options)
    except (UnwontedError, OSError) as error:
        if options.is_strict:
            raise
        _warn(options, error)
        return
    _tell(options, uploaded, as_json=as_json)


def _send(options: Options) -> Uploaded:
    headers = _headers(options)
    with _prepared(options) as body:
        upload = Upload(options.url, f"/hooks/{options.source}", headers, options.token, options.organisation)
        return upload.send(body, options.timeout_s)


def _headers(options: Options) -> dict[str, str]:
    given = {name: value for name, value in options.told.items() if value}
    if options.source == _LOG:
        given.pop("path", "")
        packed = {"Content-Encoding": "gzip"}
    else:
        given.setdefault("path", _place(options.file))
        packed = {}
    return {**headers_of({**context_of(os.environ), **given}), **packed, "Content-Type": "application/octet-stream"}


def _place(file: Path) -> str:
    """Return a file's path below the current folder, or its name where it lies elsewhere."""
    if file == _STDIN:
        return ""
    here = Path.cwd()
    whole = here / file
    return whole.relative_to(here).as_posix() if whole.is_relative_to(here) else file.name


@contextmanager
def _prepared(options: Options) -> Iterator[IO[bytes]]:
    """Yield what is to be sent, packed where the hook unpacks it, so that it can be sent again."""
    with _opened(options.file) as file, tempfile.SpooledTemporaryFile(_IN_MEMORY) as body:
        if options.source == _MODEL:
            body.write(_told_of_model(file, options))
        elif options.source == _LOG:
            with gzip.GzipFile(fileobj=body, mode="wb", compresslevel=3, mtime=0) as packed:
                _copy(file, packed, options)
        else:
            _copy(file, body, options)
        yield body


def _told_of_model(file: IO[bytes], options: Options) -> bytes:
    """Return what is read of a model, which itself goes nowhere."""
    from collector.artifacts import read_artifact
    from collector.sources.model_artifact import upload_of

    if not file.seekable():
        raise UsageError("a model is read from a file: name one instead of -")
    return msgspec.json.encode(upload_of(read_artifact(file, _headers(options).get("Unwonted-Path", "model"))))


def _opened(path: Path) -> IO[bytes]:
    if path == _STDIN:
        return open(sys.stdin.fileno(), "rb", buffering=0, closefd=False)
    return path.open("rb")


def _copy(file: IO[bytes], body: IO[bytes] | gzip.GzipFile, options: Options) -> None:
    most = _MOST_MIB.get(options.source, _MOST_OF_OTHERS_MIB)
    left = most << 20
    while part := file.read(_PART):
        if options.echoes:
            sys.stdout.buffer.write(part)
            sys.stdout.buffer.flush()
        if left >= 0:
            body.write(part)
        elif not options.echoes:
            break
        left -= len(part)
    if left < 0:
        raise UsageError(f"{_name(options)} is longer than the {most} MiB a service takes: send it in parts")


def _warn(options: Options, error: Exception) -> None:
    reason = f"{error.strerror}: {error.filename}" if isinstance(error, OSError) and error.filename else str(error)
    sys.stderr.write(f"Warning: {_name(options)} was not sent: {reason}. The build goes on; --strict would end it.\n")


def _tell(options: Options, uploaded: Uploaded, *, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(msgspec.json.encode(uploaded).decode() + "\n")
    elif not options.echoes:
        count = len(uploaded.events)
        sys.stdout.write(f"{_name(options)}: {count:,} {'event' if count == 1 else 'events'} accepted\n")
    if uploaded.unreadable:
        words = f"{_name(options)} could not be read: {uploaded.reason or 'the service keeps it as a dead letter'}"
        if options.is_strict:
            raise ServiceError(words)
        sys.stderr.write(f"Warning: {words}\n")


def _name(options: Options) -> str:
    return f"what was piped in ({options.source})" if options.file == _STDIN else str(options.file)
