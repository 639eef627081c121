"""Package: what one entry of a lockfile pins, and the pieces that formats share."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

from collector.delivery import decode_json
from collector.errors import DeliveryError
from collector.parts import JSON
from collector.shapes import host_of
from collector.yaml_text import yaml_value

_MAX_INTEGRITY = 140
_CHECKSUM = re.compile(r"(?i)(sha\d{1,3}|md5|blake\w{1,6})[-:=]([A-Za-z0-9+/=_.-]+)")
_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")


class Package(NamedTuple):
    """One pinned package; empty texts where the format does not tell."""

    name: str
    version: str = ""
    host: str = ""
    """Host it is fetched from."""
    integrity: str = ""
    """Checksum as `sha512-…`, or the commit of a repository it is taken from."""
    is_direct: bool | None = None
    """Whether the project itself asks for it; None where the format does not tell."""
    runs_script: bool = False
    """It says that it runs a script when it is installed."""


@dataclass(frozen=True)
class Format:
    """One way to write a lockfile."""

    name: str
    purl_type: str
    read: Callable[[str], Iterable[Package]]
    """May raise whatever broken text leads to; `read_lockfile` makes it a DeliveryError."""
    files: tuple[str, ...] = ()
    """Names of files that are written so, in lower case."""
    path: re.Pattern[str] | None = None
    """What paths of such files look like, where a name is not enough."""
    mark: re.Pattern[str] | None = None
    """What the beginning of such a text shows where no name is known."""


def object_of(value: Any) -> JSON:
    """Return an object as it is; raise DeliveryError for anything else."""
    if not isinstance(value, dict):
        raise DeliveryError("no lockfile: an object was expected")
    return value


def json_object(text: str) -> JSON:
    """Return the object that JSON text holds; raise DeliveryError."""
    return object_of(decode_json(text))


def yaml_object(text: str) -> JSON:
    """Return the object that YAML holds, every scalar a text; empty for an empty document. Raises DeliveryError."""
    found = yaml_value(text)
    return {} if found is None else object_of(found)


def checksum_of(value: Any) -> str:
    """Return a checksum as `ALGORITHM-VALUE`; empty where it is none. Of several, that of the longest.

    >>> checksum_of("sha256:00ff00ff"), checksum_of("sha1-AAAAAAAA= sha512-BBBBBBBBBB=="), checksum_of(5)
    ('sha256-00ff00ff', 'sha512-BBBBBBBBBB==', '')
    """
    if not isinstance(value, str):
        return ""
    found = [f"{m[1].lower()}-{m[2]}"[:_MAX_INTEGRITY] for m in map(_CHECKSUM.fullmatch, value[:2000].split()) if m]
    return max(found, key=len, default="")


def steady_checksum(values: Iterable[Any]) -> str:
    """Return one of several checksums, the same when more are added: the smallest."""
    return min(filter(None, map(checksum_of, values)), default="")


def commit_in(url: str) -> str:
    """Return the commit that a URL of a repository ends in; empty where there is none."""
    found = _COMMIT.fullmatch(re.split(r"[#@]", url)[-1][:64])
    return found[0] if found else ""


def hosts_of(urls: Iterable[str]) -> str:
    """Return the hosts of URLs; where there are several, all of them in order of the alphabet, at most three."""
    found = sorted({host for url in urls if url and (host := host_of(url))})
    return ", ".join(found[:3])
