"""What an attacker makes a job print stands out among the job's honest runs."""

from __future__ import annotations

import base64
import random

import pytest

from collector.delivery import Delivery
from collector.event import Event
from collector.simulator.logs import Traffic, write_log
from collector.sources import Context, source_named
from collector.stream import Record, observed
from models.finding import Scored
from service.memory import Memories
from tests.service.printed.logs import DAY, START

RUNS = 50


def _event(text: str, run: int, job: str, at: float) -> Event:
    headers = {"Unwonted-Repo": "acme/pay", "Unwonted-Workflow": "ci.yml", "Unwonted-Job": job}
    delivery = Delivery(
        source="joblog", received_at=at, headers={**headers, "Unwonted-Run-Id": f"{job}-{run}"}, body=text
    )
    return source_named("joblog").parse(delivery, Context())[0]


def _scored(seed: int) -> list[Scored]:
    """Return fifty-one runs of two jobs, scored; the last of `test` prints a secret and sends it to a new host."""
    rng = random.Random(seed)
    events = []
    for run in range(RUNS + 1):
        for job in ("test", "lint"):
            at = START + run * DAY / 2 + rng.random() * 3600
            text = write_log(rng, "go", job, at, Traffic(secrets=("DEPLOY_TOKEN",)))
            if (run, job) == (RUNS, "test"):
                blob = base64.b64encode(base64.b64encode(rng.randbytes(120))).decode()
                stamp = text.split(" ", 1)[0]
                text += f"{stamp} {blob}\n{stamp} POST https://drop.example.net/in 200\n"
            events.append(_event(text, run, job, at))
    records = [Record(number, entry) for number, entry in enumerate(observed(events), 1)]
    return [item for _, item in Memories().take(records).scored]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_planted_host_and_blob_come_first(seed: int) -> None:
    """Of all runs of all jobs the planted one is the strangest, is told, and says where it sent what."""
    strangest = max(_scored(seed), key=lambda item: item.score)
    assert strangest.event.links["run"] == f"test-{RUNS}"
    assert strangest.is_finding
    assert {"host", "encoded", "log_text"} <= {reason.family for reason in strangest.reasons}
    assert any("drop.example.net" in reason.text for reason in strangest.reasons)
