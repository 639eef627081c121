"""What a kind of source cannot show, and what to connect so that it can be seen."""

from __future__ import annotations

from collections.abc import Iterable

from service.coverage import Coverage

BLIND_SPOTS = {
    "git": (
        "A git history cannot show force-pushes, who pushed, token use, logins or pipeline runs: "
        "connect the audit log or webhooks."
    ),
    "github.audit": (
        "An audit log cannot show what commits and workflows say: scan the repositories too. Clones, fetches and "
        "pushes are in it only where Git events were exported (kept 7 days)."
    ),
    "github.webhook": "Webhooks cannot show clones, token use or where people came from: connect the audit log.",
    "gitlab.audit": "Audit events cannot show what commits and pipelines say: scan the repositories too.",
    "cloudtrail": "CloudTrail cannot show which pipeline asked for a role, nor its code: connect the CI system.",
    "kubernetes.audit": "A Kubernetes audit log cannot show who changed the manifests: scan their repository too.",
}


def blind_spots(sources: Iterable[str]) -> list[str]:
    """Return what the sources together leave in the dark; an audit log makes up for git and webhooks.

    The last line says how many known incidents they can show, and what the next feed would add.
    """
    present = set(sources)
    covered: set[str] = set()
    if "github.audit" in present:
        covered |= {"github.webhook"} | ({"git"} if "github.webhook" in present else set())
    if "git" in present:
        covered |= {"github.audit", "gitlab.audit"}
    told = [text for source, text in BLIND_SPOTS.items() if source in present - covered]
    sentence = Coverage.of(present).sentence()
    return [*told, f"{sentence[:1].upper()}{sentence[1:]}."] if present else told
