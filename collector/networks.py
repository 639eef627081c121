"""Networks: which network, of what kind and country, an address belongs to."""

from __future__ import annotations

import csv
import ipaddress
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


_NOWHERE = Network("")
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
    """Looks addresses up in a file of prefixes, the longest prefix first; without one, by their /24 or /48."""

    def __init__(self, prefixes: dict[str, Network] | None = None, database: maxminddb.Reader | None = None) -> None:
        self._tables: dict[int, list[tuple[int, dict[int, Network]]]] = {4: [], 6: []}
        self._database = database
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
        """Return the networks of a CSV (`prefix,asn,kind,country`) or an mmdb file; raise NetworksError."""
        path = Path(path)
        try:
            with path.open("rb") as file:
                size = file.seek(0, 2)
                file.seek(max(0, size - 131072))
                is_mmdb = _MMDB_MARK in file.read()
            if is_mmdb:
                return cls(database=maxminddb.open_database(path))
            with path.open(encoding="utf-8-sig", newline="") as text:
                return cls(_read_csv(path, text))
        except OSError as error:
            raise NetworksError(f"{path}: cannot be read: {error.strerror or error}") from None
        except (UnicodeError, maxminddb.InvalidDatabaseError):
            raise NetworksError(f"{path}: neither CSV text nor an mmdb file; give prefix,asn,kind,country") from None

    def _lookup(self, address: str) -> Network:
        try:
            parsed = ipaddress.ip_address(address)
        except ValueError:
            return _NOWHERE
        if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped:
            parsed = parsed.ipv4_mapped
        found = self._listed(parsed)
        return found or next((network for prefix, network in _SPECIAL if parsed in prefix), None) or _by_prefix(parsed)

    def _listed(self, address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> Network | None:
        if self._database is not None:
            return _from_mmdb(self._database, address)
        number = int(address)
        for shift, table in self._tables[address.version]:
            found = table.get(number >> shift)
            if found is not None:
                return found
        return None


def _by_prefix(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> Network:
    return Network(str(ipaddress.ip_network((address, _PREFIX[address.version]), strict=False)))


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


def _from_mmdb(database: maxminddb.Reader, address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> Network | None:
    try:
        record: Any = database.get(address)
    except ValueError:
        return None
    if not isinstance(record, dict):
        return None
    country = record.get("country")
    code = country.get("iso_code", "") if isinstance(country, dict) else country or record.get("country_code") or ""
    asn = str(record.get("autonomous_system_number") or record.get("asn") or "").upper().removeprefix("AS")
    kind = record.get("kind") or record.get("user_type") or record.get("as_type") or ""
    return Network(f"AS{asn}" if asn else _by_prefix(address).network, str(kind), str(code))
