"""Repositories made on the spot: a commit a call, with any bytes as paths, people and dates."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from collector.event import Event, Kind
from collector.sources.git import GitSummary, read_repository

NOW = 1_800_000_000.0
START = 1_700_000_000


@dataclass
class Repository:
    """A git repository that a test writes."""

    path: Path
    ticks: int = 0

    @classmethod
    def new(cls, path: Path, *options: str) -> Repository:
        """Make an empty one with the branch main."""
        path.mkdir(parents=True, exist_ok=True)
        made = cls(path)
        made.git("init", "-q", "-b", "main", *options)
        return made

    def git(self, *arguments: str, stdin: bytes = b"", variables: dict[str, str] | None = None) -> bytes:
        """Run git in it and return what it prints."""
        clean = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
        people = {"GIT_AUTHOR_NAME": "Mona", "GIT_AUTHOR_EMAIL": "mona@acme.example"}
        people |= {"GIT_COMMITTER_NAME": "Mona", "GIT_COMMITTER_EMAIL": "mona@acme.example"}
        fixed = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
        done = subprocess.run(
            ["git", "-C", str(self.path), *arguments],
            env=clean | people | fixed | (variables or {}),
            input=stdin,
            capture_output=True,
            check=True,
        )
        return done.stdout

    def write(self, files: dict[str, str | bytes | None]) -> None:
        """Write files into the work tree; None deletes."""
        for name, content in files.items():
            file = self.path / name
            if content is None:
                file.unlink()
                continue
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content if isinstance(content, bytes) else content.encode())

    def commit(self, message: str = "Change", files: dict[str, str | bytes | None] | None = None, **who: str) -> str:
        """Commit files a minute after the commit before; return its id."""
        self.write(files or {})
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "--allow-empty-message", "-m", message, variables=self.dates() | who)
        return self.git("rev-parse", "HEAD").decode().strip()

    def dates(self) -> dict[str, str]:
        """Return the next minute as the date of author and committer."""
        self.ticks += 60
        date = f"{START + self.ticks} +0200"
        return {"GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date}

    def store(self, commit: bytes, branch: str = "main") -> str:
        """Store a commit object as it is, which may be one that git itself would not write."""
        sha = self.git("hash-object", "-t", "commit", "-w", "--stdin", "--literally", stdin=commit).decode().strip()
        self.git("update-ref", f"refs/heads/{branch}", sha)
        return sha

    def tree(self) -> str:
        """Return the tree of the newest commit."""
        return self.git("rev-parse", "HEAD^{tree}").decode().strip()


def read(path: Path, summary: GitSummary | None = None) -> list[Event]:
    """Return the events of all commits of a repository."""
    return [event for event in read_repository(path, now=NOW, summary=summary) if event.kind is Kind.COMMIT]


def pinned(path: Path, summary: GitSummary | None = None) -> list[Event]:
    """Return the events of what the main line pinned after its commits."""
    return [event for event in read_repository(path, now=NOW, summary=summary) if event.kind is Kind.DEPENDENCY]


def last(path: Path) -> Event:
    """Return the event of the newest commit."""
    return read(path)[-1]


def facts(event: Event, name: str) -> set[str]:
    """Return the values of a fact as a set."""
    value = event.facts.get(name, [])
    return {value} if isinstance(value, str) else set(value)
