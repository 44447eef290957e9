"""A lead moves the group to another city from a date on: sessions, notices, and the way back."""

from datetime import UTC, datetime, timedelta

import pytest
from backstage import BEN, CHANNEL, CLARA, FIRST, MAYA, SECOND, START, Backstage, actor
from bent import discussions, going, programme, refusal_of, sessions_of
from sqlalchemy import select, update

from bot.cards import Card, stamp
from bot.groups.model import Group
from bot.groups.revising import Revision
from bot.groups.rhythms import EARLIER
from bot.groups.store import GROUPS, group_of
from bot.jobs.model import JobState
from bot.jobs.store import JOBS
from bot.members.model import Place
from bot.sessions.model import REMIND
from bot.sessions.store import SESSIONS

LOST = "Mars/Olympus"
ADVICE = (
    "The time zone “Mars/Olympus” is not in the zone data any more, so I can't plan on its clock: "
    "give the group a city under “When we meet” in `/group edit`. Its sessions stay at the "
    "instants they were planned for until then."
)
TO_TOKYO = {"rhythm": "every 2 weeks on Saturday 14:00", "since": "2022-11-19", "city": "Tokyo"}
IN_TOKYO = datetime(2022, 11, 19, 5, 0, tzinfo=UTC)
"""14:00 on the day of the second session."""


async def propose(house: Backstage, **typed: str) -> Card:
    return await house.rooms.rhythms.propose(actor(), None, Revision.RHYTHM, typed)


async def confirm(house: Backstage, card: Card) -> Card:
    _, _, number = str(card.buttons[0].action).split(":")
    return await house.rooms.rhythms.carry_out(actor(), int(number))


async def go(house: Backstage, **typed: str) -> Card:
    """What the lead sees after confirming the change."""
    return await confirm(house, await propose(house, **TO_TOKYO | typed))


async def calendar(house: Backstage, group: Group) -> list[tuple[int, str, str, datetime]]:
    return [
        (one.number, one.zone, f"{one.wall_start:%m-%d %H:%M}", one.starts_at)
        for one in await sessions_of(house, group)
    ]


async def test_sessions_go_along_from_the_day_on(house: Backstage) -> None:
    group = await house.found_group()
    await going(house, (await sessions_of(house, group))[1], BEN)
    await go(house)
    assert (await calendar(house, group))[:3] == [
        (1, "America/Denver", "11-05 14:00", FIRST),
        (2, "Asia/Tokyo", "11-19 14:00", IN_TOKYO),
        (3, "Asia/Tokyo", "12-03 14:00", IN_TOKYO + timedelta(weeks=2)),
    ]
    async with house.db.read() as tx:
        due = await tx.scalars(
            select(JOBS.c.due_at).where(
                JOBS.c.kind == REMIND, JOBS.c.subject_id == 2, JOBS.c.state == JobState.WAITING
            )
        )
        assert set(due) == {IN_TOKYO - timedelta(minutes=n) for n in (10_080, 1_440, 60, 10)}
    await house.runner.run_due()
    [notice] = house.messenger.places[group.channel_id].messages.values()
    assert notice.card.title == "🗓️ ML Theory has new dates"
    assert notice.card.body[0] == (
        "📍 We go on by the clock of **Tokyo**, from November 19, 2022 on, no longer by that of "
        "Denver."
    )
    assert f"<@{BEN}>" in notice.card.text


async def test_the_preview_names_each_dates_city(house: Backstage) -> None:
    group = await house.found_group()
    await house.know(MAYA, Place(name="Berlin", zone="Europe/Berlin"))
    await house.know(BEN, Place(name="Boulder", zone="America/Denver"))
    await house.follow(group, BEN, CLARA)
    card = await propose(house, **TO_TOKYO)
    assert card.title == "Move ML Theory to Tokyo?"
    patterns, rows, clocks, kept = card.body
    assert patterns.splitlines() == [
        "**Now** Every 2 weeks on Saturday at 14:00 in Denver, for 60 minutes",
        "**Then** Every 2 weeks on Saturday at 14:00 in Tokyo, for 60 minutes, from 19 November "
        "2022 on",
    ]
    assert rows.splitlines()[0] == f"- **#2** ~~{stamp(SECOND)}~~ → {stamp(IN_TOKYO)}"
    assert clocks == (
        "🕑 Saturday 14:00 in Tokyo · Saturday 06:00 in Berlin (you) · Friday 22:00 in Denver"
    )
    assert kept == "As now: #1 5 November"
    assert await calendar(house, group) == await calendar(house, group)


async def test_the_fortnight_stays_whatever_the_day_of_the_change(house: Backstage) -> None:
    group = await house.found_group()
    await go(house, since="2022-11-12")
    assert [wall for _, _, wall, _ in await calendar(house, group)][:3] == [
        "11-05 14:00",
        "11-19 14:00",
        "12-03 14:00",
    ]


async def test_a_session_at_the_same_instant_is_not_told_of(house: Backstage) -> None:
    """14:00 in Denver is 13:00 in Los Angeles: nobody's evening changes."""
    group = await house.found_group()
    before = await sessions_of(house, group)
    await go(
        house, city="Los Angeles", rhythm="every 2 weeks on Saturday 13:00", since="2022-11-05"
    )
    after = await sessions_of(house, group)
    assert [(one.starts_at, one.sequence) for one in after] == [
        (one.starts_at, one.sequence) for one in before
    ]
    assert {one.zone for one in after} == {"America/Los_Angeles"}


async def test_undo_and_redo_bring_city_and_dates_back(house: Backstage) -> None:
    group = await house.found_group()
    await house.move(3, "2022-12-04 10:00")
    before = await calendar(house, group), (await home_of(house, group))
    await go(house)
    after = await calendar(house, group), (await home_of(house, group))
    assert after[0][2] == (3, "Asia/Tokyo", "12-05 02:00", before[0][2][3])
    assert after[1] == (("America/Denver", "Asia/Tokyo"), "Tokyo")
    acts = await house.rooms.acts.acts_card(actor(), None)
    assert "moved the group to Tokyo, from November 19, 2022 on" in acts.text
    await house.undo()
    assert (await calendar(house, group), await home_of(house, group)) == before
    await house.runner.run_due()
    assert first_line(house) == (
        "📍 We go on by the clock of **Denver**, no longer by that of Tokyo."
    )
    await house.undo()
    assert (await calendar(house, group), await home_of(house, group)) == after
    await house.runner.run_due()
    assert first_line(house) == (
        "📍 We go on by the clock of **Tokyo**, from November 19, 2022 on, no longer by that of "
        "Denver."
    )
    await house.advance_to(SECOND)
    assert "at the same time" not in "".join(house.messenger.titles())


def first_line(house: Backstage) -> str:
    """What the newest message in the group's channel begins with."""
    return [*house.messenger.places[CHANNEL].messages.values()][-1].card.body[0]


async def home_of(house: Backstage, group: Group) -> tuple[tuple[str, ...], str]:
    async with house.db.read() as tx:
        pattern = (await group_of(tx, group.id)).pattern
    return tuple(one.zone for one in pattern.rhythms), pattern.home.name


async def test_what_was_held_today_is_not_met_again_further_west(house: Backstage) -> None:
    group = await house.found_group()
    await go(house, since="2022-11-05")
    house.now = datetime(2022, 11, 19, 6, 0, tzinfo=UTC)
    await house.runner.run_due()
    # In Denver it is still the evening of the 18th; Tokyo's meeting of the 19th is over.
    await go(house, city="Denver", since="2022-11-19")
    starts = [one.starts_at for one in await sessions_of(house, group)]
    assert starts[1:3] == [IN_TOKYO, SECOND + timedelta(weeks=2)]


@pytest.mark.parametrize(
    ("city", "sentence"),
    [
        (
            "UTC+2",
            "“UTC+2” is a clock, not a place, and clocks change. Name a city instead, such as ",
        ),
        ("CST", "“CST” is a clock, not a place, and clocks change. Name a city instead, such as "),
        ("Atlantis-upon-Sea", "I know no place called “Atlantis-upon-Sea”."),
    ],
)
async def test_what_is_no_city_is_quoted_and_changes_nothing(
    house: Backstage, city: str, sentence: str
) -> None:
    group = await house.found_group()
    before = await calendar(house, group)
    assert (await refusal_of(propose(house, **TO_TOKYO | {"city": city}))).startswith(sentence)
    assert await calendar(house, group) == before


async def test_the_form_says_where_the_group_is_then(house: Backstage) -> None:
    group = await house.found_group()
    await go(house, since="2022-11-12")
    form = await house.rooms.rhythms.form(actor(), None, Revision.RHYTHM)
    assert (form["since"], form["city"]) == ("2022-11-05", "Denver")
    card = await propose(house, **form)
    assert "- the change that was planned from November 12, 2022 on is given up" in card.body[-1]
    await confirm(house, card)
    assert await home_of(house, group) == (("America/Denver",), "Denver")
    assert await refusal_of(propose(house, **form)) == (
        "That is how the group meets already: nothing changes."
    )


async def test_the_rest_is_not_shifted_across_cities(house: Backstage) -> None:
    await house.found_group()
    await go(house)
    assert await refusal_of(house.move(1, "2022-11-06 14:00", "Shift this and the rest")) == (
        "From 19 November 2022 on the group meets in Tokyo, so the rest can't follow: move only "
        "this one, or change when you meet with `/group edit`."
    )


@pytest.mark.parametrize(("day", "starts_at"), [
    ("2022-11-12 20:00", datetime(2022, 11, 13, 3, 0, tzinfo=UTC)),
    ("2022-11-26 20:00", datetime(2022, 11, 26, 11, 0, tzinfo=UTC)),
])  # fmt: skip
async def test_an_extra_session_is_on_the_clock_of_its_day(
    house: Backstage, day: str, starts_at: datetime
) -> None:
    group = await house.found_group()
    await go(house)
    card = await house.rooms.rescheduling.propose_add(actor(), None, day, None)
    await house.press(card, "Add the session")
    assert starts_at in [one.starts_at for one in await sessions_of(house, group)]


async def lose_the_zone(house: Backstage) -> None:
    """The group's zone leaves the database, as if a new version had dropped it."""
    async with house.db.begin() as tx:
        await tx.execute(update(GROUPS).values(zone=LOST, city="Olympus Base"))
        await tx.execute(update(SESSIONS).values(zone=LOST))


async def test_a_lost_zone_is_left_by_naming_a_city(house: Backstage) -> None:
    group = await house.found_group()
    await lose_the_zone(house)
    form = await house.rooms.rhythms.form(actor(), None, Revision.RHYTHM)
    assert await refusal_of(propose(house, **form)) == (
        "I know no place called “Olympus Base”. Name the nearest large city."
    )
    del form["city"]
    assert await refusal_of(propose(house, **form | {"minutes": "90"})) == ADVICE
    card = await propose(house, **form, city="Denver")
    assert "“Mars/Olympus” is not in the zone data any more" in card.body[0]
    await confirm(house, card)
    assert [row[1:] for row in (await calendar(house, group))[:2]] == [
        ("America/Denver", "11-05 14:00", FIRST),
        ("America/Denver", "11-19 14:00", SECOND),
    ]


async def test_members_read_on_where_a_zone_is_lost(house: Backstage) -> None:
    group = await house.found_group()
    await lose_the_zone(house)
    _, card = await house.rooms.sessions.next_card(actor(BEN), None)
    assert "20:00 in UTC" in card.text
    about = await house.rooms.about.about(actor(BEN), None)
    assert "Every 2 weeks on Saturday at 14:00 in Olympus Base" in about.text
    await house.advance_to(FIRST)
    assert [title for title in house.messenger.titles("🔔") if "#1" in title]
    await house.advance_to(FIRST + timedelta(hours=3))
    assert [card.body for card in house.messenger.told(MAYA) if "needs a lead" in card.title] == [
        (ADVICE,)
    ]
    assert len(await sessions_of(house, group)) == 6


async def test_a_lost_zone_of_the_past_breaks_nothing(house: Backstage) -> None:
    group = await house.found_group()
    await house.advance_to(FIRST + timedelta(hours=2))
    await go(house, since="2022-11-06")
    async with house.db.begin() as tx:
        await tx.execute(update(EARLIER).values(zone=LOST, city="Olympus Base"))
        await tx.execute(update(SESSIONS).where(SESSIONS.c.id == 1).values(zone=LOST))
    _, past = await house.rooms.sessions.calendar_card(actor(BEN), None, past=True)
    assert "20:00 in UTC" in past.text
    await house.advance_to(IN_TOKYO + timedelta(hours=2))
    await go(house, city="Denver", since="2022-11-20")
    assert {one.zone for one in (await sessions_of(house, group))[2:]} == {"America/Denver"}
    assert house.now > START


async def test_saturday_there_is_sunday_here_and_one_meeting(house: Backstage) -> None:
    """Sunday 06:00 in Tokyo is Saturday 14:00 in Denver: what was planned for it stays."""
    group = await house.found_group()
    before = await sessions_of(house, group)
    sunday = {"rhythm": "every 2 weeks on Sunday 06:00", "since": "2022-11-20", "city": "Tokyo"}
    card = await propose(house, **sunday)
    assert card.body[1].splitlines()[0] == f"- **#2** {stamp(SECOND)}, the same moment"
    assert card.body[2] == "🕑 Sunday 6:00 AM in Tokyo"
    await confirm(house, card)
    after = await sessions_of(house, group)
    assert [(one.number, one.starts_at, one.sequence) for one in after] == [
        (one.number, one.starts_at, one.sequence) for one in before
    ]
    assert [one.zone for one in after[:2]] == ["America/Denver", "Asia/Tokyo"]


async def test_events_and_discussions_follow(house: Backstage) -> None:
    group = await house.found_group(is_mirrored=True)
    await programme(house, group, [[], ["A"]])
    await go(house)
    await house.runner.run_due()
    starts = sorted(one.starts_at for one in house.messenger.events.values())
    assert starts[:2] == [FIRST, IN_TOKYO]
    assert await discussions(house, group) == {"A": IN_TOKYO + timedelta(hours=1)}


async def test_a_change_that_was_still_to_come_is_given_up_by_an_earlier_one(
    house: Backstage,
) -> None:
    await house.found_group()
    await go(house, since="2022-12-03")
    card = await propose(house, rhythm="every 2 weeks on Saturday 15:00", since="2022-11-19")
    assert card.body[-1].splitlines()[-1] == (
        "- the change that was planned from December 3, 2022 on is given up"
    )


async def test_taking_a_far_move_back_is_told_though_no_session_moves(house: Backstage) -> None:
    group = await house.found_group()
    await go(house, since="2023-06-03")
    await house.runner.run_due()
    await house.undo()
    await house.runner.run_due()
    titles = house.messenger.titles()
    assert titles == ["🗓️ ML Theory has new dates", "↩️ ML Theory: a change is taken back"]
    assert first_line(house) == (
        "📍 We go on by the clock of **Denver**, no longer by that of Tokyo."
    )
    assert await home_of(house, group) == (("America/Denver",), "Denver")


async def test_a_move_is_not_taken_back_once_the_calendar_has_grown_there(
    house: Backstage,
) -> None:
    group = await house.found_group()
    await go(house, since="2023-01-21")
    await house.advance_to(FIRST + timedelta(hours=2))
    assert [row[1] for row in (await calendar(house, group))[5:]] == [
        "America/Denver",
        "Asia/Tokyo",
    ]
    assert await refusal_of(house.undo()) == (
        "The calendar has grown by another session since, so that can't be taken back: give the "
        "group its city with `/group edit` instead."
    )
    await go(house, city="Denver", since="2022-11-19")
    assert {row[1] for row in await calendar(house, group)} == {"America/Denver"}
