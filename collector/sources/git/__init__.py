"""Git histories: one event for each commit of all refs, with what it touched and what it said.

See `read_repository`; the names of facts and numbers stand in docs/sources/git.md.
"""

from collector.sources.git.process import (
    DamagedRepositoryError,
    EmptyRepositoryError,
    GitMissingError,
    NotARepositoryError,
)
from collector.sources.git.reader import GitSummary, is_repository, read_repository

__all__ = [
    "DamagedRepositoryError",
    "EmptyRepositoryError",
    "GitMissingError",
    "GitSummary",
    "NotARepositoryError",
    "is_repository",
    "read_repository",
]
