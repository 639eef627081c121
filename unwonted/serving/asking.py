"""The systems that are asked for what is fetched, and what proves to each who asks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from collector.pollers.client import Client
from collector.pollers.clock import Clock
from collector.pollers.github_app import GitHubApp
from collector.pollers.github_hooks import APP
from collector.pollers.limits import Allowance
from collector.pollers.transport import Transport
from unwonted.errors import UsageError
from unwonted.settings import Settings, variable
from unwonted.version import version

_Proof = Callable[[], Mapping[str, str]]
_ACCEPT = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}


class Systems:
    """Makes clients of the systems that the settings name."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        """Read how they are reached; raise CollectorError where a file or a key cannot be read."""
        self._settings = settings
        self._clock = clock
        self._transport = Transport(f"Unwonted/{version()}", settings.poll_ca)
        self._app = self._github_app()

    def github(self, setting: str, of: str, allowance: Allowance) -> Client:
        """Return what asks GitHub; raise UsageError where nothing proves who we are."""
        proof = partial(_with, self._github_proof(setting, of), _ACCEPT)
        return Client(self._settings.github_api, self._transport, proof, self._clock, allowance)

    def gitlab(self, setting: str, allowance: Allowance) -> Client:
        """Return what asks GitLab; raise UsageError where nothing proves who we are."""
        token = self._settings.gitlab_token.get_secret_value()
        if not token:
            raise UsageError(
                f"{variable(setting)} names what to fetch, and nothing proves to GitLab who asks: set "
                f"{variable('gitlab_token')}"
            )
        return Client(self._settings.gitlab_api, self._transport, _bearer(token), self._clock, allowance)

    def _github_proof(self, setting: str, of: str) -> _Proof:
        app, token = self._app, self._settings.github_token.get_secret_value()
        if app is not None:
            return app.proof if of == APP else partial(app.credentials, of)
        if of == APP:
            raise UsageError(f"{variable(setting)} names `app`, which needs {variable('github_app')} and its key")
        if not token:
            raise UsageError(
                f"{variable(setting)} names what to fetch, and nothing proves to GitHub who asks: set "
                f"{variable('github_token')}, or {variable('github_app')} and {variable('github_app_key')}"
            )
        return _bearer(token)

    def _github_app(self) -> GitHubApp | None:
        name, key = self._settings.github_app, self._settings.github_app_key.get_secret_value()
        if not name:
            return None
        if not key:
            raise UsageError(f"{variable('github_app')} is set and {variable('github_app_key')} is not; set both")
        return GitHubApp(name, key, self._settings.github_api, self._transport, self._clock)


def _bearer(token: str) -> _Proof:
    return partial(dict, {"Authorization": f"Bearer {token}"})


def _with(proof: _Proof, headers: Mapping[str, str]) -> Mapping[str, str]:
    return {**headers, **proof()}
