"""What an operator can set, by environment, `.env` or secret file."""

from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from bot.log import LogFormat

SECRETS_DIR = Path("/run/secrets")

DRIVERS = {
    "postgres://": "postgresql+psycopg://",
    "postgresql://": "postgresql+psycopg://",
    "sqlite://": "sqlite+aiosqlite://",
}


class Settings(BaseSettings):
    """All settings, validated; a bad value raises without repeating the value itself.

    A variable that is there but empty counts as not set, as in a `.env` filled in by half.
    """

    model_config = SettingsConfigDict(
        env_prefix="LECTERN_",
        env_ignore_empty=True,
        env_file=".env",
        env_file_encoding="utf-8",
        secrets_dir=SECRETS_DIR if SECRETS_DIR.is_dir() else None,
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
    )

    discord_token: Annotated[SecretStr | None, Field(validation_alias="discord_token")] = None
    database_url: Annotated[str, Field(repr=False)] = ""  # It may hold a password.
    data_dir: Path = Path("data")
    web_host: str = "127.0.0.1"
    web_port: Annotated[int, Field(ge=0, le=65535)] = 8080
    public_url: str | None = None
    shards: Annotated[int | None, Field(ge=1)] = None
    log_format: LogFormat = LogFormat.CONSOLE

    @field_validator("database_url")
    @classmethod
    def _name_the_driver(cls, url: str) -> str:
        """The URL with Lectern's own driver for its database; refuses any other database."""
        for plain, driven in DRIVERS.items():
            if url.startswith(plain):
                url = driven + url.removeprefix(plain)
        if url and not url.startswith(tuple(DRIVERS.values())):
            raise ValueError("neither an SQLite nor a PostgreSQL address")
        try:
            parts = make_url(url or "sqlite:///file")
        except (ArgumentError, ValueError) as error:
            # Nobody can tell whether what SQLAlchemy quotes is of the password.
            raise ValueError("no whole address: look at its port, and at odd characters") from error
        if parts.get_backend_name() == "sqlite" and parts.database in (None, "", ":memory:"):
            raise ValueError("an SQLite database has to be a file: sqlite:////srv/lectern.sqlite3")
        return url

    @field_validator("public_url")
    @classmethod
    def _require_web_address(cls, url: str | None) -> str | None:
        if url is not None:
            parts = urlsplit(url)
            if parts.scheme not in ("http", "https") or not parts.hostname or " " in url:
                raise ValueError("it should begin with https:// and name a host")
        return url

    def model_post_init(self, _context: Any) -> None:
        """Fill the default database: a file inside the data directory."""
        if not self.database_url:
            path = (self.data_dir / "lectern.sqlite3").resolve()
            object.__setattr__(self, "database_url", f"sqlite+aiosqlite:///{path}")

    @property
    def is_embedded(self) -> bool:
        """True where the database is a file that this process alone owns."""
        return self.database_url.startswith("sqlite")

    @property
    def database_file(self) -> Path | None:
        """That file; None for a server."""
        return Path(make_url(self.database_url).database or "") if self.is_embedded else None


def variable_name(field: str) -> str:
    """The environment variable that sets a field: `database_url` is `LECTERN_DATABASE_URL`."""
    name = field.upper()
    return name if name.startswith(("DISCORD_", "LECTERN_")) else f"LECTERN_{name}"
