"""The check-up tells what an operator has to mend, and leaves everything as it finds it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.checkup import Finding, check_fonts, check_up, retry_parked
from bot.database import Database
from bot.errors import Refusal
from bot.jobs.model import Delivery, Outcome
from bot.jobs.runner import Runner
from bot.jobs.store import put_job
from bot.pictures.faces import Face
from bot.settings import Settings
from tests.fakes.clock import HandClock
from tests.fakes.errands import Errand

TEN_MINUTES = timedelta(minutes=10)


def lone(folder: Path, url: str = "") -> Settings:
    return Settings(database_url=url, data_dir=folder, discord_token="t", _env_file=None)


async def finding(settings: Settings, about: str) -> list[Finding]:
    return [one for one in await check_up(settings) if one.text.startswith(f"{about}:")]


def sizes(folder: Path) -> dict[str, int]:
    """What is in the folder, and how large."""
    return {one.name: one.stat().st_size for one in folder.iterdir()}


async def test_nothing_is_made_by_looking(tmp_path: Path) -> None:
    findings = await check_up(lone(tmp_path / "new" / "data"))
    assert [one.is_ok for one in findings] == [True] * 5
    assert findings[2].text == (
        "database: SQLite, not there yet: the bot makes it at its first start"
    )
    assert sizes(tmp_path) == {}


async def test_database_that_is_there_stays_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "lectern.sqlite3").touch()
    [found] = await finding(lone(tmp_path), "database")
    assert found == Finding(
        is_ok=True, text="database: SQLite, empty: the bot makes its tables at its first start"
    )
    assert sizes(tmp_path) == {"lectern.sqlite3": 0}


async def test_places_that_can_not_be_written_are_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    settings = lone(tmp_path / "file" / "data", f"sqlite:///{tmp_path}/file/x.sqlite3")
    [data], [database] = await finding(settings, "data"), await finding(settings, "database")
    assert (data.is_ok, data.text) == (
        False,
        f"data: {tmp_path}/file/data can't be written (Not a directory): set LECTERN_DATA_DIR to "
        "a folder of yours",
    )
    assert (database.is_ok, database.text) == (
        False,
        f"database: {tmp_path}/file/x.sqlite3 can't be made (Not a directory): look at "
        "LECTERN_DATABASE_URL",
    )


async def give_up(settings: Settings) -> None:
    """Let a job fail until it is given up."""
    db, clock = Database(settings.database_url), HandClock(datetime.now(UTC))

    async def fail(_delivery: Delivery) -> Outcome:
        raise RuntimeError("Maya typed this")

    runner = Runner(db, clock)
    runner.register(Errand(act=fail))
    async with db.begin() as tx:
        await put_job(tx, "errand", 7, clock())
    for _ in range(10):
        await runner.run_due()
        clock.move(TEN_MINUTES)
    await db.close()


async def test_work_that_was_given_up_is_to_be_mended_and_tried_again(settings: Settings) -> None:
    fine = [Finding(is_ok=True, text="work: nothing was given up")]
    assert await finding(settings, "work") == fine
    await give_up(settings)
    assert await finding(settings, "work") == [
        Finding(
            is_ok=False,
            text="work: 1 of the kind errand given up after 8 attempts, the last with "
            "RuntimeError: look into the log, mend the cause, and run `lectern doctor --retry`",
        )
    ]
    assert await retry_parked(settings) == 1
    assert await finding(settings, "work") == fine


async def test_nothing_can_be_tried_again_where_there_is_no_database(tmp_path: Path) -> None:
    with pytest.raises(Refusal) as refusal:
        await retry_parked(lone(tmp_path))
    assert str(refusal.value) == (
        f"There is no database yet: the bot makes {tmp_path}/lectern.sqlite3 at its first start."
    )


async def test_typefaces_for_every_script_are_found(tmp_path: Path) -> None:
    assert await finding(lone(tmp_path), "fonts") == [
        Finding(is_ok=True, text="fonts: 23 families, East Asian ones too")
    ]


@pytest.mark.parametrize(
    ("families", "text"),
    [
        (
            [],
            "fonts: none, so results have no picture: install Lectern's pinned manimgx-fonts again",
        ),
        (
            ["Noto Sans"],
            "fonts: none for Chinese, Japanese and Korean titles: install Lectern's "
            "pinned manimgx-fonts-cjk again",
        ),
    ],
)
def test_typefaces_that_are_missing_are_named_with_what_brings_them(
    families: list[str], text: str
) -> None:
    faces = [Face(family, Path("nowhere")) for family in families]
    assert check_fonts(faces) == Finding(is_ok=False, text=text)
