"""What jobs printed: a log is held against its job's earlier runs, and only what is new goes on with its event."""

from service.printed.state import PrintedLines

__all__ = ["PrintedLines"]
