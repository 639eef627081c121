"""Coverage: which incidents of the past the feeds that are connected would show, and what the next one would add."""

from service.coverage.coverage import Coverage, Known, known

__all__ = ["Coverage", "Known", "known"]
