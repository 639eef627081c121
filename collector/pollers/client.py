"""The client: asks another system so that nothing half is taken for whole, and so that it is not asked too often."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple
from urllib.parse import urlencode, urljoin, urlsplit

import urllib3
from urllib3.exceptions import HTTPError

from collector.delivery import decode_json
from collector.errors import AnsweredError, DeliveryError, PollError, PostponedError
from collector.masking import mask_text
from collector.pollers.clock import Clock
from collector.pollers.limits import Allowance, server_time, spare_wait, wait_of
from collector.pollers.transport import Transport, place_of, reason_of

MAX_BODY = 32 << 20
"""Longest answer that is read, in bytes."""
TRIES = 4
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.5, 8.0
_WHOLE_S, _SLOWEST = 60.0, 50_000.0
"""How long an answer may take to arrive once it has begun: seconds, and bytes a second beyond them."""
_MOST_MOVES = 3
_CHUNK = 1 << 16
_ERROR_BODY = 64 << 10
_MOVED = frozenset({301, 302, 303, 307, 308})
_LINK = re.compile(r"<([^<>]{1,4000})>\s*((?:;[^,<]{0,400})+)")
_NEXT = re.compile(r'\brel="?[^"]*\bnext\b')


class Answer(NamedTuple):
    """What was answered: whole, and a success, or that nothing changed."""

    status: int
    headers: Mapping[str, str]
    """By lower-case names."""
    body: bytes = b""
    value: Any = None
    """The body as JSON."""

    @property
    def etag(self) -> str:
        """Return what to show next time, so that only a change is answered."""
        return self.headers.get("etag", "")

    @property
    def next_url(self) -> str:
        """Return where the list goes on, empty at its end.

        >>> Answer(200, {"link": '<https://api.example/a?after=x>; rel="next"'}).next_url
        'https://api.example/a?after=x'
        """
        links = _LINK.findall(self.headers.get("link", ""))
        return next((url for url, told in links if _NEXT.search(told)), "")


class _TryAgainError(PollError):
    """It may well be otherwise in a moment."""


class Client:
    """Asks one system, one request at a time; credentials go nowhere else."""

    def __init__(
        self,
        base: str,
        transport: Transport,
        credentials: Callable[[], Mapping[str, str]],
        clock: Clock,
        allowance: Allowance | None = None,
    ) -> None:
        """Ask what lies under a base URL with the headers that prove who we are."""
        self.base = base.rstrip("/")
        self.clock_ahead_s: float | None = None
        """The server's clock minus ours, as its last answer told."""
        self._transport = transport
        self._credentials = credentials
        self._clock = clock
        self._allowance = allowance
        self._rests_until = 0.0

    def get(self, path: str, query: Mapping[str, str] | None = None, *, etag: str = "") -> Answer:
        """Return an answer, with status 304 where what the tag stands for has not changed.

        Raise PostponedError where the server says when to ask again, AnsweredError where it says no, and PollError
        where it cannot be asked, after a few tries.
        """
        url = f"{self._url(path)}{'?' + urlencode(query) if query else ''}"
        headers = {"If-None-Match": etag} if etag else {}
        for number in range(TRIES):
            try:
                return self._get(url, headers)
            except _TryAgainError as error:
                if number == TRIES - 1:
                    raise PollError(f"{error} (asked {TRIES} times)") from None
                self._clock.pause(self._pause_after(number))
        raise AssertionError  # pragma: no cover

    def post(self, path: str, body_limit: int = _ERROR_BODY) -> Answer:
        """Return the answer to a request that is made once, whatever comes of it."""
        url = self._url(path)
        with self._asked("POST", url, self._credentials()) as response:
            return self._whole(response, url, body_limit)

    @contextmanager
    def download(self, path: str, limit: int) -> Iterator[Iterator[bytes]]:
        """Yield the chunks of a text that the server may keep elsewhere; our credentials do not go there.

        Raise as `get` does, and PollError where the text breaks off or is longer than the limit.
        """
        url, headers = self._url(path), self._credentials()
        for _ in range(_MOST_MOVES):
            with self._asked("GET", url, headers) as response:
                if response.status not in _MOVED:
                    self._check(response, url)
                    yield self._chunks(response, url, limit)
                    return
                moved = self._moved_to(response, url)
            headers = self._credentials() if self._is_ours(moved) else {}
            url = moved
        raise PollError(f"{place_of(url)} is answered by one redirection after another")

    def _get(self, url: str, headers: Mapping[str, str]) -> Answer:
        for _ in range(_MOST_MOVES):
            with self._asked("GET", url, {**self._credentials(), **headers}) as response:
                if response.status == 304:
                    self._note(response, url)
                    self._count(-1)  # it counts for nobody
                    return Answer(304, _headers(response))
                if response.status not in _MOVED:
                    return self._decoded(self._whole(response, url, MAX_BODY), url)
                moved = self._moved_to(response, url)
            if not self._is_ours(moved):
                raise PollError(f"{place_of(url)} sends us to {place_of(moved)}, where our token must not go")
            url = moved
        raise PollError(f"{place_of(url)} is answered by one redirection after another")

    @contextmanager
    def _asked(self, method: str, url: str, headers: Mapping[str, str]) -> Iterator[urllib3.BaseHTTPResponse]:
        now = self._clock.now()
        if now < self._rests_until:
            raise PostponedError(self._rests_until, "few requests are left, which others need too")
        self._count(1)
        try:
            response = self._transport.send(method, url, headers)
        except PollError as error:
            raise _TryAgainError(str(error)) from None
        try:
            yield response
        finally:
            response.close()  # where it was read to its end, the connection is back in its pool already

    def _whole(self, response: urllib3.BaseHTTPResponse, url: str, limit: int) -> Answer:
        self._check(response, url)
        body = b"".join(self._chunks(response, url, limit))
        return Answer(response.status, _headers(response), body)

    def _decoded(self, answer: Answer, url: str) -> Answer:
        try:
            return answer._replace(value=decode_json(answer.body))
        except DeliveryError as error:
            raise _TryAgainError(f"{place_of(url)} answered what is no JSON: {error}") from None

    def _check(self, response: urllib3.BaseHTTPResponse, url: str) -> None:
        """Raise unless an answer is a success."""
        self._note(response, url)
        if 200 <= response.status < 300:
            return
        now = self._clock.now()
        body = b"".join(self._chunks(response, url, _ERROR_BODY, is_cut=True))
        wait = wait_of(response.status, _headers(response), body, now)
        told = f"{place_of(url)} answered {response.status}{_said(body)}"
        if wait is not None:
            raise PostponedError(now + wait, f"{told}: it asks us to wait {wait:.0f} s")
        if response.status >= 500 or response.status in {408, 425}:
            raise _TryAgainError(told)
        raise AnsweredError(response.status, told)

    def _count(self, requests: int) -> None:
        if self._allowance is not None:
            self._allowance.take(requests)

    def _note(self, response: urllib3.BaseHTTPResponse, url: str) -> None:
        """Keep what our own server tells of its clock, and of how many requests are left."""
        if not self._is_ours(url):
            return
        headers, now = _headers(response), self._clock.now()
        here = server_time(headers)
        if here is not None:
            self.clock_ahead_s = here - now
        spare = spare_wait(headers, now) if response.status < 400 else None
        self._rests_until = now + spare if spare else 0.0

    def _chunks(
        self, response: urllib3.BaseHTTPResponse, url: str, limit: int, *, is_cut: bool = False
    ) -> Iterator[bytes]:
        """Yield a body; raise where it breaks off, drips or is too long, unless it may be cut."""
        until, size = self._clock.steady() + _WHOLE_S, 0
        try:
            for chunk in response.stream(_CHUNK, decode_content=True):
                size += len(chunk)
                if size > limit and is_cut:
                    return
                if size > limit:
                    raise PollError(f"{place_of(url)} answers with more than {limit >> 20} MiB")
                if self._clock.steady() > until + size / _SLOWEST:
                    raise _TryAgainError(f"{place_of(url)}: the answer does not end")
                yield chunk
        except (HTTPError, OSError) as error:
            if not is_cut:
                raise _TryAgainError(f"{place_of(url)}: {reason_of(error)}") from None

    def _moved_to(self, response: urllib3.BaseHTTPResponse, url: str) -> str:
        moved = urljoin(url, response.headers.get("location", ""))
        if urlsplit(moved).scheme != "https" and urlsplit(moved).scheme != urlsplit(self.base).scheme:
            raise PollError(f"{place_of(url)} sends us to {place_of(moved)}, which is not encrypted")
        return moved

    def _url(self, path: str) -> str:
        """Return the URL of a path, or one that an answer named, which must be this system's."""
        if "://" not in path:
            return f"{self.base}/{path.lstrip('/')}"
        if not self._is_ours(path):
            raise PollError(f"{self.base} names {place_of(path)}, where our token must not go")
        return path

    def _is_ours(self, url: str) -> bool:
        ours, theirs = urlsplit(self.base), urlsplit(url)
        return (ours.scheme, ours.netloc.lower()) == (theirs.scheme, theirs.netloc.lower())

    def _pause_after(self, failures: int) -> float:
        longest = min(_FIRST_PAUSE_S * 2.0**failures, _LONGEST_PAUSE_S)
        return longest * (0.5 + 0.5 * self._clock.draw())


def _headers(response: urllib3.BaseHTTPResponse) -> dict[str, str]:
    return {name.lower(): value for name, value in response.headers.items()}


def _said(body: bytes) -> str:
    """Return what an error says of itself, as the end of a sentence."""
    try:
        value = decode_json(body)
    except DeliveryError:
        return ""
    told = (value.get("message") or value.get("error")) if isinstance(value, dict) else None
    return f", {mask_text(str(told))[:200]}" if told else ""
