"""The check-up tells what an operator has to mend, and leaves everything as it finds it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from backstage import SERVER, START, Backstage
from sqlalchemy import insert, select, update

from bot.checkup import Finding, check_fonts, check_places, check_up, retry_parked
from bot.database import Database
from bot.errors import Refusal
from bot.groups.store import GROUPS
from bot.jobs.model import Delivery, DeliveryState, JobState, Outcome
from bot.jobs.runner import Runner
from bot.jobs.store import DELIVERIES, JOBS, put_job
from bot.pictures.faces import Face
from bot.places.cities import INDEX_FILE, NO_INDEX, city_index
from bot.places.zones import zone_data_version
from bot.sessions.model import REMIND
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
    assert [one.is_ok for one in findings] == [True] * 6
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


async def test_a_group_whose_clock_nobody_knows_is_named(settings: Settings) -> None:
    db = Database(settings.database_url)
    await Backstage(db=db).found_group()
    assert [one.is_ok for one in await finding(settings, "zones")] == [True]
    async with db.begin() as tx:
        await tx.execute(update(GROUPS).values(zone="Mars/Olympus"))
    await db.close()
    lost, _ = await finding(settings, "zones")
    assert lost == Finding(
        is_ok=False,
        text=f"zones: 1 group meets by Mars/Olympus, which is not in {zone_data_version()}: have "
        "the leads choose a city with `/group edit`",
    )


async def test_work_of_a_server_that_removed_us_waits_until_it_is_back(settings: Settings) -> None:
    db = Database(settings.database_url)
    house = Backstage(db=db)
    await house.found_group()
    async with db.begin() as tx:
        await tx.execute(update(JOBS).where(JOBS.c.kind == REMIND).values(state=JobState.PARKED))
    await house.rooms.absence.leave(SERVER)
    assert await retry_parked(settings) > 0
    async with db.read() as tx:
        states = set(await tx.scalars(select(JOBS.c.state).where(JOBS.c.kind == REMIND)))
    await db.close()
    assert states == {JobState.FROZEN}


async def test_what_came_too_late_is_told_but_is_no_fault(settings: Settings) -> None:
    db = Database(settings.database_url)
    house = Backstage(db=db)
    await house.found_group()
    async with db.begin() as tx:
        await tx.execute(update(JOBS).values(state=JobState.PLANNED))
        job_id = await tx.scalar(select(JOBS.c.id).where(JOBS.c.kind == REMIND).limit(1))
        late = {"state": DeliveryState.EXPIRED, "lane": 0, "not_before": START, "done_at": START}
        await tx.execute(
            insert(DELIVERIES).values(job_id=job_id, rev=1, target="x", attempts=0, **late)
        )
    await db.close()
    assert await finding(settings, "work") == [
        Finding(is_ok=True, text="work: nothing was given up"),
        Finding(
            is_ok=True,
            text="work: 1 of the kind remind came too late to be sent in the last 7 days: the bot "
            "was down or had too much to do",
        ),
    ]


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


async def test_index_of_places_says_how_much_it_holds(tmp_path: Path) -> None:
    (found,) = await finding(lone(tmp_path), "places")
    assert found == Finding(
        is_ok=True, text=f"places: {city_index().places:,} of GeoNames, in {INDEX_FILE}"
    )


def test_missing_index_of_places_says_what_makes_it(tmp_path: Path) -> None:
    file = tmp_path / "places.sqlite"
    assert check_places(file) == Finding(is_ok=False, text=f"places: {file}: {NO_INDEX}")
