"""Refusals: what was wrong with a request and what to do about it, as RFC 9457 tells it."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from starlette.responses import Response

from collector.errors import CollectorError

_ENCODE = msgspec.json.Encoder().encode


class Refused(CollectorError):  # noqa: N818 (an answer, not a failure of ours)
    """A request is not accepted; the sender is told why and what to do."""

    def __init__(
        self, status: int, reason: str, title: str, detail: str, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.reason = reason
        """One word for the metrics."""
        self.title = title
        self.detail = detail
        self.headers = dict(headers or {})

    def response(self) -> Response:
        """Return the answer as problem+json."""
        body = {"type": "about:blank", "title": self.title, "status": self.status, "detail": self.detail}
        return Response(_ENCODE(body), self.status, self.headers, "application/problem+json")


def busy(reason: str, detail: str, retry_after_s: int) -> Refused:
    """Return the refusal of what cannot be stored now."""
    return Refused(503, reason, "Not stored, send it again", detail, {"Retry-After": str(retry_after_s)})
