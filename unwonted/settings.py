"""The settings: from flags, then the environment, then a TOML file; secrets also from files of their own."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, InitSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict

from collector.loopback import is_loopback_name
from unwonted.errors import UsageError

PREFIX = "UNWONTED_"
NAMED_BY = f"{PREFIX}CONFIG"
FILE_NAME = "unwonted.toml"
DEMO_EXIT = f"{PREFIX}DEMO_EXIT"
"""Set, the demonstration ends by itself when it has shown everything."""
BESIDE = frozenset({NAMED_BY, f"{PREFIX}URL", f"{PREFIX}TOKEN", f"{PREFIX}TRACEBACK", DEMO_EXIT})
"""Variables of the environment that are read and are no settings."""
_BENCHMARKS = f"{PREFIX}BENCH_"
_HOOKS = "hooks_"
_PATHS = ("networks", "data", "kafka_token", "kafka_ca", "kafka_certificate", "kafka_key", "poll_folder", "poll_ca")


def data_folder(environ: Mapping[str, str]) -> Path:
    """Return the folder of this user's data that is used where none is named."""
    home = environ.get("XDG_DATA_HOME") or Path(environ.get("HOME") or Path.home()) / ".local" / "share"
    return Path(home) / "unwonted"


class Settings(BaseSettings):
    """What an operator may decide, and what holds where they decided nothing."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, frozen=True, extra="forbid", env_ignore_empty=True, use_attribute_docstrings=True
    )

    data: Path = Field(default_factory=lambda: data_folder(os.environ))
    """Folder of the embedded stream, the store, the model versions and the keys."""
    stream: str = ""
    """URL of the stream, as `kafka://host:9092/`; empty is the embedded one, `stream.sqlite` in the data folder."""
    kafka_username: str = ""
    """Name we tell Kafka, where its URL says `security=SASL_SSL`."""
    kafka_password: SecretStr = SecretStr("")
    """Password of that name."""
    kafka_token: Path | None = None
    """File of a bearer token for Kafka (OAUTHBEARER), read anew for each connection."""
    kafka_ca: Path | None = None
    """File of the authorities that sign the brokers' certificates; without it those that this machine trusts."""
    kafka_certificate: Path | None = None
    """File of our own certificate, where Kafka asks for one."""
    kafka_key: Path | None = None
    """File of that certificate's key."""
    database: SecretStr = SecretStr("")
    """URL of the store; empty is the embedded one, `store.sqlite` in the data folder."""
    host: str = "127.0.0.1"
    """Address to listen on. Anything but loopback needs a token first."""
    port: int = Field(default=8600, ge=0, le=65535)
    """Port to listen on; 0 takes a free one."""
    budget: int = Field(default=3, ge=1, le=10_000)
    """Incidents a day that the team can handle: the feed shows so many first."""
    retention_days: int = Field(default=90, ge=1, le=36_500)
    """Days of an organisation's history that are kept, back from its newest event; incidents stay."""
    networks: Path | None = None
    """File of network prefixes: CSV with `prefix,asn,kind,country`, or an mmdb file; or a folder of several."""
    log: str = Field(default="text", pattern="^(text|json)$")
    """How stderr is written: `text` for people, `json` for a log collector."""
    deliveries_kept: int = Field(default=1_000, ge=10, le=100_000)
    """Deliveries of each source whose outcome is kept for `/sources`."""
    deliveries_days: int = Field(default=14, ge=1, le=365)
    """Days that they are kept at most."""
    deliveries_bodies: str = Field(default="refused", pattern="^(refused|all)$")
    """Whose masked bodies are kept too: `refused` is what was refused or could not be read, `all` is every one."""
    hooks_github_secret: SecretStr = SecretStr("")
    """Secret of GitHub's webhooks; two, separated by a comma, while one replaces the other."""
    hooks_gitlab_secret: SecretStr = SecretStr("")
    """Secret token, or signing token, of GitLab's webhooks; two, as above."""
    hooks_gitlab_audit_secret: SecretStr = SecretStr("")
    """Verification token of GitLab's streamed audit events; two, as above."""
    hooks_bitbucket_secret: SecretStr = SecretStr("")
    """Secret of Bitbucket's webhooks, Cloud or Data Center; two, as above."""
    hooks_circleci_secret: SecretStr = SecretStr("")
    """Secret token of CircleCI's webhooks; two, as above."""
    hooks_buildkite_secret: SecretStr = SecretStr("")
    """Token of Buildkite's webhooks, sent or signed with; two, as above."""
    hooks_gitea_secret: SecretStr = SecretStr("")
    """Secret of Gitea's webhooks; two, as above."""
    hooks_forgejo_secret: SecretStr = SecretStr("")
    """Secret of Forgejo's webhooks; two, as above."""
    hooks_gogs_secret: SecretStr = SecretStr("")
    """Secret of Gogs' webhooks; two, as above."""
    hooks_azure_devops_secret: SecretStr = SecretStr("")
    """Password of Azure DevOps' service hooks; two, as above. An ingest token does as well, here and below."""
    hooks_jenkins_secret: SecretStr = SecretStr("")
    """Password of Jenkins' notifications, or what ends their URL; two, as above."""
    hooks_cdevents_secret: SecretStr = SecretStr("")
    """Password or bearer token of CDEvents; two, as above."""
    hooks_cloudevents_secret: SecretStr = SecretStr("")
    """Password or bearer token of CloudEvents, `/v1/events` too; two, as above."""
    hooks_hec_secret: SecretStr = SecretStr("")
    """Token of what speaks to `/services/collector` as to Splunk; two, as above."""
    hooks_event_secret: SecretStr = SecretStr("")
    """Key of the `X-Unwonted-Signature-256` of events of your own; two, as above. An ingest token does as well."""
    github_api: str = "https://api.github.com"
    """URL of GitHub's API; of a server of your own `https://github.example/api/v3`."""
    github_token: SecretStr = SecretStr("")
    """Token that what is fetched from GitHub is asked for with."""
    github_app: str = ""
    """Client id, or number, of a GitHub App to ask as instead of a token."""
    github_app_key: SecretStr = SecretStr("")
    """Private key of that App, in PEM; best in a file."""
    github_audit: str = ""
    """Organisations, or `enterprise:NAME`, whose audit log is fetched; separated by commas."""
    github_hooks: str = ""
    """Organisations, repositories (`acme/pay`) or `app` whose failed webhooks are asked for again."""
    github_logs: str = ""
    """Repositories whose job logs are fetched: `acme/pay`, `acme/*`, and `!acme/site` for one that is left out."""
    gitlab_api: str = "https://gitlab.com/api/v4"
    """URL of GitLab's API."""
    gitlab_token: SecretStr = SecretStr("")
    """Token that what is fetched from GitLab is asked for with."""
    gitlab_audit: str = ""
    """`group:acme`, `project:acme/pay` or `instance` whose audit events are fetched; separated by commas."""
    gitlab_pipelines: str = ""
    """Projects whose pipelines are fetched, where no webhook can send them; as for GitHub's logs."""
    gitlab_logs: str = ""
    """Projects whose job logs are fetched; as for GitHub's."""
    poll_folder: Path | None = None
    """Folder that audit exports, CloudTrail files and Kubernetes audit logs are put into, such as a mounted bucket."""
    poll_organisation: str = Field(default="default", min_length=1)
    """Organisation that what is fetched is told under."""
    poll_every_s: int = Field(default=60, ge=10, le=86_400)
    """Seconds between two looks for what is new."""
    poll_backfill_days: int = Field(default=7, ge=0, le=180)
    """Days that are fetched back the first time."""
    poll_ca: Path | None = None
    """File of the authorities that sign those servers' certificates; without it those that this machine trusts."""

    @field_validator("github_api", "gitlab_api", mode="after")
    @classmethod
    def _encrypt(cls, url: str) -> str:
        """Refuse an address at which a token would be read by others."""
        parts = urlsplit(url)
        is_here = parts.scheme == "http" and is_loopback_name(parts.netloc.rpartition("@")[2])
        if not parts.hostname or not (parts.scheme == "https" or is_here):
            raise ValueError("write a URL that begins with https://, so that nobody else reads the token")
        return url

    @field_validator(*_PATHS, mode="after")
    @classmethod
    def _expand(cls, path: Path | None) -> Path | None:
        return path and path.expanduser()

    @classmethod
    def load(cls, flags: Mapping[str, Any], config: Path | None = None) -> Self:
        """Return what flags, environment and file come to; a flag that is None was not given.

        Raises UsageError that names the setting, where it stands and what it may be.
        """
        given = {name: value for name, value in flags.items() if value is not None}
        path = _file(given, config)
        told = {**(_read(path) if path else {}), **_secrets(os.environ)}
        arguments: dict[str, Any] = {**given, _BELOW: told}
        try:
            return cls(**arguments)
        except ValidationError as error:
            raise UsageError(_explain(error, given, path)) from None

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Put what a file tells below the environment, and read no `.env`."""
        del dotenv_settings, file_secret_settings
        flags = dict(init_settings.init_kwargs) if isinstance(init_settings, InitSettingsSource) else {}
        below = flags.pop(_BELOW, {})
        return InitSettingsSource(settings_cls, flags), env_settings, InitSettingsSource(settings_cls, below)

    @property
    def hook_secrets(self) -> dict[str, tuple[bytes, ...]]:
        """Return the live secrets of each sender that has one, the newest first."""
        found = {
            name.removeprefix(_HOOKS).removesuffix("_secret"): _live(getattr(self, name))
            for name in secret_names()
            if name.startswith(_HOOKS)
        }
        return {sender: secrets for sender, secrets in found.items() if secrets}

    @property
    def stream_path(self) -> Path:
        """Return the file of the embedded stream."""
        return self.data / "stream.sqlite"

    @property
    def store_path(self) -> Path:
        """Return the file of the embedded store."""
        return self.data / "store.sqlite"


_BELOW = "below"


def secret_names() -> list[str]:
    """Return the names of the settings that are secret."""
    return [name for name, field in Settings.model_fields.items() if field.annotation is SecretStr]


def variable(name: str) -> str:
    """Return the variable of the environment that holds a setting."""
    return f"{PREFIX}{name.upper()}"


def strangers(environ: Mapping[str, str]) -> list[str]:
    """Return what is wrong with each variable that looks like a setting and is none."""
    known = {*map(variable, Settings.model_fields), *BESIDE, *(f"{variable(name)}_FILE" for name in secret_names())}
    names = sorted(
        name for name in environ if name.startswith(PREFIX) and name not in known and not name.startswith(_BENCHMARKS)
    )
    return [f"{name} is no setting{_nearest(name, known)}" for name in names]


def table() -> str:
    """Return every setting as the rows of a table in Markdown."""
    return "\n".join(_row(name, field) for name, field in Settings.model_fields.items())


def _row(name: str, field: FieldInfo) -> str:
    where = f"`{variable(name)}`"
    if field.annotation is SecretStr:
        where += f" or `{variable(name)}_FILE`"
    return f"| `{name}` | {where} | {_default(name, field)} | {field.description} |"


def _default(name: str, field: FieldInfo) -> str:
    if name == "data":
        return "`~/.local/share/unwonted`"
    value = field.default.get_secret_value() if isinstance(field.default, SecretStr) else field.default
    return "" if value in ("", None) else f"`{value}`"


def _file(given: Mapping[str, Any], config: Path | None) -> Path | None:
    """Return the TOML file to read: the one named, else the first that exists of those in the usual places."""
    named = config or (Path(os.environ[NAMED_BY]) if os.environ.get(NAMED_BY) else None)
    if named is not None:
        if not named.is_file():
            raise UsageError(
                f"there is no file of settings at {named}; name another, or leave --config and {NAMED_BY} out"
            )
        return named
    data = given.get("data") or os.environ.get(variable("data")) or data_folder(os.environ)
    places = (Path(data).expanduser() / FILE_NAME, Path(FILE_NAME))
    return next((place for place in places if place.is_file()), None)


def _read(path: Path) -> dict[str, Any]:
    try:
        told = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} is no TOML: {error}") from None
    known = [*Settings.model_fields, *(f"{name}_file" for name in secret_names())]
    for name in told:
        if name not in known:
            raise UsageError(f"{path}: {name} is no setting{_nearest(name, known)}. docs/settings.md lists them all")
    files = {variable(name) + "_FILE": str(told.pop(f"{name}_file", "")) for name in secret_names()}
    return {**told, **_secrets(files)}


def _secrets(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the secrets that stand in files which the environment names."""
    found = {}
    for name in secret_names():
        if path := environ.get(f"{variable(name)}_FILE"):
            try:
                found[name] = Path(path).read_text(encoding="utf-8").strip()
            except (OSError, UnicodeDecodeError) as error:
                reason = getattr(error, "strerror", None) or "it is no text"
                raise UsageError(f"{variable(name)}_FILE names {path}, which cannot be read: {reason}") from None
    return found


def _live(secret: SecretStr) -> tuple[bytes, ...]:
    return tuple(part.strip().encode() for part in secret.get_secret_value().split(",") if part.strip())


def _nearest(name: str, known: Mapping[str, Any] | list[str] | set[str]) -> str:
    close = get_close_matches(name, list(known), 1)
    return f"; did you mean {close[0]}?" if close else ""


def _explain(error: ValidationError, given: Mapping[str, Any], path: Path | None) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    name = str(first["loc"][0]) if first["loc"] else "a setting"
    reason = first["msg"].removeprefix("Value error, ")
    return f"{_where(name, given, path)}: {reason[:1].lower()}{reason[1:]}"


def _where(name: str, given: Mapping[str, Any], path: Path | None) -> str:
    if name in given:
        return f"--{name.replace('_', '-')}"
    if os.environ.get(variable(name)):
        return variable(name)
    return f"{path}: {name}" if path else name
