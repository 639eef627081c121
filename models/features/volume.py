"""How much, how fast, how far: bursts and fan-out over several windows."""

from __future__ import annotations

from collector.event import Kind
from models.features.feature import ACTS, DAY_S, Feature, Measure

_NOT_COMMIT = frozenset(k for k in Kind if k is not Kind.COMMIT)
_ACTS = ACTS - {Kind.COMMIT}
_HOURS = {"10m": 600.0, "1h": 3600.0, "1d": DAY_S, "7d": 7 * DAY_S}


def _rate(name: str, owners: tuple[str, ...], window: str, phrase: str, of: str = "", family: str = "rate") -> Feature:
    return Feature(
        f"{name}_{window}",
        family,
        "",
        owners,
        phrase + f" within about {window}; usual at most: {{usual}}",
        Measure.RATE,
        kinds=_ACTS if owners[0].startswith("actor") else _NOT_COMMIT,
        cap=10.0,
        floor=0.5,
        window_s=_HOURS[window],
        of=of,
        one_sided=True,
    )


FEATURES = (
    *(_rate("events_of_actor", ("actor", "actor_type"), w, "{owner} did {value} acts") for w in ("10m", "1h", "1d")),
    *(
        _rate("action_rate_of_actor", ("actor+action", "actor_type+action"), w, "{owner} did this {value} times")
        for w in ("10m", "1h", "1d")
    ),
    *(
        _rate("action_rate", ("action", "source"), w, "{owner} happened {value} times in the organisation")
        for w in ("10m", "1h", "1d")
    ),
    *(_rate("events_of_token", ("token", "population"), w, "a token was used {value} times") for w in ("1h",)),
    *(_rate("events_of_repo", ("repo", "population"), w, "{owner} had {value} events") for w in ("1h",)),
    *(
        _rate(
            "new_repos_of_actor",
            ("actor", "actor_type"),
            w,
            "{owner} touched {value} repositories new to them",
            "repo_of_actor",
            "fan_out",
        )
        for w in ("1h", "1d", "7d")
    ),
    *(
        _rate(
            "new_actors_of_network",
            ("network", "population"),
            w,
            "{value} people or bots appeared on network {owner}",
            "actor_of_network",
            "fan_out",
        )
        for w in ("1h", "1d")
    ),
    *(
        _rate(
            "new_actions_of_actor",
            ("actor", "actor_type"),
            w,
            "{owner} did {value} things new to them",
            "action_of_actor",
            "fan_out",
        )
        for w in ("1h", "1d")
    ),
    Feature(
        "repo_of_subject",
        "template",
        "repo",
        ("subject", "population"),
        "the text '{owner}' appears in {value}, new for it",
        kinds=_NOT_COMMIT,
        cap=6.0,
    ),
    *(
        _rate(
            "new_repos_of_subject",
            ("subject", "population"),
            w,
            "the text '{owner}' appeared in {value} repositories",
            "repo_of_subject",
            "template",
        )
        for w in ("1h", "1d")
    ),
)
