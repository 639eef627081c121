"""What changed files say, measured by how new it is: here, for the owners, for everyone."""

from __future__ import annotations

from dataclasses import replace

from collector.event import Kind
from models.features.feature import DAY_S, Feature

_YEARS = 720 * DAY_S


def _content(name: str, words: str, cap: float = 12.0, absent: str = "") -> Feature:
    return Feature(
        f"{name}_of_repo",
        "content",
        f"content.{name}",
        ("repo", "namespace", "population"),
        words,
        cap=cap,
        absent=absent,
    )


_FEATURES = (
    Feature(
        "said_of_actor",
        "content",
        "said",
        ("actor", "standing+repo", "repo"),
        "{owner} added {value}, never or rarely before",
        absent="nothing",
    ),
    Feature(
        "said_of_repo",
        "content",
        "said",
        ("repo", "population"),
        "{value} was added, rare in {owner}",
        absent="nothing",
    ),
    _content("command", "command {value} is new or rare in the build and workflow files of {owner}"),
    _content("host", "host {value} is new or rare in the files of {owner}"),
    _content("uses", "action {value} is new or rare in {owner}"),
    _content("uses_ref", "an action pinned by {value}; usual in {owner}: {usual}", cap=6.0),
    _content("permission", "permission {value} is new or rare in {owner}"),
    _content("trigger", "trigger {value} is new or rare in the workflows of {owner}"),
    _content("secret", "secret {value} was never or rarely named in {owner}"),
    _content("script_key", "package script {value} is new or rare in {owner}"),
    _content("dependency", "dependency {value} is new in {owner}", cap=8.0),
    _content("blob", "opaque content: {value}; new or rare in {owner}", absent="nothing opaque"),
    _content("import", "module {value} is new or rare in {owner}", cap=6.0),
    _content("expression", "expression {value} is new or rare in the workflows of {owner}"),
    Feature(
        "runner_label_of_repo",
        "content",
        "content.runner",
        ("repo", "namespace", "population"),
        "workflows that run on {value} are new or rare in {owner}",
        cap=6.0,
    ),
    _content("source_host", "host {value} is new or rare in the code of {owner}", cap=5.0),
    _content("locked", "package {value} is new in the lockfiles of {owner}", cap=5.0),
    _content("call", "{value} is new or rare in the code of {owner}", cap=10.0),
)
FEATURES = tuple(replace(feature, kinds=frozenset({Kind.COMMIT}), half_life_s=_YEARS) for feature in _FEATURES)
