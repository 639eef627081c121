"""Errors of the command line, and the exit code each kind of failure ends with.

UnwontedError
    UsageError       the command was asked for something it cannot do
    NothingReadError the sources hold not one event
    ServiceError     the service cannot start, or cannot go on
"""

from __future__ import annotations

import os
import signal
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import NoReturn

OK, FAILED, BAD_INPUT, RISK_REACHED, INTERRUPTED, TERMINATED = 0, 1, 2, 3, 130, 143


class UnwontedError(Exception):
    """The command cannot go on; the message says why and what to do next."""


class UsageError(UnwontedError):
    """The command was asked for something it cannot do."""


class NothingReadError(UnwontedError):
    """The sources hold not one event."""


class ServiceError(UnwontedError):
    """The service cannot start, or cannot go on."""


@contextmanager
def exit_codes() -> Iterator[None]:
    """Turn whatever ends a command into one line on stderr and an exit code.

    SIGTERM ends it as cleanly as Ctrl-C: temporary files are removed on the way out.
    """
    before = signal.signal(signal.SIGTERM, _terminate)
    try:
        yield
    except KeyboardInterrupt:
        _end(INTERRUPTED, "Stopped. Nothing was kept.")
    except BrokenPipeError:  # whoever read our output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(FAILED)
    except Exception as error:  # noqa: BLE001  # the edge of the process
        _end(_code(error), f"Error: {_message(error)}")
    finally:
        signal.signal(signal.SIGTERM, before)


def _terminate(_signal: int, _frame: FrameType | None) -> NoReturn:
    sys.exit(TERMINATED)


def _code(error: Exception) -> int:
    from collector.errors import CollectorError, StreamError
    from service.store.errors import DatabaseUrlError

    if isinstance(error, ServiceError | StreamError):
        return FAILED
    return BAD_INPUT if isinstance(error, UnwontedError | CollectorError | DatabaseUrlError) else FAILED


def _message(error: Exception) -> str:
    from collector.errors import CollectorError
    from models.errors import ModelsError
    from service.store.errors import StoreError, is_away
    from training.errors import TrainingError

    if isinstance(error, UnwontedError | CollectorError | ModelsError | StoreError | TrainingError):
        return str(error) or (type(error).__doc__ or "").strip()
    if isinstance(error, OSError):
        return _system_message(error)
    if "disk is full" in str(error):
        return "no space is left for temporary files; free some, or name another folder in TMPDIR"
    if is_away(error):
        reason = " ".join(str(getattr(error, "orig", None) or error).split()).rstrip(".")
        return f"the store cannot be used now: {reason}. Look whether it runs, then try again"
    return _bug_message(error)


def _system_message(error: OSError) -> str:
    where = f" {error.filename}" if error.filename else ""
    return f"{error.strerror or error}:{where}" if where else str(error.strerror or error)


def _bug_message(error: Exception) -> str:
    if os.environ.get("UNWONTED_TRACEBACK"):
        traceback.print_exception(error)
    frames = traceback.extract_tb(error.__traceback__)
    where = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return (
        f"{type(error).__name__}{where}: {error}. This is a fault of Unwonted, not of your data; "
        "please report it with the output of the same command under UNWONTED_TRACEBACK=1"
    )


def _end(code: int, message: str) -> NoReturn:
    from service.words import plain

    print(plain(message), file=sys.stderr)  # noqa: T201  # the command line's own voice
    sys.exit(code)
