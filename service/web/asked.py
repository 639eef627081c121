"""What a reader asked the feed for, as the address says it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated

from pydantic import StringConstraints, model_validator

from service.shapes import Shape

STATUSES = (
    ("open", "Open"),
    ("new", "New"),
    ("in_progress", "In progress"),
    ("resolved", "Closed"),
    ("suppressed", "Suppressed"),
    ("all", "Any"),
)
RISKS = (("", "Any"), ("50", "Rarer than weekly"), ("75", "Rarer than monthly"), ("90", "Rarer than yearly"))
SINCES = (
    ("", "Any time"),
    ("1", "Last 24 hours"),
    ("7", "Last 7 days"),
    ("30", "Last 30 days"),
    ("90", "Last 90 days"),
)
SORTS = (("risk", "Riskiest first"), ("newest", "Newest first"))
CHOICES = {"status": STATUSES, "minimum_risk": RISKS, "since": SINCES, "sort": SORTS}

Text = Annotated[str, StringConstraints(max_length=2000, strip_whitespace=True)]


class Asked(Shape):
    """Filters, order and place of a reader; an address that says nonsense says nothing."""

    status: Text = "open"
    text: Text = ""
    entity: Text = ""
    actor: Text = ""
    source: Text = ""
    since: Text = ""
    minimum_risk: Text = ""
    sort: Text = "risk"
    after: Text = ""
    done: Text = ""
    """The incident that was just closed."""

    @model_validator(mode="before")
    @classmethod
    def _choose(cls, told: dict[str, object]) -> dict[str, object]:
        return {name: value for name, value in told.items() if name not in CHOICES or value in dict(CHOICES[name])}

    @property
    def is_narrowed(self) -> bool:
        """Whether it leaves out what the plain feed shows, or shows more."""
        return any(name in self.query() for name in _FILTERS)

    @property
    def is_plain(self) -> bool:
        """Whether it is the feed as it opens."""
        return not self.query()

    def query(self, **changed: str) -> dict[str, str]:
        """Return it as an address says it; what is usual is left out."""
        said = self.model_dump(exclude={"done"}) | changed
        return {name: value for name, value in said.items() if value != type(self).model_fields[name].default}

    def since_time(self, now: datetime) -> datetime | None:
        """Return the moment before which nothing is asked for."""
        return now - timedelta(days=int(self.since)) if self.since else None


_FILTERS = ("status", "text", "entity", "actor", "source", "since", "minimum_risk")
