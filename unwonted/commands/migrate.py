"""`unwonted migrate`: brings the store's tables to this version."""

from __future__ import annotations

from unwonted.settings import Settings


def run(settings: Settings) -> None:
    """Migrate and tell which schema the store has now."""
    from service.store.schema import migrate

    url = settings.database.get_secret_value()
    if not url:
        settings.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    schema = migrate(url or settings.store_path)
    where = "the database" if url else str(settings.store_path)
    print(f"{where} has schema {schema}")  # noqa: T201  # the command line's own voice
