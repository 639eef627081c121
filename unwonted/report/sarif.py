"""SARIF 2.1.0: incidents as results, for dashboards that read static-analysis logs."""

from __future__ import annotations

from typing import Any

import msgspec

from service.incident import Incident
from service.words import plain, rfc3339, title_of
from unwonted.report import verdict
from unwonted.report.report import Report

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_RULE = "unusual-activity"


def to_sarif(report: Report, version: str, top: int | None) -> bytes:
    """Return the log; `top` leaves out the incidents ranked lower.

    An incident is about people and their acts, not about a line of a file: its locations are
    logical ones, and its level follows its risk.
    """
    rule = {
        "id": _RULE,
        "name": "UnusualActivity",
        "shortDescription": {"text": "Activity that is unusual in this organisation's own history."},
        "help": {"text": "Read the reasons, look at the events by their references, ask the people named."},
    }
    run: dict[str, Any] = {
        "tool": {"driver": {"name": "Unwonted", "version": version, "rules": [rule]}},
        "results": [_result(incident, rank, report) for rank, incident in enumerate(report.incidents[:top], 1)],
        "columnKind": "unicodeCodePoints",
    }
    log = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}
    return msgspec.json.format(msgspec.json.encode(log), indent=2) + b"\n"


def _result(incident: Incident, rank: int, report: Report) -> dict[str, Any]:
    reasons = "; ".join(plain(reason.text, 300) for reason in incident.reasons[:3])
    often = verdict.frequency(incident.return_period_s, report)
    return {
        "ruleId": _RULE,
        "ruleIndex": 0,
        "level": _level(incident.risk),
        "rank": round(min(100.0, max(0.0, incident.risk)), 3),
        "message": {"text": f"{title_of(incident)}. {reasons}. One like it {often}."},
        "locations": [
            {"logicalLocations": [{"fullyQualifiedName": plain(entity, 300), "kind": "resource"}]}
            for entity in incident.entities[:20]
        ],
        "partialFingerprints": {"incident/v1": incident.id},
        "properties": {
            "rank": rank,
            "first_at": rfc3339(incident.first_at),
            "last_at": rfc3339(incident.last_at),
            "actors": incident.actors,
            "refs": [event.ref for event in incident.events],
        },
    }


def _level(risk: float) -> str:
    return "error" if risk >= 90 else "warning" if risk >= 75 else "note"
