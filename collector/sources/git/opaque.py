"""Opaque content: added text that people do not write, by its shape alone."""

from __future__ import annotations

import re
from collections.abc import Iterator

MAX_LOOK = 1 << 16
"""Bytes of one file's added text that patterns are sought in; the length of lines is measured on all."""
_MAX_LINES = 32
_MANY_NUMBERS = 48
_GAP, _TABS = b" " * 60, b"\t" * 20
_MAX_LINE = 4096
_LONG = 500
_VERY_LONG = 2000
_RUN = 120
_BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{120,}={0,2}")
_HEX = re.compile(rb"(?:0x)?[0-9a-fA-F]{120,}")
_ESCAPES = re.compile(rb"(?:\\x[0-9a-fA-F]{2}){12,}|(?:\\u[0-9a-fA-F]{4}){12,}|(?:\\[0-7]{3}){12,}")
_NUMBERS = re.compile(rb"(?:\b(?:0x[0-9a-f]{1,2}|\d{1,3}),[ ]?){48,}")
_PADDED = re.compile(rb"[^\s](?:[ ]{100,}|\t{20,})[^\s]")
_HIDDEN = re.compile("[\u202a-\u202e\u2066-\u2069]")
_INVISIBLE = re.compile("[\u200b\u2060-\u2064\ufe00-\ufe0e\U000e0000-\U000e007f\U000e0100-\U000e01ef]{3,}")
_HINTS = (b"\xe2\x80", b"\xe2\x81", b"\xef\xb8", b"\xf3\xa0")
_RUNS = re.compile(
    rb"(?:eval|exec|Function|compile)[ ]?\([^\n]{0,120}?"
    rb"(?:decode|atob|base64|decompress|fromCharCode|unescape|Buffer\.from|b64)"
)
_RUN_HINTS = (b"decode", b"atob(", b"base64", b"b64", b"decompress", b"fromCharCode", b"unescape", b"Buffer.from")
_PIPED = re.compile(
    rb"\b(?:base64|openssl)[ \t]+(?:-d|-D|--decode|enc)\b[^\n]{0,200}?\|[ ]?(?:ba|z|da)?sh\b"
    rb"|\b(?:curl|wget)\b[^\n]{0,400}?\|[ ]?(?:sudo[ ])?(?:(?:ba|z|da)?sh\b|python|node|perl|ruby)"
)
_PIPE_HINTS = (b"curl ", b"wget ", b"base64 -", b"openssl ")


def opaque_in(added: bytes, longest: int) -> Iterator[str]:
    """Yield the shapes of opaque content found in added text whose longest line is given.

    >>> list(opaque_in(b"exec(base64.b64decode('" + b"aGk5" * 40 + b"'))", 190))
    ['a long base64 run', 'decodes and runs']
    """
    head = added[:MAX_LOOK]
    if longest >= _RUN and (lines := _long_lines(added)):
        yield from _long_runs(lines, longest)
    if b"\x00" in head:
        yield "binary bytes"
    if (b"\\x" in head or b"\\u" in head or b"\\1" in head) and _ESCAPES.search(head):
        yield "a run of escapes"
    if not head.isascii() and _any_of(_HINTS, head):
        yield from _unseen(head.decode("utf-8", "replace"))
    if _any_of(_RUN_HINTS, head) and _RUNS.search(head):
        yield "decodes and runs"
    elif _any_of(_PIPE_HINTS, head) and _PIPED.search(head):
        yield "fetches or decodes into a shell"


def _any_of(hints: tuple[bytes, ...], text: bytes) -> bool:
    for hint in hints:  # noqa: SIM110 - a generator would cost more than what it looks for
        if hint in text:
            return True
    return False


def _long_lines(added: bytes) -> list[bytes]:
    """Return the beginnings of the longest lines: what is sought in them has no short ones."""
    lines = [line[:_MAX_LINE] for line in added.split(b"\n") if len(line) >= _RUN]
    return sorted(lines, key=len, reverse=True)[:_MAX_LINES] if len(lines) > _MAX_LINES else lines


def _long_runs(lines: list[bytes], longest: int) -> Iterator[str]:
    text = b"\n".join(lines)
    words = b"\n".join(word for word in text.split() if len(word) >= _RUN)
    if words:
        if _HEX.search(words):
            yield "a long hex run"
        elif _is_base64(words):
            yield "a long base64 run"
    if text.count(b",") >= _MANY_NUMBERS and _NUMBERS.search(text):
        yield "a long run of numbers"
    if (_GAP in text or _TABS in text) and _PADDED.search(text):
        yield "text behind a long gap"
    if longest >= _LONG:
        yield from _long_line(max(lines, key=len), longest)


def _is_base64(head: bytes) -> bool:
    """Tell base64 from a long path or name: it mixes cases and digits."""
    for found in _BASE64.finditer(head):
        run = found[0]
        if any(65 <= c <= 90 for c in run) and any(97 <= c <= 122 for c in run) and any(48 <= c <= 57 for c in run):
            return True
        if len(run) > 4 * _RUN:
            return True
    return False


def _long_line(line: bytes, longest: int) -> Iterator[str]:
    spaces = line.count(b" ") / max(len(line), 1)
    dense = sum(line.count(mark) for mark in (b"(", b";", b"{", b"=", b",")) / max(len(line), 1)
    if dense > 0.04 and spaces < 0.12:
        yield "minified code" if longest >= _VERY_LONG else "a dense long line"
    elif spaces < 0.02:
        yield "a long line without spaces"


def _unseen(text: str) -> Iterator[str]:
    if _HIDDEN.search(text):
        yield "text that changes direction"
    if _INVISIBLE.search(text):
        yield "invisible characters"
