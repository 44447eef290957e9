"""What `lectern doctor` looks at: each finding is ok or says what to do."""

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from bot.database import Database
from bot.migrate import Shape, shape_of
from bot.places.wall import offset_label
from bot.places.zones import zone_data_version
from bot.settings import Settings

_PROOF = datetime(2026, 12, 15, 12, tzinfo=UTC)
"""Alberta keeps summer time for good from November 2026: older zone data says UTC−07:00."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    is_ok: bool
    text: str


async def check_up(settings: Settings) -> list[Finding]:
    """Every check, in the order in which an operator would mend what is wrong."""
    return [
        _check_token(settings),
        _check_data_dir(settings),
        await _check_database(settings),
        _check_zones(),
    ]


def _check_token(settings: Settings) -> Finding:
    if settings.discord_token is None:
        return Finding(
            is_ok=False, text="token: set DISCORD_TOKEN to your bot's token (`run` and `sync`)"
        )
    return Finding(is_ok=True, text="token: set")


def _check_data_dir(settings: Settings) -> Finding:
    probe = settings.data_dir / ".probe"
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        probe.touch()
        probe.unlink()
    except OSError as error:
        return Finding(
            is_ok=False,
            text=f"data: {settings.data_dir} can't be written ({error.strerror}): set "
            "LECTERN_DATA_DIR to a folder of yours",
        )
    return Finding(is_ok=True, text=f"data: {settings.data_dir} can be written")


async def _check_database(settings: Settings) -> Finding:
    kind = "SQLite" if settings.is_embedded else "PostgreSQL"
    db = Database(settings.database_url)
    try:
        async with db.read() as tx:
            await tx.execute(text("SELECT 1"))
        shape = await shape_of(settings.database_url)
    except (SQLAlchemyError, OSError) as error:
        return Finding(
            is_ok=False,
            text=f"database: {kind} can't be reached ({type(error).__name__}): look at "
            "LECTERN_DATABASE_URL",
        )
    finally:
        await db.close()
    if shape is Shape.OTHER:
        return Finding(is_ok=False, text=f"database: {kind} is behind: run `lectern migrate`")
    is_empty = shape is Shape.EMPTY
    state = "empty: the bot makes its tables at its first start" if is_empty else "up to date"
    return Finding(is_ok=True, text=f"database: {kind}, {state}")


def _check_zones() -> Finding:
    offset = offset_label(_PROOF, "America/Edmonton")
    if offset != "UTC−06:00":
        return Finding(
            is_ok=False,
            text=f"zones: {zone_data_version()} puts Edmonton at {offset} in December 2026: "
            "install Lectern's own pinned tzdata again",
        )
    return Finding(is_ok=True, text=f"zones: {zone_data_version()}, Edmonton is right")
