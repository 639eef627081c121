"""Writes the next migration: `python -m service.store.migrations "what changes"`, after `tables.py` was edited."""

from __future__ import annotations

import sys

from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

from service.store.schema import config_of


def write(message: str) -> None:
    """Write the difference between the migrations so far and the tables, to be read before it is committed."""
    with create_engine("sqlite://").begin() as connection:
        config = config_of(connection)
        command.upgrade(config, "head")
        number = len(list(ScriptDirectory.from_config(config).walk_revisions())) + 1
        command.revision(config, message=message, autogenerate=True, rev_id=f"{number:04}")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit('usage: python -m service.store.migrations "what changes"')
    write(sys.argv[1])
