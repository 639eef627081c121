"""Who committed and how: bots, web commits, the shape of a subject, whether a review is visible."""

from __future__ import annotations

import re
from functools import lru_cache

from collector.event import Actor, ActorType
from collector.sources.git.commit import Commit, Person

_BOT = re.compile(
    r"(?i)\[bot\]|(?:^|[-_.+ @/])bots?(?:$|[-_.@ \[])|\b(?:dependabot|renovate|greenkeeper|snyk-bot|github-actions|"
    r"mergify|pre-commit-ci|semantic-release|allcontributors|weblate|release-please|k8s-ci-robot|copybara|buildkite)\b|(?:bot|robot)@"
)
_AGENT = re.compile(
    r"(?i)\b(?:copilot|claude|cursoragent|cursor agent|devin-ai|codex|aider|sweep-ai|openhands|jules)\b"
)
_WEB = frozenset({"noreply@github.com", "noreply@gitlab.com", "noreply@bitbucket.org", "noreply@dev.azure.com"})
_CONVENTIONAL = re.compile(r"^([a-z]{2,12})(\([^)\n]{1,60}\))?(!)?:\s")
_VERSION = re.compile(
    r"^(?:(?:release|version|bump version to|chore\(release\):)\s+)?v?\d+\.\d+(?:\.\d+)?[\w.+-]*\s*$", re.IGNORECASE
)
_WEB_EDIT = re.compile(r"^(Create|Update|Delete|Rename|Add files via upload)(?: \S+\.\S+| \S+)?$")
UNREVIEWED = frozenset({"a direct commit", "a merge without a pull request"})
_FIXED = (
    ("Merge pull request ", "Merge pull request"),
    ("Merge branch ", "Merge branch"),
    ("Merge remote-tracking ", "Merge remote-tracking branch"),
    ("Merge tag ", "Merge tag"),
    ("Merge ", "Merge"),
    ("Revert ", "Revert"),
    ("Bump ", "Bump"),
    ("Squashed commit", "Squashed commit"),
    ("fixup! ", "fixup!"),
    ("WIP", "WIP"),
)
_TRAILER = re.compile(r"(?m)^([A-Z][A-Za-z]{2,20}(?:-[A-Za-z]{2,12}){1,3}): ")
_REQUEST = re.compile(r"\((?:#|!)\d+\)\s*$|\bSee merge request \S+!\d+|\bPull[- ]Request(?:-URL)?: ", re.MULTILINE)
_REQUEST_MERGE = re.compile(
    r"^Merge (?:pull request|PR) #?\d+|^Merged? in .+ \(pull request #\d+\)|^Merged PR \d+", re.MULTILINE
)


@lru_cache(maxsize=16384)
def actor_of(person: Person) -> Actor:
    """Return the actor a person is: the e-mail address, of the population their name and address tell."""
    text = f"{person.name} {person.email}"
    if _BOT.search(text):
        return Actor(ActorType.BOT, person.key)
    return Actor(ActorType.AGENT if _AGENT.search(person.name) else ActorType.USER, person.key)


def committer_class(author: Person, committer: Person) -> str:
    """Return who committed, seen from the author: self, web, bot, other, or nobody where the address is none."""
    if committer.email.lower() in _WEB:
        return "web"
    if "@" not in committer.email:
        return "self without an address" if committer.key == author.key else "nobody"
    if committer.key == author.key:
        return "self"
    if committer.name == author.name:
        return "self by another address"
    return "bot" if _BOT.search(f"{committer.name} {committer.email}") else "other"


@lru_cache(maxsize=8192)
def subject_shape(subject: str) -> str:
    """Return the kind of subject line this is, without what it is about.

    >>> [subject_shape(s) for s in ("fix(api): x", "v1.2.3", "Update main.go", "🇺🇦", "x", "Fix bug", "")]
    ['fix():', 'version', 'Update FILE', 'no letters', 'one word', 'Sentence', 'empty']
    """
    if not subject:
        return "empty"
    if found := _CONVENTIONAL.match(subject):
        return found[1] + ("()" if found[2] else "") + (found[3] or "") + ":"
    if _VERSION.match(subject):
        return "version"
    if found := _WEB_EDIT.match(subject):
        return f"{found[1]} FILE"
    for start, name in _FIXED:
        if subject.startswith(start):
            return name
    return _plain_shape(subject)


def _plain_shape(subject: str) -> str:
    if not any(c.isalpha() for c in subject):
        return "no letters"
    if " " not in subject.strip():
        return "one word"
    first = next(c for c in subject if not c.isspace())
    if first.isupper():
        return "Sentence"
    if first.islower():
        return "lower case"
    return "[tag] first" if first in "[(" else f"{first} first" if first.isascii() else "symbol first"


def review_of(commit: Commit, branch: str, main: str) -> str:
    """Return what the history shows of a review; a merge without a request and a fast-forward look direct."""
    if commit.parents > 1:
        return (
            "a merged pull request" if _REQUEST_MERGE.search(commit.message[:500]) else "a merge without a pull request"
        )
    if _REQUEST.search(commit.message[:4000]):
        return "a squashed pull request"
    if branch and branch == main:
        return "a direct commit"
    return "a commit on a side branch"


def trailers_of(message: str) -> list[str]:
    """Return the names of the trailers at the end of a message, in lower case."""
    if "\n" not in message or ": " not in message:
        return []
    found = _TRAILER.findall(message[-4000:])
    return list(dict.fromkeys(name.lower() for name in found))[:16]
