"""Networks: which network, of what kind and country, an address belongs to."""

from __future__ import annotations

import csv
import ipaddress
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple, Self

import maxminddb

from collector.errors import NetworksError

CACHE = 65536
"""Addresses whose answer is remembered."""
_MMDB_MARK = b"\xab\xcd\xefMaxMind.com"
_BITS = {4: 32, 6: 128}
_PREFIX = {4: 24, 6: 48}


class Network(NamedTuple):
    """What is known of an address; empty texts where nothing is."""

    network: str
    """`AS64500` where the file tells it, else its /24 or /48, or a name such as `private 10.0.0.0/8`."""
    kind: str = ""
    country: str = ""


Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_NOWHERE = Network("")
_SUFFIXES = frozenset({".csv", ".mmdb"})
_FLAGS = (
    ("is_tor_exit_node", "tor"),
    ("tor", "tor"),
    ("is_anonymous_vpn", "vpn"),
    ("vpn", "vpn"),
    ("is_public_proxy", "proxy"),
    ("proxy", "proxy"),
    ("is_hosting_provider", "hosting"),
    ("hosting", "hosting"),
)
"""What databases of anonymous networks tell, the most telling first."""
_SPECIAL = tuple(
    (ipaddress.ip_network(prefix), Network(f"{name} {prefix}", name))
    for name, prefix in (
        ("loopback", "127.0.0.0/8"),
        ("loopback", "::1/128"),
        ("private", "10.0.0.0/8"),
        ("private", "172.16.0.0/12"),
        ("private", "192.168.0.0/16"),
        ("private", "fc00::/7"),
        ("carrier", "100.64.0.0/10"),
        ("link-local", "169.254.0.0/16"),
        ("link-local", "fe80::/10"),
    )
)


class Networks:
    """Looks addresses up in files of prefixes, the longest prefix first; without any, by their /24 or /48."""

    def __init__(self, prefixes: dict[str, Network] | None = None, databases: Sequence[maxminddb.Reader] = ()) -> None:
        self._tables: dict[int, list[tuple[int, dict[int, Network]]]] = {4: [], 6: []}
        self._databases = databases
        tables: dict[tuple[int, int], dict[int, Network]] = {}
        for prefix, network in (prefixes or {}).items():
            parsed = ipaddress.ip_network(prefix.strip(), strict=False)
            shift = _BITS[parsed.version] - parsed.prefixlen
            tables.setdefault((parsed.version, shift), {})[int(parsed.network_address) >> shift] = network
        for version, shift in sorted(tables):
            self._tables[version].append((shift, tables[version, shift]))
        self.lookup = lru_cache(maxsize=CACHE)(self._lookup)
        """Return the Network of an address; any text is accepted, and what is no address belongs to no network."""

    @classmethod
    def read(cls, path: str | Path) -> Self:
        """Return the networks of a CSV (`prefix,asn,kind,country`) or an mmdb file, or of a folder of such files.

        Of several, each tells what those before it do not, a CSV first; raise NetworksError where there is none.
        """
        path = Path(path)
        files = sorted(one for one in path.iterdir() if one.suffix in _SUFFIXES) if path.is_dir() else [path]
        if not files:
            raise NetworksError(
                f"{path}: there is no .csv and no .mmdb file in this folder; put some there, or name one"
            )
        prefixes: dict[str, Network] = {}
        databases = []
        for file in files:
            found = _read(file)
            if isinstance(found, dict):
                prefixes |= found
            else:
                databases.append(found)
        return cls(prefixes, databases)

    def _lookup(self, address: str) -> Network:
        try:
            parsed = ipaddress.ip_address(address)
        except ValueError:
            return _NOWHERE
        if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped:
            parsed = parsed.ipv4_mapped
        found = self._told(parsed)
        if found.network:
            return found
        special = next((network for prefix, network in _SPECIAL if parsed in prefix), None)
        return special or found._replace(network=_prefix_of(parsed))

    def _told(self, address: Address) -> Network:
        """Return what the files tell together; its network is empty where none of them tells it."""
        told = [self._listed(address)] if self._tables[address.version] else []
        told += [_from_mmdb(database, address) for database in self._databases]
        return Network(*(next(filter(None, values), "") for values in zip(*told, strict=True))) if told else _NOWHERE

    def _listed(self, address: Address) -> Network:
        number = int(address)
        for shift, table in self._tables[address.version]:
            found = table.get(number >> shift)
            if found is not None:
                return found
        return _NOWHERE


def _read(path: Path) -> dict[str, Network] | maxminddb.Reader:
    """Return the prefixes of a CSV, or an open mmdb file; raise NetworksError that says what is wrong with it."""
    try:
        with path.open("rb") as file:
            size = file.seek(0, 2)
            file.seek(max(0, size - 131072))
            is_mmdb = _MMDB_MARK in file.read()
        if is_mmdb:
            return maxminddb.open_database(path)
        with path.open(encoding="utf-8-sig", newline="") as text:
            return _read_csv(path, text)
    except OSError as error:
        raise NetworksError(f"{path}: cannot be read: {error.strerror or error}") from None
    except (UnicodeError, maxminddb.InvalidDatabaseError):
        raise NetworksError(f"{path}: neither CSV text nor an mmdb file; give prefix,asn,kind,country") from None


def _prefix_of(address: Address) -> str:
    return str(ipaddress.ip_network((address, _PREFIX[address.version]), strict=False))


def _read_csv(path: Path, lines: Any) -> dict[str, Network]:
    rows = csv.DictReader(lines)
    if not rows.fieldnames or "prefix" not in rows.fieldnames:
        raise NetworksError(f"{path}: the first line must name the columns prefix,asn,kind,country")
    prefixes = {}
    try:
        for row in rows:
            prefix, asn = (row.get("prefix") or "").strip(), (row.get("asn") or "").strip()
            ipaddress.ip_network(prefix, strict=False)
            name = f"AS{asn.upper().removeprefix('AS')}" if asn else prefix
            prefixes[prefix] = Network(name, (row.get("kind") or "").strip(), (row.get("country") or "").strip())
    except (ValueError, csv.Error) as error:
        raise NetworksError(f"{path}:{rows.line_num}: {error}; write a prefix such as 203.0.113.0/24") from None
    return prefixes


def _from_mmdb(database: maxminddb.Reader, address: Address) -> Network:
    """Return what a database tells, by the names that MaxMind, DB-IP, IPinfo and IP2Location use."""
    try:
        record: Any = database.get(address)
    except ValueError:  # an address of IPv6 in a database of IPv4
        return _NOWHERE
    if not isinstance(record, dict):
        return _NOWHERE
    traits = record.get("traits")
    told = {**record, **(traits if isinstance(traits, dict) else {})}
    asn = str(told.get("autonomous_system_number") or told.get("asn") or "").upper().removeprefix("AS")
    return Network(f"AS{asn}" if asn else "", _kind_in(told), _country_in(told))


def _kind_in(told: dict[str, Any]) -> str:
    flag = next((kind for name, kind in _FLAGS if told.get(name) in (True, "true")), "")
    return flag or str(told.get("kind") or told.get("user_type") or told.get("as_type") or told.get("asn_type") or "")


def _country_in(told: dict[str, Any]) -> str:
    for name in ("country", "registered_country"):
        country = told.get(name)
        if isinstance(country, dict) and country.get("iso_code"):
            return str(country["iso_code"])
    return str(told.get("country_code") or (told["country"] if isinstance(told.get("country"), str) else ""))
