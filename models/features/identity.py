"""Who did what to what: actions, repositories and people that never met before."""

from __future__ import annotations

from models.features.feature import ACTS, Feature

FEATURES = (
    Feature(
        "action_of_actor",
        "action",
        "action",
        ("actor", "actor_type", "population"),
        "{owner} did {value} for the first time or rarely, in {n} earlier acts",
        kinds=ACTS,
    ),
    Feature(
        "action_of_repo",
        "action",
        "action",
        ("repo", "population"),
        "{value} is rare in {owner}: {n} earlier events there",
    ),
    Feature(
        "action_in_organisation",
        "action",
        "action",
        ("population",),
        "{value} is rare in the whole organisation",
    ),
    Feature(
        "action_after_action",
        "sequence",
        "action",
        ("actor", "actor_type", "population"),
        "{value} rarely follows what {owner} did just before",
        of="action_of_actor",
        kinds=ACTS,
    ),
    Feature(
        "actor_of_action",
        "action",
        "actor",
        ("action", "population"),
        "{value} is not among those who usually do {owner}",
        kinds=ACTS,
    ),
    Feature(
        "repo_of_actor",
        "reach",
        "repo",
        ("actor", "actor_type", "population"),
        "first or rare time {owner} touches {value}, in {n} earlier acts",
    ),
    Feature(
        "actor_of_repo",
        "reach",
        "actor",
        ("repo", "population"),
        "{value} is new or rare in {owner} ({n} earlier events)",
    ),
    Feature(
        "actor_in_organisation",
        "identity",
        "actor",
        ("population",),
        "{value} is new or rare in the organisation",
        kinds=ACTS,
    ),
    Feature(
        "entity_of_actor",
        "reach",
        "entity",
        ("actor+action", "actor_type+action", "action"),
        "{owner} never or rarely did this to {value} before",
        kinds=ACTS,
    ),
    Feature(
        "target_of_actor",
        "reach",
        "target",
        ("actor", "population"),
        "{owner} acts on {value}, new or rare for them",
        kinds=ACTS,
    ),
    Feature(
        "standing_in_repo",
        "identity",
        "standing",
        ("repo+action", "action"),
        "done by {value}, where {usual} usually do it",
    ),
    Feature(
        "standing_of_action",
        "identity",
        "standing",
        ("action", "population"),
        "done by {value}; {usual} usually do {owner}",
        kinds=ACTS,
    ),
)
