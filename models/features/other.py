"""Every other fact and number a source tells, so that an unknown field is measured too."""

from __future__ import annotations

from models.features.feature import NOT_COMMITS, Feature, Measure

FEATURES = (
    Feature(
        "fact_of_action",
        "setting",
        "other",
        ("action", "population"),
        "{value} is rare for {owner}",
        kinds=NOT_COMMITS,
        cap=10.0,
    ),
    Feature(
        "fact_of_actor",
        "setting",
        "other",
        ("actor+action", "action"),
        "{value} is rare when {owner} does this",
        kinds=NOT_COMMITS,
        cap=8.0,
    ),
    Feature(
        "fact_of_repo",
        "setting",
        "other",
        ("repo+action", "action"),
        "{value} is rare in {owner}",
        kinds=NOT_COMMITS,
        cap=8.0,
    ),
    Feature(
        "changed_files_of_actor",
        "size",
        "changed_files",
        ("actor", "repo", "population"),
        "{value} files changed; usual for {owner}: {usual}",
        Measure.NUMBER,
        floor=1.0,
        cap=5.0,
    ),
    Feature(
        "additions_of_actor",
        "size",
        "additions",
        ("actor", "repo", "population"),
        "{value} lines added; usual for {owner}: {usual}",
        Measure.NUMBER,
        floor=1.5,
        cap=5.0,
    ),
    Feature(
        "commits_of_actor",
        "size",
        "commits",
        ("actor", "repo", "population"),
        "{value} commits at once; usual for {owner}: {usual}",
        Measure.NUMBER,
        floor=1.0,
        cap=5.0,
    ),
)
