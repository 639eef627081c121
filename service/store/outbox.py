"""The outbox: entries that wait for the relay, stored with the change they tell of."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from sqlalchemy import Connection, delete, func, insert, select

from collector.stream.entry import Entry
from service.store.tables import outbox

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Entry).decode


def put(connection: Connection, entry: Entry) -> None:
    """Have an entry appended to the stream once this transaction is committed."""
    connection.execute(insert(outbox).values(body=_encode(entry)))


def waiting(connection: Connection, most: int) -> list[tuple[int, Entry]]:
    """Return the oldest entries that wait, each with its number."""
    rows = connection.execute(select(outbox.c.seq, outbox.c.body).order_by(outbox.c.seq).limit(most))
    return [(seq, _decode(body)) for seq, body in rows]


def remove(connection: Connection, numbers: Sequence[int]) -> None:
    """Remove entries that the stream holds now."""
    connection.execute(delete(outbox).where(outbox.c.seq.in_(numbers)))


def count(connection: Connection) -> int:
    """Return how many entries wait."""
    return int(connection.scalar(select(func.count()).select_from(outbox)) or 0)
