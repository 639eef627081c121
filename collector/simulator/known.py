"""What events tell of an organisation: who is busy where, with what, by which feeds."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field

from collector.event import ActorType, Event, Kind


@dataclass
class Known:
    """What events told, counted by name: of a person, of a repository, of a workflow."""

    people: Counter[str] = field(default_factory=Counter)
    administers: Counter[str] = field(default_factory=Counter)
    repositories: Counter[str] = field(default_factory=Counter)
    works_on: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    facts: dict[str, dict[str, Counter[str]]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(Counter)))
    """By whose they are and what they are about."""
    sessions: dict[str, Counter[tuple[str, str, str]]] = field(default_factory=lambda: defaultdict(Counter))
    """Token, access and agent, by login."""
    secrets: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    feeds: set[str] = field(default_factory=set)

    def see(self, event: Event) -> None:
        """Count one event."""
        self.feeds |= {event.source, f"{event.source}/{family_of(event.action)}"}
        repository = event.links.get("repo", "")
        if repository:
            self._see_repository(event, repository)
        if event.actor.type is ActorType.USER:
            self._see_person(event, event.actor.name, repository)

    def _see_person(self, event: Event, login: str, repository: str) -> None:
        self.people[login] += 1
        self.administers[login] += event.kind is Kind.ADMIN
        if repository:
            self.works_on[login][repository] += 1
        if "address" in event.links:
            self.facts[login]["address"][event.links["address"]] += 1
        for about in ("country", "network_kind", "author_domain"):
            if values := _texts(event, about):
                self.facts[login][about].update(values)
        agent = event.facts.get("agent_version") or event.links.get("agent", "")
        access = event.facts.get("access_type", "")
        if isinstance(agent, str) and isinstance(access, str) and agent:
            self.sessions[login][event.links.get("token", ""), access, agent] += 1

    def _see_repository(self, event: Event, name: str) -> None:
        self.repositories[name] += 1
        facts = self.facts[name]
        for about in ("visibility", "hosted"):
            if isinstance(value := event.facts.get(about), str):
                facts[about][value] += 1
        if event.facts.get("branch_class") == "default":
            facts["default_branch"][event.links.get("branch", "")] += 1
        facts["runner_label"].update(_texts(event, "runner_label"))
        if "runner" in event.links:
            facts["runner"][event.links["runner"]] += 1
        workflow = event.links.get("workflow", "").partition(":.github/workflows/")[2]
        if workflow:
            facts["workflow"][workflow] += 1
            self.secrets[f"{name}:{workflow}"].update(_texts(event, "secret"))
        facts["log"]["yes"] += event.kind is Kind.LOG

    def usual(self, of: str, about: str, otherwise: str = "") -> str:
        """Return the commonest value of a fact."""
        found = self.facts[of][about].most_common(1) if of in self.facts and about in self.facts[of] else []
        return found[0][0] or otherwise if found else otherwise


def most_of(counts: Counter[str], most: int) -> list[str]:
    """Return the commonest names, of equal counts in alphabetical order."""
    return [name for name, count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:most] if count]


def family_of(action: str) -> str:
    """Return what an action begins with: the event's name or the audit category."""
    return action.partition(".")[0]


def _texts(event: Event, fact: str) -> list[str]:
    value = event.facts.get(fact, [])
    return [value] if isinstance(value, str) else value
