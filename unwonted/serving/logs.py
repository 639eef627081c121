"""What a service writes to stderr: one line an event, for people or for a log collector."""

from __future__ import annotations

import logging
import sys
from datetime import UTC, datetime

import msgspec

from service.words import plain

_OWN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "color_message", "taskName"}
"""What every record has; the rest are the fields of the event."""
_LONGEST = 2_000
_TALKATIVE = ("kafka", "uvicorn")
"""Libraries that say the same several times a second: while a server is away, or to whoever sends what is no HTTP."""
_SELDOM_S = 60.0
_REMEMBERED = 1_000


def configure(form: str) -> None:
    """Send every logger to stderr as `text` or `json`; libraries speak from warnings on."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines() if form == "json" else TextLines())
    handler.addFilter(Seldom())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    for room in ("collector", "models", "service", "training", "unwonted"):
        logging.getLogger(room).setLevel(logging.INFO)


class Seldom(logging.Filter):
    """Lets what a talkative library says through once a minute."""

    def __init__(self) -> None:
        super().__init__()
        self._said: dict[str, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether it was not said in the last minute."""
        if not record.name.startswith(_TALKATIVE):
            return True
        text = record.getMessage()
        if record.created - self._said.get(text, 0.0) < _SELDOM_S:
            return False
        if len(self._said) >= _REMEMBERED:
            self._said.clear()
        self._said[text] = record.created
        return True


class TextLines(logging.Formatter):
    """`12:45:01 warning worker failed: ... (partition=0)`."""

    def format(self, record: logging.LogRecord) -> str:
        """Return one line; what came from outside cannot break it."""
        fields = ", ".join(f"{name}={value}" for name, value in _fields(record).items())
        at = datetime.fromtimestamp(record.created, UTC).strftime("%H:%M:%S")
        text = f"{at} {record.levelname.lower()} {record.getMessage()}"
        return plain(f"{text} ({fields})" if fields else text, _LONGEST)


class JsonLines(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """Return one line."""
        told = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage()[:_LONGEST],
            **{name: str(value) for name, value in _fields(record).items()},
        }
        return msgspec.json.encode(told).decode()


def _fields(record: logging.LogRecord) -> dict[str, object]:
    fields = {name: value for name, value in vars(record).items() if name not in _OWN}
    if record.exc_info and record.exc_info[1] is not None:
        fields["error"] = f"{type(record.exc_info[1]).__name__}: {record.exc_info[1]}"
    return fields
