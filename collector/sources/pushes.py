"""Pushes: what the commits inside a push tell, in the shape GitHub, GitLab and their kin share."""

from __future__ import annotations

from collector.delivery import parse_offset
from collector.event import Actor, ActorType
from collector.shapes import (
    branch_class_of,
    commands_in,
    name_oddities_of,
    oddities_of,
    shape_of,
    short_branch,
    title_oddities_of,
)
from collector.sources.fields import JSON, full_text, record, text, texts
from collector.sources.source import Draft
from collector.zones import zone_of

MAX_COMMITS = 2048
MAX_PATHS = 3000
"""Most paths of one push that are placed in zones."""
LONG_MESSAGE = 5000
_USUAL_IN_AUTHORS = frozenset({"shell characters", "very long"})
"""O'Brien has an apostrophe."""
ZERO = "0" * 40
_BOT_WORDS = ("[bot]", "dependabot", "renovate", "-bot", "bot-", "github-actions", "web-flow")


def add_ref(draft: Draft, ref: str, default_branch: str) -> None:
    """Add what the name of a branch or tag tells."""
    name = short_branch(ref)
    draft.link("branch", name[:200])
    draft.fact("branch_class", branch_class_of(ref[:200], default_branch) if ref else "")
    add_oddities(draft, name_oddities_of(name))


def add_oddities(draft: Draft, oddities: list[str]) -> None:
    """Add oddities of one more text to those already found."""
    if oddities:
        known = draft.facts.get("text_oddity", [])
        draft.values("text_oddity", [*(known if isinstance(known, list) else []), *oddities])


def add_title(draft: Draft, title: str, body: str = "") -> None:
    """Add the shape and the oddities of a title, and the oddities of the text below it."""
    draft.fact("title_shape", shape_of(title))
    add_oddities(draft, title_oddities_of(title))
    add_oddities(draft, oddities_of(body, 20000))


def add_commits(draft: Draft, commits: list[JSON], total: float, pusher: Actor) -> None:
    """Add number, paths, zones, authors and messages of the commits of a push."""
    draft.number("commits", total)
    added = _paths(commits, ("added",))
    touched = list(dict.fromkeys((*added, *_paths(commits, ("modified", "removed")))))[:MAX_PATHS]
    draft.number("changed_files", float(len(touched)) if commits else None)
    draft.values("commit_path", [path[:200] for path in touched])
    draft.values("zone", map(zone_of, touched))
    draft.values("new_path_zone", map(zone_of, added))
    for path in touched:
        if odd := name_oddities_of(path):
            add_oddities(draft, [f"file name: {odd[0]}"])
    _add_authors(draft, commits, pusher)
    for commit in commits:
        message = full_text(commit, "message")
        if odd := oddities_of(message, LONG_MESSAGE):
            add_oddities(draft, odd)
        add_oddities(draft, commands_in(message[:LONG_MESSAGE].partition("\n")[0]))


def add_head(draft: Draft, head: JSON) -> None:
    """Add message shape and clock of the newest commit."""
    draft.fact("message_shape", shape_of(text(head, "message")))
    draft.utc_offset = parse_offset(head.get("timestamp"))


def _paths(commits: list[JSON], fields: tuple[str, ...]) -> list[str]:
    found: dict[str, None] = {}
    for commit in commits:
        for field in fields:
            if commit.get(field):  # most lists are empty, and pushes are the bulk of all webhooks
                found.update(dict.fromkeys(texts(commit, field, MAX_PATHS)))
        if len(found) >= MAX_PATHS:
            break
    return list(found)[:MAX_PATHS]


def _add_authors(draft: Draft, commits: list[JSON], pusher: Actor) -> None:
    matches, domains = [], []
    last: object = None
    for commit in commits[:MAX_PATHS]:
        people = (commit.get("author"), commit.get("committer"))
        if people == last:  # they add nothing new
            continue
        last = people
        for field in ("name", "email"):
            if odd := name_oddities_of(text(record(commit, "author"), field)):
                add_oddities(draft, [f"author: {one}" for one in odd if one not in _USUAL_IN_AUTHORS])
        author, committer = record(commit, "author"), record(commit, "committer")
        matches.append(_match(text(author, "username", "name"), bool(author.get("username")), pusher))
        if text(committer, "username", "email") not in {"", "web-flow", text(author, "username", "email")}:
            matches.append("author and committer differ")
        domain = text(author, "email").rpartition("@")[2].lower()
        domains.append(domain[:80] if domain else "none")
    draft.values("author_match", matches)
    draft.values("author_domain", domains)


def _match(author: str, has_account: bool, pusher: Actor) -> str:  # noqa: FBT001 - read beside its two callers' words
    if author and author == pusher.name:
        return "author pushed"
    is_bot = any(word in author.lower() for word in _BOT_WORDS)
    if is_bot and pusher.type is ActorType.USER:
        return "bot-like author, pushed by a user"
    return "another's commit" if has_account else "author without an account"
