"""Runs of workflows, seen three ways: webhooks, audit entries and job logs."""

from __future__ import annotations

import random
from dataclasses import dataclass

from collector.simulator.logs import Traffic, write_log
from collector.simulator.organisation import Account, Repository, Workflow
from collector.simulator.tape import Body, Tape, describe_account, iso


@dataclass(frozen=True, kw_only=True)
class Run:
    """What decides how a run of a workflow goes."""

    repository: Repository
    workflow: Workflow
    trigger: str
    actor: Account
    branch: str
    sha: str
    title: str
    seconds: float = 0
    """How long it takes; 0 draws it from the workflow's habit."""
    conclusion: str = ""
    """How it ends; empty draws it from the repository's habit."""
    runner: str = ""
    """Name of the machine that takes its jobs; empty is one of the usual."""
    hosts: tuple[str, ...] = ()
    """Hosts that its logs name beside the usual ones."""


def play_run(tape: Tape, run: Run, at: float) -> float:
    """Record a run that is asked for at some time; return when it ended."""
    rng, repository = tape.rng, run.repository
    repository.runs += 1
    run_id = int(at) * 100 + rng.randrange(100)
    conclusion = run.conclusion or _draw_conclusion(rng, run)
    seconds = run.seconds or min(run.workflow.median_s * rng.lognormvariate(0, 0.5), 3600 * 5)
    _tell_run(tape, run, "requested", at, {"id": run_id, "status": "queued", "conclusion": None})
    _audit_run(tape, run, "created_workflow_run", at, workflow_run_id=run_id, started_at=iso(at))
    end = at
    for number, job in enumerate(run.workflow.jobs):
        is_last = number == len(run.workflow.jobs) - 1
        outcome = conclusion if is_last else "success"
        begin = end + rng.lognormvariate(1.5, 0.8)
        end = begin + seconds / len(run.workflow.jobs) * rng.uniform(0.8, 1.2)
        _play_job(tape, run, job, Times(at, begin, end), {"run_id": run_id, "conclusion": outcome})
    _tell_run(tape, run, "completed", end, {"id": run_id, "status": "completed", "conclusion": conclusion, "began": at})
    _audit_run(tape, run, "completed_workflow_run", end, workflow_run_id=run_id, conclusion=conclusion, run_attempt=1)
    return end


@dataclass(frozen=True)
class Times:
    """When a job was asked for, began and ended."""

    created: float
    began: float
    ended: float


def _draw_conclusion(rng: random.Random, run: Run) -> str:
    """Fail in streaks: a broken branch stays broken until somebody mends it."""
    repository = run.repository
    if run.branch == "main":
        repository.is_failing = rng.random() < (0.45 if repository.is_failing else 0.08)
        return "failure" if repository.is_failing else "success"
    return rng.choices(("success", "failure", "cancelled"), (78, 18, 4))[0]


def _tell_run(tape: Tape, run: Run, action: str, at: float, state: Body) -> None:
    workflow = run.workflow
    body = {
        "id": state["id"],
        "name": workflow.name,
        "path": workflow.path,
        "event": run.trigger,
        "status": state["status"],
        "conclusion": state["conclusion"],
        "head_branch": run.branch,
        "head_sha": run.sha,
        "display_title": run.title,
        "workflow_id": workflow.id,
        "run_number": run.repository.runs,
        "run_attempt": 1,
        "created_at": iso(state.get("began", at)),
        "run_started_at": iso(state.get("began", at)),
        "updated_at": iso(at),
        "actor": describe_account(run.actor),
        "triggering_actor": describe_account(run.actor),
        "head_repository": {"id": run.repository.id, "full_name": run.repository.full_name},
        "pull_requests": [],
    }
    described = {"id": workflow.id, "name": workflow.name, "path": workflow.path, "state": "active"}
    told = {"action": action, "workflow_run": body, "workflow": described}
    tape.webhook(at, "workflow_run", told, run.actor, run.repository)


def _audit_run(tape: Tape, run: Run, verb: str, at: float, **fields: object) -> None:
    about = {
        "event": run.trigger,
        "name": run.workflow.name,
        "workflow_id": run.workflow.id,
        "head_branch": run.branch,
        "head_sha": run.sha,
    }
    tape.system_audit(at, f"workflows.{verb}", run.actor, run.repository, **about, **fields)


def _play_job(tape: Tape, run: Run, job: str, times: Times, state: Body) -> None:
    rng = tape.rng
    is_hosted = not run.runner and run.repository.is_hosted
    runner = run.runner or _usual_runner(rng, run.repository)
    labels = [run.repository.runner] if is_hosted else ["self-hosted", run.repository.runner]
    _audit_run(
        tape,
        run,
        "prepared_workflow_job",
        times.began,
        workflow_run_id=state["run_id"],
        job_name=job,
        runner_labels=labels,
        is_hosted_runner=is_hosted,
        secrets_passed=["GITHUB_TOKEN", *run.workflow.secrets],
        job_workflow_ref=f"{run.repository.full_name}/{run.workflow.path}@refs/heads/{run.branch}",
    )
    body = {
        **state,
        "id": state["run_id"] * 10 + run.workflow.jobs.index(job),
        "run_attempt": 1,
        "name": job,
        "workflow_name": run.workflow.name,
        "head_branch": run.branch,
        "head_sha": run.sha,
        "status": "completed",
        "created_at": iso(times.created),
        "started_at": iso(times.began),
        "completed_at": iso(times.ended),
        "labels": labels,
        "runner_id": 1 + sum(runner.encode()) % 5000,
        "runner_name": runner,
        "runner_group_id": 0 if is_hosted else 2,
        "runner_group_name": "GitHub Actions" if is_hosted else "Default",
        "steps": _steps(run, job, times, state["conclusion"]),
    }
    tape.webhook(times.ended, "workflow_job", {"action": "completed", "workflow_job": body}, run.actor, run.repository)
    if run.repository.sends_logs:
        _send_log(tape, run, job, times, state)


def _usual_runner(rng: random.Random, repository: Repository) -> str:
    """Hosted machines are numbered by the thousand; our own are few."""
    return f"GitHub Actions {rng.randrange(1000, 9999)}" if repository.is_hosted else rng.choice(repository.machines)


def _steps(run: Run, job: str, times: Times, conclusion: str) -> list[Body]:
    titles = (
        "Set up job",
        "Run actions/checkout@v4",
        f"Set up {run.repository.language or 'tools'}",
        f"Run {job}",
        "Complete job",
    )
    share = (times.ended - times.began) / len(titles)
    return [
        {
            "name": title,
            "number": number + 1,
            "status": "completed",
            "conclusion": conclusion if title.startswith("Run " + job) else "success",
            "started_at": iso(times.began + number * share),
            "completed_at": iso(times.began + (number + 1) * share),
        }
        for number, title in enumerate(titles)
    ]


def _send_log(tape: Tape, run: Run, job: str, times: Times, state: Body) -> None:
    headers = {
        "Unwonted-Repo": run.repository.full_name,
        "Unwonted-Ref": f"refs/heads/{run.branch}",
        "Unwonted-Sha": run.sha,
        "Unwonted-Workflow": run.workflow.path,
        "Unwonted-Job": job,
        "Unwonted-Run-Id": str(state["run_id"]),
        "Unwonted-Actor": run.actor.login,
    }
    traffic = Traffic(secrets=run.workflow.secrets, hosts=run.hosts, domain=run.actor.domain)
    text = write_log(tape.rng, run.repository.language, job, times.began, traffic)
    tape.job_log(times.ended, headers, text)
