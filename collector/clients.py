"""Clients: user-agent text reduced to a family, an operating system where it tells, and a version."""

from __future__ import annotations

import re
from functools import lru_cache

_BROWSERS = (("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Version", "Safari"))
_SYSTEMS = (
    ("Windows", "Windows"),
    ("Android", "Android"),
    ("iPhone", "iOS"),
    ("iPad", "iOS"),
    ("Mac OS", "macOS"),
    ("Macintosh", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
    ("X11", "Linux"),
)
_PRODUCT = re.compile(r"([^\s/()\[\]]{1,60})(?:/v?([0-9][0-9A-Za-z.+_-]{0,40}))?")
_VERSION = re.compile(r"\d+(?:\.\d+)?")


@lru_cache(maxsize=16384)
def client_of(user_agent: str) -> tuple[str, str]:
    """Return (family, version to its second number) of a client; the family of a browser names its system.

    >>> client_of("git/2.47.1"), client_of("Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/140.0")
    (('git', '2.47'), ('Firefox on Linux', '140.0'))
    """
    text = user_agent.strip()[:400]
    if text.startswith("Mozilla/"):
        return _browser(text)
    found = _PRODUCT.match(text.strip("[] "))
    if not found:
        return text[:60], ""
    family, version = found[1], found[2] or ""
    if family == "git" and "windows" in version:
        family = "git on Windows"
    short = _VERSION.match(version)
    return family, short[0] if short else ""


def _browser(text: str) -> tuple[str, str]:
    system = next((name for mark, name in _SYSTEMS if mark in text), "")
    for mark, name in _BROWSERS:
        found = re.search(rf"\b{mark}[A-Za-z]{{0,4}}/(\d+(?:\.\d+)?)", text)
        if found:
            return f"{name} on {system}" if system else name, found[1]
    tail = text.rsplit(") ", 1)[-1]
    found = _PRODUCT.match(tail)
    return (found[1] if found else "Mozilla"), ""
