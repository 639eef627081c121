"""Commits of a git history: who made them, by which way they came in, and what shape they have."""

from __future__ import annotations

from dataclasses import replace

from collector.event import Kind
from models.features.change import HARMLESS
from models.features.feature import DAY_S, Feature, Measure

YEARS_S = 720 * DAY_S
"""Half-life of what a history teaches: people come back after a year, and releases lie months apart."""
_REVIEWED = frozenset({"a merged pull request", "a squashed pull request", "a commit on a side branch"})
_MERGES = frozenset({"Merge", "Merge pull request", "Merge branch", "Merge remote-tracking branch", "Merge tag"})
_REPO = ("repo", "population")
_ACTOR = ("actor", "standing+repo", "repo")
"""A newcomer, who has no history, is compared with other newcomers there."""
_KNOWN = ("actor",)
"""Only people with a history have habits to break."""

_WHO = (
    Feature(
        "author_of_repo", "identity", "actor", _REPO, "{value} is new or rare in {owner} ({n} commits before)", cap=6.0
    ),
    Feature(
        "repo_of_author",
        "reach",
        "repo",
        ("actor", "actor_type", "population"),
        "first or rare time {owner} commits to {value}, in {n} commits before",
        cap=6.0,
    ),
    Feature(
        "domain_of_repo",
        "identity",
        "author_domain",
        _REPO,
        "an author with an address at {value}, new or rare in {owner}",
        cap=5.0,
        quiet=frozenset({"none"}),
    ),
    Feature("standing_of_author", "identity", "standing", _REPO, "by {value}; usual in {owner}: {usual}", cap=6.0),
    Feature(
        "timezone_of_actor",
        "identity",
        "timezone",
        _KNOWN,
        "{owner} worked in time zone {value}; usual: {usual}",
        cap=6.0,
    ),
    Feature(
        "identity_of_actor",
        "identity",
        "identity",
        _KNOWN,
        "{owner} never or rarely had this committer, zone and signature together",
        cap=8.0,
    ),
    Feature("name_for_email", "identity", "name_for_email", _KNOWN, "{owner} went by the name {value}; usual: {usual}"),
    Feature(
        "email_for_name",
        "identity",
        "email_for_name",
        ("author_name",),
        "the name {owner} came with the address {value}; usual: {usual}",
    ),
    Feature(
        "committer_class_of_actor",
        "identity",
        "committer_class",
        _ACTOR,
        "committed by {value}; usual for {owner}: {usual}",
        quiet=frozenset({"web"}),
    ),
    Feature(
        "signature_of_actor",
        "signature",
        "signature",
        _ACTOR,
        "{value}; usual for {owner}: {usual}",
        quiet=frozenset({"signed"}),
    ),
    Feature(
        "signature_of_repo",
        "signature",
        "signature",
        _REPO,
        "{value}; usual in {owner}: {usual}",
        quiet=frozenset({"signed"}),
    ),
    Feature(
        "silence_of_author",
        "time",
        "actor",
        ("actor", "actor_type"),
        "{owner} had been silent for {value}; usual pause: {usual}",
        Measure.GAP,
        floor=3.0,
        one_sided=True,
        cap=5.0,
        unit="h",
    ),
    Feature(
        "skew_of_actor",
        "history",
        "author_committer_skew_s",
        ("actor", "repo", "population"),
        "author's and committer's dates lie {value} apart; usual for {owner}: {usual}",
        Measure.NUMBER,
        floor=8.0,
        one_sided=True,
        cap=6.0,
        unit="s",
    ),
)
_WAY = (
    Feature(
        "review_of_standing",
        "review",
        "review",
        ("standing+repo", "repo"),
        "{value} by {owner}; usual: {usual}",
        quiet=_REVIEWED,
    ),
    Feature(
        "review_of_actor", "review", "review", _ACTOR, "{value} by {owner}; usual for them: {usual}", quiet=_REVIEWED
    ),
    Feature(
        "zone_review_of_standing",
        "zone",
        "zone_review",
        ("standing+repo", "repo"),
        "{value}, by {owner}: rare there",
        absent="nothing",
    ),
    Feature(
        "zone_review_of_actor",
        "zone",
        "zone_review",
        _ACTOR,
        "{owner} changed {value}, never or rarely before",
        absent="nothing",
    ),
    Feature(
        "merge_of_repo",
        "merge",
        "merge",
        _REPO,
        "a merge of kind '{value}'; usual in {owner}: {usual}",
        quiet=frozenset({"no", "clean"}),
    ),
    Feature(
        "new_zone_of_actor",
        "zone",
        "new_path_zone",
        _ACTOR,
        "{owner} added a file among the {value} files, never or rarely before",
        quiet=HARMLESS,
        absent="nothing",
    ),
    Feature(
        "deleted_zone_of_actor",
        "zone",
        "deleted_path_zone",
        _ACTOR,
        "{owner} deleted {value} files, never or rarely before",
        cap=4.0,
        quiet=frozenset({"test", "media"}),
        absent="nothing",
    ),
)
_SHAPE = (
    Feature(
        "path_in_repo", "path", "commit_path", _REPO, "{value} is a new or rarely changed path of {owner}", cap=4.0
    ),
    Feature(
        "extension_of_repo", "path", "extension", _REPO, "files of type {value} are new or rare in {owner}", cap=5.0
    ),
    Feature("extension_of_actor", "path", "extension", _ACTOR, "{owner} rarely touches files of type {value}", cap=3.0),
    Feature("top_of_repo", "path", "top", _REPO, "top-level name {value} is new or rare in {owner}", cap=7.0),
    Feature("mode_of_repo", "path", "mode", _REPO, "a file became {value}, rare in {owner}", cap=6.0, absent="nothing"),
    Feature(
        "subject_shape_of_actor",
        "text",
        "subject_shape",
        _ACTOR,
        "a subject of the form '{value}' is unusual for {owner}",
        cap=5.0,
        quiet=_MERGES,
    ),
    Feature(
        "added_lines_of_actor",
        "size",
        "added_lines",
        ("actor", "repo", "population"),
        "{value} lines were added; usual for {owner}: {usual}",
        Measure.NUMBER,
        cap=3.0,
        floor=2.0,
        one_sided=True,
    ),
    Feature(
        "touched_files_of_actor",
        "size",
        "files",
        ("actor", "repo", "population"),
        "{value} files were touched; usual for {owner}: {usual}",
        Measure.NUMBER,
        cap=3.0,
        floor=1.5,
        one_sided=True,
    ),
    Feature(
        "bytes_per_line_of_repo",
        "opaque",
        "bytes_per_added_line",
        _REPO,
        "{value} bytes a line added; usual in {owner}: {usual}",
        Measure.NUMBER,
        cap=10.0,
        floor=1.0,
        one_sided=True,
    ),
    Feature(
        "longest_line_of_repo",
        "opaque",
        "longest_line",
        _REPO,
        "the longest line added has {value} characters; usual in {owner}: {usual}",
        Measure.NUMBER,
        cap=8.0,
        floor=1.0,
        one_sided=True,
    ),
)

FEATURES = tuple(
    replace(feature, kinds=frozenset({Kind.COMMIT}), half_life_s=YEARS_S) for feature in (*_WHO, *_WAY, *_SHAPE)
)
