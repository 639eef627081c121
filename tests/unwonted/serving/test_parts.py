"""Opening what a service works on."""

from __future__ import annotations

from pathlib import Path

import pytest

from collector.errors import StreamAddressError
from unwonted.errors import UsageError
from unwonted.serving.parts import opened, store_address, stream_address
from unwonted.settings import Settings


def test_data_folder_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    """What people did is nobody else's business."""
    settings = Settings(data=tmp_path / "data")
    with opened(settings):
        assert settings.data.stat().st_mode & 0o077 == 0
        assert settings.stream_path.exists()
        assert settings.store_path.exists()


def test_embedded_parts_may_lie_elsewhere(tmp_path: Path) -> None:
    """A SQLite address moves one part out of the data folder."""
    settings = Settings.load({"data": tmp_path, "database": f"sqlite:///{tmp_path}/other/store.sqlite"})
    assert stream_address(settings) == tmp_path / "stream.sqlite"
    assert store_address(settings) == tmp_path / "other" / "store.sqlite"


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        ({"stream": "kafka://broker:9092/?topic=x"}, "topic in the stream's URL is not understood"),
        ({"stream": "nonsense"}, "--stream is no address"),
        ({"database": "sqlite://"}, "--database names no file"),
        ({"database": "mysql://me@there/db"}, "no database address"),
    ],
)
def test_other_addresses_are_refused(tmp_path: Path, flags: dict[str, str], told: str) -> None:
    """What cannot be worked on is refused before anything is made."""
    with (
        pytest.raises((UsageError, StreamAddressError), match=told),
        opened(Settings.load({"data": tmp_path / "data", **flags})),
    ):
        pass
    assert not (tmp_path / "data").exists()


def test_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    """A data folder below a file says so, and what to do."""
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match="Name another with --data"), opened(Settings(data=tmp_path / "file" / "data")):
        pass
