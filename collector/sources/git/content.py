"""What added lines say: commands, hosts, permissions, triggers, secrets named, dependencies, opaque content."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from collector.sources.git.code import calls_in, imports_in
from collector.sources.git.commit import clean
from collector.sources.git.dependencies import dependencies_in, locked_in, scripts_in
from collector.sources.git.opaque import MAX_LOOK, opaque_in
from collector.sources.git.references import hosts_in, secrets_in
from collector.sources.git.shell import commands_in
from collector.sources.git.workflow import workflow_in

MAX_VALUES = 64
MAX_VALUE = 120
SENSITIVE = frozenset({"ci", "hook", "build", "manifest", "lock", "agent"})
_SCRIPTED = frozenset({"ci", "hook", "build", "agent"})
_CODE = frozenset({"source", "hook", "build", "ci", "manifest"})


class Added(NamedTuple):
    """The lines one commit added to one file, and those it took away."""

    path: str
    zone: str
    added: bytes
    """Without the leading plus signs."""
    deleted: bytes = b""
    new: bool = False


_SORTS = {
    "content.command": "a shell command",
    "content.host": "the name of a host",
    "content.secret": "the name of a secret",
    "content.uses": "an action or image",
    "content.permission": "a workflow permission",
    "content.trigger": "a workflow trigger",
    "content.expression": "a workflow expression",
    "content.script_key": "a package script",
    "content.dependency": "a dependency",
    "content.locked": "a locked package",
    "content.blob": "opaque content",
}


class Said:
    """Facts collected from a commit's files; each a set in order of appearance, bounded."""

    def __init__(self) -> None:
        self.values: dict[str, dict[str, None]] = {}
        self.longest_line = 0

    def add(self, fact: str, values: Iterable[str]) -> None:
        """Add values to a fact, up to its bound."""
        kept = self.values.setdefault(fact, {})
        for value in values:
            if len(kept) >= MAX_VALUES:
                return
            if value:
                kept[clean(value)[:MAX_VALUE]] = None

    def facts(self) -> dict[str, str | list[str]]:
        """Return the facts that have a value, and `said`: what sorts of things these are."""
        facts: dict[str, str | list[str]] = {name: list(values) for name, values in self.values.items() if values}
        sorts = [sort for name, sort in _SORTS.items() if name in facts]
        return facts | {"said": sorts} if sorts else facts


def listen(file: Added, said: Said) -> None:
    """Add to `said` what the added lines of one file say."""
    if not file.added:
        return
    longest = max(map(len, file.added.split(b"\n")))
    said.longest_line = max(said.longest_line, longest)
    if file.zone != "lock":
        dense = 0 if file.zone == "docs" else longest  # images and tables in pages are long lines
        said.add("content.blob", (f"{shape} in {file.zone}" for shape in opaque_in(file.added, dense)))
    head = file.added[:MAX_LOOK]
    if file.zone in _CODE or file.path.endswith(_PAGES):
        _listen_to_code(head, file, said)
    if file.zone in SENSITIVE:
        _listen_closely(head.decode("utf-8", "replace"), file, said)


_METADATA = re.compile(
    r"(?im)^[ \t]*[\"']?(?:url|homepage|repository|documentation|author|email|bugs|changelog|\$schema|source|issues|"
    r"tracker|funding|"
    r"download_url|project_urls)[\"']?[ \t]*[:=].*$"
)
"""Lines of a manifest that say where people, not machines, may look."""
_PROGRAMS = (
    ".go",
    ".js",
    ".mjs",
    ".cjs",
    ".ts",
    ".mts",
    ".py",
    ".rb",
    ".rs",
    ".pl",
    ".java",
    ".kt",
    ".cs",
    ".php",
    ".c",
)
"""Files whose lines are no shell commands, wherever they stand."""
_PAGES = (".html", ".htm", ".vue", ".svelte", ".astro", ".php", ".erb", ".ejs")


def _listen_to_code(head: bytes, file: Added, said: Said) -> None:
    said.add("content.call", calls_in(head))
    said.add("content.import", imports_in(head, go=file.path.endswith(".go")))
    if file.zone == "source" and b"://" in head:
        said.add("content.source_host", hosts_in(head.decode("utf-8", "replace")))


def _listen_closely(text: str, file: Added, said: Said) -> None:
    if file.zone == "lock":
        said.add("content.locked", locked_in(file.path, text, file.deleted.decode("utf-8", "replace")))
        said.add("content.host", hosts_in(text))
        return
    if file.zone == "manifest":
        deleted = file.deleted.decode("utf-8", "replace")
        said.add("content.dependency", dependencies_in(file.path, text, deleted))
        scripts = scripts_in(file.path, text)
        said.add("content.script_key", scripts)
        said.add("content.command", (word for line in scripts.values() for word in commands_in(line, yaml=False)))
    said.add("content.host", hosts_in(_METADATA.sub("", text) if file.zone == "manifest" else text))
    said.add("content.secret", secrets_in(text))
    if file.zone in _SCRIPTED and not file.path.endswith(_PROGRAMS):
        yaml = file.path.endswith((".yml", ".yaml"))
        said.add("content.command", commands_in(text, yaml=yaml, prose=file.zone == "agent"))
    if file.zone == "ci":
        for fact, values in workflow_in(text):
            said.add(fact, values)
