"""requirements.txt and constraints.txt, written by hand or by pip-compile, uv and pip freeze."""

from __future__ import annotations

import re
from collections.abc import Iterator

from collector.lockfiles.package import Format, Package, commit_in, hosts_of, steady_checksum

_CONTINUED = re.compile(r"\\\r?\n")
_NAME = re.compile(r"([A-Za-z0-9][A-Za-z0-9._-]{0,200})[ \t]*(?:\[[^\]\n]{0,500}\])?[ \t]*")
_PINNED = re.compile(r"===?[ \t]*([^\s;,#*$]{1,200})[ \t]*(?:$|[\s;#])")
_URL = re.compile(r"@[ \t]*(\S+)")
_INDEX = re.compile(r"(?:-i|--index-url|--extra-index-url|-f|--find-links)[ =][ \t]*(\S+)")
_INCLUDED = re.compile(r"(?:-r|--requirements?|-c|--constraints?)[ =]?[ \t]*(\S+)")
_EDITABLE = re.compile(r"(?:-e|--editable)[ =][ \t]*(\S+)")
_EGG = re.compile(r"#(?:[^#\s]*&)?egg=([A-Za-z0-9._-]{1,200})")
_HASH = re.compile(r"--hash[= ][ \t]*([a-z0-9]+:[0-9a-zA-Z]+)")
_VIA_FILE = re.compile(r"-r |\(pyproject\.toml\)|\(setup\.(?:py|cfg)\)")
MAX_INCLUDED = 64


def _read(text: str) -> Iterator[Package]:
    is_told = "# via" in text
    hosts: list[str] = []
    found: Package | None = None
    for line in _lines(text):
        if line.startswith("#"):
            if found is not None and is_told and _VIA_FILE.search(line):
                found = found._replace(is_direct=True)
            continue
        if line:
            if found is not None:
                yield found
            index = _INDEX.match(line)
            hosts += [index[1]] if index else []
            found = _package(line, hosts_of(hosts))
            if found is not None:
                found = found._replace(is_direct=bool(_VIA_FILE.search(_comment(line))) if is_told else True)
    if found is not None:
        yield found


def _lines(text: str) -> Iterator[str]:
    for line in _CONTINUED.sub(" ", text).splitlines():
        yield line.strip()


def _comment(line: str) -> str:
    return line.partition(" #")[2]


def _package(line: str, host: str) -> Package | None:
    editable = _EDITABLE.match(line)
    if editable or (line[:1] != "-" and "://" in line.split(" ", 1)[0]):
        return _by_url(editable[1] if editable else line.split(" ", 1)[0])
    name = _NAME.match(line)
    if not name or line[name.end() : name.end() + 1] not in {"", "=", "<", ">", "~", "!", "@", ";", "#", "-", ","}:
        return None
    rest = line[name.end() :]
    url = _URL.match(rest)
    if url:
        return Package(name[1], "", hosts_of([url[1]]), _hash(line) or commit_in(url[1]))
    pinned = _PINNED.match(rest)
    return Package(name[1], pinned[1] if pinned else "", host, _hash(line))


def _by_url(url: str) -> Package | None:
    egg = _EGG.search(url)
    return Package(egg[1], "", hosts_of([url]), commit_in(url.split("#", 1)[0])) if egg and "://" in url else None


def _hash(line: str) -> str:
    return steady_checksum(_HASH.findall(line[:100_000]))


def included_in(text: str) -> list[str]:
    """Return the files that lines with `-r` and `-c` name, as they are written; nothing is read of them."""
    found = (_INCLUDED.match(line) for line in _lines(text) if line.startswith("-"))
    return list(dict.fromkeys(one[1][:200] for one in found if one))[:MAX_INCLUDED]


FORMATS = (
    Format(
        "requirements",
        "pypi",
        _read,
        (),
        re.compile(r"(?:requirements|constraints)[^/]*\.(?:txt|in)$|(?:^|/)requirements/[^/]+\.(?:txt|in)$"),
        re.compile(r"^[A-Za-z0-9._-]+==", re.MULTILINE),
    ),
)
