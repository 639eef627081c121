"""Cast: who and what a drill is played with, the simulated organisation or what is known of a real one."""

from __future__ import annotations

import random
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any, Self

from collector.errors import CastError
from collector.event import Event
from collector.simulator.known import Known, family_of, most_of
from collector.simulator.organisation import (
    Account,
    Credential,
    Network,
    Organisation,
    Person,
    Repository,
    Workflow,
    found_organisation,
    rented_networks,
)
from collector.simulator.tape import Body

MOST_PEOPLE = 60
MOST_REPOSITORIES = 120
MOST_MACHINES = 20
OWNERS = 3
"""People taken for owners: those who administer most."""
_ROUTINE = {
    "github.webhook": frozenset("push create delete pull_request workflow_run workflow_job".split()),
    "github.audit": frozenset("git workflows".split()),
}
"""Families of events that any organisation has daily where it sends them at all."""
_MARKS = {"Edge": "Edg", "Opera": "OPR", "Safari": "Version"}
_SYSTEMS = {
    "Windows": "Windows NT 10.0",
    "Android": "Linux; Android 15",
    "iOS": "iPhone; CPU iPhone OS 18_0 like Mac OS X",
    "macOS": "Macintosh; Intel Mac OS X 10_15_7",
    "ChromeOS": "X11; CrOS x86_64 16000.0.0",
    "Linux": "X11; Linux x86_64",
}


@dataclass(frozen=True)
class Cast:
    """An organisation to play with, and which of its feeds would carry what happens to it."""

    organisation: Organisation
    feeds: frozenset[str] | None = None
    """Names of sources, and `SOURCE/FAMILY` of daily events; None where every feed is there."""

    @classmethod
    def simulated(cls, seed: int) -> Self:
        """Return the cast of the simulated organisation of a seed."""
        return cls(found_organisation(random.Random(f"{seed}:organisation")))

    @classmethod
    def from_events(cls, events: Iterable[Event]) -> Self:
        """Return a cast of the people and repositories that events speak of; raise CastError where there are none."""
        known = Known()
        for event in events:
            known.see(event)
        return cls(_organisation(known), frozenset(known.feeds))

    def carries(self, delivery: Body) -> bool:
        """Tell whether the organisation's feeds would have brought a delivery."""
        source = delivery["source"]
        if self.feeds is None:
            return True
        family = family_of(delivery["headers"].get("X-GitHub-Event") or _action(delivery["body"]))
        is_routine = family in _ROUTINE.get(source, frozenset())
        return f"{source}/{family}" in self.feeds if is_routine else source in self.feeds


def _organisation(known: Known) -> Organisation:
    if not known.people or not known.repositories:
        missing = "person" if not known.people else "repository"
        raise CastError(f"no {missing} is known yet to play a drill with; let some days of events come in first")
    teams = _chosen(known)
    repositories = [_repository(known, name, team) for name, team in teams.items()]
    owners = set(most_of(known.administers, OWNERS)) or set(most_of(known.people, 1))
    people = [
        _person(known, login, teams, is_owner=login in owners)
        for login in dict.fromkeys([*most_of(known.people, MOST_PEOPLE), *sorted(owners)])
    ]
    return Organisation(
        id=_number(repositories[0].owner),
        people=people,
        repositories=repositories,
        networks=rented_networks(),
        name=repositories[0].owner,
        guarded=_guarded(repositories),
        discloses_addresses=any("address" in known.facts[person.account.login] for person in people),
    )


def _chosen(known: Known) -> dict[str, str]:
    """Return the busiest repositories, each with a team named after whoever is busiest in it: there people meet."""
    names = most_of(known.repositories, len(known.repositories))
    hosted = [name for name in names if "/" in name]  # beside these, clones on a disk are no targets
    busiest: dict[str, tuple[int, str]] = {}
    for login in sorted(known.works_on):
        for name, count in known.works_on[login].items():
            busiest[name] = max(busiest.get(name, (0, "")), (count, login))
    return {name: busiest.get(name, (0, "nobody"))[1] for name in (hosted or names)[:MOST_REPOSITORIES]}


def _person(known: Known, login: str, teams: dict[str, str], *, is_owner: bool) -> Person:
    address = known.usual(login, "address", "198.18.0.1")
    prefix, host = _split(address)
    home = Network(prefix, 0, known.usual(login, "network_kind"), known.usual(login, "country"))
    favourites = most_of(known.works_on[login], len(known.works_on[login])) if login in known.works_on else []
    return Person(
        account=Account(login, _number(login), domain=known.usual(login, "author_domain", "users.noreply.github.com")),
        team=next((teams[name] for name in favourites if name in teams), next(iter(teams.values()))),
        zone=0,
        home=home,
        office=home,
        starts=9,
        pace=1,
        weekend=0,
        office_share=0,
        host=host,
        credentials=_credentials(known, login),
        is_owner=is_owner,
        known=set(known.works_on.get(login, ())),
    )


def _credentials(known: Known, login: str) -> dict[str, Credential]:
    used = [session for session, _ in sorted(known.sessions[login].items(), key=lambda item: (-item[1], item[0]))]
    usual = next((session for session in used if session[0]), ("", "", "git 2.47"))
    browser = next((agent for token, _, agent in used if not token and " on " in agent), "Firefox on Linux 140.0")
    program = _credential(*usual)
    return {"git": program, "tool": program, "web": Credential("", _user_agent(browser))}


def _credential(token: str, access: str, agent: str) -> Credential:
    number, digest = (int(token[3:]), "") if token.startswith("id ") and token[3:].isdigit() else (0, token)
    return Credential(access or "Personal access token (classic)", _user_agent(agent), number, digest)


def _user_agent(client: str) -> str:
    """Return a user agent that reads as this client.

    >>> _user_agent("git 2.47"), _user_agent("Firefox on Linux 140.0")
    ('git/2.47', 'Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0')
    """
    family, _, version = client.rpartition(" ") if client[-1:].isdigit() else (client, "", "1")
    name, _, system = family.partition(" on ")
    if system in _SYSTEMS:
        return f"Mozilla/5.0 ({_SYSTEMS[system]}) {_MARKS.get(name, name)}/{version}"
    return f"{family}/{version}"


def _repository(known: Known, full_name: str, team: str) -> Repository:
    owner, _, name = full_name.rpartition("/")
    facts = known.facts[full_name]
    is_hosted = known.usual(full_name, "hosted", "yes") == "yes"
    labels = [label for label in most_of(facts["runner_label"], 9) if label not in {"self-hosted", "Linux", "X64"}]
    return Repository(
        name=name,
        id=_number(full_name),
        team=team,
        language="",
        is_private=known.usual(full_name, "visibility", "private") != "public",
        weight=1,
        runner=next((label for label in labels if label.startswith("ubuntu-") == is_hosted), "ubuntu-latest"),
        sends_logs=facts["log"]["yes"] > 0,
        workflows={workflow.path[18:]: workflow for workflow in _workflows(known, full_name)},
        owner=owner,
        default_branch=known.usual(full_name, "default_branch", "main"),
        machines=tuple(most_of(facts["runner"], MOST_MACHINES)) or ("runner-1",),
    )


def _workflows(known: Known, repository: str) -> Iterator[Workflow]:
    for file in sorted(known.facts[repository]["workflow"]):
        name = f"{repository}:{file}"
        secrets = tuple(sorted(known.secrets[name] - {"GITHUB_TOKEN"}))
        yield Workflow(file, f".github/workflows/{file}", _number(name), ("push",), ("build",), 60, secrets)


def _guarded(repositories: list[Repository]) -> str:
    """Return the repository that holds most secrets; of equal ones the busiest, which comes first."""
    return max(repositories, key=lambda r: len({s for w in r.workflows.values() for s in w.secrets})).name


def _split(address: str) -> tuple[str, int]:
    """Return the prefix and the last number of an address."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return "198.18.0", 1
    if parsed.version == 4:
        return address.rpartition(".")[0], int(parsed) & 0xFF
    return str(ip_address(int(parsed) & ~0xFF)), int(parsed) & 0xFF


def _action(body: Any) -> str:
    return str(body.get("action", "")) if isinstance(body, dict) else ""


def _number(name: str) -> int:
    return zlib.crc32(name.encode(errors="surrogatepass"))
