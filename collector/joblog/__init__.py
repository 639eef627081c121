"""Job logs, read as a stream: what a job printed, in constant memory, and nothing of it kept unmasked."""

from __future__ import annotations

from collector.joblog.archive import logs_in_zip

__all__ = ["logs_in_zip"]
