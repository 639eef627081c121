"""Names that hold a credential: a branch, a file or an id may be anything, a token too."""

from __future__ import annotations

import hashlib
import re

import re2

from collector import credentials

_STAND_IN = b"***"
_KEY_ID = "AKIA"
"""In the one pattern for what is no secret: the id of a cloud's access key, which its log tells on purpose."""
_TOKENS = [token for token in credentials.TOKENS if _KEY_ID not in token]


def _options() -> re2.Options:
    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1  # over bytes: no text is invalid
    options.log_errors = False
    options.max_mem = 64 << 20
    return options


def _set() -> re2.Set:
    found = re2.Set.SearchSet(_options())
    for token in _TOKENS:
        found.Add(token.encode())
    found.Compile()
    return found


_SET = _set()
_PATTERN = re2.compile("|".join(f"(?:{token})" for token in _TOKENS).encode(), _options())


def holds_token(texts: str) -> bool:
    """Tell whether a text, or any line of several, holds a token of a known make."""
    return bool(_SET.Match(texts.encode(errors="surrogatepass")))


def without_token(name: str) -> str:
    """Return a name with each token in it replaced by a digest: what had the same token still has the same name.

    >>> without_token("release/1.2"), without_token("ghp_" + "a" * 36)
    ('release/1.2', '***5e59ce359ee7')
    """
    return str(_PATTERN.sub(_digest, name.encode(errors="surrogatepass")).decode(errors="surrogatepass"))


def _digest(found: re.Match[bytes]) -> bytes:
    return _STAND_IN + hashlib.blake2b(found[0], digest_size=6).hexdigest().encode()
