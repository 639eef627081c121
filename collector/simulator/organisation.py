"""An invented organisation: its people, repositories, workflows and networks."""

from __future__ import annotations

import base64
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import TypeVar

from collector.simulator import names

Thing = TypeVar("Thing")


@dataclass(frozen=True)
class Network:
    """One /24 that somebody connects from."""

    prefix: str
    """Its first three numbers; of IPv6 its first address."""
    asn: int
    kind: str
    country: str

    def address(self, host: int) -> str:
        """Return the address of one machine in it."""
        if ":" in self.prefix:
            return str(ip_address(self.prefix) + host)
        return f"{self.prefix}.{host}"


@dataclass(frozen=True)
class Credential:
    """What somebody proves who they are with, and the program that does it."""

    access: str
    """GitHub's `programmatic_access_type`; empty for a browser."""
    user_agent: str
    token_id: int = 0
    hashed_token: str = ""


@dataclass(frozen=True)
class Account:
    """A login, of a person or of a machine."""

    login: str
    id: int
    type: str = "User"
    domain: str = names.DOMAIN

    @property
    def email(self) -> str:
        """The address in this account's commits."""
        return f"{self.login}@{self.domain}"


@dataclass(frozen=True)
class Session:
    """An account at work: with which credential, from where."""

    account: Account
    credential: Credential
    network: Network
    host: int


@dataclass
class Person:
    """Someone with working hours, habits and a team."""

    account: Account
    team: str
    zone: int
    """Minutes ahead of UTC."""
    home: Network
    office: Network
    starts: float
    """Hour of the local day on which work usually begins."""
    pace: float
    """Changes begun on a working day, on average."""
    weekend: float
    """Chance of working on a day of the weekend."""
    office_share: float
    host: int
    credentials: dict[str, Credential]
    """By what they are for: `git`, `web`, `tool`."""
    leave: range = range(0)
    """Days off, counted from the first day."""
    is_owner: bool = False
    known: set[str] = field(default_factory=set)
    """Names of repositories this person has a clone of."""

    def session(self, rng: random.Random, use: str = "git") -> Session:
        """Return this person at work today, at home or in the office."""
        network = self.office if rng.random() < self.office_share else self.home
        return Session(self.account, self.credentials[use], network, self.host)


@dataclass(frozen=True)
class Workflow:
    """A file in `.github/workflows`, and what its runs look like."""

    name: str
    path: str
    id: int
    triggers: tuple[str, ...]
    jobs: tuple[str, ...]
    median_s: float
    secrets: tuple[str, ...] = ()


@dataclass
class Repository:
    """A repository with the workflows that it runs."""

    name: str
    id: int
    team: str
    language: str
    is_private: bool
    weight: float
    """Share of its team's work."""
    runner: str
    """Label that its jobs ask for."""
    sends_logs: bool
    """Whether its job logs are collected."""
    workflows: dict[str, Workflow]
    """By file name without its ending."""
    runs: int = 0
    is_failing: bool = False
    owner: str = names.ORGANISATION
    default_branch: str = "main"
    machines: tuple[str, ...] = ("pool-1", "pool-2", "pool-3", "pool-4")
    """Names of the machines that take its jobs, where they are not hosted."""

    @property
    def full_name(self) -> str:
        """Owner and name, as GitHub writes them."""
        return f"{self.owner}/{self.name}"

    @property
    def is_hosted(self) -> bool:
        """Whether GitHub's own machines take its jobs."""
        return self.runner.startswith(("ubuntu-", "windows-", "macos-"))


@dataclass
class Organisation:
    """Everything that exists before the first day."""

    id: int
    people: list[Person]
    repositories: list[Repository]
    networks: list[Network]
    name: str = names.ORGANISATION
    guarded: str = "deploy-bot"
    """Name of the repository whose default branch is worth most to a thief."""
    discloses_addresses: bool = True
    """Whether its audit log tells where people connect from."""

    def team(self, name: str) -> list[Person]:
        """Return the people of a team."""
        return [person for person in self.people if person.team == name]

    def repositories_of(self, team: str) -> list[Repository]:
        """Return the repositories of a team."""
        return [repository for repository in self.repositories if repository.team == team]

    @property
    def owners(self) -> list[Person]:
        """The people who may change everything."""
        return [person for person in self.people if person.is_owner]

    @property
    def members(self) -> list[Person]:
        """The people who may not; everyone, where all may."""
        return [person for person in self.people if not person.is_owner] or self.people

    @property
    def private_repositories(self) -> list[Repository]:
        """What a thief would copy first; all, where none is private."""
        return [repository for repository in self.repositories if repository.is_private] or self.repositories

    @property
    def rich_repositories(self) -> list[Repository]:
        """The repositories whose workflows use secrets; all, where none does."""
        rich = [r for r in self.repositories if any(workflow.secrets for workflow in r.workflows.values())]
        return rich or self.repositories

    def hosting(self, rng: random.Random) -> Network:
        """Return a network of rented machines, as mirrors use them and thieves too."""
        return rng.choice([network for network in self.networks if network.kind == "hosting"])


SITES = (
    # zone in minutes, country, office
    (60, "DE", "192.0.2"),
    (0, "GB", "203.0.113"),
    (-300, "US", "198.19.10"),
    (-480, "US", "198.19.20"),
    (330, "IN", "198.19.30"),
)


def found_organisation(rng: random.Random, people: int = 40) -> Organisation:
    """Invent an organisation of some people and thirty repositories."""
    offices = [Network(prefix, 64600 + i, "office", country) for i, (_, country, prefix) in enumerate(SITES)]
    homes = [
        Network(f"198.18.{site * 40 + i}", 64700 + site * 4 + i % 4, "isp", SITES[site][1])
        for site in range(len(SITES))
        for i in range(24)
    ]
    organisation = Organisation(
        rng.randrange(10**7, 10**8), [], _repositories(rng), offices + homes + rented_networks()
    )
    for number in range(people):
        organisation.people.append(_person(rng, number, offices, homes))
    for person in organisation.people:
        person.known = {r.name for r in organisation.repositories_of(person.team) if rng.random() < 0.85}
    return organisation


def draw_some(rng: random.Random, things: Sequence[Thing], most: int) -> list[Thing]:
    """Draw so many different things, or all where there are fewer."""
    return rng.sample(things, min(most, len(things)))


def rented_networks() -> list[Network]:
    """Return networks of rented machines, in ranges that are reserved: they name nobody's real machine."""
    usual = [Network("198.51.100", 65010, "hosting", "NL"), Network("198.19.250", 65020, "hosting", "US")]
    return usual + [
        Network(f"198.19.{200 + i}", 65011 + i % 5, "hosting", ["NL", "FR", "US", "SG", "LT"][i % 5]) for i in range(15)
    ]


def _person(rng: random.Random, number: int, offices: list[Network], homes: list[Network]) -> Person:
    site = rng.choices(range(len(SITES)), (10, 4, 5, 3, 3))[0]
    given, family = names.GIVEN[number % len(names.GIVEN)], rng.choice(names.FAMILY)
    return Person(
        account=Account(f"{given}-{family}", rng.randrange(10**6, 10**8)),
        team=names.TEAMS[number % len(names.TEAMS)],
        zone=SITES[site][0],
        home=rng.choice([n for n in homes if n.country == SITES[site][1]]),
        office=offices[site],
        starts=min(max(rng.gauss(9.2, 0.8) + (9 if rng.random() < 0.06 else 0), 6.5), 19),
        pace=min(rng.lognormvariate(-0.6, 0.6), 2.5),
        weekend=0.02 if rng.random() < 0.8 else 0.3,
        office_share=rng.choice((0.0, 0.3, 0.6, 1.0)),
        host=rng.randrange(2, 250),
        credentials=make_credentials(rng),
        leave=_leave(rng),
        is_owner=number in (1, 7, 12),  # two of platform, one of payments
    )


def _leave(rng: random.Random) -> range:
    first = rng.randrange(45)
    return range(first, first + 7) if rng.random() < 0.4 else range(0)


def make_credentials(rng: random.Random) -> dict[str, Credential]:
    """Give a person a key for git, a browser, and a token for tools."""
    token = make_token(rng, "Fine-grained personal access token", rng.choice(names.TOOLS))
    key = make_token(rng, "SSH key", rng.choice(names.GIT_AGENTS))
    return {"git": key, "web": Credential("", rng.choice(names.BROWSERS)), "tool": token}


def make_token(rng: random.Random, access: str, user_agent: str) -> Credential:
    """Issue a credential with an identity of its own."""
    digest = base64.b64encode(rng.randbytes(32)).decode()
    return Credential(access, user_agent, rng.randrange(10**8, 10**9), digest)


def _repositories(rng: random.Random) -> list[Repository]:
    return [
        _repository(rng, team, rank, name) for team in names.TEAMS for rank, name in enumerate(names.REPOSITORIES[team])
    ]


def _repository(rng: random.Random, team: str, rank: int, name: str) -> Repository:
    return Repository(
        name=name,
        id=rng.randrange(10**8, 10**9),
        team=team,
        language=names.TEAM_LANGUAGES[team],
        is_private=name not in names.PUBLIC,
        weight=1 / (rank + 1) ** 1.1,
        runner="build-pool" if team == "platform" else "ubuntu-latest",
        sends_logs=rank < 2,
        workflows={workflow.path[18:-4]: workflow for workflow in _workflows(rng, name)},
    )


def _workflows(rng: random.Random, name: str) -> list[Workflow]:
    def make(file: str, title: str, triggers: str, jobs: str, *secrets: str) -> Workflow:
        median = rng.lognormvariate(5.3, 0.6)
        path = f".github/workflows/{file}.yml"
        return Workflow(
            title, path, rng.randrange(10**7, 10**8), tuple(triggers.split()), tuple(jobs.split()), median, secrets
        )

    made = [make("ci", "CI", "push pull_request", rng.choice(("test", "lint test", "lint test build")))]
    if name in names.PACKAGES:
        made.append(make("release", "Release", "release", "publish", "REGISTRY_TOKEN", "SIGNING_KEY"))
    if rng.random() < 0.6:
        made.append(make("deploy", "Deploy", "push", "deploy", "DEPLOY_TOKEN", "CLOUD_ROLE"))
    if rng.random() < 0.4:
        made.append(make("nightly", "Nightly", "schedule", "integration", "TEST_DATABASE_URL"))
    return made
