"""`unwonted poll`: fetches now, tells how it went, and leaves to a running service what it fetches."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from service.lease import Lease
from service.store import pollers
from service.store.database import Database
from service.store.pollers import PollerState
from tests.collector.pollers.github import AuditLog, entry
from tests.collector.pollers.vendor import Vendor, status
from unwonted.cli import app
from unwonted.commands.poll import words_of
from unwonted.doctor import Check, State, examine
from unwonted.settings import Settings


@pytest.fixture
def vendor() -> Iterator[Vendor]:
    """Return a server with an audit log of 150 entries."""
    with Vendor() as served:
        AuditLog(served).entries = [entry(number, at=time.time() - 9_000 + number) for number in range(150)]
        yield served


@pytest.fixture
def data(vendor: Vendor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a data folder of a service that is to fetch from it, and from one that is not there."""
    monkeypatch.setenv("UNWONTED_GITHUB_API", vendor.url)
    monkeypatch.setenv("UNWONTED_GITHUB_TOKEN", "s3cret")
    monkeypatch.setenv("UNWONTED_GITHUB_AUDIT", "acme,missing")
    return tmp_path / "data"


def poll(data: Path, *words: str) -> Result:
    """Return what the command comes to."""
    return CliRunner().invoke(app, ["poll", *words, "--data", str(data)])


def checks(data: Path) -> list[Check]:
    """Return what the doctor says of pollers."""
    settings = Settings.load({"data": data, "port": 0})
    return [check for check in examine(settings) if check.name.startswith("poller")]


def test_fetches_what_is_named(data: Path) -> None:
    """Everything there is arrives; the second time there is nothing new."""
    result = poll(data, "github.audit/acme")
    assert (result.exit_code, result.output) == (
        0,
        "github.audit/acme: done; 150 events, 0 unreadable, 0 missed\n",
    )
    again = json.loads(poll(data, "github.audit/acme", "--json").output)
    assert (again["state"], again["missed"]) == ("done", 0)


def test_failure_is_told_and_stops_no_other(data: Path) -> None:
    """The exit code is 1, the reason is told, and what could be fetched was."""
    result = poll(data)
    assert result.exit_code == 1
    assert "github.audit/acme: done; 150 events" in result.output
    assert "github.audit/missing: failed" in result.output
    assert "read:audit_log" in result.output


def test_limit_is_told(data: Path, vendor: Vendor) -> None:
    """A server that asks to wait is no failure."""
    vendor.faults.append(status(429, {"Retry-After": "600"}))
    result = poll(data, "github.audit/acme")
    assert (result.exit_code, "waits; 0 events" in result.output) == (0, True)
    assert "more can be asked for in 10 min" in result.output


def test_running_service_is_asked_instead(data: Path, vendor: Vendor) -> None:
    """What another process fetches is left to it; its next turn comes at once."""
    poll(data, "github.audit/acme")
    database = Database.open(data / "store.sqlite")
    assert Lease(database, "poller github.audit/acme", "service").is_held()
    vendor.asked.clear()
    result = poll(data, "github.audit/acme")
    assert (result.exit_code, "left" in result.output, vendor.asked) == (0, True, [])
    with database.reading() as connection:
        state = pollers.state_of(connection, "github.audit/acme")
    database.close()
    assert state is not None
    assert state.next_at == 0.0


def test_list_tells_how_each_is_doing(data: Path, vendor: Vendor) -> None:
    """Nothing is fetched; what was fetched and what failed is told."""
    poll(data)
    vendor.asked.clear()
    result = poll(data, "--list")
    assert vendor.asked == []
    assert "github.audit/acme: fetched well" in result.output
    assert "150 events, 0 unreadable, 0 missed, everything up to" in result.output
    assert "github.audit/missing: failed 1 times in a row" in result.output
    told = [json.loads(line) for line in poll(data, "--list", "--json").output.splitlines()]
    assert [one["delivered"] for one in told] == [150, 0]


def test_unknown_name_tells_the_nearest(data: Path) -> None:
    """A name that is none is refused with the one that was meant."""
    result = poll(data, "github.audit/acm")
    assert (result.exit_code, "did you mean github.audit/acme?" in result.output) == (2, True)


def test_nothing_to_fetch_is_told(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings that name nothing are refused, with what to read."""
    monkeypatch.delenv("UNWONTED_GITHUB_AUDIT")
    result = poll(data)
    assert (result.exit_code, "docs/polling.md" in result.output) == (2, True)


def test_doctor_looks_at_each(data: Path) -> None:
    """One that fetched is well, one that failed is not, with what to do; one that never did is to better."""
    assert [check.state for check in checks(data)] == [State.WARN, State.WARN]
    poll(data)
    well, ill = checks(data)
    assert (well.state, ill.state) == (State.OK, State.BAD)
    assert "answered 404" in ill.text
    assert ill.advice.endswith("unwonted poll github.audit/missing")


def test_doctor_tells_a_wrong_setting(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A setting that the service would refuse is told."""
    monkeypatch.delenv("UNWONTED_GITHUB_TOKEN")
    (check,) = checks(data)
    assert (check.state, "UNWONTED_GITHUB_TOKEN" in check.text) == (State.BAD, True)


def test_doctor_tells_that_nobody_fetches(data: Path) -> None:
    """A poller whose turn is long overdue means that no service runs."""
    poll(data, "github.audit/acme")
    database = Database.open(data / "store.sqlite")
    with database.transaction() as connection:
        pollers.ask_now(connection, "github.audit/acme")
    database.close()
    assert "start unwonted serve" in checks(data)[0].advice


def test_words_before_anything_was_fetched() -> None:
    """One that only ever waited has fetched nothing."""
    assert words_of(PollerState("folder", "default", "folder"), 0.0) == "has not fetched anything yet"
