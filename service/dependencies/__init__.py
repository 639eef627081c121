"""Dependencies: what a worker remembers of packages, so that it can tell what changed, and what was declared bad."""

from service.dependencies.state import Dependencies

__all__ = ["Dependencies"]
