"""`unwonted dead`: lists dead letters, and puts those into the stream that can be read by now."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass

import msgspec

from collector.receiver.reading import Reader
from collector.sources import Context
from collector.stream.entry import MAX_KEPT, Entry
from service.rejection import PREFIX
from service.store import dead
from service.store.database import Database
from service.store.dead import Letter
from service.words import plain, rfc3339
from unwonted.commands.store import existing_store
from unwonted.errors import UsageError
from unwonted.serving.parts import opened
from unwonted.serving.receiving import networks_of
from unwonted.settings import Settings

_AT_ONCE = 200


@dataclass
class Tally:
    """What became of the letters."""

    replayed: int = 0
    entries: int = 0
    """What they held, in the stream now."""
    unreadable: int = 0
    """Letters that stay."""


def show(settings: Settings, organisation: str, *, as_json: bool) -> None:
    """Print the dead letters."""
    is_any = False
    with existing_store(settings) as database:
        for letter in _all(database, organisation):
            sys.stdout.write((_json(letter) if as_json else _line(letter)) + "\n")
            is_any = True
    if not as_json and not is_any:
        sys.stdout.write("No dead letters: everything that was received could be read.\n")


def replay(settings: Settings, ids: Sequence[str], organisation: str, *, as_json: bool) -> None:
    """Put letters into the stream that can be read by now, and remove them; tell how many could."""
    with existing_store(settings) as database:
        letters = _named(database, ids) if ids else list(_all(database, organisation))
    tally = Tally()
    with opened(settings) as parts:
        for some in _groups(letters):
            read = {letter.id: entries for letter in some if (entries := _entries(settings, letter))}
            entries = [entry for found in read.values() for entry in found]
            # in this order: a crash between the two appends them again, which their ids make harmless
            parts.stream.append(entries)
            with parts.database.transaction() as connection:
                dead.remove(connection, list(read))
            tally.replayed += len(read)
            tally.entries += len(entries)
            tally.unreadable += len(some) - len(read)
    _print(tally, as_json=as_json)


def _entries(settings: Settings, letter: Letter) -> list[Entry]:
    """Return what a letter holds; nothing where it still cannot be read."""
    if letter.id.startswith(PREFIX):
        return [msgspec.json.decode(letter.body, type=Entry)]
    context = Context(letter.organisation, networks_of(settings))
    reading = Reader(context, letter.received_at).recording(letter.body.encode())
    return [] if reading.unreadable else reading.entries


def _all(database: Database, organisation: str) -> Iterator[Letter]:
    after = ""
    while True:
        with database.reading() as connection:
            found = dead.letters(connection, organisation, after, _AT_ONCE)
        if not found:
            return
        yield from found
        after = found[-1].id


def _named(database: Database, ids: Sequence[str]) -> list[Letter]:
    with database.reading() as connection:
        found = dead.by_id(connection, ids)
    missing = set(ids) - {letter.id for letter in found}
    if missing:
        raise UsageError(f"there is no dead letter {min(missing)}; `unwonted dead list` shows them all")
    return found


def _groups(letters: Sequence[Letter]) -> Iterator[Sequence[Letter]]:
    return (letters[start : start + _AT_ONCE] for start in range(0, len(letters), _AT_ONCE))


def _line(letter: Letter) -> str:
    at = rfc3339(letter.received_at) if letter.received_at else "-"
    return plain(f"{letter.id}  {letter.organisation}  {letter.source}  {at}  {letter.reason}")


def _json(letter: Letter) -> str:
    at = rfc3339(letter.received_at) if letter.received_at else None
    is_cut = not letter.id.startswith(PREFIX) and len(letter.body) >= MAX_KEPT
    return msgspec.json.encode({**letter._asdict(), "received_at": at, "is_cut": is_cut}).decode()


def _print(tally: Tally, *, as_json: bool) -> None:
    if as_json:
        text = msgspec.json.encode(asdict(tally)).decode()
    else:
        done = f"{tally.replayed:,} letters replayed as {tally.entries:,} entries"
        text = f"{done}; {tally.unreadable:,} still cannot be read"
    sys.stdout.write(text + "\n")
