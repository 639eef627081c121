"""The SARIF log is one that other tools can read."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.service.stand_ins import make_incident
from tests.unwonted.samples import make_report
from unwonted.report.sarif import to_sarif


def run_of(*risks: float, top: int | None = None) -> Any:
    """Return the one run of a log with incidents of these risks."""
    incidents = [make_incident(f"inc_{n}", risk=risk) for n, risk in enumerate(risks)]
    log = json.loads(to_sarif(make_report(incidents), "1.2.3", top))
    assert log["version"] == "2.1.0"
    return log["runs"][0]


def test_tool_is_named() -> None:
    """A log without results still says who made it."""
    run = run_of()
    assert (run["tool"]["driver"]["name"], run["tool"]["driver"]["version"], run["results"]) == (
        "Unwonted",
        "1.2.3",
        [],
    )


def test_result_names_its_rule() -> None:
    """The rule of a result is the one at its index."""
    run = run_of(50.0)
    result = run["results"][0]
    assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]


@pytest.mark.parametrize(("risk", "level"), [(95.0, "error"), (80.0, "warning"), (10.0, "note")])
def test_level_follows_risk(risk: float, level: str) -> None:
    """Yearly incidents are errors, monthly ones warnings, the rest notes."""
    assert run_of(risk)["results"][0]["level"] == level


def test_result_keeps_its_identity() -> None:
    """The fingerprint is the incident's id, the same every run."""
    assert run_of(50.0)["results"][0]["partialFingerprints"] == {"incident/v1": "inc_0"}


def test_message_says_why() -> None:
    """The message holds title, reason and how often."""
    text = run_of(50.0)["results"][0]["message"]["text"]
    assert text == "user:mona did odd. first odd by user:mona. One like it about every 6 weeks."


def test_top() -> None:
    """A limit leaves out the incidents ranked lower."""
    assert len(run_of(50.0, 40.0, top=1)["results"]) == 1
