"""Open what a path holds: events from files, folders and repositories, with a count of what could not be read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from collector.contents import GIT, RECORDING, Recognised, check_forced, recognise
from collector.delivery import Delivery, decode_json, delivery_of, read_delivery
from collector.errors import DeliveryError, NotASourceError, SourceError
from collector.event import Event, Kind
from collector.json_stream import Layout, lines, values, whole
from collector.networks import Networks
from collector.sources import Context, Source, source_named

MAX_PROBLEMS = 10
"""Texts of problems that are kept; all are counted."""
MAX_FILES = 100_000


class Reading:
    """One source about to be read; what was read and skipped is known after `events()` has run out."""

    def __init__(self, path: str, source: str, produce: Callable[[Reading], Iterator[Event]]) -> None:
        self.path = path
        self.source = source
        """Name of the source, `git`, or `recording`."""
        self.keeps_order = source == RECORDING
        """True where the order of the events means something: the order in which they were received."""
        self.ignored: list[str] = []
        """Files of the same folder that are no source, each with the reason; on a folder's first reading only."""
        self._produce = produce
        self._reset()

    def _reset(self) -> None:
        self.events_read = 0
        self.commits_read = 0
        """How many of the events are commits."""
        self.skipped = 0
        self.problems: list[str] = []
        """What could not be read, the first few entries each with its place, in words."""
        self.first_at: float | None = None
        self.last_at: float | None = None

    def events(self) -> Iterator[Event]:
        """Yield the events; raise SourceError where the source breaks off or holds none that can be read."""
        self._reset()
        for event in self._produce(self):
            self.events_read += 1
            self.commits_read += event.kind is Kind.COMMIT
            at = event.observed_at
            if self.first_at is None or at < self.first_at:
                self.first_at = at
            if self.last_at is None or at > self.last_at:
                self.last_at = at
            yield event
        if not self.events_read and self.skipped:
            raise NotASourceError(
                f"{self.path}: none of its {self.skipped:,} entries could be read; {self.problems[0]}"
            )

    def skip(self, place: str, reason: object) -> None:
        """Count one entry that could not be read, and keep the reason if there is room."""
        self.skipped += 1
        if len(self.problems) < MAX_PROBLEMS:
            self.problems.append(f"{place}: {reason}")


def open_sources(
    paths: Iterable[str | Path],
    *,
    forced: str | None = None,
    organisation: str = "default",
    networks: Networks | None = None,
) -> list[Reading]:
    """Return a reading for every source the paths hold, a folder giving one for each in it; raise SourceError."""
    check_forced(forced)
    context = Context(organisation=organisation, networks=networks or Networks())
    return [reading for path in paths for reading in _open(Path(path), forced, context)]


def open_source(
    path: str | Path, *, forced: str | None = None, organisation: str = "default", networks: Networks | None = None
) -> Reading:
    """Return the reading of the one source at a path; raise SourceError."""
    found = open_sources([path], forced=forced, organisation=organisation, networks=networks)
    if len(found) > 1:
        raise SourceError(f"{path}: holds {len(found)} sources; name one of them, such as {found[0].path}")
    return found[0]


def _open(path: Path, forced: str | None, context: Context) -> list[Reading]:
    if not path.exists():
        raise SourceError(f"{path}: there is nothing here; check the path")
    if forced in {None, GIT} and path.is_dir() and _is_repository(path):
        return [_git_reading(path, context)]
    if path.is_dir():
        return _open_folder(path, forced, context)
    if forced == GIT:
        raise NotASourceError(f"{path}: this is a file; name the folder that holds .git, or a bare repository")
    return [_file_reading(path, forced, context)]


def _open_folder(folder: Path, forced: str | None, context: Context) -> list[Reading]:
    readings: list[Reading] = []
    ignored: list[str] = []
    for path in sorted(_files(folder, forced))[:MAX_FILES]:
        try:
            readings += _open(path, forced, context) if path.is_dir() else [_file_reading(path, forced, context)]
        except SourceError as error:
            ignored.append(str(error))
    if not readings:
        raise NotASourceError(
            f"{folder}: no git repository, and none of its {len(ignored):,} files is a recording, an audit export, a "
            f"CloudTrail file or a Kubernetes audit log; name such a file or the folder that holds .git"
        )
    readings[0].ignored = ignored
    return readings


def _files(folder: Path, forced: str | None) -> Iterator[Path]:
    for path in folder.iterdir():
        if path.name.startswith(".") or path.is_symlink():
            continue
        if path.is_file() or (forced in {None, GIT} and _is_repository(path)):
            yield path
        elif path.is_dir():
            yield from _files(path, forced)


def _file_reading(path: Path, forced: str | None, context: Context) -> Reading:
    found = recognise(path, forced)
    return Reading(str(path), found.source, lambda reading: _produce(path, found, context, reading))


def _produce(path: Path, found: Recognised, context: Context, reading: Reading) -> Iterator[Event]:
    base = path.name.removesuffix(".gz")
    sources: dict[str, Source] = {}
    organisation, networks = context.organisation, context.networks
    for number, delivery in _deliveries(path, found, base, reading):
        source = sources.get(delivery.source)
        if source is None:
            source = sources[delivery.source] = source_named(delivery.source)
        place = f"{base}:{number}"
        try:
            events = source.parse(delivery, Context(organisation, networks, place))
        except DeliveryError as error:
            reading.skip(place, error)
            continue
        yield from events


def _deliveries(path: Path, found: Recognised, base: str, reading: Reading) -> Iterator[tuple[int, Delivery]]:
    is_recording, source = found.source == RECORDING, found.source
    if found.layout is Layout.WHOLE:
        received_at = path.stat().st_mtime
        headers = {"Unwonted-Path": path.name}
        yield 1, Delivery(source=source, received_at=received_at, headers=headers, body=whole(path))
    elif found.layout is Layout.LINES:
        for number, line in lines(path):
            try:
                delivery = read_delivery(line) if is_recording else Delivery(source=source, body=decode_json(line))
            except DeliveryError as error:
                reading.skip(f"{base}:{number}", error)
                continue
            yield number, delivery
    else:
        for number, value in values(path, found.layout, found.skip):
            try:
                delivery = delivery_of(value) if is_recording else Delivery(source=source, body=value)
            except DeliveryError as error:
                reading.skip(f"{base}:{number}", error)
                continue
            yield number, delivery


def _is_repository(path: Path) -> bool:
    from collector.sources.git import is_repository  # noqa: PLC0415 - git's reader loads where a folder is met

    return is_repository(path)


def _git_reading(path: Path, context: Context) -> Reading:
    return Reading(str(path), GIT, lambda reading: _history(path, context, reading))


def _history(path: Path, context: Context, reading: Reading) -> Iterator[Event]:
    from collector.sources.git import GitSummary, read_repository  # noqa: PLC0415

    summary = GitSummary()
    try:
        yield from read_repository(path, organisation=context.organisation, summary=summary)
    finally:
        reading.problems += summary.problems
