"""When: the hour by the actor's own habit, and silence before the act."""

from __future__ import annotations

from collector.event import Kind
from models.features.feature import NOT_COMMITS, Feature, Measure

_PEOPLE = frozenset({Kind.ACCESS, Kind.ADMIN, Kind.CHANGE, Kind.RUN, Kind.OTHER, Kind.DEPENDENCY})

FEATURES = (
    Feature(
        "hour_of_actor",
        "time",
        "hour",
        ("actor", "actor_type", "population"),
        "{owner} acted at {value}; usual: {usual}",
        kinds=_PEOPLE,
        cap=8.0,
    ),
    Feature(
        "hour_of_token",
        "time",
        "hour",
        ("token", "population"),
        "a token was used at {value}; usual: {usual}",
        kinds=_PEOPLE,
        cap=8.0,
    ),
    Feature(
        "hour_of_action",
        "time",
        "hour",
        ("action", "population"),
        "{owner} at {value}; usual: {usual}",
        kinds=_PEOPLE,
        cap=6.0,
    ),
    Feature(
        "silence_of_actor",
        "time",
        "actor",
        ("actor", "actor_type"),
        "{owner} had been silent for {value}; usual pause: {usual}",
        Measure.GAP,
        kinds=NOT_COMMITS,
        floor=1.0,
        one_sided=True,
        cap=8.0,
        unit="h",
    ),
    Feature(
        "silence_of_token",
        "time",
        "token",
        ("token", "population"),
        "a token was unused for {value}; usual pause: {usual}",
        Measure.GAP,
        floor=1.0,
        one_sided=True,
        cap=8.0,
        unit="h",
    ),
    Feature(
        "silence_of_workflow",
        "time",
        "workflow",
        ("workflow", "population"),
        "{owner} had not run for {value}; usual pause: {usual}",
        Measure.GAP,
        floor=1.0,
        one_sided=True,
        cap=8.0,
        unit="h",
    ),
    Feature(
        "silence_of_repo",
        "time",
        "repo",
        ("repo", "population"),
        "{owner} had been quiet for {value}; usual pause: {usual}",
        Measure.GAP,
        kinds=NOT_COMMITS,
        floor=1.0,
        one_sided=True,
        cap=8.0,
        unit="h",
    ),
)
