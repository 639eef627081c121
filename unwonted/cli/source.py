"""`unwonted source`: how a system is told to send its deliveries here."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from unwonted.cli.options import AsJson, ConfigFile, settings_of
from unwonted.errors import exit_codes

app = typer.Typer(help="Set up what sends deliveries.", no_args_is_help=True)


class Sender(StrEnum):
    """A system that can be told to send."""

    GITHUB = "github"
    GITHUB_AUDIT = "github-audit"
    GITLAB = "gitlab"
    GITLAB_AUDIT = "gitlab-audit"
    BITBUCKET = "bitbucket"
    GITEA = "gitea"
    AZURE_DEVOPS = "azure-devops"
    JENKINS = "jenkins"
    TEKTON = "tekton"
    CDEVENTS = "cdevents"
    CIRCLECI = "circleci"
    BUILDKITE = "buildkite"
    JOBLOG = "joblog"
    LOCKFILE = "lockfile"
    SBOM = "sbom"
    ACTION_REFS = "action-refs"
    OSV = "osv"
    GIT = "git"
    CLOUDTRAIL = "cloudtrail"
    KUBERNETES_AUDIT = "kubernetes-audit"
    SPLUNK_HEC = "splunk-hec"
    EVENT = "event"


_Name = Annotated[Sender, typer.Argument(metavar="NAME", show_default=False, help="The system; `list` shows them all.")]


@app.callback()
def _group() -> None:
    """Set up what sends deliveries."""


@app.command()
def add(
    sender: _Name,
    url: Annotated[
        str, typer.Option("--url", metavar="PUBLIC_URL", help="Where the sender reaches this service.")
    ] = "http://127.0.0.1:8600",
    is_printed: Annotated[
        bool, typer.Option("--print", help="Print what to paste where; nothing is sent. There is no other way yet.")
    ] = True,
) -> None:
    """Print exactly what to paste where, with a secret made for it just now."""
    del is_printed
    with exit_codes():
        from unwonted.commands import source

        source.add(sender.value, url)


@app.command("list")
def show(as_json: AsJson = False) -> None:
    """Show which systems can be told to send, and what each tells of."""
    with exit_codes():
        from unwonted.commands import source

        source.show(as_json=as_json)


@app.command("test")
def send_trial(
    sender: _Name,
    url: Annotated[str, typer.Option(metavar="URL", help="Where the service is.")] = "http://127.0.0.1:8600",
    token: Annotated[
        str,
        typer.Option(metavar="TOKEN", envvar="UNWONTED_TOKEN", help="A token with the scope ingest, where none signs."),
    ] = "",
    organisation: Annotated[str, typer.Option(metavar="NAME", help="The organisation the token is of.")] = "default",
    config: ConfigFile = None,
    as_json: AsJson = False,
) -> None:
    """Send one delivery as the system would, signed with the secret in the settings, and say what became of it."""
    with exit_codes():
        settings = settings_of(config)
        from unwonted.commands import source

        source.send_trial(
            source.Options(sender.value, url, token, organisation, settings.hook_secrets), as_json=as_json
        )
