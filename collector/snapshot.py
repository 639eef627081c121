"""Snapshots: state as a source read it at one moment, which a worker holds against what it saw before.

A source has no memory, so it cannot tell what is new. It hands on what it read, bounded and masked; the worker, which
owns memory, turns it into the facts of what changed and keeps nothing else of it in the event.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

MAX_PINNED = 20_000
"""Most packages of one snapshot."""
MAX_LINES = 4_000
"""Most line shapes of one snapshot."""
MAX_AFFECTED = 200
"""Most packages of one advisory."""
MAX_VERSIONS = 1_000
"""Most versions, and most borders of ranges, that an advisory names of one package."""


class Pinned(msgspec.Struct, frozen=True, array_like=True, omit_defaults=True):
    """One package as a lockfile, an SBOM or a workflow pins it; empty where it does not tell."""

    purl: str
    """Package URL without version, qualifiers and subpath: `pkg:npm/%40babel/core`."""
    version: str = ""
    host: str = ""
    """Host it is fetched from, as the file tells it; empty where it tells none, which most formats do for the registry
    that everyone uses. Told and not told are different hosts, unless all of a file changes from one to the other."""
    integrity: str = ""
    """Checksum as `sha512-…`, or the commit a reference resolved to; at most 140 characters. Of a package with several
    files, such as wheels, that of one that stays when files are added: its source archive, or the smallest."""
    is_direct: bool | None = None
    """Whether the project itself asks for it; None where the format does not tell."""
    runs_script: bool = False
    """Whether it says that it runs a script when it is installed."""


class Packages(msgspec.Struct, frozen=True, tag="packages", tag_field="snapshot"):
    """Every package that one place pins."""

    pinned: tuple[Pinned, ...]
    place: str = ""
    """What is held against its own earlier state: a lockfile's path, an SBOM's subject."""
    is_cut: bool = False
    """Whether there were more packages than are kept: then one that is missing was not necessarily removed."""


class Line(msgspec.Struct, frozen=True, array_like=True, omit_defaults=True):
    """One shape of line that a job printed."""

    shape: str
    """The line with numbers, hashes, times and names masked: what two runs of a job have in common."""
    text: str = ""
    """Its first occurrence, secrets masked, cut; empty where it says no more than the shape."""
    at: int = 0
    """Number of the first such line in the log, from 1."""
    count: int = 1


class Printed(msgspec.Struct, frozen=True, tag="printed", tag_field="snapshot"):
    """What a job printed, a shape of line once."""

    lines: tuple[Line, ...]
    is_cut: bool = False
    """Whether there were more shapes than are kept."""


class Border(StrEnum):
    """What begins or ends where a range of versions has a border."""

    INTRODUCED = "introduced"
    FIXED = "fixed"
    LAST_AFFECTED = "last_affected"


class Affected(msgspec.Struct, frozen=True, array_like=True, omit_defaults=True):
    """The versions of one package that an advisory is about; without any, all of them."""

    purl: str
    versions: tuple[str, ...] = ()
    ranges: tuple[tuple[tuple[Border, str], ...], ...] = ()
    """Ranges in any order of their borders; version 0 is before every other."""


class Advisory(msgspec.Struct, frozen=True, tag="advisory", tag_field="snapshot"):
    """What somebody declared of packages: that they are malicious, or vulnerable."""

    name: str
    affected: tuple[Affected, ...]
    is_malicious: bool = False
    is_withdrawn: bool = False
    """It was an error: what an advisory of this name said before holds no more."""
    declared_at: float = 0.0
    """When it was published, in seconds since 1970 UTC; 0 where it does not say."""


Snapshot = Packages | Printed | Advisory
