"""From where and with what: networks, countries, tokens, clients."""

from __future__ import annotations

from models.features.feature import Feature

_ACTOR = ("actor", "actor_type", "population")

FEATURES = (
    Feature(
        "network_of_actor",
        "network",
        "network",
        _ACTOR,
        "{owner} came from network {value}, new or rare in {n} earlier acts",
    ),
    Feature(
        "network_of_token",
        "network",
        "network",
        ("token", "population"),
        "this token was used from network {value}, new or rare for it",
    ),
    Feature(
        "network_of_role",
        "network",
        "network",
        ("role", "population"),
        "role {owner} was used from network {value}, new or rare for it",
    ),
    Feature(
        "network_in_organisation",
        "network",
        "network",
        ("population",),
        "network {value} is new or rare in the whole organisation",
    ),
    Feature("network_kind_of_actor", "network", "network_kind", _ACTOR, "{owner} came from a network of kind {value}"),
    Feature(
        "country_of_actor", "network", "country", _ACTOR, "{owner} came from country {value}, new or rare for them"
    ),
    Feature("actor_of_network", "network", "actor", ("network", "population"), "{value} is new on network {owner}"),
    Feature("agent_of_actor", "client", "agent", _ACTOR, "{owner} used client {value}, new or rare for them"),
    Feature(
        "agent_of_token",
        "client",
        "agent",
        ("token", "population"),
        "this token was used by client {value}, new or rare for it",
    ),
    Feature(
        "agent_in_organisation",
        "client",
        "agent",
        ("population",),
        "client {value} is new or rare in the whole organisation",
    ),
    Feature(
        "access_type_of_actor",
        "credential",
        "access_type",
        _ACTOR,
        "{owner} authenticated by {value}, new or rare for them",
    ),
    Feature(
        "token_of_actor",
        "credential",
        "token",
        ("actor", "actor_type"),
        "{owner} used a token never or rarely seen with them",
    ),
    Feature(
        "actor_of_token",
        "credential",
        "actor",
        ("token", "actor_type"),
        "a token was used by {value}, who never or rarely used it",
    ),
    Feature("repo_of_token", "reach", "repo", ("token", "population"), "this token never or rarely touched {value}"),
    Feature("action_of_token", "action", "action", ("token", "population"), "this token never or rarely did {value}"),
    Feature("key_of_repo", "credential", "key", ("repo", "population"), "key {value} is new or rare in {owner}"),
    Feature("role_of_actor", "credential", "role", _ACTOR, "{owner} took role {value}, new or rare for them"),
)
