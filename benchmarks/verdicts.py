"""What a verdict changes: a new workflow is pushed, judged, and pushed again, in simulated organisations."""

from __future__ import annotations

import copy
import random
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from benchmarks.tables import tell
from collector.delivery import delivery_of
from collector.event import Event
from collector.simulator import play
from collector.sources import Context, source_named
from models.scorer import Scorer

SEEDS = (2, 3, 4)
DAYS = 10
PUSHES = 25
"""Changes tried in each organisation, by strangers and by members who never did the like."""
VERDICTS: Mapping[str, bool | None] = {"none": None, "benign": True, "true_positive": False}


def main() -> None:
    """Count what is told again after each verdict, and tell it."""
    counted: Counter[tuple[str, str]] = Counter()
    for seed in SEEDS:
        for verdict, again in _told(seed):
            counted[verdict, again] += 1
    tell(
        "verdicts",
        [
            {
                "verdict": verdict,
                "findings before": counted.total() // len(VERDICTS),
                "told again": counted[verdict, "finding"],
                "settled": counted[verdict, "settled"],
                "below the threshold": counted[verdict, "below"],
            }
            for verdict in VERDICTS
        ],
    )


def _told(seed: int) -> Iterator[tuple[str, str]]:
    deliveries = play(seed, DAYS).deliveries
    events = {event.id: event for delivery in deliveries for event in _read(delivery)}
    pushes = [d for d in deliveries if d["headers"].get("X-GitHub-Event") == "push" and _is_main(d["body"])]
    scorer = Scorer()
    scorer.score(list(events.values()))
    known, last = scorer.arrays(), max(event.observed_at for event in events.values())
    rng = random.Random(seed)  # noqa: S311  # a benchmark, not a secret
    for _ in range(PUSHES):
        push, other = rng.choice(pushes), rng.choice(pushes)
        login = rng.choice(("newcomer", other["body"]["sender"]["login"]))
        at, lag = last + rng.choice((600.0, 3600.0, 36_000.0)), rng.choice((60.0, 120.0, 900.0, 3600.0))
        first, again = _changed(push, at, login), _changed(push, at + lag, login)
        for verdict, is_usual in VERDICTS.items():
            restored = Scorer.from_arrays(known)
            if not restored.score([first])[0].is_finding:
                break
            if is_usual is not None:
                restored.learn_verdict([first], is_usual=is_usual)
            (scored,) = restored.score([again])
            yield verdict, "finding" if scored.is_finding else "settled" if scored.settled else "below"


def _read(delivery: object) -> list[Event]:
    read = delivery_of(delivery)
    return source_named(read.source).parse(read, Context())


def _is_main(body: dict[str, Any]) -> bool:
    return bool(body["ref"] == "refs/heads/main")


def _changed(push: dict[str, Any], at: float, login: str) -> Event:
    """Return a push like another, at another time by somebody else, that adds a workflow."""
    delivery = copy.deepcopy(push)
    time = datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    person = {"name": login, "email": f"{login}@elsewhere.example", "username": login}
    sha = random.Random(at).randbytes(20).hex()  # noqa: S311  # a name
    commit = delivery["body"]["head_commit"] | {
        "id": sha, "message": "Add extra checks", "timestamp": time, "author": person, "committer": person,
        "added": [".github/workflows/extra.yml"], "modified": [], "removed": [],
    }  # fmt: skip
    delivery["received_at"] = time
    delivery["headers"]["X-GitHub-Delivery"] = sha[:32]
    delivery["body"] |= {
        "after": sha, "commits": [commit], "head_commit": commit, "pusher": person,
        "sender": {"login": login, "type": "User"},
    }  # fmt: skip
    (event,) = _read(delivery)
    return event


if __name__ == "__main__":
    main()
