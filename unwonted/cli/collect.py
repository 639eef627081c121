"""`unwonted collect`: what a pipeline's step sends of itself; a line here for each kind of upload."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from unwonted.cli import collect_osv
from unwonted.cli.options import AsJson
from unwonted.errors import exit_codes

app = typer.Typer(help="Send what a pipeline made to a running service.", no_args_is_help=True)

_File = Annotated[
    Path, typer.Argument(metavar="FILE", show_default=False, help="What to send; - reads what is piped in.")
]
_Url = Annotated[str, typer.Option(metavar="URL", envvar="UNWONTED_URL", help="Where the service is.")]
_Token = Annotated[str, typer.Option(metavar="TOKEN", envvar="UNWONTED_TOKEN", help="A token with the scope ingest.")]
_Organisation = Annotated[str, typer.Option(metavar="NAME", help="Into this organisation (default: the token's own).")]
_Repo = Annotated[str, typer.Option(metavar="NAME", help="Repository, as acme/pay.")]
_Workflow = Annotated[str, typer.Option(metavar="NAME", help="Workflow.")]
_Job = Annotated[str, typer.Option(metavar="NAME", help="Job.")]
_RunId = Annotated[str, typer.Option(metavar="ID", help="Run, pipeline or build.")]
_Ref = Annotated[str, typer.Option(metavar="REF", help="Ref, as refs/heads/main.")]
_Sha = Annotated[str, typer.Option(metavar="SHA", help="Commit.")]
_Actor = Annotated[str, typer.Option(metavar="LOGIN", help="Who started the run.")]
_Conclusion = Annotated[str, typer.Option(metavar="WORD", help="How the job ended, as success or failure.")]
_At = Annotated[str, typer.Option("--path", metavar="PATH", help="Its path in the repository (default: FILE).")]
_Strict = Annotated[bool, typer.Option("--strict", help="Fail where it could not be sent; else that is a warning.")]
_Timeout = Annotated[float, typer.Option(min=1, max=3600, metavar="SECONDS", help="How long sending may take.")]
_Echo = Annotated[bool, typer.Option("--echo", help="Write what is read to the output too, as tee does.")]


@app.callback()
def _group() -> None:
    """Send what a pipeline made to a running service.

    Repository, workflow, job, run, ref, commit and actor come from the variables of GitHub Actions, GitLab CI and
    Jenkins where no option tells them. A build never fails because of it, unless --strict is given.
    """


def sending(source: str) -> Callable[..., None]:
    """Return the command that sends a file, or what is piped in, to the hook of a source."""

    def send(
        file: _File,
        url: _Url = "http://127.0.0.1:8600",
        token: _Token = "",
        organisation: _Organisation = "",
        repo: _Repo = "",
        workflow: _Workflow = "",
        job: _Job = "",
        run_id: _RunId = "",
        ref: _Ref = "",
        sha: _Sha = "",
        actor: _Actor = "",
        conclusion: _Conclusion = "",
        path: _At = "",
        strict: _Strict = False,
        timeout: _Timeout = 60.0,
        echo: _Echo = False,
        as_json: AsJson = False,
    ) -> None:
        told = {"repo": repo, "workflow": workflow, "job": job, "run-id": run_id, "ref": ref, "sha": sha}
        with exit_codes():
            from unwonted.commands import collect

            options = collect.Options(
                source,
                file,
                url=url,
                token=token,
                organisation=organisation,
                told={**told, "actor": actor, "conclusion": conclusion, "path": path},
                is_strict=strict,
                timeout_s=timeout,
                echoes=echo,
            )
            collect.run(options, as_json=as_json)

    return send


app.command("joblog", help="Send the log of a job: `unwonted collect joblog FILE`, or piped into `-`.")(
    sending("joblog")
)
app.command("lockfile", help="Send a lockfile: `unwonted collect lockfile package-lock.json`.")(sending("lockfile"))
app.command("sbom", help="Send a CycloneDX or SPDX bill of materials.")(sending("sbom"))
app.command("action-refs", help="Send a workflow's actions, includes and images.")(sending("action_refs"))
app.command("model", help="Read a model file here, without loading it, and send what was read of it.")(
    sending("model_artifact")
)
app.command("osv")(collect_osv.send)
