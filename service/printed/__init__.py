"""What jobs printed: a log is held against its job's earlier runs, and only what is new goes on with its event."""

from service.printed.state import PrintedLines
from service.printed.wording import quoting

__all__ = ["PrintedLines", "quoting"]
