"""Shell in files: the first words of the commands that scripts, hooks and pipeline steps run."""

from __future__ import annotations

import re
from collections.abc import Iterator

_KEY = re.compile(r"^\s*(?:-\s+)?[\"']?[\w.$/ -]{1,60}[\"']?\s*:(?:\s|$)")
_SCRIPT_KEY = re.compile(
    r"^\s*(?:-\s+)?[\"']?(?:run|script|before_script|after_script|command|commands|entrypoint|args|entry|cmd|bash|sh|pwsh|"
    r"powershell|install|before_install|after_success|build|test|post_create|postCreateCommand)[\"']?\s*:\s*(?P<rest>.*)$"
)
_BLOCK = re.compile(r"^[|>][+-]?\d?\s*$")
_SPLIT = re.compile(r"&&|\|\|?|;|\$\(|`|<\(")
_ASSIGNMENTS = re.compile(
    r"^(?:(?:export|local|readonly|set|declare)\s+)?(?:[A-Za-z_]\w{0,60}=(?:\"[^\"\n]{0,200}\"|'[^'\n]{0,200}'|[^\s\"']{0,200})\s+)+"
)
_LEADING = re.compile(
    r"^(?:[\s@(){}!&\[\]\"'-]|\b(?:if|then|else|elif|do|while|until|not|time|sudo|env|exec|command|nohup|xargs|RUN|CMD|ENTRYPOINT|"
    r"cross-env|npx|pnpx|bunx|dlx)\s)+"
)
_WORD = re.compile(r"^(?:\.{0,2}/)?[A-Za-z_][\w.+/-]{0,60}(?=[\s;|&)\"',\]]|$)")
_NOT_COMMANDS = frozenset(
    """fi done esac for in case function return true false then else do if while name on jobs steps with env main master
    the a an to is are and or of this that it const let var try catch await async function import from new class throw
    def elif except finally pass raise print type""".split()
)
_FENCE = re.compile(r"(?ms)^[ \t]*```(?:bash|sh|shell|console|zsh)?[ \t]*\n(.*?)(?:^[ \t]*```|\Z)|`([^`\n]{2,200})`")
_EXPRESSION = re.compile(r"\$\{\{[^}\n]{0,300}\}\}")
_NO_PROGRAM = re.compile(
    r"[A-Z][a-z]+$|[A-Z0-9_]+$|[A-Za-z0-9_-]{28,}|[\w.-]*\.(?!sh$|bash$|py$|[cm]?js$|ts$|rb$|pl$|ps1$|exe$|bat$|cmd$|go$)\w+$"
)
"""Words of prose, names of variables, what may be a secret, and properties of objects."""
_LIST = re.compile(r"\"[^\s\"]*[;|][^\s\"]*\"|'[^\s']*[;|][^\s']*'")


def commands_in(text: str, *, yaml: bool, prose: bool = False) -> Iterator[str]:
    r"""Yield the first word of each command; in YAML only of what stands in steps, in prose only of what is quoted.

    >>> list(commands_in("- name: Build it\n  run: |\n    A=1 curl -s x | base64 -d && ./go.sh", yaml=True))
    ['curl', 'base64', 'go.sh']
    """
    if prose:
        text = "\n".join(found[1] or found[2] or "" for found in _FENCE.finditer(text))
    for line in text.split("\n"):
        stripped = line.strip()
        if not stripped or stripped.startswith(("#", "//", "/*", "*", "<!--", "dnl", "%")):
            continue
        if "${{" in line:
            stripped = _EXPRESSION.sub("X", stripped)
        if ":" in stripped and (yaml or _SCRIPT_KEY.match(stripped)):
            stripped = _script_of(stripped)
        yield from _first_words(stripped[:2000])


def _script_of(line: str) -> str:
    found = _SCRIPT_KEY.match(line)
    if found:
        rest = found["rest"].strip()
        return "" if _BLOCK.match(rest) else rest
    return "" if _KEY.match(line) else line


def _first_words(line: str) -> Iterator[str]:
    if ";" in line or "|" in line:
        line = _LIST.sub("X", line)
    for part in _SPLIT.split(line):
        segment = _LEADING.sub("", part, count=1)
        if "=" in segment:
            segment = _LEADING.sub("", _ASSIGNMENTS.sub("", segment, count=1), count=1)
        found = _WORD.match(segment)
        if found is None:
            continue
        word = found[0].rsplit("/", 1)[-1]
        if word.lower() not in _NOT_COMMANDS and not _NO_PROGRAM.match(word):
            yield word
