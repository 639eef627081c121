"""Secrets of twenty kinds, made up, to be printed into logs."""

from __future__ import annotations

import random
import re
import string

_ALPHABETS = {
    "a": string.ascii_letters + string.digits,
    "u": string.ascii_uppercase + string.digits,
    "d": string.digits,
}
_SLOT = re.compile(r"\{([aud])(\d+)\}")
KINDS = (
    "ghp_{a36}",
    "github_pat_{a22}_{a59}",
    "glpat-{a20}",
    "AKIA{u16}",
    "xoxb-{d12}-{a24}",
    "npm_{a36}",
    "pypi-AgEIcHlwaS5vcmc{a60}",
    "sk-{a48}",
    "hf_{a34}",
    "dckr_pat_{a27}",
    "AIza{a35}",
    "sk_live_{a24}",
    "SG.{a22}.{a43}",
    "hvs.{a90}",
    "glsa_{a32}",
    "eyJ{a30}.{a60}.{a43}",
    "Authorization: Bearer {a40}",
    "docker login https://bob:{a16}@registry.example/x",
    "password={a14}",
    "https://hooks.slack.com/services/T{u8}/B{u8}/{a24}",
)
"""`a` stands for letters and digits, `u` for upper case and digits, `d` for digits, each with how many of them."""


def printed(rng: random.Random) -> tuple[list[str], list[str]]:
    """Return a line of each kind, and the part of each that nothing may keep."""
    lines, secrets = [], []
    for kind in KINDS:
        parts: list[str] = []
        lines.append(f"using {_SLOT.sub(lambda slot, parts=parts: _filled(slot, rng, parts), kind)} now")  # type: ignore[misc]
        secrets.append(max(parts, key=len))
    return lines, secrets


def _filled(slot: re.Match[str], rng: random.Random, parts: list[str]) -> str:
    parts.append("".join(rng.choices(_ALPHABETS[slot[1]], k=int(slot[2]))))
    return parts[-1]


def with_secrets(text: str, rng: random.Random) -> tuple[str, list[str]]:
    """Return a log with a secret of each kind in it, each on a line of its own, and what nothing may keep of them."""
    lines = text.split("\n")
    planted, secrets = printed(rng)
    for line in planted:
        lines.insert(rng.randrange(len(lines) + 1), line)
    return "\n".join(lines), secrets
