"""Connections to other systems: verified, through the proxies that the environment names, with time limits."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import urllib3
from urllib3.exceptions import HTTPError, NewConnectionError, ProtocolError, ProxyError
from urllib3.exceptions import TimeoutError as HTTPTimeoutError

from collector.errors import CollectorError, PollError

CONNECT_S, READ_S = 10.0, 30.0
"""How long to wait for a connection, and for each part of an answer."""


class Transport:
    """Sends one request and returns its answer, whose body is yet to be read; never repeats, follows nothing."""

    def __init__(self, agent: str, ca: Path | None = None) -> None:
        """Name ourselves, and a file of authorities that are trusted instead of the machine's own."""
        self._agent = agent
        self._context = _context(ca)
        self._manager = lru_cache(maxsize=8)(self._new_manager)

    def send(self, method: str, url: str, headers: Mapping[str, str]) -> urllib3.BaseHTTPResponse:
        """Return the beginning of an answer; raise PollError that says why there is none."""
        parts = urlsplit(url)
        try:
            return self._manager(_proxy_for(parts.scheme, parts.hostname or "")).request(
                method,
                url,
                headers={"User-Agent": self._agent, "Accept-Encoding": "gzip", **headers},
                preload_content=False,
                redirect=False,
                retries=False,
                timeout=urllib3.Timeout(connect=CONNECT_S, read=READ_S),
            )
        except (HTTPError, ValueError) as error:
            raise PollError(f"{place_of(url)} cannot be reached: {reason_of(error)}") from None

    def _new_manager(self, proxy: str) -> urllib3.PoolManager:
        if proxy:
            return urllib3.ProxyManager(proxy, ssl_context=self._context, proxy_headers=_proxy_login(proxy))
        return urllib3.PoolManager(ssl_context=self._context)


def place_of(url: str) -> str:
    """Return a URL as it may be told: what follows a `?` may be a signature.

    >>> place_of("https://ada:hush@logs.example:8443/a/b?sig=secret")
    'https://logs.example:8443/a/b'
    """
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def reason_of(error: Exception) -> str:
    """Return what went wrong, without the objects that the library puts into its sentences."""
    if isinstance(error, ProxyError):
        return f"the proxy: {reason_of(error.original_error)}"
    if isinstance(error, HTTPTimeoutError) and not isinstance(error, NewConnectionError):
        return "it did not answer in time"
    if isinstance(error, ProtocolError):
        return "the answer breaks off"
    text = " ".join(str(error).split())
    return (text.partition("): ")[2] or text or type(error).__name__)[:300]


def _context(ca: Path | None) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=ca)
    except (OSError, ssl.SSLError) as error:
        reason = getattr(error, "strerror", None) or error
        raise CollectorError(f"{ca} cannot be read as certificates of authorities: {reason}") from None


def _proxy_for(scheme: str, host: str) -> str:
    """Return the proxy that the environment names for a host, empty where there is none."""
    proxies = getproxies()
    if not proxies or proxy_bypass(host):
        return ""
    proxy = proxies.get(scheme) or proxies.get("all") or ""
    return proxy if not proxy or "://" in proxy else f"http://{proxy}"


def _proxy_login(proxy: str) -> Mapping[str, str] | None:
    login = urlsplit(proxy).netloc.rpartition("@")[0]
    return urllib3.make_headers(proxy_basic_auth=login) if login else None
