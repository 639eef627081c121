"""Snapshots of what a worker knows, so that a restart replays little of the stream."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, delete, func, insert, select, update

from service.store.tables import snapshots

PART_BYTES = 8 << 20
"""A snapshot is stored in parts of at most this size: no database likes rows of a gigabyte."""


def save(connection: Connection, partition: int, position: int, layout: str, changed: Mapping[str, bytes]) -> None:
    """Store snapshots of the organisations that changed; those of the partition's others stay right as they are."""
    at = snapshots.c.partition == partition
    for organisation, body in changed.items():
        remove(connection, organisation)
        parts = [body[start : start + PART_BYTES] for start in range(0, len(body), PART_BYTES)]
        rows = [
            {
                "partition": partition,
                "organisation": organisation,
                "part": number,
                "position": position,
                "layout": layout,
                "body": part,
            }
            for number, part in enumerate(parts)
        ]
        connection.execute(insert(snapshots), rows)
    connection.execute(update(snapshots).where(at).values(position=position))


def position_of(connection: Connection, partition: int, layout: str) -> int:
    """Return the position up to which a partition's snapshots know everything; 0 where they are of another layout."""
    at = snapshots.c.partition == partition
    oldest, other = connection.execute(
        select(func.min(snapshots.c.position), func.count().filter(snapshots.c.layout != layout)).where(at)
    ).one()
    return 0 if other or oldest is None else int(oldest)


def load(connection: Connection, partition: int) -> dict[str, bytes]:
    """Return a partition's snapshots by organisation."""
    rows = connection.execute(
        select(snapshots.c.organisation, snapshots.c.body)
        .where(snapshots.c.partition == partition)
        .order_by(snapshots.c.organisation, snapshots.c.part)
    )
    parts: dict[str, list[bytes]] = {}
    for organisation, body in rows:
        parts.setdefault(organisation, []).append(body)
    return {organisation: b"".join(found) for organisation, found in parts.items()}


def taken_at(connection: Connection, organisation: str, layout: str) -> int:
    """Return up to which position an organisation's snapshot knows everything; 0 where it has none of this layout."""
    mine = (snapshots.c.organisation == organisation, snapshots.c.layout == layout)
    return int(connection.scalar(select(func.max(snapshots.c.position)).where(*mine)) or 0)


def of_organisation(connection: Connection, organisation: str) -> bytes:
    """Return the snapshot of one organisation; empty where there is none."""
    mine = snapshots.c.organisation == organisation
    return b"".join(connection.scalars(select(snapshots.c.body).where(mine).order_by(snapshots.c.part)))


def remove(connection: Connection, organisation: str) -> None:
    """Remove an organisation's snapshot."""
    connection.execute(delete(snapshots).where(snapshots.c.organisation == organisation))
