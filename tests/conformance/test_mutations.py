"""Other people's samples, broken at random and sent through every door: no fault of ours, and memory stays bounded."""

from __future__ import annotations

import gzip
import json
import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.collector.receiver.stand import Stand

pytestmark = pytest.mark.conformance

REQUESTS = 4_000
DOORS = (
    *(
        f"/hooks/{sender}"
        for sender in """github gitlab gitlab.audit bitbucket circleci buildkite gitea forgejo gogs azure_devops jenkins
        cdevents cloudevents hec event lockfile sbom osv action_refs recording model_artifact cloudtrail
        kubernetes.audit github.audit any.thing""".split()
    ),
    "/v1/events",
    "/services/collector",
    "/services/collector/event/1.0",
    "/services/collector/raw",
    "/services/collector/ack",
    "/hooks/jenkins/an-ending",
)
_HEADERS = {
    "content-type": ("application/json", "application/cloudevents-batch+json", "application/x-www-form-urlencoded"),
    "content-encoding": ("gzip", "identity"),
    "ce-id": ("1", "%E2%82%AC", '"'),
    "ce-type": ("dev.cdevents.x.y.0.1.0", "dev.tekton.event.taskrun.failed.v1", ""),
    "ce-source": ("/x", ""),
    "ce-specversion": ("1.0", "2", "nan"),
    "x-github-event": ("push", "workflow_run", "ping", "\xff"),
    "x-gitea-event": ("push", "pull_request"),
    "x-event-key": ("repo:push", "pr:merged"),
    "unwonted-path": ("yarn.lock", "bom.json", "../.."),
    "unwonted-time": ("nan", "1e999", "-1"),
    "authorization": ("Splunk root", "Bearer dead", "Basic eA=="),
}
_SCRAPS = (b"null", b"1e400", b"-1", b"[]", b"{}", b'"\\ud800"', b"\x00", b"9" * 50, b"true", b'"', b"\xff", b"\n")
_MIB = 1 << 20


@pytest.fixture(scope="module")
def samples(corpora: Path) -> list[bytes]:
    """Return bodies of many kinds."""
    found = [(corpora / entry["file"]).read_bytes() for entry in _lines(corpora / "webhooks" / "index.jsonl")]
    found += [path.read_bytes() for path in sorted((corpora / "cdevents" / "conformance").glob("*.json"))]
    for name in ("github_audit/panther.jsonl", "k8s_audit/falco.jsonl", "gitlab_audit/panther.jsonl"):
        found += [json.dumps({"event": entry["event"], "time": 1.7e9}).encode() for entry in _lines(corpora / name)]
    ours = Path(__file__).parents[1] / "collector" / "sources" / "samples"
    bodies = [entry["body"] for path in sorted(ours.iterdir()) for entry in _lines(path)]
    return found + [(body if isinstance(body, str) else json.dumps(body)).encode() for body in bodies]


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)


def _broken(body: bytes, samples: list[bytes], draw: random.Random) -> bytes:
    """Return a body after up to five accidents."""
    found = bytearray(body[:200_000])
    for _ in range(draw.randrange(6)):
        start = draw.randrange(len(found) + 1)
        end = min(len(found), start + draw.randrange(1, 40))
        replaced = draw.choice(
            (
                b"",
                bytes([draw.randrange(256)]),
                bytes(found[start:end]) * draw.randrange(50),
                draw.choice(_SCRAPS),
                draw.choice(samples)[: draw.randrange(20_000)],
            )
        )
        found[start:end] = replaced
        if draw.random() < 0.1:
            del found[start:]
    return bytes(found)


def _held() -> int:
    """Return the memory of this process, in bytes."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * 4096


@pytest.mark.parametrize("seed", [1, 2])
def test_no_broken_body_is_a_fault(tmp_path: Path, samples: list[bytes], seed: int) -> None:
    """Thousands of broken deliveries are each accepted or refused, and memory does not grow with their number."""
    draw, seen = random.Random(seed), Counter[int]()
    stand = Stand(tmp_path, max_body=2 * _MIB)
    client, before = stand.client(), 0
    for number in range(REQUESTS):
        body = _broken(draw.choice(samples), samples, draw)
        headers = [
            (name.encode(), draw.choice(_HEADERS[name]).encode("latin-1"))
            for name in draw.sample(sorted(_HEADERS), draw.randrange(4))
        ]
        if draw.random() < 0.05:
            body = gzip.compress(body * draw.randrange(1, 30))
            headers = [*((n, v) for n, v in headers if n != b"content-encoding"), (b"content-encoding", b"gzip")]
        answer = client.post(draw.choice(DOORS), content=body, headers=headers)
        seen[answer.status_code] += 1
        assert answer.status_code < 500, (answer.text, headers, body[:500])
        before = _held() if number == REQUESTS // 2 else before
    stand.log.close()
    assert _held() - before < 64 * _MIB
    assert {200, 202, 400, 401} <= set(seen)
    print(dict(seen))  # noqa: T201 - make conformance shows it with -s
