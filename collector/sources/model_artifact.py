"""model_artifact: a model that was fetched or built: what its hub says of it, and what was read of its files."""

from __future__ import annotations

from collector.artifacts import Artifact
from collector.delivery import Delivery
from collector.event import Entity, Event, Kind
from collector.masking import mask_text
from collector.sources.fields import JSON, number, record, records, text, texts
from collector.sources.snapshots import add_context
from collector.sources.source import Context, Draft, Source, digest_of, object_of

MAX_FILES = 1000
MAX_IMPORTS = 500
_DOUBLE = frozenset({"gz", "bin", "json", "txt", "index"})


def parse(delivery: Delivery, context: Context) -> list[Event]:
    """Return one event: the model as it stood when it was fetched."""
    body = object_of(delivery)
    name = text(body, "id", "modelId", "name") or delivery.header("Unwonted-Path") or "unknown"
    draft = Draft("model.fetched", Kind.DEPENDENCY, entity=Entity("model", name))
    add_context(draft, delivery)
    draft.fact("publisher", text(body, "author") or (name.split("/", 1)[0] if "/" in name else ""))
    draft.fact("revision", text(body, "revision") or "unpinned")
    draft.values("digest", [text(body, "sha"), *_digests(body)], MAX_FILES)
    files = records(body, "siblings", MAX_FILES)
    names = [text(file, "rfilename", "path", "name") for file in files]
    found = list(map(artifact_of, records(body, "read", MAX_FILES)))
    draft.values("format", [*(one.format for one in found), *(() if found else map(_format, names))])
    draft.values("file", names)
    add_artifacts(draft, found)
    for field in ("pipeline_tag", "library_name", "gated", "private", "disabled"):
        value = body.get(field)
        draft.fact(f"x.{field}", str(value).lower() if isinstance(value, str | bool) else "")
    sizes = [number(file, "size") or number(record(file, "lfs"), "size") or 0.0 for file in files]
    draft.number("size_bytes", sum(sizes) if any(sizes) else None)
    draft.number("files", float(len(files)))
    return [draft.event(delivery, context, digest_of([delivery.headers, delivery.received_at, body]))]


def add_artifacts(draft: Draft, found: list[Artifact]) -> None:
    """Add what model files would import and run, and what is odd about them."""
    draft.values("model_import", (one for artifact in found for one in artifact.imports), MAX_IMPORTS)
    draft.values("model_code", (one for artifact in found for one in artifact.code))
    draft.values("model_problem", (one for artifact in found for one in artifact.problems))
    draft.number("model_calls", float(sum(artifact.calls for artifact in found)) if found else None)
    draft.fact("model_cut", "yes" if any(artifact.is_cut for artifact in found) else "")


def upload_of(artifact: Artifact) -> JSON:
    """Return the body that tells of one file, in the shape of a hub's information."""
    file = {"rfilename": artifact.name, "size": artifact.size, "lfs": {"sha256": artifact.sha256}}
    return {"id": artifact.name, "siblings": [file], "read": [told_of(artifact)]}


def told_of(artifact: Artifact) -> JSON:
    """Return what was read of a file as an upload tells it; `artifact_of` reads it again."""
    return {
        "file": artifact.name,
        "size": artifact.size,
        "sha256": artifact.sha256,
        "format": artifact.format,
        "imports": list(artifact.imports),
        "calls": artifact.calls,
        "code": list(artifact.code),
        "problems": list(artifact.problems),
        "is_cut": artifact.is_cut,
    }


def artifact_of(told: JSON) -> Artifact:
    """Return what an upload tells of a file, masked and bounded whoever wrote it."""
    artifact = Artifact(mask_text(text(told, "file")), int(number(told, "size") or 0), text(told, "sha256")[:64])
    artifact.format = mask_text(text(told, "format"))[:40]
    artifact.calls = int(number(told, "calls") or 0)
    artifact.is_cut = told.get("is_cut") is True
    for add, name in ((artifact.imported, "imports"), (artifact.runs, "code"), (artifact.odd, "problems")):
        for value in texts(told, name, MAX_IMPORTS):
            add(value)
    return artifact


def _digests(body: JSON) -> list[str]:
    found = []
    for file in records(body, "siblings", MAX_FILES):
        digest = text(record(file, "lfs"), "sha256", "oid") or text(file, "blobId", "sha256")
        if digest:
            found.append(f"{text(file, 'rfilename', 'path', 'name')[:80]}@{digest[:16]}")
    return found


def _format(name: str) -> str:
    """Return the extension of a file, two of them where the last says little.

    >>> _format("pytorch_model.bin"), _format("model.safetensors"), _format("weights.pkl.gz"), _format("LICENSE")
    ('bin', 'safetensors', 'pkl.gz', 'none')
    """
    parts = name.rsplit("/", 1)[-1].lower().split(".")
    if len(parts) < 2:
        return "none"
    return ".".join(parts[-2:]) if parts[-1] in _DOUBLE and len(parts) > 2 and len(parts[-2]) <= 12 else parts[-1][:20]


SOURCE = Source("model_artifact", parse)
