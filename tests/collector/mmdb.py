"""A writer of small mmdb files, as MaxMind specifies them, for tests alone."""

from __future__ import annotations

import ipaddress
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_MARK = b"\xab\xcd\xefMaxMind.com"
_UINT16, _UINT32, _UINT64 = 5, 6, 9
"""Types of numbers, which the header has one each of."""


def write_mmdb(path: Path, kind: str, networks: Mapping[str, Any]) -> Path:
    """Write a database of IPv4 networks that do not overlap, each with what it tells."""
    nodes: list[list[Any]] = [[None, None]]
    data, offsets = b"", {}
    for prefix, told in networks.items():
        offsets[prefix] = len(data)
        data += _encoded(told)
        network = ipaddress.IPv4Network(prefix)
        bits = f"{int(network.network_address):032b}"[: network.prefixlen]
        node = 0
        for bit in bits[:-1]:
            if nodes[node][int(bit)] is None:
                nodes.append([None, None])
                nodes[node][int(bit)] = len(nodes) - 1
            node = nodes[node][int(bit)]
        nodes[node][int(bits[-1])] = ("data", offsets[prefix])
    tree = b"".join(_record(side, len(nodes)) for node in nodes for side in node)
    about = {
        "binary_format_major_version": (_UINT16, 2),
        "binary_format_minor_version": (_UINT16, 0),
        "build_epoch": (_UINT64, 1),
        "database_type": kind,
        "description": {"en": kind},
        "ip_version": (_UINT16, 4),
        "languages": [],
        "node_count": (_UINT32, len(nodes)),
        "record_size": (_UINT16, 24),
    }
    path.write_bytes(tree + bytes(16) + data + _MARK + _encoded(about))
    return path


def _record(side: Any, node_count: int) -> bytes:
    number = node_count if side is None else side if isinstance(side, int) else node_count + 16 + side[1]
    return struct.pack(">I", number)[1:]


def _encoded(value: Any) -> bytes:
    if isinstance(value, dict):
        return _control(7, len(value)) + b"".join(_encoded(k) + _encoded(v) for k, v in value.items())
    if isinstance(value, list):
        return _control(11, len(value)) + b"".join(map(_encoded, value))
    if isinstance(value, bool):
        return _control(14, int(value))
    if isinstance(value, int | tuple):
        kind, number = value if isinstance(value, tuple) else (_UINT32, value)
        raw = int(number).to_bytes(8, "big").lstrip(b"\0")
        return _control(kind, len(raw)) + raw
    raw = str(value).encode()
    return _control(2, len(raw)) + raw


def _control(kind: int, size: int) -> bytes:
    """Return the byte, or bytes, that tell a value's type and its size, which is short here."""
    assert size < 285
    long = b"" if size < 29 else bytes([size - 29])
    low = min(size, 29)
    return bytes([kind << 5 | low]) + long if kind <= 7 else bytes([low, kind - 7]) + long
