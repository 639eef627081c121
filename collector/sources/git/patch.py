"""Line diffs as git prints them, taken apart without trusting anything a file says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

_SECTION = b"\ndiff --git "
_HUNK = b"\n@@ -"
_QUOTED = re.compile(rb"\\([abtnvfr\"\\]|[0-7]{3})")
_ESCAPES = {
    b"a": b"\a",
    b"b": b"\b",
    b"t": b"\t",
    b"n": b"\n",
    b"v": b"\v",
    b"f": b"\f",
    b"r": b"\r",
    b'"': b'"',
    b"\\": b"\\",
}


class FilePatch(NamedTuple):
    """What a commit did to the lines of one file."""

    header: bytes
    added: bytes
    """Added lines without their plus signs."""
    deleted: bytes
    added_lines: int
    deleted_lines: int
    binary: bool


def files_of(patch: bytes) -> Iterator[FilePatch]:
    """Yield the files of a patch without context lines, in order.

    A line of a file always stands behind a plus, minus or space, so no file can forge the marks looked for here.
    """
    for section in (b"\n" + patch).split(_SECTION)[1:]:
        yield _file_of(section)


def own_files_of(patch: bytes, parents: int) -> Iterator[FilePatch]:
    r"""Yield the files of a combined diff with the lines that no parent has.

    >>> [f.added for f in own_files_of(b"diff --cc a\n--- a/a\n+++ b/a\n@@@ -1,0 -1,0 +1,2 @@@\n++x\n +y", 2)]
    [b'x']
    """
    own = b"+" * parents
    for section in (b"\n" + patch).split(b"\ndiff --cc ")[1:]:
        at = section.find(b"\n@@@")
        lines = section[at + 1 :].split(b"\n") if at >= 0 else []
        added = [line[parents:] for line in lines if line.startswith(own)]
        binary = at < 0 and b"\nBinary files " in section
        yield FilePatch(section[:at] if at >= 0 else section, b"\n".join(added), b"", len(added), 0, binary)


def _file_of(section: bytes) -> FilePatch:
    at = section.find(_HUNK)
    if at < 0:
        return FilePatch(section, b"", b"", 0, 0, b"\nBinary files " in section)
    lines = section[at + 1 :].split(b"\n")
    added = [line[1:] for line in lines if line[:1] == b"+"]
    deleted = [line[1:] for line in lines if line[:1] == b"-"]
    return FilePatch(section[:at], b"\n".join(added), b"\n".join(deleted), len(added), len(deleted), binary=False)


def path_of(header: bytes) -> bytes:
    r"""Return the path a section is about, from its `+++`, `---` or first line.

    >>> path_of(b'a/x y b/x y\n--- a/x y\n+++ b/x y')
    b'x y'
    >>> path_of(b'"a/\\n" "b/\\n"\nBinary files differ')
    b'\n'
    """
    lines = header.split(b"\n")
    for mark in (b"+++ ", b"--- "):
        for line in lines[1:]:
            if line.startswith(mark) and line != mark + b"/dev/null":
                return _unquoted(line[4:].removesuffix(b"\t"))[2:]
    first = lines[0]
    if first.endswith(b'"'):
        return _unquoted(first[first.rfind(b' "') + 1 :])[2:]
    return first[2 : len(first) // 2]


def _unquoted(text: bytes) -> bytes:
    if not text.startswith(b'"'):
        return text
    return _QUOTED.sub(_unescape, text[1:-1])


def _unescape(found: re.Match[bytes]) -> bytes:
    code = found[1]
    return _ESCAPES[code] if code in _ESCAPES else bytes([int(code, 8) & 255])
