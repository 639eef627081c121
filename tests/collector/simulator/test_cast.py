"""Casts: a drill is played with the people and repositories of the organisation it is played against."""

from __future__ import annotations

import pytest

from collector.delivery import delivery_of
from collector.errors import CastError
from collector.event import Actor, ActorType, Entity, Event, Kind
from collector.simulator import ATTACKS, Cast, StagedDrill, stage
from collector.simulator.attacks.runner_takeover import RUNNER
from collector.sources import Context, source_named

NOW = 1_795_600_000.0
PEOPLE = ("mona", "hubert", "ines", "tariq")
REPOSITORIES = ("acme/pay", "acme/shop", "acme/docs")


def make_event(person: str, repository: str, **given: object) -> Event:
    """Return a push, with what is given in place of what is usual."""
    fields: dict[str, object] = {
        "id": f"{person}:{repository}",
        "ref": "r",
        "source": "github.webhook",
        "kind": Kind.CHANGE,
        "action": "push",
        "actor": Actor(ActorType.USER, person),
        "entity": Entity("repo", repository),
        "observed_at": NOW,
        "received_at": NOW,
        "links": {"repo": repository, "branch": "trunk"},
        "facts": {"visibility": "private", "branch_class": "default"},
    }
    return Event(**{**fields, **given})  # type: ignore[arg-type]  # any field may be given


def history() -> list[Event]:
    """Return what is known of four people in three repositories, by two feeds."""
    pushes = [make_event(person, repository) for person in PEOPLE for repository in REPOSITORIES]
    clones = [
        make_event(
            person,
            "acme/pay",
            source="github.audit",
            kind=Kind.ACCESS,
            action="git.clone",
            links={"repo": "acme/pay", "address": f"203.0.113.{number + 7}", "token": f"token of {person}"},
            facts={"access_type": "SSH key", "agent_version": "git 2.47", "country": "DE"},
        )
        for number, person in enumerate(PEOPLE)
    ]
    return pushes + clones


@pytest.mark.parametrize("name", ATTACKS)
def test_a_drill_touches_only_its_cast(name: str) -> None:
    """Actors and repositories are the organisation's own, but for what the attack itself brings with it."""
    events = events_of(stage(name, seed=1, now=NOW, cast=Cast.from_events(history())))
    brought = {event.actor.name for event in events if event.actor.name.startswith("visitor-")}
    loot = {event.links["repo"] for event in events if event.action == "repo.create"}
    assert {event.actor.name for event in events} - brought <= set(PEOPLE)
    assert {event.links["repo"] for event in events if "repo" in event.links} - loot <= set(REPOSITORIES)


def test_names_of_the_simulator_stay_at_home() -> None:
    """A drill against a real organisation says nothing of the invented one."""
    told = str([stage(name, seed=1, now=NOW, cast=Cast.from_events(history())).deliveries for name in ATTACKS])
    assert "copperfield" not in told
    assert RUNNER in told


def test_default_branch_is_the_organisation_s_own() -> None:
    """A forced push goes to the branch that is the default one there."""
    staged = stage("protection-sandwich", seed=1, now=NOW, cast=with_feeds("github.webhook/push"))
    pushed = [event for event in events_of(staged) if event.action == "push"]
    assert [event.links["branch"] for event in pushed] == ["trunk"]


def test_a_usual_credential_is_the_person_s_own() -> None:
    """What is done from somebody's machine carries the token and the address known of it."""
    events = events_of(stage("runner-takeover", seed=1, now=NOW, cast=Cast.from_events(history())))
    registered = next(event for event in events if event.action == "repo.register_self_hosted_runner")
    assert registered.links["token"] == f"token of {registered.actor.name}"
    assert registered.links["address"].startswith("203.0.113.")


def test_addresses_are_as_undisclosed_as_they_were() -> None:
    """Where an audit log does not tell addresses, a drill does not either."""
    blind = [event for event in history() if "address" not in event.links]
    blind.append(make_event("mona", "acme/pay", source="github.audit", action="repo.rename", kind=Kind.ADMIN))
    staged = stage("visibility-flip", seed=1, now=NOW, cast=Cast.from_events(blind))
    assert staged.deliveries
    assert not [event for event in events_of(staged) if "address" in event.links]


def test_feeds_the_organisation_lacks_carry_nothing() -> None:
    """An organisation without an audit log sees only the webhooks of a drill, and is told so."""
    pushes = [event for event in history() if event.source == "github.webhook"]
    staged = stage("protection-sandwich", seed=1, now=NOW, cast=Cast.from_events(pushes))
    assert {delivery["source"] for delivery in staged.deliveries} == {"github.webhook"}
    assert staged.missing_feeds == ("github.audit",)


def test_a_daily_family_never_seen_is_not_subscribed_to() -> None:
    """Where no workflow ever ran by webhook, the drill's runs come by no webhook either."""
    staged = stage("secret-stealing-workflow", seed=1, now=NOW, cast=Cast.from_events(history()))
    assert not [event for event in events_of(staged) if event.action.startswith("workflow")]


def test_owners_are_those_who_administer() -> None:
    """Who changes settings is taken for an owner, who does not is not."""
    settings = make_event("ines", "acme/pay", kind=Kind.ADMIN, action="repo.access", source="github.audit")
    cast = Cast.from_events([*history(), settings])
    assert [person.account.login for person in cast.organisation.owners] == ["ines"]


@pytest.mark.parametrize("name", ATTACKS)
def test_one_person_and_one_repository_are_enough(name: str) -> None:
    """The smallest organisation can be drilled."""
    cast = Cast(Cast.from_events([make_event("mona", "acme/pay")]).organisation)
    assert stage(name, seed=1, now=NOW, cast=cast).deliveries


def test_nothing_known_is_an_error_that_says_so() -> None:
    """Without a single person there is nobody to play."""
    with pytest.raises(CastError, match="no person is known yet"):
        Cast.from_events([])


def test_addresses_of_ipv6_are_kept() -> None:
    """An address of version 6 is as good as any."""
    known = [
        make_event("mona", "acme/pay", links={"repo": "acme/pay", "address": "2001:db8::1:207"}, source="github.audit")
    ]
    person = Cast.from_events(known).organisation.people[0]
    assert person.home.address(person.host) == "2001:db8::1:207"


def with_feeds(*more: str) -> Cast:
    """Return the cast of the history, with feeds beside its own."""
    cast = Cast.from_events(history())
    return Cast(cast.organisation, (cast.feeds or frozenset()) | set(more))


def events_of(staged: StagedDrill) -> list[Event]:
    """Return the events of a drill as a receiver would read them."""
    return [
        event
        for delivery in staged.deliveries
        for event in source_named(delivery["source"]).parse(delivery_of(delivery), Context())
    ]


def test_a_clone_on_a_disk_is_no_target_beside_hosted_ones() -> None:
    """A repository that only git knows is played with where there is no other."""
    clone = make_event("mona", "pay", source="git", kind=Kind.COMMIT, action="commit")
    alone, beside = Cast.from_events([clone]), Cast.from_events([clone, *history()])
    assert [repository.name for repository in alone.organisation.repositories] == ["pay"]
    assert {repository.full_name for repository in beside.organisation.repositories} == set(REPOSITORIES)


@pytest.mark.parametrize("name", ATTACKS)
def test_everybody_has_something_to_attack(name: str) -> None:
    """Of many repositories the busiest play; who works on others only plays all the same."""
    busy = [make_event("mona", f"acme/r{number}", id=f"{number}:{turn}") for number in range(130) for turn in (1, 2)]
    quiet = [make_event(f"dev{number}", f"acme/quiet{number}") for number in range(30)]
    cast = Cast(Cast.from_events([*busy, *quiet]).organisation)
    assert all(stage(name, seed=seed, now=NOW, cast=cast).deliveries for seed in range(5))
