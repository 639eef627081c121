"""Addresses are looked up in a file of prefixes, or by their own prefix."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.errors import NetworksError
from collector.networks import Network, Networks
from tests.collector.mmdb import write_mmdb

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


ASNS = {"203.0.113.0/24": {"autonomous_system_number": 64500, "autonomous_system_organization": "Hosting Inc."}}
COUNTRIES = {"203.0.113.0/25": {"country": {"iso_code": "NZ", "names": {"en": "New Zealand"}}}}


def test_two_databases_in_a_folder(tmp_path: Path) -> None:
    """A database of networks and one of countries, as they are published, tell together what neither tells alone."""
    write_mmdb(tmp_path / "GeoLite2-ASN.mmdb", "GeoLite2-ASN", ASNS)
    write_mmdb(tmp_path / "GeoLite2-Country.mmdb", "GeoLite2-Country", COUNTRIES)
    (tmp_path / "LICENSE.txt").write_text("theirs")
    networks = Networks.read(tmp_path)
    assert networks.lookup("203.0.113.9") == Network("AS64500", "", "NZ")
    assert networks.lookup("203.0.113.200") == Network("AS64500")
    assert networks.lookup("192.0.2.9") == Network("192.0.2.0/24")
    assert networks.lookup("10.0.0.1") == Network("private 10.0.0.0/8", "private")
    assert networks.lookup("2001:db8::1") == Network("2001:db8::/48")


def test_a_country_alone(tmp_path: Path) -> None:
    """A database that knows no networks tells countries; the network is the address's own prefix."""
    networks = Networks.read(write_mmdb(tmp_path / "country.mmdb", "Country", COUNTRIES))
    assert networks.lookup("203.0.113.9") == Network("203.0.113.0/24", "", "NZ")


@pytest.mark.parametrize(
    ("told", "network"),
    [
        ({"asn": "AS64501", "country": "Germany", "country_code": "DE"}, Network("AS64501", "", "DE")),
        ({"asn": "64501", "as_type": "isp", "country": "DE"}, Network("AS64501", "isp", "DE")),
        ({"traits": {"autonomous_system_number": 64501, "user_type": "business"}}, Network("AS64501", "business")),
        ({"is_anonymous_vpn": True, "is_hosting_provider": True}, Network("198.51.100.0/24", "vpn")),
        ({"hosting": "true", "tor": "false"}, Network("198.51.100.0/24", "hosting")),
        ({"registered_country": {"iso_code": "FR"}, "country": {}}, Network("198.51.100.0/24", "", "FR")),
    ],
)
def test_names_of_fields(tmp_path: Path, told: dict[str, object], network: Network) -> None:
    """Fields are known by the names that the usual databases give them."""
    path = write_mmdb(tmp_path / "some.mmdb", "some", {"198.51.100.0/24": told})
    assert Networks.read(path).lookup("198.51.100.7") == network


def test_own_prefixes_beside_databases(tmp_path: Path) -> None:
    """What a CSV says of a prefix comes first, and a database fills in what it leaves open."""
    (tmp_path / "own.csv").write_text("prefix,asn,kind,country\n203.0.113.0/24,,office,\n")
    write_mmdb(tmp_path / "asn.mmdb", "ASN", ASNS)
    write_mmdb(tmp_path / "country.mmdb", "Country", COUNTRIES)
    assert Networks.read(tmp_path).lookup("203.0.113.9") == Network("203.0.113.0/24", "office", "NZ")


def test_folder_without_any(tmp_path: Path) -> None:
    """A folder that holds no such file is an error that says what to put there."""
    with pytest.raises(NetworksError, match=r"no \.csv and no \.mmdb"):
        Networks.read(tmp_path)


def test_damaged_database(tmp_path: Path) -> None:
    """A database that is cut is an error that names it."""
    path = write_mmdb(tmp_path / "cut.mmdb", "ASN", ASNS)
    path.write_bytes(path.read_bytes()[-60:])
    with pytest.raises(NetworksError, match=r"cut\.mmdb"):
        Networks.read(path)
