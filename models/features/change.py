"""How code moves: branches, zones of the tree, reviews, forced pushes, texts people wrote."""

from __future__ import annotations

from collector.event import Kind
from models.features.feature import DAY_S, NOT_COMMITS, Feature, Measure

_CODE = frozenset({Kind.CHANGE, Kind.RUN})
_YEARS = 720 * DAY_S
HARMLESS = frozenset({"docs", "test", "config", "media"})
"""Zones whose files make no machine run anything by themselves."""

FEATURES = (
    Feature(
        "zone_of_actor",
        "zone",
        "zone",
        ("actor", "standing+repo", "population"),
        "{owner} touched {value} files, never or rarely before ({n} earlier changes)",
        half_life_s=_YEARS,
        quiet=HARMLESS,
    ),
    Feature(
        "zone_of_repo",
        "zone",
        "zone",
        ("repo", "population"),
        "{value} files rarely change in {owner}",
        half_life_s=_YEARS,
        quiet=HARMLESS,
    ),
    Feature(
        "zone_of_standing",
        "zone",
        "zone",
        ("standing+repo", "standing"),
        "{value} files, changed by {owner}, rare there",
        half_life_s=_YEARS,
        quiet=HARMLESS,
    ),
    Feature(
        "new_path_zone_of_repo",
        "zone",
        "new_path_zone",
        ("standing+repo", "repo", "population"),
        "a file was added among the {value} files",
        half_life_s=_YEARS,
        quiet=HARMLESS,
    ),
    Feature(
        "path_of_repo",
        "path",
        "commit_path",
        ("repo", "population"),
        "{value} is a new or rarely changed path of {owner}",
        cap=8.0,
        kinds=NOT_COMMITS,
    ),
    Feature(
        "branch_class_of_actor",
        "branch",
        "branch_class",
        ("actor", "actor_type", "population"),
        "{owner} worked on {value}; usual: {usual}",
        kinds=_CODE,
    ),
    Feature(
        "branch_class_of_repo",
        "branch",
        "branch_class",
        ("repo+action", "action"),
        "{value} in {owner}; usual: {usual}",
        kinds=_CODE,
    ),
    Feature(
        "forced_of_repo", "history", "forced", ("repo", "population"), "forced: {value}; usual in {owner}: {usual}"
    ),
    Feature(
        "author_match_of_actor",
        "identity",
        "author_match",
        ("actor", "actor_type", "population"),
        "authors of the commits: {value}; usual for {owner}: {usual}",
    ),
    Feature(
        "author_domain_of_repo",
        "identity",
        "author_domain",
        ("repo", "population"),
        "author e-mail of {value}, new or rare in {owner}",
        kinds=NOT_COMMITS,
    ),
    Feature(
        "author_association_of_repo",
        "identity",
        "author_association",
        ("repo+action", "action"),
        "by {value}; usual in {owner}: {usual}",
    ),
    Feature(
        "fork_of_repo",
        "fork",
        "head_fork",
        ("repo+action", "action"),
        "from a fork: {value}; usual in {owner}: {usual}",
    ),
    Feature(
        "message_shape_of_actor",
        "text",
        "message_shape",
        ("actor", "actor_type", "population"),
        "{owner} wrote a text of shape '{value}', unusual for them",
        cap=6.0,
        kinds=NOT_COMMITS,
    ),
    Feature(
        "text_oddity_of_repo",
        "text",
        "text_oddity",
        ("repo", "population"),
        "text with {value}, new or rare in {owner}",
    ),
    Feature(
        "review_of_repo",
        "review",
        "review",
        ("repo+standing", "repo", "population"),
        "{value}, where {usual} is usual for {owner}",
        half_life_s=_YEARS,
        kinds=NOT_COMMITS,
    ),
    Feature(
        "files_of_actor",
        "size",
        "files",
        ("actor", "repo", "population"),
        "{value} files were touched; usual for {owner}: {usual}",
        Measure.NUMBER,
        floor=1.0,
        cap=5.0,
        kinds=NOT_COMMITS,
    ),
)
