"""Signing in by a token, for browsers: the token is kept in a cookie that no script and no other site can use."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Query, Request, Response
from fastapi.responses import RedirectResponse

from service.web.desk import COOKIE, Desk, bare_context
from service.web.security import local_path, same_origin

DAYS = 30


def add_login(router: APIRouter, desk: Desk) -> None:
    """Add the pages for signing in and out."""

    @router.get("/login")
    def login(next: Annotated[str, Query(max_length=2000)] = "/") -> Response:  # noqa: A002  # what the field is called
        return desk.render("login.html", bare_context() | {"next": local_path(next), "failure": ""})

    @router.post("/login", dependencies=[Depends(same_origin)])
    def sign_in(
        request: Request,
        token: Annotated[str, Form(max_length=500)],
        next: Annotated[str, Form(max_length=2000)] = "/",  # noqa: A002
    ) -> Response:
        caller = desk.access.caller(request, token.strip())
        if caller is None or not caller.may("read"):
            failure = "This token is not known, was revoked, or may not read. Check that all of it was copied."
            return desk.render("login.html", bare_context() | {"next": local_path(next), "failure": failure}, 403)
        answer = RedirectResponse(local_path(next), 303)
        answer.set_cookie(
            COOKIE,
            token.strip(),
            max_age=DAYS * 86_400,
            httponly=True,
            samesite="strict",
            secure=request.url.scheme == "https",
        )
        return answer

    @router.post("/logout", dependencies=[Depends(same_origin)])
    def sign_out() -> Response:
        answer = RedirectResponse("/login", 303)
        answer.delete_cookie(COOKIE, httponly=True, samesite="strict")
        return answer
