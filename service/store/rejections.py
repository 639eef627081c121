"""Rejections: records of the stream that a worker could not work off, and that are never taken in."""

from __future__ import annotations

from sqlalchemy import Connection, delete, insert, select

from service.store.tables import rejections


def add(connection: Connection, partition: int, position: int) -> None:
    """Have a record left out from now on, in every replay too."""
    connection.execute(insert(rejections).values(partition=partition, position=position))


def after(connection: Connection, partition: int, position: int) -> frozenset[int]:
    """Return the positions of a partition's rejected records after a position."""
    of = rejections.c
    return frozenset(connection.scalars(select(of.position).where(of.partition == partition, of.position > position)))


def remove(connection: Connection, partition: int, position: int) -> int:
    """Forget the rejections up to a position that no replay begins before; return how many."""
    of = rejections.c
    gone = connection.execute(delete(rejections).where(of.partition == partition, of.position <= position))
    return int(gone.rowcount)
