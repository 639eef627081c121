"""Errors as problem+json (RFC 9457): one table says which error has which status."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException

from models.errors import ModelsError, UnknownVersionError
from service.api.access import ForbiddenError, UnauthenticatedError
from service.feed import BadCursorError
from service.feed.feed import EmptySuppressionError
from service.store.errors import ConflictError, NotFoundError, is_away

log = logging.getLogger(__name__)


class PreconditionError(Exception):
    """A change came without saying what it changes."""

    def __init__(self) -> None:
        super().__init__(
            "send If-Match with the ETag that the incident was read with, so that nobody overwrites another"
        )


TYPE = "application/problem+json"
STATUS: dict[type[Exception], HTTPStatus] = {
    BadCursorError: HTTPStatus.BAD_REQUEST,
    UnauthenticatedError: HTTPStatus.UNAUTHORIZED,
    ForbiddenError: HTTPStatus.FORBIDDEN,
    NotFoundError: HTTPStatus.NOT_FOUND,
    UnknownVersionError: HTTPStatus.NOT_FOUND,
    ModelsError: HTTPStatus.CONFLICT,
    ConflictError: HTTPStatus.CONFLICT,
    PreconditionError: HTTPStatus.PRECONDITION_REQUIRED,
    EmptySuppressionError: HTTPStatus.UNPROCESSABLE_ENTITY,
}
MODEL = {
    "type": "object",
    "required": ["type", "title", "status"],
    "properties": {
        "type": {"type": "string", "default": "about:blank"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "errors": {"type": "array", "items": {"type": "object"}},
    },
}

Handler = Callable[[Request, Any], Response]


def problem(status: int, detail: str, headers: Mapping[str, str] | None = None, **more: object) -> Response:
    """Return an answer that says what is wrong and what to do next."""
    body = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": detail, **more}
    return JSONResponse(body, status, headers, TYPE)


def install_problems(app: FastAPI, otherwise: Handler | None = None) -> None:
    """Answer every error of an application as a problem; `otherwise` answers unknown addresses outside the API."""
    for error in STATUS:
        app.add_exception_handler(error, _known)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http(otherwise))
    app.add_exception_handler(SQLAlchemyError, _database)
    app.add_exception_handler(Exception, _unknown)


def _known(request: Request, error: Exception) -> Response:
    status = next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)
    if isinstance(error, ConflictError) and "if-match" in request.headers:
        status = HTTPStatus.PRECONDITION_FAILED
    return problem(status, str(error), _challenge(error))


def _challenge(error: Exception) -> dict[str, str]:
    if isinstance(error, UnauthenticatedError):
        hint = ', error="invalid_token"' if error.is_shown else ""
        return {"WWW-Authenticate": f'Bearer realm="unwonted"{hint}'}
    if isinstance(error, ForbiddenError) and error.scope:
        return {"WWW-Authenticate": f'Bearer realm="unwonted", error="insufficient_scope", scope="{error.scope}"'}
    return {}


def _invalid(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101  # it was registered for these
    wrong = [{"where": ".".join(map(str, one["loc"])), "what": one["msg"]} for one in error.errors()]
    first = f"{wrong[0]['where']}: {wrong[0]['what']}" if wrong else "the request cannot be read"
    return problem(HTTPStatus.UNPROCESSABLE_ENTITY, first, errors=wrong)


def _http(otherwise: Handler | None) -> Handler:
    def answer(request: Request, error: HTTPException) -> Response:
        if otherwise is not None and not request.url.path.startswith(("/api/", "/hooks/", "/services/", "/v1/")):
            return otherwise(request, error)
        detail = _DETAILS.get(error.status_code, str(error.detail))
        if error.detail != HTTPStatus(error.status_code).phrase:
            detail = str(error.detail)
        return problem(error.status_code, detail, error.headers)

    return answer


_DETAILS = {
    404: "there is nothing at this address; /api/v1/openapi.json lists those there are",
    405: "this address does not answer that method; /api/v1/openapi.json lists those it does",
}


def _database(request: Request, error: Exception) -> Response:
    """Answer for a database: busy or away it may be back in a moment; anything else is a fault of ours."""
    if not is_away(error):
        return _unknown(request, error)
    log.warning("store_away", extra={"path": request.url.path, "error": type(error).__name__})
    detail = "the store cannot be reached now; ask again in a moment"
    return problem(HTTPStatus.SERVICE_UNAVAILABLE, detail, {"Retry-After": "5"})


def _unknown(request: Request, error: Exception) -> Response:
    log.error("request_failed", extra={"method": request.method, "path": request.url.path}, exc_info=error)
    return problem(HTTPStatus.INTERNAL_SERVER_ERROR, "something went wrong here; the service's log says what")
