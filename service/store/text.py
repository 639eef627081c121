"""Text as both databases keep it alike: without what one of them refuses, and in one order."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Dialect, String
from sqlalchemy.types import TypeDecorator, TypeEngine

from collector.texts import storable_text


class Text(TypeDecorator[str]):
    """A column of text, ordered by the numbers of its characters.

    What people and programs ask and tell is cleaned on its way in; events were when they were read.
    """

    impl = String
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Have PostgreSQL compare as SQLite does, whatever the database's own language is."""
        return dialect.type_descriptor(String(collation="C") if dialect.name == "postgresql" else String())

    def process_bind_param(self, value: str | None, _: Dialect) -> str | None:
        """Return the text that is stored, or looked for."""
        return None if value is None else storable_text(value)
