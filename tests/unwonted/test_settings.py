"""Settings: where they come from, which of them wins, and what is said about a wrong one."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from collector.receiver import ReceiverSettings
from collector.receiver.proof import PROOFS
from collector.receiver.settings import setting_of
from tests.architecture.repository import read
from unwonted.errors import UsageError
from unwonted.settings import Settings, strangers, table


@pytest.fixture(autouse=True)
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Be in an empty folder, with an empty folder of data."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "share"))
    return tmp_path


def write(path: Path, text: str) -> Path:
    """Write a file of settings."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_default_is_a_laptop() -> None:
    """Without any setting it is one process on loopback, on embedded parts."""
    settings = Settings.load({})
    assert (settings.host, settings.port, settings.stream, settings.budget) == ("127.0.0.1", 8600, "", 3)


def test_data_folder_is_the_users_own(nowhere: Path) -> None:
    """Data lies where the user's other data lies."""
    assert Settings.load({}).store_path == nowhere / "share" / "unwonted" / "store.sqlite"


def test_flag_over_environment_over_file(nowhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each place wins over the next."""
    write(nowhere / "unwonted.toml", "port = 1\nbudget = 7\nlog = 'json'\n")
    monkeypatch.setenv("UNWONTED_PORT", "2")
    monkeypatch.setenv("UNWONTED_BUDGET", "8")
    settings = Settings.load({"port": 3, "host": None})
    assert (settings.port, settings.budget, settings.log) == (3, 8, "json")


def test_file_of_the_data_folder_comes_first(nowhere: Path) -> None:
    """Where nobody names a file, the one beside the data is read, then the one here."""
    write(nowhere / "unwonted.toml", "port = 1")
    write(nowhere / "data" / "unwonted.toml", "port = 2")
    assert Settings.load({"data": nowhere / "data"}).port == 2


@pytest.mark.parametrize("by_flag", [True, False])
def test_named_file_wins(nowhere: Path, monkeypatch: pytest.MonkeyPatch, by_flag: bool) -> None:  # noqa: FBT001
    """A file that is named is the one that is read."""
    write(nowhere / "unwonted.toml", "port = 1")
    named = write(nowhere / "mine.toml", "port = 2")
    monkeypatch.setenv("UNWONTED_CONFIG", "" if by_flag else str(named))
    assert Settings.load({}, named if by_flag else None).port == 2


def test_named_file_must_exist() -> None:
    """A file that is named and is not there is no silent default."""
    with pytest.raises(UsageError, match="no file of settings at"):
        Settings.load({}, Path("nowhere.toml"))


def test_unknown_name_tells_the_nearest(nowhere: Path) -> None:
    """A misspelt setting is an error that says what was meant."""
    write(nowhere / "unwonted.toml", "budgett = 3")
    with pytest.raises(UsageError, match=r"unwonted\.toml: budgett is no setting; did you mean budget\?"):
        Settings.load({})


def test_broken_file_is_told(nowhere: Path) -> None:
    """What is no TOML is an error that names the file."""
    write(nowhere / "unwonted.toml", "port = = 1")
    with pytest.raises(UsageError, match=r"unwonted\.toml is no TOML"):
        Settings.load({})


@pytest.mark.parametrize(
    ("flags", "variable", "text", "told"),
    [
        ({"port": 70_000}, "", "", "--port: "),
        ({}, "70000", "", "UNWONTED_PORT: "),
        ({}, "", "port = 70000", "unwonted.toml: port: "),
        ({}, "", "budget = 0", "budget: "),
        ({}, "", "log = 'loud'", "log: "),
    ],
)
def test_wrong_value_says_where(
    nowhere: Path, monkeypatch: pytest.MonkeyPatch, flags: dict[str, int], variable: str, text: str, told: str
) -> None:
    """A value that cannot be is told with the place it stands in."""
    monkeypatch.setenv("UNWONTED_PORT", variable)
    write(nowhere / "unwonted.toml", text)
    with pytest.raises(UsageError, match=told):
        Settings.load(flags)


def test_two_live_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    """While one secret replaces another, both open."""
    monkeypatch.setenv("UNWONTED_HOOKS_GITHUB_SECRET", "new, old")
    assert Settings.load({}).hook_secrets == {"github": (b"new", b"old")}


@pytest.mark.parametrize("sender", sorted({*PROOFS, "event"}))
def test_every_sender_that_can_prove_itself_has_a_setting(sender: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The setting that the receiver's refusals name exists, and reaches the receiver under the sender's name."""
    monkeypatch.setenv(setting_of(sender), "hush")
    assert not strangers({setting_of(sender): ""})
    assert ReceiverSettings(secrets=Settings.load({}).hook_secrets).secrets_of(sender) == (b"hush",)


@pytest.mark.parametrize("by_variable", [True, False])
def test_secret_from_a_file(nowhere: Path, monkeypatch: pytest.MonkeyPatch, by_variable: bool) -> None:  # noqa: FBT001
    """A secret may stand in a file, as orchestrators give it."""
    secret = write(nowhere / "secret", "hush\n")
    if by_variable:
        monkeypatch.setenv("UNWONTED_HOOKS_GITLAB_SECRET_FILE", str(secret))
    else:
        write(nowhere / "unwonted.toml", f"hooks_gitlab_secret_file = '{secret}'")
    assert Settings.load({}).hook_secrets == {"gitlab": (b"hush",)}


def test_missing_secret_file_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file of a secret that cannot be read is no empty secret."""
    monkeypatch.setenv("UNWONTED_DATABASE_FILE", "/nowhere/secret")
    with pytest.raises(UsageError, match="UNWONTED_DATABASE_FILE names /nowhere/secret"):
        Settings.load({})


def test_secrets_are_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing that prints the settings prints a secret."""
    monkeypatch.setenv("UNWONTED_HOOKS_GITHUB_SECRET", "hush")
    monkeypatch.setenv("UNWONTED_DATABASE", "postgresql://me:hush@there/db")
    assert "hush" not in repr(Settings.load({})) + str(Settings.load({}).model_dump())


def test_settings_do_not_change() -> None:
    """What was read at the start holds to the end."""
    with pytest.raises(ValidationError):
        Settings.load({}).port = 1


def test_stranger_in_the_environment_is_found() -> None:
    """A variable that looks like a setting and is none is told."""
    told = strangers({"UNWONTED_STREM": "", "UNWONTED_PORT": "1", "UNWONTED_TOKEN": "x", "HOME": "/"})
    assert told == ["UNWONTED_STREM is no setting; did you mean UNWONTED_STREAM?"]


def test_every_setting_is_documented() -> None:
    """The table of docs/settings.md is the one the class makes."""
    rows = [line for line in read("docs/settings.md").splitlines() if line.startswith("| `")]
    assert "\n".join(rows) == table()
