"""Addresses are looked up in a file of prefixes, or by their own prefix."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.errors import NetworksError
from collector.networks import Network, Networks

_CSV = """prefix,asn,kind,country
203.0.113.0/24,64500,hosting,NZ
203.0.113.128/25,AS64501,vpn,AU
2001:db8::/32,64502,isp,DE
198.51.100.0/24,,office,FR
"""


@pytest.fixture
def networks(tmp_path: Path) -> Networks:
    """Return networks read from a CSV file."""
    path = tmp_path / "networks.csv"
    path.write_text(_CSV)
    return Networks.read(path)


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.9", Network("AS64500", "hosting", "NZ")),
        ("203.0.113.200", Network("AS64501", "vpn", "AU")),
        ("::ffff:203.0.113.9", Network("AS64500", "hosting", "NZ")),
        ("2001:db8:1::1", Network("AS64502", "isp", "DE")),
        ("198.51.100.1", Network("198.51.100.0/24", "office", "FR")),
        ("192.0.2.77", Network("192.0.2.0/24")),
        ("2001:db9:1:2::3", Network("2001:db9:1::/48")),
        ("10.1.2.3", Network("private 10.0.0.0/8", "private")),
        ("AWS Internal", Network("")),
    ],
)
def test_lookup(networks: Networks, address: str, network: Network) -> None:
    """The longest prefix of the file answers; what it does not list has its /24 or /48; names have no network."""
    assert networks.lookup(address) == network


@given(st.ip_addresses())
def test_every_address_has_a_network(address: object) -> None:
    """Without a file, every address lies in some network."""
    assert Networks().lookup(str(address)).network


@pytest.mark.parametrize("text", ["a,b\n1,2\n", "prefix,asn,kind,country\nnot-a-prefix,1,isp,NZ\n", "\x00\xff"])
def test_a_file_that_is_none(tmp_path: Path, text: str) -> None:
    """A file that holds no prefixes is an error that names it."""
    path = tmp_path / "bad.csv"
    path.write_text(text)
    with pytest.raises(NetworksError, match=r"bad\.csv"):
        Networks.read(path)


def test_no_file(tmp_path: Path) -> None:
    """A file that is not there is an error that names it."""
    with pytest.raises(NetworksError, match="absent"):
        Networks.read(tmp_path / "absent")
