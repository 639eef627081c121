"""Who sits at this machine: the one test behind "needs no login on a laptop"."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from urllib.parse import urlsplit

_FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")


def is_loopback_name(name: str) -> bool:
    """Return whether a host name or address, with or without a port, is this machine for itself.

    >>> [is_loopback_name(name) for name in ("localhost:8600", "127.0.0.1", "[::1]:80", "evil.example", "")]
    [True, True, True, False, False]
    """
    try:
        host = urlsplit(f"//{name}").hostname or ""
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def is_from_loopback(client: str, headers: Mapping[str, str]) -> bool:
    """Return whether a request was made on this machine, for this machine, by no page of another site.

    `headers` are looked up in lower case. Host and Origin are looked at because a browser that shows a hostile page
    is a loopback client too, and so is a proxy or tunnel that brings the whole internet in.
    """
    if not _is_loopback_address(client) or not is_loopback_name(headers.get("host", "")):
        return False
    if any(name in headers for name in _FORWARDED):
        return False
    origin = headers.get("origin")
    return origin is None or is_loopback_name(origin.partition("://")[2])


def _is_loopback_address(client: str) -> bool:
    try:
        address = ipaddress.ip_address(client)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return bool((mapped or address).is_loopback)
