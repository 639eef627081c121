"""What every answer of the page forbids the browser, and which requests may change something."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any
from urllib.parse import urlsplit

from fastapi import HTTPException, Request, Response
from fastapi.routing import APIRoute

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self';"
        " form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
PRIVATE = {"Cache-Control": "no-store", "Vary": "Cookie, Authorization"}
"""An incident is nobody's to keep in a cache."""

Handler = Callable[[Request], Coroutine[Any, Any, Response]]
Mend = Callable[[Request, Exception], Response | None]


def secured(mend: Mend) -> type[APIRoute]:
    """Return the kind of route whose every answer carries the headers; `mend` makes pages of errors it knows."""

    class SecuredRoute(APIRoute):
        def get_route_handler(self) -> Handler:
            handle = super().get_route_handler()

            async def answer(request: Request) -> Response:
                try:
                    response = await handle(request)
                except Exception as error:
                    mended = mend(request, error)
                    if mended is None:
                        raise
                    response = mended
                for name, value in (HEADERS | PRIVATE).items():
                    response.headers.setdefault(name, value)
                return response

            return answer

    return SecuredRoute


def same_origin(request: Request) -> None:
    """Refuse a request that another site's page made the browser send.

    A browser tells where a request comes from in one of two headers that no page can forge; what sends
    neither is no browser, and has no cookie to abuse.
    """
    fetched = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    if fetched not in {None, "same-origin"} or (origin is not None and not _is_own(request, origin)):
        raise HTTPException(
            403, "This form was sent from another site, so nothing was changed. Open the page here and send it again."
        )


def _is_own(request: Request, origin: str) -> bool:
    return urlsplit(origin).netloc == request.headers.get("host", "")


def local_path(target: str) -> str:
    r"""Return where to go on to, if it is on this site; else the feed.

    >>> local_path("/incidents/inc_1?a=b"), local_path("//evil.example/"), local_path("/\\evil.example")
    ('/incidents/inc_1?a=b', '/', '/')
    """
    is_local = target.startswith("/") and not target.startswith(("//", "/\\")) and target.isprintable()
    return target if is_local and "\\" not in target else "/"
