"""Masking: secrets in text become `***` before anything is kept."""

from __future__ import annotations

import re
from typing import Any

MASK = "***"
MAX_DEPTH = 64
"""Nesting below which a value is dropped rather than looked through."""

# Every quantifier below runs over one character class and is bounded or ends at a character outside it, so that no
# text makes the search more than linear.
_TOKENS = re.compile(
    r"\b(?:"
    r"gh[pousr]_[A-Za-z0-9]{16,255}|github_pat_[A-Za-z0-9_]{20,255}"
    r"|gl(?:pat|dt|rt|cbt|ptt|ft|imt|agent|soat|ffct)-[A-Za-z0-9_.\-]{16,128}"
    r"|(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}"
    r"|xox[abeoprs]-[A-Za-z0-9-]{10,255}|xapp-[A-Za-z0-9-]{10,255}"
    r"|npm_[A-Za-z0-9]{30,64}|pypi-[A-Za-z0-9_-]{50,512}"
    r"|sk-[A-Za-z0-9_-]{20,255}|hf_[A-Za-z0-9]{30,64}|dckr_pat_[A-Za-z0-9_-]{20,64}|dop_v1_[a-f0-9]{64}"
    r"|AIza[A-Za-z0-9_-]{35}|ya29\.[A-Za-z0-9_-]{20,1024}|[rs]k_live_[A-Za-z0-9]{16,128}|SG\.[A-Za-z0-9_.-]{40,128}"
    r"|hvs\.[A-Za-z0-9_-]{20,256}|rubygems_[a-f0-9]{48}|cio[A-Za-z0-9]{32}|glsa_[A-Za-z0-9_]{32,64}"
    r"|eyJ[A-Za-z0-9_-]{8,4096}\.[A-Za-z0-9_-]{4,8192}\.[A-Za-z0-9_-]{0,4096}"
    r")"
)
_HOOK_URLS = re.compile(
    r"(hooks\.slack\.com/(?:services|workflows)/|discord(?:app)?\.com/api/webhooks/)[A-Za-z0-9/_-]{8,256}"
)
_BEARER = re.compile(r"(?i)\b((?:bearer|basic|token|splunk)[ \t]{1,4})([A-Za-z0-9+/._~=-]{16,8192})")
_USERINFO = re.compile(r"(?<=://)[^\s/@:]{0,256}:[^\s/@]{1,512}(?=@)")
_USER_TOKEN = re.compile(r"(?<=://)[A-Za-z0-9_-]{20,256}(?=@)")
_ASSIGNED = re.compile(
    r"(?i)((?:password|passwd|passphrase|secret|token|api[_-]?key|apikey|access[_-]?key|private[_-]?key|credential|client[_-]?secret|"
    r"signing[_-]?key|auth)[\"']?[ \t]{0,4}(?:=|:|=>)[ \t]{0,4}[\"']?)([^\s\"',;&]{6,512})"
)
_KEY_BLOCK = re.compile(r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----")
_KEY_END = re.compile(r"-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----")
_HINT = re.compile(
    r"(?i)gh[pousr]_|github_pat|gl[a-z]{2,5}-|a[kscb][ic]a[a-z0-9]|xox|xapp-|npm_|pypi-|sk-|hf_|dckr|dop_v1|aiza|ya29|_live_|sg\.|hvs\.|"
    r"rubygems_|\bcio|glsa_|eyj|hooks?\.|webhooks/|bearer|basic|token|splunk|://|passw|passp|secret|api|key|cred|auth|-----BEGIN"
)
_HINT_WORDS = tuple(
    """ghp_ gho_ ghu_ ghs_ ghr_ github_pat gl akia asia abia acia akca asca abca acca xox xapp- npm_ pypi- sk- hf_ dckr
    dop_v1 aiza ya29 _live_ sg. hvs. rubygems_ cio eyj hook bearer basic token splunk :// passw passp secret api key
    cred auth -----begin \u017f \u0131""".split()
)
"""One of them is in every text that holds a secret; looking for words is far quicker than for patterns.

The last two are letters that a search without regard to case takes for s and i.
"""
_SECRET_NAME = re.compile(
    r"(?i)(?:password|passwd|passphrase|secret|token|api_?key|private_?key|credential|authorization)$"
)
_HARMLESS = re.compile(r"(?i)^(?:\*{3,}|true|false|null|none|\$\{?[a-z_].*|\[?filtered\]?|x{4,})$")
_CREDENTIAL_HEADERS = re.compile(
    r"(?i)^(?:proxy-)?authorization$|cookie|token|secret|signature|api-?key|password|^x-amz-security|client-cert"
)
_NOT_SECRET = frozenset({"hashed_token", "next_page_token", "continuation_token", "secrets_passed"})


def mask_text(text: str) -> str:
    """Return the text with what looks like a credential replaced by `***`.

    >>> mask_text("curl -H 'Authorization: Bearer abcdefghijklmnopqrst' https://bob:hunter22@repo.example/x")
    "curl -H 'Authorization: Bearer ***' https://***@repo.example/x"
    """
    folded = text.lower()
    if not any(word in folded for word in _HINT_WORDS) or not _HINT.search(text):
        return text
    text = _mask_key_blocks(text)
    text = _TOKENS.sub(MASK, text)
    text = _HOOK_URLS.sub(rf"\1{MASK}", text)
    text = _USERINFO.sub(MASK, text)
    text = _USER_TOKEN.sub(MASK, text)
    text = _BEARER.sub(rf"\1{MASK}", text)
    return _ASSIGNED.sub(_mask_assigned, text)


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
        return MASK if value and not _HARMLESS.match(value) else value
    return mask_value(value, depth + 1)


def _mask_assigned(found: re.Match[str]) -> str:
    if _HARMLESS.match(found[2]) or found[2].lower() in {"bearer", "basic", "token"}:
        return found[0]
    return found[1] + MASK


def _mask_key_blocks(text: str) -> str:
    parts, start = [], 0
    while block := _KEY_BLOCK.search(text, start):
        end = _KEY_END.search(text, block.end())
        parts += [text[start : block.start()], MASK]
        start = end.end() if end else len(text)
    return "".join([*parts, text[start:]]) if parts else text
