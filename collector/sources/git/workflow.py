"""Workflows: the actions, permissions, triggers, runners and expressions their added lines hold."""

from __future__ import annotations

import re
from collections.abc import Iterator

_USES = re.compile(r"(?m)^[ \t]*(?:-[ \t]+)?[\"']?(?:uses|image|orb)[\"']?[ \t]*:[ \t]*[\"']?([\w./:@${}-]{1,200})")
_SHA = re.compile(r"^(?:sha256:)?[0-9a-f]{40,64}$")
_VERSION = re.compile(r"^v?\d")
_PERMISSION = re.compile(
    r"(?m)^[ \t]*(actions|attestations|checks|contents|deployments|discussions|id-token|issues|models|packages|pages|"
    r"pull-requests|repository-projects|security-events|statuses)[ \t]*:[ \t]*(read|write|none|admin)\b"
)
_ALL_PERMISSIONS = re.compile(r"(?m)^[ \t]*permissions[ \t]*:[ \t]*(write-all|read-all)\b")
_TRIGGERS = frozenset(
    """branch_protection_rule check_run check_suite create delete deployment deployment_status discussion
    discussion_comment fork gollum issue_comment issues label merge_group milestone page_build public pull_request
    pull_request_review pull_request_review_comment pull_request_target push registry_package release
    repository_dispatch schedule status watch workflow_call workflow_dispatch workflow_run""".split()
)
_TRIGGER_LINE = re.compile(r"(?m)^[ \t]*(?:-[ \t]+)?([a-z_]{4,30})[ \t]*:?[ \t]*(?:\[[^\]\n]*\])?[ \t]*$")
_TRIGGER_LIST = re.compile(r"(?m)^[\"']?on[\"']?[ \t]*:[ \t]*\[?([^\]\n#]{1,300})")
_RUNNER = re.compile(r"(?m)^[ \t]*runs-on[ \t]*:[ \t]*([^\n#]{1,80})")
_EXPRESSION = re.compile(r"\$\{\{([^}\n]{1,300})\}\}")
_UNTRUSTED = re.compile(r"\b(?:github|inputs|needs)\.[\w.*-]{1,100}")


def workflow_in(text: str) -> Iterator[tuple[str, list[str]]]:
    """Yield facts of a workflow: actions used, how they are pinned, permissions, triggers, runners, expressions."""
    refs = [found[1] for found in _USES.finditer(text) if not found[1].startswith("$")]
    yield "content.uses", [ref.partition("@")[0].lower() for ref in refs]
    yield "content.uses_ref", [_pin_of(ref) for ref in refs]
    yield "content.permission", [f"{found[1]}: {found[2]}" for found in _PERMISSION.finditer(text)]
    yield "content.permission", [found[1] for found in _ALL_PERMISSIONS.finditer(text)]
    yield "content.trigger", list(_triggers_in(text))
    yield "content.runner", [_runner_of(found[1]) for found in _RUNNER.finditer(text)]
    inside = " ".join(found[1] for found in _EXPRESSION.finditer(text))
    yield "content.expression", _UNTRUSTED.findall(inside)


def _runner_of(text: str) -> str:
    return "an expression" if "${{" in text else text.strip().strip("\"'")


def _triggers_in(text: str) -> Iterator[str]:
    for found in _TRIGGER_LINE.finditer(text):
        if found[1] in _TRIGGERS:
            yield found[1]
    for found in _TRIGGER_LIST.finditer(text):
        yield from (word for word in re.findall(r"[a-z_]+", found[1]) if word in _TRIGGERS)


def _pin_of(ref: str) -> str:
    name, _, version = ref.partition("@")
    if name.startswith("."):
        return "a local path"
    if not version:
        return "an image" if ":" in name else "nothing"
    if _SHA.match(version):
        return "a full SHA"
    return "a tag" if _VERSION.match(version) else "a branch"
