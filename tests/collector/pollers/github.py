"""GitHub as its API answers, of invented organisations."""

from __future__ import annotations

import base64
import io
import zipfile
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from tests.collector.pollers.vendor import Asked, Reply, Vendor
from tests.collector.samples import AT, audit_entry

JSON = dict[str, Any]


def entry(number: int, at: float | None = None, **fields: Any) -> JSON:
    """Return an entry of the audit log, a second after the one before it."""
    at_ms = int((AT + number if at is None else at) * 1000)
    return audit_entry(at_ms=at_ms, _document_id=f"doc-{number}", **fields)


def ids(numbers: Iterable[int]) -> list[str]:
    """Return the ids that events of such entries have."""
    return [f"github.audit:doc-{number}" for number in numbers]


class AuditLog:
    """An audit log in pages of cursors, which may be forgotten."""

    def __init__(self, vendor: Vendor, path: str = "/orgs/acme/audit-log", *, page: int = 100) -> None:
        self.entries: list[JSON] = []
        self.page = page
        self.repeats = 0
        """How many entries of the page before each page begins with."""
        self.forgets = False
        self._url = vendor.url + path
        self._path = path
        vendor.routes[path] = self.answer

    def answer(self, asked: Asked) -> Reply:
        """Answer as GitHub does: entries from a time on, oldest first."""
        since = datetime.fromisoformat(asked.query["phrase"].removeprefix("created:>=")).timestamp()
        assert (asked.query["order"], asked.query["include"]) == ("asc", "all")
        found = [one for one in self.entries if one["@timestamp"] >= since * 1000]
        found.sort(key=lambda one: (one["@timestamp"], one["_document_id"]))
        begin = 0
        if after := asked.query.get("after"):
            if self.forgets:
                return Reply(422, {"message": "Invalid cursor"})
            last = base64.urlsafe_b64decode(after).decode().split("|")
            key = (int(last[0]), last[1])
            begin = next((i for i, one in enumerate(found) if _key(one) > key), len(found))
            begin = max(0, begin - self.repeats)
        shown = found[begin : begin + min(self.page, int(asked.query["per_page"]))]
        headers = {}
        if begin + len(shown) < len(found):
            cursor = base64.urlsafe_b64encode("|".join(map(str, _key(shown[-1]))).encode()).decode()
            headers["Link"] = f'<{self._url}?per_page=100&after={cursor}>; rel="next"'
        return Reply(value=shown, headers=headers)


def _key(one: JSON) -> tuple[int, str]:
    return one["@timestamp"], one["_document_id"]


class Hooks:
    """Webhooks of an organisation, what was delivered by them, and what is sent again on request."""

    def __init__(self, vendor: Vendor, base: str = "/orgs/acme/hooks", *, page: int = 100) -> None:
        self.hooks = [
            {"id": 7, "config": {"url": "https://unwonted.example/hooks/github"}},
            {"id": 8, "config": {"url": "https://chat.example/notify"}},
        ]
        self.delivered: list[JSON] = []
        """Oldest first."""
        self.again: list[str] = []
        """The guids that were asked for again."""
        self.arrives = True
        self.page = page
        self.now = AT
        self._url = vendor.url
        vendor.routes[base] = lambda _: Reply(value=self.hooks)
        vendor.routes[f"{base}/7/deliveries*"] = self.answer

    def deliver(self, guid: str, code: int = 202, *, at: float | None = None, again: bool = False) -> None:
        """Deliver something."""
        moment = datetime.fromtimestamp(self.now if at is None else at, UTC).isoformat().replace("+00:00", "Z")
        number = len(self.delivered) + 1
        one = {"id": number, "guid": guid, "delivered_at": moment, "redelivery": again, "status_code": code}
        self.delivered.append({**one, "event": "push", "status": "OK" if code < 300 else "failed"})

    def answer(self, asked: Asked) -> Reply:
        """Answer as GitHub does: newest first, or take an attempt."""
        if asked.method == "POST":
            (one,) = [one for one in self.delivered if asked.path.endswith(f"/deliveries/{one['id']}/attempts")]
            self.again.append(one["guid"])
            self.deliver(one["guid"], 202 if self.arrives else 502, again=True)
            return Reply(202, {})
        listed = self.delivered[::-1]
        begin = int(asked.query.get("cursor", "v1_0").removeprefix("v1_"))
        shown = listed[begin : begin + self.page]
        more = begin + self.page < len(listed)
        link = f'<{self._url}{asked.path}?per_page=100&cursor=v1_{begin + self.page}>; rel="next"'
        return Reply(value=shown, headers={"Link": link} if more else {})


def log(asked: Asked) -> Reply:
    """Answer with what a job printed."""
    job = asked.path.rpartition("/")[2]
    text = f"2026-03-01T10:00:00.0000000Z Hello from job {job}\n2026-03-01T10:00:09.0000000Z done\n"
    return Reply(body=text.encode())


class Actions:
    """Runs of GitHub Actions in some repositories, whose logs lie on another host."""

    def __init__(self, vendor: Vendor, storage: Vendor, *, page: int = 100, shown: int = 1_000) -> None:
        self.runs: dict[str, list[JSON]] = {}
        """By repository, oldest first."""
        self.gone: set[int] = set()
        """Jobs whose logs were removed."""
        self.single: list[int] = []
        """Jobs whose logs were asked for by themselves."""
        self.names: dict[int, list[str]] = {}
        """By run, the names of its jobs where it has others than usual."""
        self.spoil: Callable[[bytes], bytes] = lambda data: data
        """What becomes of archives."""
        self.page, self.shown = page, shown
        self._url, self._storage = vendor.url, storage
        vendor.routes["/orgs/acme/repos"] = lambda _: Reply(value=[{"full_name": name} for name in self.runs])
        vendor.routes["/repos/*"] = self.answer
        storage.routes["/log/*"] = log

    def run(self, repository: str, number: int, *, at: float, state: str = "completed", **fields: Any) -> JSON:
        """Add a run of two jobs."""
        made = {
            "id": number,
            "name": "ci",
            "path": ".github/workflows/ci.yml@refs/heads/main",
            "head_branch": "main",
            "head_sha": "a" * 40,
            "status": state,
            "conclusion": "success",
            "run_attempt": 1,
            "created_at": datetime.fromtimestamp(at, UTC).isoformat(),
            "actor": {"login": "mona"},
            "triggering_actor": {"login": "hubot"},
            **fields,
        }
        self.runs.setdefault(repository, []).append(made)
        return made

    def answer(self, asked: Asked) -> Reply:
        """Answer what a path below /repos asks."""
        _, _, owner, name, *rest = asked.path.split("/")
        runs = self.runs.get(f"{owner}/{name}")
        if runs is None:
            return Reply(404, {"message": "Not Found"})
        if rest == ["actions", "runs"]:
            return self._listed(asked, runs)
        if rest[:2] == ["actions", "runs"]:
            (run,) = [run for run in runs if str(run["id"]) == rest[2]]
            if rest[-1] == "logs":
                self._storage.routes[f"/zip/{run['id']}"] = lambda _: Reply(body=self.spoil(self._archive(run)))
                return Reply(302, headers={"Location": f"{self._storage.url}/zip/{run['id']}?sig=hush"})
            return Reply(value=self._jobs(run)) if rest[-1] == "jobs" else Reply(value=run)
        job = int(rest[2])
        self.single.append(job)
        if job in self.gone:
            return Reply(410, {"message": "Gone"})
        return Reply(302, headers={"Location": f"{self._storage.url}/log/{job}?sig=hush"})

    def _listed(self, asked: Asked, runs: list[JSON]) -> Reply:
        begins, _, ends = asked.query["created"].removeprefix(">=").partition("..")
        found = [
            run for run in reversed(runs) if begins <= run["created_at"].replace("+00:00", "Z") <= (ends or "9999")
        ]
        page = int(asked.query.get("page", "1"))
        shown = found[: self.shown][(page - 1) * self.page : page * self.page]
        more = page * self.page < min(len(found), self.shown)
        query = f"created={quote(asked.query['created'])}&page={page + 1}"
        headers = {"Link": f'<{self._url}{asked.path}?{query}>; rel="next"'} if more else {}
        return Reply(value={"total_count": len(found), "workflow_runs": shown}, headers=headers)

    def _jobs(self, run: JSON) -> JSON:
        first = run["id"] * 10 + 1_000_000 * (run["run_attempt"] - 1)
        told = {"status": "completed", "run_id": run["id"], "conclusion": "success"}
        names = self.names.get(run["id"], ["build (3.13)", "deploy"])
        jobs = [{"id": first + number, "name": name, **told} for number, name in enumerate(names)]
        never = {"id": first + len(names), "name": "never", **told, "conclusion": "skipped"}
        return {"total_count": len(jobs) + 1, "jobs": [*jobs, never]}

    def _archive(self, run: JSON) -> bytes:
        data = io.BytesIO()
        with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
            for number, job in enumerate(self._jobs(run)["jobs"][:-1]):
                text = log(Asked("GET", f"/{job['id']}", {}, {})).data()
                archive.writestr(f"{number}_{job['name'].replace('/', '_')}.txt", text)
        return data.getvalue()
