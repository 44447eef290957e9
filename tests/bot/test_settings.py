"""Settings come from where DESIGN.md says, under its names, and keep secrets to themselves."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from bot.log import LogFormat
from bot.settings import Settings, variable_name

NAMES = {
    "discord_token": "DISCORD_TOKEN",
    "database_url": "LECTERN_DATABASE_URL",
    "data_dir": "LECTERN_DATA_DIR",
    "web_host": "LECTERN_WEB_HOST",
    "web_port": "LECTERN_WEB_PORT",
    "public_url": "LECTERN_PUBLIC_URL",
    "shards": "LECTERN_SHARDS",
    "log_format": "LECTERN_LOG_FORMAT",
}
TYPED = {
    "discord_token": "a.secret.token",
    "database_url": "postgresql://ada:pass-word@db/lectern",
    "data_dir": "/srv/lectern",
    "web_host": "0.0.0.0",
    "web_port": "80",
    "public_url": "https://reading.example.org",
    "shards": "3",
    "log_format": "json",
}
READ = {
    "discord_token": "a.secret.token",
    "database_url": "postgresql+psycopg://ada:pass-word@db/lectern",
    "data_dir": Path("/srv/lectern"),
    "web_host": "0.0.0.0",
    "web_port": 80,
    "public_url": "https://reading.example.org",
    "shards": 3,
    "log_format": LogFormat.JSON,
}


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An empty folder, and none of the variables that the machine may have set."""
    monkeypatch.chdir(tmp_path)
    for name in [*NAMES.values(), *(field.upper() for field in NAMES)]:
        monkeypatch.delenv(name, raising=False)


def values(settings: Settings) -> dict[str, Any]:
    found = {name: getattr(settings, name) for name in NAMES}
    if settings.discord_token is not None:
        found["discord_token"] = settings.discord_token.get_secret_value()
    return found


def test_settings_have_defaults_that_work_on_one_machine(tmp_path: Path) -> None:
    assert values(Settings()) == {
        "discord_token": None,
        "database_url": f"sqlite+aiosqlite:///{tmp_path}/data/lectern.sqlite3",
        "data_dir": Path("data"),
        "web_host": "127.0.0.1",
        "web_port": 8080,
        "public_url": None,
        "shards": None,
        "log_format": LogFormat.CONSOLE,
    }


def test_every_setting_is_read_from_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    assert set(NAMES) == set(Settings.model_fields)
    for field, name in NAMES.items():
        monkeypatch.setenv(name, TYPED[field])
    assert values(Settings()) == READ


def test_every_setting_is_read_from_the_file(tmp_path: Path) -> None:
    lines = [f"{name}={TYPED[field]}" for field, name in NAMES.items()]
    (tmp_path / ".env").write_text("\n".join([*lines, "POSTGRES_PASSWORD=other"]), "utf-8")
    assert values(Settings()) == READ


def test_every_setting_is_read_from_a_secret_of_its_name(tmp_path: Path) -> None:
    for field, name in NAMES.items():
        (tmp_path / name.lower()).write_text(f"{TYPED[field]}\n", "utf-8")
    assert values(Settings(_secrets_dir=tmp_path)) == READ


def test_settings_can_be_named_in_code(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LECTERN_WEB_PORT", "99")
    assert values(Settings(_env_file=None, **TYPED)) == READ  # type: ignore[arg-type]


@pytest.mark.parametrize("field", sorted(set(NAMES) - {"discord_token"}))
def test_variables_of_other_programs_are_left_alone(
    monkeypatch: pytest.MonkeyPatch, field: str
) -> None:
    """Hosts set DATABASE_URL and the like for whatever runs on them."""
    expected = values(Settings())
    monkeypatch.setenv(field.upper(), TYPED[field])
    assert values(Settings()) == expected


@pytest.mark.parametrize("field", sorted(NAMES))
def test_empty_variable_counts_as_not_set(monkeypatch: pytest.MonkeyPatch, field: str) -> None:
    expected = values(Settings())
    monkeypatch.setenv(NAMES[field], "")
    assert values(Settings()) == expected


def test_empty_variable_gives_way_to_a_secret(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "discord_token").write_text("a.secret.token\n", "utf-8")
    monkeypatch.setenv("DISCORD_TOKEN", "")
    assert values(Settings(_secrets_dir=tmp_path))["discord_token"] == "a.secret.token"


@pytest.mark.parametrize(
    ("typed", "url", "is_embedded"),
    [
        ("postgres://db/x", "postgresql+psycopg://db/x", False),
        ("postgresql://db/x", "postgresql+psycopg://db/x", False),
        ("postgresql+psycopg://db/x", "postgresql+psycopg://db/x", False),
        ("sqlite:///x.sqlite3", "sqlite+aiosqlite:///x.sqlite3", True),
        ("sqlite:////srv/x.sqlite3", "sqlite+aiosqlite:////srv/x.sqlite3", True),
        ("sqlite+aiosqlite:///x.sqlite3", "sqlite+aiosqlite:///x.sqlite3", True),
    ],
)
def test_database_is_reached_with_lecterns_own_driver(
    typed: str, url: str, is_embedded: bool
) -> None:
    settings = Settings(database_url=typed)
    assert (settings.database_url, settings.is_embedded) == (url, is_embedded)


def test_default_database_lies_in_the_data_directory(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "elsewhere")
    path = tmp_path / "elsewhere" / "lectern.sqlite3"
    assert settings.database_url == f"sqlite+aiosqlite:///{path}"
    assert settings.is_embedded


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("web_port", "66000"),
        ("web_port", "eighty"),
        ("shards", "0"),
        ("log_format", "xml"),
        ("database_url", "mysql://ada:pass-word@db/lectern"),
        ("database_url", "postgresql+asyncpg://ada:pass-word@db/lectern"),
        ("database_url", "postgresql://ada:pass-word@db:port/lectern"),
        ("database_url", "postgresql://ada:pass-word@[::1/lectern"),
        ("database_url", "sqlite:///:memory:"),
        ("database_url", "sqlite+aiosqlite://"),
        ("public_url", "reading.example.org"),
        ("public_url", "ftp://reading.example.org"),
        ("public_url", "https://[::1"),
        ("public_url", "https://reading group.example.org"),
    ],
)
def test_wrong_value_is_refused_by_the_settings_name_without_repeating_it(
    monkeypatch: pytest.MonkeyPatch, field: str, value: str
) -> None:
    monkeypatch.setenv(NAMES[field], value)
    with pytest.raises(ValidationError) as refused:
        Settings()
    (error,) = refused.value.errors(include_input=False, include_url=False)
    assert variable_name(str(error["loc"][0])) == NAMES[field]
    assert value not in str(refused.value)
    assert value not in repr(refused.value)


def test_secrets_are_not_shown() -> None:
    settings = Settings(
        discord_token="a.secret.token",
        database_url=TYPED["database_url"],
    )
    shown = f"{settings} {settings!r} {settings.model_dump_json(exclude={'database_url'})}"
    assert "secret" not in shown
    assert "pass-word" not in shown
    assert "127.0.0.1" in shown


def test_settings_do_not_change() -> None:
    settings = Settings()
    with pytest.raises(ValidationError, match="frozen"):
        settings.web_port = 1  # type: ignore[misc]


@pytest.mark.parametrize(("field", "name"), NAMES.items())
def test_operator_is_told_a_setting_by_its_variable(field: str, name: str) -> None:
    assert variable_name(field) == name
