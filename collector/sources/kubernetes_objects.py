"""What the objects that are sent to a cluster ask for: rights over the machine, images, roles, ways in."""

from __future__ import annotations

from collections.abc import Iterator

from collector.masking import mask_text
from collector.shapes import host_of
from collector.sources.fields import JSON, record, records, text, texts
from collector.sources.source import Draft

_MAX_PARTS = 40
"""Containers, volumes or rules of one object that are looked at."""
_TEMPLATES = ((), ("template", "spec"), ("jobTemplate", "spec", "template", "spec"))
"""Where kinds of workload keep what their pods shall be."""
_HOST = {"hostNetwork": "host network", "hostPID": "host processes", "hostIPC": "host memory"}


def add_object(draft: Draft, sent: JSON) -> None:
    """Add what an object asks for, as the set `rule`, and the images it runs."""
    spec = record(sent, "spec")
    pods = [pod for path in _TEMPLATES if (pod := record(spec, *path))]
    draft.values("rule", [*(asked for pod in pods for asked in _rights(pod)), *_roles(sent), *_doors(sent, spec)])
    draft.values("x.image", (_unversioned(text(c, "image")) for pod in pods for c in _containers(pod)))
    draft.values("x.program", (mask_text(program[:60]) for program in texts(sent, "command", 1)))
    draft.fact("x.service_account", next((text(pod, "serviceAccountName") for pod in pods), ""))
    draft.fact("role", text(record(sent, "roleRef"), "name"))
    draft.values("x.subject", (f"{text(s, 'kind')} {text(s, 'name')}" for s in records(sent, "subjects", _MAX_PARTS)))


def _rights(pod: JSON) -> Iterator[str]:
    yield from (name for field, name in _HOST.items() if pod.get(field) is True)
    for volume in records(pod, "volumes", _MAX_PARTS):
        if path := text(record(volume, "hostPath"), "path"):
            yield f"host path {path[:60]}"
    for container in _containers(pod):
        context = record(container, "securityContext")
        if context.get("privileged") is True:
            yield "privileged"
        if context.get("runAsUser") == 0:
            yield "runs as root"
        yield from (f"capability {name}" for name in texts(record(context, "capabilities"), "add", _MAX_PARTS))


def _roles(sent: JSON) -> Iterator[str]:
    for rule in records(sent, "rules", _MAX_PARTS):
        resources = texts(rule, "resources", _MAX_PARTS)
        for verb in texts(rule, "verbs", _MAX_PARTS):
            yield from (f"{verb} {resource}" for resource in resources)


def _doors(sent: JSON, spec: JSON) -> Iterator[str]:
    """Yield ways into and out of the cluster that an object opens."""
    if (kind := text(spec, "type")) in {"NodePort", "LoadBalancer", "ExternalName"}:
        yield f"service {kind}"
    for hook in records(sent, "webhooks", _MAX_PARTS):
        config = record(hook, "clientConfig")
        where = host_of(text(config, "url")) or text(record(config, "service"), "namespace")
        yield f"calls {where}" if where else "calls a webhook"
    if text(spec, "signerName"):
        yield f"signer {text(spec, 'signerName')}"
    yield from (f"audience {name}" for name in texts(spec, "audiences", _MAX_PARTS))


def _containers(pod: JSON) -> list[JSON]:
    names = ("containers", "initContainers", "ephemeralContainers")
    return [container for name in names for container in records(pod, name, _MAX_PARTS)]


def _unversioned(image: str) -> str:
    """Return an image without tag and digest.

    >>> _unversioned("registry.example:5000/acme/pay:1.2@sha256:0123")
    'registry.example:5000/acme/pay'
    """
    name = image.split("@", 1)[0]
    path, _, last = name.rpartition("/")
    return f"{path}/{last.split(':', 1)[0]}" if path else last.split(":", 1)[0]
