"""Lockfiles: the packages a lockfile pins, whatever its format, read from text alone."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from collector.errors import DeliveryError
from collector.lockfiles import (
    bun,
    cargo,
    composer,
    gemfile,
    go,
    gradle,
    mix,
    npm,
    nuget,
    pdm,
    pipfile,
    pnpm,
    poetry,
    pub,
    pylock,
    requirements,
    uv,
    yarn,
)
from collector.lockfiles.package import Format, Package
from collector.masking import mask_text
from collector.purls import MAX_NAME, MAX_VERSION, purl_of
from collector.snapshot import MAX_PINNED, Packages, Pinned
from collector.texts import storable_text

MAX_TEXT = 16 << 20
"""Longest lockfile read, in characters: several times the longest that projects have."""
_HEAD = 4000

FORMATS: dict[str, Format] = {
    form.name: form
    for module in (
        *(npm, yarn, pnpm, bun, uv, poetry, pdm, pylock, pipfile, requirements, go, cargo),
        *(gemfile, composer, nuget, gradle, pub, mix),
    )
    for form in module.FORMATS
}
"""Every format, by name, in the order in which text without a name is held against them."""
_BY_FILE = {file: form for form in FORMATS.values() for file in form.files}


class Lockfile(NamedTuple):
    """What a lockfile pins."""

    form: str
    purl_type: str
    packages: list[Package]
    """One for each name, version, host and checksum, in the order of the file."""

    def snapshot(self, place: str) -> Packages:
        """Return it as a snapshot: masked, bounded, by package URL."""
        pinned = dict.fromkeys(self._pinned())
        kept = tuple(pinned)[:MAX_PINNED]
        return Packages(kept, place, is_cut=len(pinned) > MAX_PINNED)

    def _pinned(self) -> Iterable[Pinned]:
        kind = self.purl_type
        for name, version, host, integrity, is_direct, runs_script in self.packages:
            yield Pinned(purl_of(kind, name.replace(":", "/")), version, host, integrity, is_direct, runs_script)


def read_lockfile(name: str, text: str) -> Lockfile:
    """Return what a lockfile pins; raise DeliveryError where it cannot be read.

    `name` is the file's name or path; without one the format is guessed from the text.
    """
    if len(text) > MAX_TEXT:
        raise DeliveryError(f"longer than {MAX_TEXT >> 20} MiB: not read as a lockfile")
    text = text.removeprefix("\ufeff")
    form = format_of(name, text)
    try:
        packages = _tidy(form.read(text))
    except DeliveryError as error:
        raise DeliveryError(f"no {form.name} lockfile: {str(error).removeprefix('no lockfile: ')}") from None
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError) as error:
        reason = str(error).split("\n", 1)[0][:120] or type(error).__name__
        raise DeliveryError(f"no {form.name} lockfile: {mask_text(reason)}") from None
    return Lockfile(form.name, form.purl_type, packages)


def format_of(name: str, text: str) -> Format:
    """Return the format by the file's name, or by its first lines; raise DeliveryError where none fits."""
    found = format_by_name(name)
    if found is not None:
        return found
    head = text[:_HEAD]
    for form in FORMATS.values():
        if form.mark is not None and form.mark.search(head):
            return form
    base = mask_text(name.replace("\\", "/").rsplit("/", 1)[-1][:80])
    raise DeliveryError(f"{base or 'it'} is no lockfile that is known; name the file in Unwonted-Path")


def format_by_name(path: str) -> Format | None:
    """Return the format that a path is of by its name alone; None where the name tells none."""
    folded = path[-1024:].replace("\\", "/").lower()
    found = _BY_FILE.get(folded.rsplit("/", 1)[-1])
    if found is not None:
        return found
    return next((form for form in FORMATS.values() if form.path is not None and form.path.search(folded)), None)


def _tidy(packages: Iterable[Package]) -> list[Package]:
    """Return packages once each: bounded, masked, and direct where one of several entries says so."""
    kept: dict[tuple[str, str, str, str], Package] = {}
    for package in packages:
        one = _bounded(package)
        key = one[:4]
        known = kept.get(key)
        kept[key] = one if known is None else _merged(known, one)
    found = list(kept.values())
    texts = "\n".join(f"{one.name} {one.version} {one.host} {one.integrity}" for one in found)
    return found if _clean(texts) == texts else [_cleaned(one) for one in found]


def _cleaned(one: Package) -> Package:
    name, version, host, integrity = map(_clean, one[:4])
    return one._replace(name=name, version=version, host=host, integrity=integrity)


def _clean(text: str) -> str:
    return storable_text(mask_text(text))


def _bounded(package: Package) -> Package:
    if len(package.name) <= MAX_NAME and len(package.version) <= MAX_VERSION and len(package.host) <= MAX_NAME:
        return package
    return package._replace(
        name=package.name[:MAX_NAME], version=package.version[:MAX_VERSION], host=package.host[:MAX_NAME]
    )


def _merged(one: Package, other: Package) -> Package:
    is_direct = one.is_direct or other.is_direct if None not in {one.is_direct, other.is_direct} else one.is_direct
    return one._replace(
        is_direct=is_direct if is_direct is not None else other.is_direct,
        runs_script=one.runs_script or other.runs_script,
    )


__all__ = ["FORMATS", "MAX_TEXT", "Format", "Lockfile", "Package", "format_by_name", "format_of", "read_lockfile"]
