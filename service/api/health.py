"""`/livez`, `/readyz` and `/metrics`: for whoever watches the service."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse, PlainTextResponse

from service.api.wiring import FeedOf, Metric, Reading, WiringOf

router = APIRouter(tags=["health"])

_TYPE = "text/plain; version=0.0.4; charset=utf-8"


@router.get("/livez")
async def live() -> dict[str, str]:
    """Answer as long as the process can."""
    return {"status": "ok"}


@router.get("/readyz")
def ready(wiring: WiringOf) -> Response:
    """Answer 200 where every part works that is needed to answer, else 503, and what is wrong with which."""
    found = {name: check() or "ok" for name, check in wiring.checks.items()}
    failing = {name for name, state in found.items() if state != "ok"}
    is_ready = failing.isdisjoint(failing if wiring.vital is None else wiring.vital)
    status = "unavailable" if not is_ready else "degraded" if failing else "ok"
    return JSONResponse({"status": status, "checks": found}, 200 if is_ready else 503, {"Cache-Control": "no-store"})


@router.get("/metrics", response_class=PlainTextResponse)
def metrics(wiring: WiringOf, feed: FeedOf, _: Reading) -> Response:
    """Return what is measured, as Prometheus reads it."""
    measured = [_incidents(feed.incident_counts())]
    for measure in wiring.metrics:
        measured += measure()
    return Response(exposition(measured), media_type=_TYPE)


def exposition(metrics: Iterable[Metric]) -> str:
    """Return metrics in Prometheus's text format.

    >>> print(exposition([Metric("up", "gauge", "Whether it is.", [({"part": "a"}, 1.0)])]), end="")
    # HELP up Whether it is.
    # TYPE up gauge
    up{part="a"} 1.0
    """
    lines = []
    for metric in metrics:
        lines += [f"# HELP {metric.name} {_escaped(metric.help)}", f"# TYPE {metric.name} {metric.type}"]
        endings = metric.endings or [""] * len(metric.samples)
        lines += [
            f"{metric.name}{ending}{_labels(labels)} {float(value)!r}"
            for ending, (labels, value) in zip(endings, metric.samples, strict=True)
        ]
    return "\n".join(lines) + "\n"


def _labels(labels: Mapping[str, str]) -> str:
    told = ",".join(f'{name}="{_escaped(value)}"' for name, value in labels.items())
    return f"{{{told}}}" if told else ""


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')


def _incidents(counts: Mapping[tuple[str, str], int]) -> Metric:
    samples = [
        ({"organisation": organisation, "status": status}, float(count))
        for (organisation, status), count in sorted(counts.items())
    ]
    return Metric("unwonted_incidents", "gauge", "Incidents by organisation and status.", samples)
