"""The JSON document holds exactly the promised fields."""

from __future__ import annotations

import json
from typing import Any

import pytest

from service.incident import Incident
from tests.service.stand_ins import make_incident
from tests.unwonted.samples import hostile_incident, make_report
from unwonted.report.document import to_json


def document(*incidents: Incident, top: int | None = None) -> Any:
    """Return the document of a report as a reader sees it; what is no JSON, such as NaN, is an error."""

    def refuse(constant: str) -> None:
        raise ValueError(constant)

    return json.loads(to_json(make_report(incidents), "1.2.3", top), parse_constant=refuse)


def test_top_level() -> None:
    """Version, sources, model and incidents, and nothing else."""
    assert document() == {
        "unwonted": "1.2.3",
        "sources": [
            {
                "path": "audit.ndjson",
                "source": "github.audit",
                "events": 1500,
                "skipped": 0,
                "first_at": "2026-01-01T00:00:00Z",
                "last_at": "2026-01-31T00:00:00Z",
            }
        ],
        "model": {"version": "stub"},
        "incidents": [],
    }


def test_incident() -> None:
    """An incident has its rank, its reasons in words and numbers, and its events."""
    assert document(make_incident("inc_1"))["incidents"] == [
        {
            "id": "inc_1",
            "rank": 1,
            "risk": 50.0,
            "status": "new",
            "title": "user:mona did odd",
            "summary": "It is odd.",
            "first_at": "2026-01-01T00:00:00Z",
            "last_at": "2026-01-01T00:00:00Z",
            "event_count": 1,
            "actors": ["user:mona"],
            "entities": ["repo:acme/pay"],
            "reasons": [
                {
                    "feature": "action_of_actor",
                    "text": "first odd by user:mona",
                    "value": "odd",
                    "usual": "git.clone",
                    "weight": 9.5,
                }
            ],
            "events": [
                {
                    "ref": "ref-inc_1-0",
                    "time": "2026-01-01T00:00:00Z",
                    "action": "odd",
                    "actor": "user:mona",
                    "entity": "repo:acme/pay",
                    "score": 8.0,
                    "p_value": 0.00390625,
                    "role": "finding",
                }
            ],
        }
    ]


@pytest.mark.parametrize(("top", "shown"), [(None, 3), (2, 2), (0, 0), (9, 3)])
def test_top(top: int | None, shown: int) -> None:
    """Without a limit all incidents are told; ranks run from one."""
    incidents = document(*(make_incident(f"inc_{n}") for n in range(3)), top=top)["incidents"]
    assert [incident["rank"] for incident in incidents] == list(range(1, shown + 1))


def test_text_is_told_as_it_is() -> None:
    """JSON can hold any text; it is not changed for it."""
    text = 'a\x1b[31m"\u202e</script>'
    assert document(hostile_incident(text))["incidents"][0]["title"] == text


def test_numbers_are_json() -> None:
    """What is no number is null, never NaN."""
    assert document(make_incident(risk=float("nan")))["incidents"][0]["risk"] is None
