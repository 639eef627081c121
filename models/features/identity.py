"""Who did what to what: actions, repositories and people that never met before."""

from __future__ import annotations

from models.features.feature import ACTS, NOT_COMMITS, Feature

_ACTS = ACTS & NOT_COMMITS
_GIT = frozenset({"commit", "merge"})

FEATURES = (
    Feature(
        "action_of_actor",
        "action",
        "action",
        ("actor", "actor_type", "population"),
        "{owner} did {value} for the first time or rarely, in {n} earlier acts",
        kinds=ACTS,
        quiet=_GIT,
    ),
    Feature(
        "action_of_repo",
        "action",
        "action",
        ("repo", "population"),
        "{value} is rare in {owner}: {n} earlier events there",
        kinds=NOT_COMMITS,
    ),
    Feature(
        "action_in_organisation",
        "action",
        "action",
        ("population",),
        "{value} is rare in the whole organisation",
        kinds=NOT_COMMITS,
    ),
    Feature(
        "action_after_action",
        "sequence",
        "action",
        ("actor", "actor_type", "population"),
        "{value} rarely follows what {owner} did just before",
        of="action_of_actor",
        kinds=_ACTS,
    ),
    Feature(
        "actor_of_action",
        "action",
        "actor",
        ("action", "population"),
        "{value} is not among those who usually do {owner}",
        kinds=_ACTS,
    ),
    Feature(
        "repo_of_actor",
        "reach",
        "repo",
        ("actor", "actor_type", "population"),
        "first or rare time {owner} touches {value}, in {n} earlier acts",
        kinds=NOT_COMMITS,
    ),
    Feature(
        "actor_of_repo",
        "reach",
        "actor",
        ("repo", "population"),
        "{value} is new or rare in {owner} ({n} earlier events)",
        kinds=NOT_COMMITS,
        of_state=True,
    ),
    Feature(
        "actor_in_organisation",
        "identity",
        "actor",
        ("population",),
        "{value} is new or rare in the organisation",
        kinds=_ACTS,
    ),
    Feature(
        "entity_of_actor",
        "reach",
        "entity",
        ("actor+action", "actor_type+action", "action"),
        "{owner} never or rarely did this to {value} before",
        kinds=_ACTS,
    ),
    Feature(
        "target_of_actor",
        "reach",
        "target",
        ("actor", "population"),
        "{owner} acts on {value}, new or rare for them",
        kinds=_ACTS,
    ),
    Feature(
        "standing_in_repo",
        "identity",
        "standing",
        ("repo+action", "action"),
        "done by {value}, where {usual} usually do it",
        kinds=NOT_COMMITS,
    ),
    Feature(
        "standing_of_action",
        "identity",
        "standing",
        ("action", "population"),
        "done by {value}; {usual} usually do {owner}",
        kinds=_ACTS,
    ),
)
