"""What `lectern doctor` looks at: each finding is ok or says what to do."""

import os
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from bot.absence.store import groups_left, work_of
from bot.cards import plural
from bot.clock import utc_now
from bot.database import Database
from bot.errors import Refusal
from bot.groups.store import zones_of_groups
from bot.jobs.frozen import freeze
from bot.jobs.model import MOST_ATTEMPTS
from bot.jobs.parked import Parked, expired, parked, try_again
from bot.jobs.runner import KEEP_FINISHED
from bot.migrate import UNKNOWN_REVISION, Shape, require_tables, shape_of
from bot.pictures.faces import EAST_ASIAN, LATIN, Face, find_faces
from bot.places.cities import INDEX_FILE, CityIndex
from bot.places.wall import offset_label
from bot.places.zones import zone_data_version, zone_names
from bot.settings import Settings

_PROOF = datetime(2026, 12, 15, 12, tzinfo=UTC)
"""Alberta keeps summer time for good from November 2026: older zone data says UTC−07:00."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    is_ok: bool
    text: str


async def check_up(settings: Settings) -> list[Finding]:
    """Every check, in the order in which an operator would mend what is wrong; makes nothing."""
    return [
        _check_token(settings),
        _check_data_dir(settings),
        *await _check_database(settings),
        _check_zones(),
        check_places(INDEX_FILE),
        check_fonts(find_faces()),
    ]


async def retry_parked(settings: Settings) -> int:
    """How much work that was given up is tried again from now on, by whichever process runs."""
    await require_tables(settings)
    db = Database(settings.database_url)
    try:
        async with db.begin() as tx:
            count = await try_again(tx, utc_now())
            # What is of servers that have removed us waits until they are back.
            await freeze(tx, work_of(groups_left()))
            return count
    finally:
        await db.close()


def _check_token(settings: Settings) -> Finding:
    if settings.discord_token is None:
        return Finding(
            is_ok=False, text="token: set DISCORD_TOKEN to your bot's token (`run` and `sync`)"
        )
    return Finding(is_ok=True, text="token: set")


def _check_data_dir(settings: Settings) -> Finding:
    obstacle = _obstacle(settings.data_dir)
    if obstacle is not None:
        return Finding(
            is_ok=False,
            text=f"data: {settings.data_dir} can't be written ({obstacle}): set "
            "LECTERN_DATA_DIR to a folder of yours",
        )
    return Finding(is_ok=True, text=f"data: {settings.data_dir} can be written")


def _obstacle(folder: Path) -> str | None:
    """Why nothing can be written into a folder, which may still have to be made."""
    try:
        while not folder.exists() and folder != folder.parent:
            folder = folder.parent
    except OSError as error:
        return error.strerror
    if not folder.is_dir():
        return "Not a directory"
    return None if os.access(folder, os.W_OK | os.X_OK) else "Permission denied"


async def _check_database(settings: Settings) -> list[Finding]:
    file = settings.database_file
    if file is not None and not file.exists():
        return [_check_place(file)]
    kind = "SQLite" if settings.is_embedded else "PostgreSQL"
    try:
        shape = await shape_of(settings.database_url)
        if shape is Shape.CURRENT:
            work = await _check_work(settings)
            return [Finding(is_ok=True, text=f"database: {kind}, up to date"), *work]
    except (SQLAlchemyError, OSError) as error:
        return [
            Finding(
                is_ok=False,
                text=f"database: {kind} can't be used ({type(error).__name__}): look at "
                "LECTERN_DATABASE_URL",
            )
        ]
    if shape is Shape.UNKNOWN:
        return [Finding(is_ok=False, text=f"database: {kind} has a shape {UNKNOWN_REVISION}")]
    if shape is Shape.BEHIND:
        mend = "start the bot, or run" if settings.is_embedded else "run"
        text = f"database: {kind} is behind: {mend} `lectern migrate`"
        return [Finding(is_ok=False, text=text)]
    text = f"database: {kind}, empty: the bot makes its tables at its first start"
    return [Finding(is_ok=True, text=text)]


def _check_place(file: Path) -> Finding:
    obstacle = _obstacle(file.parent)
    if obstacle is None:
        text = "database: SQLite, not there yet: the bot makes it at its first start"
        return Finding(is_ok=True, text=text)
    return Finding(
        is_ok=False,
        text=f"database: {file} can't be made ({obstacle}): look at LECTERN_DATABASE_URL",
    )


async def _check_work(settings: Settings) -> list[Finding]:
    db = Database(settings.database_url)
    try:
        async with db.read() as tx:
            given_up = await parked(tx)
            late = await expired(tx)
            zones = await zones_of_groups(tx)
    finally:
        await db.close()
    too_late = [
        # Nothing is to be done about it any more, so it is no fault of the installation.
        Finding(
            is_ok=True,
            text=f"work: {count} of the kind {kind} came too late to be sent in the last "
            f"{KEEP_FINISHED.days} days: the bot was down or had too much to do",
        )
        for kind, count in late.items()
    ]
    nothing = [Finding(is_ok=True, text="work: nothing was given up")]
    return [*(nothing if not given_up else ()), *too_late, *_spoken_parked(given_up), *_lost(zones)]


def _lost(zones: Mapping[str, int]) -> list[Finding]:
    """The zones of groups that are in the database, but in no zone data."""
    return [
        Finding(
            is_ok=False,
            text=f"zones: {plural(count, 'group meets', 'groups meet')} by {zone}, which is not in "
            f"{zone_data_version()}: have the leads choose a city with `/group edit`",
        )
        for zone, count in sorted(zones.items())
        if zone not in zone_names()
    ]


def _spoken_parked(given_up: Sequence[Parked]) -> list[Finding]:
    return [
        Finding(
            is_ok=False,
            text=f"work: {one.count} of the kind {one.kind} given up after {MOST_ATTEMPTS} "
            f"attempts{f', the last with {one.error}' if one.error else ''}: look into the log, "
            "mend the cause, and run `lectern doctor --retry`",
        )
        for one in given_up
    ]


def check_places(file: Path) -> Finding:
    """Whether the index of places can be read, and how much it holds."""
    try:
        with closing(CityIndex(file)) as index:
            return Finding(is_ok=True, text=f"places: {index.places:,} of GeoNames, in {file}")
    except Refusal as refusal:
        return Finding(is_ok=False, text=f"places: {file}: {refusal}")


def _check_zones() -> Finding:
    offset = offset_label(_PROOF, "America/Edmonton")
    if offset != "UTC−06:00":
        return Finding(
            is_ok=False,
            text=f"zones: {zone_data_version()} puts Edmonton at {offset} in December 2026: "
            "install Lectern's own pinned tzdata again",
        )
    return Finding(is_ok=True, text=f"zones: {zone_data_version()}, Edmonton is right")


def check_fonts(faces: Sequence[Face]) -> Finding:
    """Whether these typefaces are enough for pictures with titles in every script."""
    families = {face.family for face in faces}
    if LATIN not in families:
        text = (
            "fonts: none, so results have no picture: install Lectern's pinned manimgx-fonts again"
        )
        return Finding(is_ok=False, text=text)
    if EAST_ASIAN not in families:
        return Finding(
            is_ok=False,
            text="fonts: none for Chinese, Japanese and Korean titles: install Lectern's pinned "
            "manimgx-fonts-cjk again",
        )
    return Finding(is_ok=True, text=f"fonts: {len(families)} families, East Asian ones too")
