"""What a service's receiver is told by the settings."""

from __future__ import annotations

from pathlib import Path

import pytest

from collector.errors import NetworksError
from tests.collector.mmdb import write_mmdb
from unwonted.serving.receiving import receiver_settings
from unwonted.settings import Settings


def test_addresses_are_looked_up(tmp_path: Path) -> None:
    """The networks that a setting names are those of every delivery."""
    write_mmdb(tmp_path / "asn.mmdb", "ASN", {"203.0.113.0/24": {"autonomous_system_number": 64500}})
    told = receiver_settings(Settings.load({"data": tmp_path / "data", "networks": tmp_path}))
    assert told.networks.lookup("203.0.113.9").network == "AS64500"


def test_networks_that_are_none(tmp_path: Path) -> None:
    """A file that is none stops the start, by name."""
    with pytest.raises(NetworksError, match="absent"):
        receiver_settings(Settings.load({"data": tmp_path, "networks": tmp_path / "absent.mmdb"}))
