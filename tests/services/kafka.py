"""A real broker for tests: one node of Apache Kafka in a temporary folder, on free ports of loopback."""

from __future__ import annotations

import base64
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

GIVEN = "UNWONTED_TEST_KAFKA"
"""Servers (`host:port,...`) to use instead of starting one."""
CACHE = Path(os.environ.get("UNWONTED_TEST_CACHE") or Path.home() / ".cache" / "unwonted-tests")
_POM = Path(__file__).with_name("kafka-pom.xml")
_PATIENCE_S = 120.0
"""A machine that is busy with other tests starts a broker five times more slowly."""
_LEAN = ("-Xms64m", "-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")

_SERVER = """\
process.roles=broker,controller
node.id=1
controller.quorum.bootstrap.servers=127.0.0.1:{controller}
listeners={protocol}://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}
advertised.listeners={protocol}://127.0.0.1:{port}
listener.security.protocol.map={protocol}:{protocol},CONTROLLER:PLAINTEXT
controller.listener.names=CONTROLLER
inter.broker.listener.name={protocol}
log.dirs={data}
auto.create.topics.enable=false
log.cleaner.enable=false
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
broker.session.timeout.ms=1000
broker.heartbeat.interval.ms=200
"""
_LOG4J = """\
appender.out.type=Console
appender.out.name=OUT
appender.out.layout.type=PatternLayout
appender.out.layout.pattern=%d %p %c{1}: %m%n
rootLogger.level=INFO
rootLogger.appenderRef.out.ref=OUT
"""


class Broker:
    """A broker that can be stopped, killed and started again on the same ports and data."""

    def __init__(
        self,
        folder: Path,
        *,
        protocol: str = "PLAINTEXT",
        more: Mapping[str, str] | None = None,
        users: Sequence[str] = (),
    ) -> None:
        """Lay a broker out in an empty folder; `users` are what `--add-scram` takes, `more` further settings."""
        self.port, controller = _free_ports()
        self.servers = f"127.0.0.1:{self.port}"
        self.log = folder / "broker.log"
        self._folder = folder
        self._users = users
        self._process: subprocess.Popen[bytes] | None = None
        told = _SERVER.format(port=self.port, controller=controller, data=folder / "data", protocol=protocol)
        told += "".join(f"{name}={value}\n" for name, value in (more or {}).items())
        (folder / "server.properties").write_text(told, encoding="utf-8")
        (folder / "log4j2.properties").write_text(_LOG4J, encoding="utf-8")

    def start(self) -> None:
        """Start it, for the first time or again; return when it takes connections."""
        if not (self._folder / "data").exists():
            self._format()
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [*_java(*_LEAN, f"-Dlog4j2.configurationFile={self._folder / 'log4j2.properties'}"),
                 "kafka.Kafka", str(self._folder / "server.properties")],
                cwd=self._folder, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        self._await()

    def stop(self) -> None:
        """End it as an operator would."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End it as a power cut would."""
        self._end(signal.SIGKILL)

    def pause(self) -> None:
        """Let it hang, with its connections open."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on."""
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def resume_and_kill(self) -> None:
        """End it however it is."""
        if self._process is not None:
            self.resume()
            self.kill()

    def tail(self, lines: int = 60) -> str:
        """Return the end of its log."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:]) if self.log.exists() else ""

    def _format(self) -> None:
        cluster = base64.urlsafe_b64encode(secrets.token_bytes(16)).decode().rstrip("=")
        command = [*_java("-Xmx128m"), "kafka.tools.StorageTool", "format", "--standalone", f"--cluster-id={cluster}"]
        command += ["-c", str(self._folder / "server.properties")]
        command += [word for user in self._users for word in ("--add-scram", user)]
        done = subprocess.run(
            command, cwd=self._folder, capture_output=True, text=True, check=False, timeout=_PATIENCE_S
        )
        if done.returncode:
            raise RuntimeError(f"the broker's folder could not be formatted:\n{done.stdout}\n{done.stderr}")

    def _await(self) -> None:
        """Return when the port opens, which it does once the broker is ready."""
        assert self._process is not None
        until = time.monotonic() + _PATIENCE_S
        while time.monotonic() < until and self._process.poll() is None:
            with socket.socket() as tried:
                tried.settimeout(0.2)
                if tried.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.05)
        self.kill()
        raise RuntimeError(f"the broker did not start:\n{self.tail()}")

    def _end(self, number: signal.Signals) -> None:
        if self._process is None:
            return
        if self._process.poll() is None:
            self._process.send_signal(number)
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(30)
        self._process = None


@contextmanager
def own_broker(**how: Any) -> Iterator[Broker]:
    """Yield a broker of our own, started; it is stopped and removed in the end, and its log told where that was bad."""
    folder = Path(tempfile.mkdtemp(prefix="unwonted-kafka-"))
    broker = Broker(folder, **how)
    try:
        broker.start()
        yield broker
    except BaseException:
        sys.stderr.write(f"The broker's log ends:\n{broker.tail()}\n")
        raise
    finally:
        broker.resume_and_kill()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def kafka() -> Iterator[str]:
    """Return the servers of this process's tests; a test takes a prefix of its own."""
    if given := os.environ.get(GIVEN):
        yield given
        return
    with own_broker() as broker:
        yield broker.servers


@pytest.fixture
def breakable() -> Iterator[Broker]:
    """Return a broker of the test's own, to be stopped and killed."""
    with own_broker() as broker:
        yield broker


def new_prefix() -> str:
    """Return a prefix of topics that no other test has."""
    return f"test-{secrets.token_hex(4)}"


def libraries() -> Path:
    """Return the folder of the broker's archives, fetched by Maven where they are not there yet."""
    version = _POM.read_text(encoding="utf-8").split("<artifactId>kafka_2.13</artifactId>")[1]
    folder = CACHE / f"kafka-{version.split('<version>')[1].split('<')[0]}"
    if not (folder / "complete").exists():
        _fetch(folder)
    return folder


def _fetch(folder: Path) -> None:
    if not shutil.which("mvn"):
        raise RuntimeError("Maven (mvn) is missing: apt-get install maven, or make test; or name a broker in " + GIVEN)
    partial = Path(tempfile.mkdtemp(prefix="kafka-", dir=_made(folder.parent)))
    command = ["mvn", "-B", "-q", "-f", str(_POM), "dependency:copy-dependencies", "-DincludeScope=runtime"]
    done = subprocess.run(
        [*command, f"-DoutputDirectory={partial}"], capture_output=True, text=True, check=False, timeout=600
    )
    if done.returncode:
        shutil.rmtree(partial)
        raise RuntimeError(f"Maven could not fetch the broker:\n{done.stdout[-2000:]}")
    (partial / "complete").touch()
    try:
        partial.rename(folder)
    except OSError:  # another process was quicker
        shutil.rmtree(partial)


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _java(*options: str) -> list[str]:
    java = shutil.which("java")
    if not java:
        raise RuntimeError("Java is missing: apt-get install default-jre-headless; or name a broker in " + GIVEN)
    return [java, *options, "-cp", f"{libraries()}/*"]


def _free_ports() -> tuple[int, int]:
    with socket.socket() as one, socket.socket() as other:
        one.bind(("127.0.0.1", 0))
        other.bind(("127.0.0.1", 0))
        return one.getsockname()[1], other.getsockname()[1]


if __name__ == "__main__":  # make fetches with it
    print(libraries())  # noqa: T201
