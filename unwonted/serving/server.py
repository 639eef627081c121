"""The HTTP server of a service: a socket that is taken before anything starts, and uvicorn in a thread of its own."""

from __future__ import annotations

import errno
import ipaddress
import socket
import threading
from collections.abc import Callable
from typing import Any

import uvicorn

from unwonted.errors import ServiceError, UsageError

_BACKLOG = 2_048
GRACE_S = 5.0
"""How long open requests may take once the server was asked to stop; streams of events are cut then."""


def is_loopback(host: str) -> bool:
    """Return whether an address is reached from this machine only.

    >>> is_loopback("127.0.0.1"), is_loopback("localhost"), is_loopback("0.0.0.0"), is_loopback("::1")
    (True, True, False, True)
    """
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens; raise what says who has the port, or that the address is not ours."""
    try:
        family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except socket.gaierror:
        raise UsageError(f"--host {host}: there is no such address; write one such as 127.0.0.1") from None
    taken = socket.socket(family, socket.SOCK_STREAM)
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        taken.bind(address)
        taken.listen(_BACKLOG)
    except OSError as error:
        taken.close()
        raise _refused(error, host, port) from None
    return taken


def url_of(taken: socket.socket) -> str:
    """Return the URL under which a listening socket answers."""
    host, port = taken.getsockname()[:2]
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"


class Server:
    """uvicorn on a socket, in a thread; signals stay with whoever started it."""

    def __init__(self, app: Callable[..., Any], taken: socket.socket) -> None:
        options: dict[str, Any] = {"loop": "uvloop", "http": "httptools", "ws": "none", "lifespan": "on"}
        self._server = uvicorn.Server(
            uvicorn.Config(
                app,
                **options,
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=False,
                timeout_graceful_shutdown=int(GRACE_S),
            )
        )
        self.url = url_of(taken)
        self._taken = taken
        self.problem: str | None = None
        self._thread = threading.Thread(target=self._run, name="server", daemon=True)

    @property
    def is_started(self) -> bool:
        """Return whether it answers."""
        return self._server.started

    @property
    def is_alive(self) -> bool:
        """Return whether it has not ended."""
        return self._thread.is_alive()

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """Accept nothing new, and end what is open."""
        self._server.should_exit = True

    def join(self, timeout_s: float) -> bool:
        """Return whether it ended within so many seconds."""
        if self._thread.ident is not None:
            self._thread.join(max(timeout_s, 0.0))
        return not self._thread.is_alive()

    def _run(self) -> None:
        try:
            self._server.run(sockets=[self._taken])
        except (Exception, SystemExit) as error:  # noqa: BLE001  # the edge of the thread: the main one asks
            self.problem = f"the server failed: {type(error).__name__}: {error}"


def _refused(error: OSError, host: str, port: int) -> Exception:
    if error.errno == errno.EADDRINUSE:
        return ServiceError(
            f"port {port} of {host} is taken, perhaps by another `unwonted serve`: stop that one, "
            "or name another port (--port 0 takes a free one)"
        )
    if error.errno == errno.EADDRNOTAVAIL:
        return UsageError(f"--host {host}: this machine has no such address; 127.0.0.1 is always there")
    if error.errno == errno.EACCES:
        return ServiceError(f"port {port} may not be opened by this user; name one above 1023")
    return ServiceError(f"{host}:{port} cannot be listened on: {error.strerror}")
