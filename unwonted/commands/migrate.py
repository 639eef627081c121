"""`unwonted migrate`: brings the store's tables to this version."""

from __future__ import annotations

from pathlib import Path

from unwonted.settings import Settings


def run(settings: Settings) -> None:
    """Migrate and tell which schema the store has now."""
    from service.store.schema import migrate
    from unwonted.serving.parts import make_folder, store_address

    address = store_address(settings)
    if isinstance(address, Path):
        make_folder(address.parent)
    schema = migrate(address)
    print(f"{address} has schema {schema}")  # noqa: T201  # the command line's own voice
