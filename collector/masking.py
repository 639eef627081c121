"""Masking: secrets in text become `***` before anything is kept."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import re2

from collector import credentials

MASK = "***"
MAX_DEPTH = 64
"""Nesting below which a value is dropped rather than looked through."""

_SHORTEST = 6
"""Bytes of the shortest text that is looked at."""
_HIDDEN = MASK.encode()


def _options(memory: int) -> re2.Options:
    """Return how patterns are read: over bytes, so that no text can be invalid, and in silence."""
    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1
    options.log_errors = False
    options.max_mem = memory  # for states, which are kept so long; with less of it a search is slower and no worse
    return options


_OPTIONS, _SET_OPTIONS = _options(2 << 20), _options(16 << 20)
_PATTERNS = [
    credentials.KEY_BEGIN,
    *credentials.TOKENS,
    *credentials.PLACED,
    credentials.IN_CONTEXT,
    credentials.ASSIGNED,
]
_KEYS, _CONTEXT, _ASSIGNED = 0, len(_PATTERNS) - 2, len(_PATTERNS) - 1
_COMPILED = [re2.compile(pattern.encode(), _OPTIONS) for pattern in _PATTERNS]
_KEY_END = re2.compile(credentials.KEY_END.encode(), _OPTIONS)


def _set() -> re2.Set:
    """Return what tells in one pass, far quicker than one pattern alone, which of all patterns a text has."""
    found = re2.Set.SearchSet(_SET_OPTIONS)
    for pattern in _PATTERNS:
        found.Add(pattern.encode())
    found.Compile()
    return found


_SET = _set()
_SECRET_NAME = re.compile(
    r"(?i)(?:password|passwd|passphrase|secret|token|api_?key|private_?key|credential|authorization)$"
)
_HARMLESS = re.compile(
    rb"(?is)^(?:\*{3,}|true|false|null|none|\$\{?[a-z_].*|\$\{\{.*|\[?filtered\]?|x{4,}|bearer|basic|token)$"
)
_SHA = re.compile(rb"[0-9a-fA-F]{40}")
_CREDENTIAL_HEADERS = re.compile(
    r"(?i)^(?:proxy-)?authorization$|cookie|token|secret|signature|api-?key|password|^x-amz-security|client-cert"
)
_NOT_SECRET = frozenset({"hashed_token", "next_page_token", "continuation_token", "secrets_passed"})


def mask_text(text: str) -> str:
    """Return the text with what looks like a credential replaced by `***`.

    >>> mask_text("curl -H 'Authorization: Bearer abcdefghijklmnopqrst' https://bob:hunter22@repo.example/x")
    "curl -H 'Authorization: Bearer ***' https://***@repo.example/x"
    """
    if len(text) < _SHORTEST:
        return text
    data = text.encode(errors="surrogatepass")
    masked = mask_bytes(data)
    return text if masked is data else _decoded(masked)


def mask_bytes(data: bytes) -> bytes:
    """Return bytes with what looks like a credential replaced by `***`; the same object where there is none."""
    found = _SET.Match(data)
    if not found:
        return data
    for number in sorted(found):
        if number == _KEYS:
            data = _mask_key_blocks(data)
        else:
            data = _COMPILED[number].sub(_REPLACED.get(number, _replaced), data)
    return data


def may_hold_secret(data: bytes) -> bool:
    """Tell quickly whether masking would look closer; of several lines joined by line ends it holds for all of them."""
    return bool(_SET.Match(data))


def breaks_key(lines: Sequence[bytes]) -> bool:
    """Tell whether a private key goes over several of the lines: masked one by one, they would show it."""
    return any(b"PRIVATE KEY" in line and b"-----BEGIN" in line and not _KEY_END.search(line) for line in lines)


def mask_value(value: Any, depth: int = 0) -> Any:
    """Return JSON with its texts masked, and whole values masked where their name says secret."""
    if isinstance(value, str):
        return mask_text(value)
    if depth >= MAX_DEPTH:
        return None if isinstance(value, dict | list) else value
    if isinstance(value, list):
        return [mask_value(item, depth + 1) for item in value]
    if isinstance(value, dict):
        return {name: _mask_named(name, item, depth) for name, item in value.items()}
    return value


def mask_headers(headers: dict[str, str]) -> dict[str, str]:
    """Return the headers without those that carry credentials or signatures, the others masked.

    >>> mask_headers({"X-GitHub-Event": "push", "X-Hub-Signature-256": "sha256=00", "Authorization": "Bearer x"})
    {'X-GitHub-Event': 'push'}
    """
    return {name: mask_text(value) for name, value in headers.items() if not _CREDENTIAL_HEADERS.search(name)}


def _mask_named(name: Any, value: Any, depth: int) -> Any:
    if isinstance(value, str) and isinstance(name, str) and _SECRET_NAME.search(name) and name not in _NOT_SECRET:
        return MASK if value and not _HARMLESS.match(value.encode(errors="replace")) else value
    return mask_value(value, depth + 1)


def _replaced(found: re.Match[bytes]) -> bytes:
    """Return a match with its second group hidden, or all of it where it has no groups."""
    groups: tuple[bytes | None, ...] = found.groups()
    if not groups:
        return _HIDDEN
    return (groups[0] or b"") + _HIDDEN + (groups[2] or b"" if len(groups) > 2 else b"")


def _assigned(found: re.Match[bytes]) -> bytes:
    """Return an assignment with its value hidden, its quotes kept, unless the value only refers to a secret."""
    name, value = found[1], found[2]
    bare = value.lstrip(b"\\").strip(b"\"'")
    if _HARMLESS.match(bare):
        return bytes(found[0])
    start = value[: len(value) - len(value.lstrip(b"\\\"'"))]
    end = value[-1:] if value[-1:] in {b'"', b"'"} else b""
    return bytes(name + start + _HIDDEN + end)


def _in_context(found: re.Match[bytes]) -> bytes:
    return bytes(found[0]) if _SHA.fullmatch(found[2]) else _replaced(found)


_REPLACED = {_CONTEXT: _in_context, _ASSIGNED: _assigned}


def _mask_key_blocks(data: bytes) -> bytes:
    parts, start = [], 0
    while block := _COMPILED[_KEYS].search(data, start):
        end = _KEY_END.search(data, block.end())
        parts += [data[start : block.start()], _HIDDEN]
        start = end.end() if end else len(data)
    return b"".join([*parts, data[start:]]) if parts else data


def _decoded(data: bytes) -> str:
    try:
        return data.decode(errors="surrogatepass")
    except UnicodeDecodeError:
        return data.decode(errors="replace")
