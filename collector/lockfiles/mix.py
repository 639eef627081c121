"""mix.lock of Elixir."""

from __future__ import annotations

import re
from collections.abc import Iterator

from collector.errors import DeliveryError
from collector.lockfiles.package import Format, Package, commit_in
from collector.shapes import host_of

_ENTRY = re.compile(r'\s*"([^"]{1,200})":\s*\{:(\w{1,40}),\s*:?"?([^",]{1,400})"?,\s*"([^"]{1,200})"')
_CHECKSUM = re.compile(r'"([0-9a-f]{64})"\}?,?\s*$')


def _read(text: str) -> Iterator[Package]:
    if text.strip() and not text.lstrip().startswith("%{"):
        raise DeliveryError("it does not begin as mix.lock does")
    for line in text.splitlines():
        found = _ENTRY.match(line)
        if not found:
            continue
        if found[2] == "hex":
            checksum = _CHECKSUM.search(line[-120:])
            yield Package(found[1], found[4], "", f"sha256-{checksum[1]}" if checksum else "")
        else:
            yield Package(found[1], "", host_of(found[3]), commit_in(found[4]))


FORMATS = (Format("mix", "hex", _read, ("mix.lock",), mark=re.compile(r'^%\{\s*"[^"]+":\s*\{:(?:hex|git),')),)
