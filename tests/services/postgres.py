"""A real PostgreSQL for tests: in a temporary folder, on a free port, crashed and started again at will."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import tempfile
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import URL, make_url

GIVEN = "UNWONTED_TEST_POSTGRES"
"""Variable that names a server to use instead, as a URL whose user may create databases."""
_START_S = 60
_ATTEMPTS = 5
_MISSING = f"PostgreSQL is missing: apt-get install postgresql, or name a server in {GIVEN}"
_ROOT_ACTS_AS = "postgres"
"""initdb and pg_ctl refuse root."""

NewDatabase = Callable[[], URL]
"""Makes an empty database and returns its address."""


class Server:
    """A server whose databases are made as they are asked for, and dropped in the end."""

    def __init__(self, admin: URL) -> None:
        self._admin = admin
        self._made: list[str] = []

    def new_database(self) -> URL:
        """Make an empty database; return its address."""
        name = f"unwonted_{uuid.uuid4().hex[:12]}"
        self._execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        self._made.append(name)
        return self._admin.set(database=name)

    def drop_databases(self) -> None:
        """Drop the databases that were made."""
        for name in self._made:
            self._execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def _execute(self, statement: sql.Composed) -> None:
        address = self._admin.set(drivername="postgresql").render_as_string(hide_password=False)
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute(statement)


class OwnServer(Server):
    """A server of our own in a folder."""

    def __init__(self, folder: Path, *, is_durable: bool = False) -> None:
        self._folder = folder
        self._is_durable = is_durable
        self._bin = _binaries()
        self._port = 0
        self._command("initdb", "-D", "data", "-U", "test", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N")
        self._start_on_a_free_port()
        super().__init__(
            URL.create("postgresql+psycopg", "test", host="127.0.0.1", port=self._port, database="postgres")
        )

    def start(self) -> None:
        """Start it, and wait until it answers."""
        options = f"-p {self._port} -c listen_addresses=127.0.0.1 -k {self._folder}"
        if not self._is_durable:
            options += " -c fsync=off -c full_page_writes=off"
        self._command("pg_ctl", "-D", "data", "-l", "log", "-w", "-t", str(_START_S), "-o", options, "start")

    def crash(self) -> None:
        """End it as a power cut would: what was not committed is lost, and it recovers at its next start."""
        self._command("pg_ctl", "-D", "data", "-w", "-m", "immediate", "stop")

    def stop(self) -> None:
        """End it where it runs; nobody needs it again."""
        if (self._folder / "data" / "postmaster.pid").exists():
            self.crash()

    def _start_on_a_free_port(self) -> None:
        for attempt in range(_ATTEMPTS):
            self._port = _free_port()
            try:
                self.start()
            except RuntimeError:
                if attempt == _ATTEMPTS - 1:
                    raise
            else:
                return

    def _command(self, name: str, *arguments: str) -> None:
        log = self._folder / "commands"
        with log.open("w") as output:  # a pipe would be held open by the server that pg_ctl starts
            done = subprocess.run(
                [self._bin / name, *arguments],
                cwd=self._folder,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**os.environ, "LC_ALL": "C.UTF-8"},
                check=False,
                user=_ROOT_ACTS_AS if os.geteuid() == 0 else None,
                group=_ROOT_ACTS_AS if os.geteuid() == 0 else None,
                extra_groups=[] if os.geteuid() == 0 else None,
            )
        if done.returncode:
            told = [path.read_text(errors="replace")[-2000:] for path in (log, self._folder / "log") if path.exists()]
            raise RuntimeError(f"{name} failed: {' '.join(told)}")


def own_server(*, is_durable: bool = False) -> Iterator[OwnServer]:
    """Yield a server of our own; it is stopped and removed in the end.

    Only a durable one waits for its disk: the others lose nothing by a crash of theirs, but would by a power cut.
    """
    folder = Path(tempfile.mkdtemp(prefix="unwonted-postgres-"))
    if os.geteuid() == 0:
        shutil.chown(folder, _ROOT_ACTS_AS, _ROOT_ACTS_AS)
    server = None
    try:
        server = OwnServer(folder, is_durable=is_durable)
        yield server
    finally:
        if server is not None:
            server.stop()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """Return the server of this process's tests."""
    if not (given := os.environ.get(GIVEN)):
        yield from own_server()
        return
    server = Server(make_url(given).set(drivername="postgresql+psycopg"))
    yield server
    server.drop_databases()


@pytest.fixture
def crashable() -> Iterator[OwnServer]:
    """Return a server of the test's own, to be crashed."""
    yield from own_server()


def _binaries() -> Path:
    """Return the folder of the newest server's programs; Debian does not put them on PATH."""
    found = list(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"))
    on_path = shutil.which("pg_ctl")
    if found:
        return max(found, key=lambda path: [int(number) for number in re.findall(r"\d+", path.parts[-3])]).parent
    if on_path:
        return Path(on_path).parent
    pytest.fail(_MISSING, pytrace=False)


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])
