"""How far each partition has come, and who may take it further."""

from __future__ import annotations

from sqlalchemy import Connection, select, update

from service.store.database import insert_into
from service.store.errors import FencedError
from service.store.tables import positions


def claim(connection: Connection, partition: int, owner: str) -> tuple[int, int]:
    """Become the owner of a partition; return its epoch, which fences every earlier owner off, and its position."""
    first = insert_into(connection, positions).values(partition=partition, position=0, epoch=1, owner=owner)
    claimed = first.on_conflict_do_update(
        index_elements=["partition"], set_={"epoch": positions.c.epoch + 1, "owner": owner}
    )
    epoch, position = connection.execute(claimed.returning(positions.c.epoch, positions.c.position)).one()
    return epoch, position


def advance(connection: Connection, partition: int, epoch: int, old: int, new: int) -> None:
    """Store that everything up to a position has had its effects; raise FencedError where another owns it by now."""
    mine = (positions.c.partition == partition, positions.c.epoch == epoch, positions.c.position == old)
    if connection.execute(update(positions).where(*mine).values(position=new)).rowcount != 1:
        raise FencedError(
            f"another worker took over partition {partition} (this one had epoch {epoch}, position {old:,})"
        )


def position_of(connection: Connection, partition: int) -> int:
    """Return the last position of a partition whose effects are stored; 0 at the start."""
    return int(connection.scalar(select(positions.c.position).where(positions.c.partition == partition)) or 0)


def all_positions(connection: Connection) -> dict[int, int]:
    """Return how far every partition has come."""
    rows = connection.execute(select(positions.c.partition, positions.c.position)).all()
    return {row.partition: row.position for row in rows}
