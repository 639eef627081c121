"""What is fetched by a running service: what the settings name, and no poller stands in another's way."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from collector.errors import CollectorError
from tests.collector.pollers.github import AuditLog, entry
from tests.collector.pollers.vendor import Asked, Reply, Vendor
from tests.unwonted.running import Running, running
from unwonted.errors import UsageError
from unwonted.serving.polling import Pollers
from unwonted.settings import Settings


@pytest.fixture
def vendor() -> Iterator[Vendor]:
    """Return a server that answers on loopback."""
    with Vendor() as served:
        yield served


def names(**settings: object) -> list[str]:
    """Return the names of the pollers that settings make."""
    return [wanted.name for wanted in Pollers(Settings(**settings)).all]  # type: ignore[arg-type]


def test_nothing_is_fetched_unless_asked() -> None:
    """A service that is told nothing asks nobody."""
    assert names() == []


def test_settings_name_what_is_fetched() -> None:
    """Each name makes a poller of its own, once."""
    found = names(github_audit="acme, enterprise:big, acme", github_hooks="acme,acme/pay", github_token="s3cret")
    assert found[:2] == ["github.audit/acme", "github.audit/enterprise:big"]
    assert found[2:] == ["github.hooks/acme", "github.hooks/acme/pay"]
    assert names(github_logs="acme/*,!acme/site,mona/tool", github_token="s3cret") == [
        "github.logs/acme",
        "github.logs/mona",
    ]
    assert names(poll_folder=Path("bucket")) == ["folder"]
    every = names(gitlab_audit="group:acme,instance", gitlab_pipelines="acme/*", gitlab_logs="x/y", gitlab_token="t")
    assert every == ["gitlab.audit/group:acme", "gitlab.audit/instance", "gitlab.pipelines/acme", "gitlab.logs/x"]


def test_missing_token_is_told() -> None:
    """What is to be fetched without anything that proves who asks is refused with the names of the settings."""
    with pytest.raises(UsageError, match=r"UNWONTED_GITHUB_AUDIT names.*UNWONTED_GITHUB_TOKEN"):
        names(github_audit="acme")
    with pytest.raises(UsageError, match=r"UNWONTED_GITLAB_LOGS names.*UNWONTED_GITLAB_TOKEN"):
        names(gitlab_logs="acme/*")


def test_names_that_mean_nothing_are_told() -> None:
    """What cannot be looked for is refused with the setting and what may stand there."""
    with pytest.raises(UsageError, match=r"UNWONTED_GITHUB_LOGS: acme names no repository"):
        names(github_logs="acme", github_token="s3cret")
    with pytest.raises(UsageError, match=r"UNWONTED_GITLAB_AUDIT: acme names nothing"):
        names(gitlab_audit="acme", gitlab_token="t")


def test_app_needs_its_key() -> None:
    """An App without a key, and a key that is none, are told."""
    with pytest.raises(UsageError, match="names `app`, which needs UNWONTED_GITHUB_APP"):
        names(github_hooks="app", github_token="s3cret")
    with pytest.raises(UsageError, match="UNWONTED_GITHUB_APP_KEY is not"):
        names(github_app="Iv1.example", github_audit="acme")
    with pytest.raises(CollectorError, match="no RSA key in PEM"):
        names(github_app="Iv1.example", github_app_key="x", github_audit="acme")


def test_authorities_that_cannot_be_read_are_told(tmp_path: Path) -> None:
    """A file that holds no certificate is named."""
    (tmp_path / "ca.pem").write_text("none")
    with pytest.raises(CollectorError, match=r"ca\.pem cannot be read as certificates"):
        names(poll_ca=tmp_path / "ca.pem")


@pytest.mark.parametrize("url", ["http://github.example/api/v3", "github.example", "ftp://github.example"])
def test_address_that_shows_the_token_is_refused(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A token is sent encrypted, or to this machine."""
    monkeypatch.setenv("UNWONTED_GITHUB_API", url)
    with pytest.raises(UsageError, match="UNWONTED_GITHUB_API: write a URL that begins with https"):
        Settings.load({})


@pytest.mark.service
def test_service_fetches(vendor: Vendor, tmp_path: Path) -> None:
    """Events arrive, a poller that fails is measured, and the service is ready all the same."""
    AuditLog(vendor).entries = [entry(number, at=time.time() - 9_000 + 10 * number) for number in range(250)]
    told = {
        "UNWONTED_GITHUB_API": vendor.url,
        "UNWONTED_GITHUB_TOKEN": "s3cret",
        "UNWONTED_GITHUB_AUDIT": "missing, acme",
    }
    with running(tmp_path / "log", "serve", "--port", "0", "--data", str(tmp_path / "data"), env=told) as service:
        assert service.eventually(lambda: measure(service, 'events_total{poller="github.audit/acme"}') == 250.0)
        assert service.eventually(lambda: measure(service, 'failures{poller="github.audit/missing"}'))
        assert service.eventually(lambda: "unwonted_worker_events_total 250.0\n" in str(service.get("/metrics")))
        assert service.request("/readyz").status == 200
        assert service.stop() == 0
        assert "audit-log answered 404" in service.log
        assert "s3cret" not in service.log


def measure(service: Running, name: str) -> float | None:
    """Return one of the measures of pollers."""
    lines = str(service.get("/metrics")).splitlines()
    return next((float(line.split()[-1]) for line in lines if line.startswith(f"unwonted_poller_{name}")), None)


@pytest.mark.service
def test_service_ends_while_a_server_is_slow(vendor: Vendor, tmp_path: Path) -> None:
    """Whoever stops a service does not wait for the server that a poller waits for."""
    asked, answered = threading.Event(), threading.Event()

    def hang(_: Asked) -> Reply:
        asked.set()
        answered.wait(60.0)
        return Reply(value=[])

    vendor.routes["/orgs/acme/audit-log"] = hang
    told = {"UNWONTED_GITHUB_API": vendor.url, "UNWONTED_GITHUB_TOKEN": "s3cret", "UNWONTED_GITHUB_AUDIT": "acme"}
    with running(tmp_path / "log", "serve", "--port", "0", "--data", str(tmp_path / "data"), env=told) as service:
        assert asked.wait(60.0)
        begun = time.monotonic()
        assert service.stop() == 0
        assert time.monotonic() - begun < 20.0
        answered.set()
