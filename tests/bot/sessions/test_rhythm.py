"""Leads change when a group meets: shown first, done once, and no talk lost on the way."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from backstage import BEN, CHANNEL, DEVI, FIRST, MAYA, SECOND, START, THIRD, Backstage, actor
from bent import acts_in, refusal_of
from sqlalchemy import select

from bot.ballots.model import BallotForm
from bot.cards import Card, stamp
from bot.errors import Refusal
from bot.groups.model import Group
from bot.groups.pattern import Break
from bot.groups.revising import Revision
from bot.jobs.model import JobState
from bot.jobs.store import JOBS
from bot.members.model import Place
from bot.sessions.answers import save_answer
from bot.sessions.model import REMIND, Answer, SessionState, Talk
from bot.sessions.store import calendar_of
from bot.sessions.talks import add_talk

SUNDAYS = {"rhythm": "every 2 weeks on Sunday 10:00", "since": "2022-11-12", "minutes": "60"}


async def propose(house: Backstage, what: Revision, **typed: str) -> Card:
    return await house.rooms.rhythms.propose(actor(), None, what, typed)


async def change(house: Backstage, what: Revision, **typed: str) -> Card:
    """Proposed and confirmed."""
    return await press(house, await propose(house, what, **typed))


async def press(house: Backstage, card: Card, user_id: int = MAYA) -> Card:
    pressed = card.buttons[0].action or ""
    return await house.rooms.rhythms.carry_out(actor(user_id), int(pressed.rpartition(":")[2]))


async def with_talks(
    house: Backstage, group: Group, *numbers: int, speaker_id: int | None = None
) -> None:
    async with house.db.begin() as tx:
        for one in await calendar_of(tx, group.id, START):
            if one.number in numbers:
                talk = Talk(id=0, session_id=one.id, position=0, title=f"T{one.number}", minutes=30)
                await add_talk(tx, replace(talk, speaker_id=speaker_id))


async def calendar(house: Backstage, group: Group) -> list[tuple[int, str, str, list[str]]]:
    async with house.db.read() as tx:
        sessions = await calendar_of(tx, group.id, START)
    return [
        (one.number, f"{one.wall_start:%m-%d %H:%M}", one.state, [t.title for t in one.talks])
        for one in sessions
    ]


async def test_nothing_is_changed_before_it_is_confirmed(house: Backstage) -> None:
    group = await house.found_group()
    before = await calendar(house, group)
    card = await propose(house, Revision.RHYTHM, **SUNDAYS)
    new = [datetime(2022, 11, 13, 17, tzinfo=UTC) + n * timedelta(days=14) for n in range(5)]
    old = [SECOND + n * timedelta(days=14) for n in range(5)]
    moves = [
        f"- **#{number}** ~~{stamp(was)}~~ → {stamp(will)}"
        for number, (was, will) in enumerate(zip(old, new, strict=True), 2)
    ]
    lines = card.body[1].splitlines()
    assert (card.body[0], lines[:5], lines[-1]) == (
        "**Now** Every 2 weeks on Saturday at 2:00 PM in Denver, for 60 minutes\n"
        "**Then** Every 2 weeks on Sunday at 10:00 AM in Denver, for 60 minutes, from "
        "November 12, 2022 on",
        moves,
        "- and so on",
    )
    assert card.body[2:] == ("🕑 Sunday 10:00 AM in Denver", "As now: #1 November 5")
    assert await calendar(house, group) == before
    assert house.messenger.titles() == []


async def test_a_preview_is_on_the_clocks_of_the_lead_and_the_groups_people(
    house: Backstage,
) -> None:
    group = await house.found_group()
    await house.know(MAYA, Place(name="Berlin", zone="Europe/Berlin"))
    people = range(100, 105)
    for user_id in people:
        home = "Asia/Tokyo" if user_id < 102 else "America/Denver"
        await house.know(user_id, Place(name=home.partition("/")[2], zone=home))
    await house.follow(group, *people[:4])
    few = await propose(house, Revision.RHYTHM, **SUNDAYS)
    await house.follow(group, people[4])
    enough = await propose(house, Revision.RHYTHM, **SUNDAYS)
    # Four followers are too few for a share; with five it is told, once for all.
    assert "🌙" not in few.text
    assert enough.body[2].splitlines() == [
        "🕑 Sunday 10:00 in Denver · Sunday 18:00 in Berlin (you) · Monday 02:00 in Tokyo",
        "🌙 night for 40% of followers, in each of these 6 sessions, as now",
    ]


@pytest.mark.parametrize(
    ("what", "typed"),
    [(Revision.PAUSE, {"until": "2022-11-12"}), (Revision.HOLIDAYS, {"days": "2022-11-05"})],
)
async def test_what_falls_away_is_shown_on_every_reader_s_clock_and_what_stays_by_its_day(
    house: Backstage, what: Revision, typed: dict[str, str]
) -> None:
    await house.found_group()
    await house.know(MAYA, Place(name="Berlin", zone="Europe/Berlin"))
    card = await propose(house, what, **typed)
    assert card.body[-2:] == (
        f"- **#1** ~~{stamp(FIRST)}~~ no meeting",
        "As now: #2 19 November · #3 3 December · #4 17 December · #5 31 December · #6 14 January "
        "· 28 January",
    )


async def test_a_resumed_group_is_shown_like_that_too(house: Backstage) -> None:
    await house.found_group()
    await house.know(MAYA, Place(name="Berlin", zone="Europe/Berlin"))
    await change(house, Revision.PAUSE)
    card = await propose(house, Revision.RESUME)
    assert card.body[0].splitlines()[0] == f"- **#1** takes place after all: {stamp(FIRST)}"
    assert card.body[1] == (
        "🕑 #1: Saturday 14:00 in Denver · 21:00 in Berlin (you)\n"
        "🕑 #2 to #6: Saturday 14:00 in Denver · 22:00 in Berlin (you)"
    )


async def test_an_edit_holds_from_its_day_on_and_is_told_once(house: Backstage) -> None:
    group = await house.found_group()
    await with_talks(house, group, 1, 2)
    async with house.db.begin() as tx:
        [second] = [one for one in await calendar_of(tx, group.id, START) if one.number == 2]
        await save_answer(tx, second.id, BEN, Answer.GOING, house.now)
    await change(house, Revision.RHYTHM, **SUNDAYS)
    await house.runner.run_due()
    house.restart()
    await house.runner.run_due()
    assert (await calendar(house, group))[:3] == [
        (1, "11-05 14:00", SessionState.PLANNED, ["T1"]),
        (2, "11-13 10:00", SessionState.PLANNED, ["T2"]),
        (3, "11-27 10:00", SessionState.PLANNED, []),
    ]
    [notice] = house.messenger.places[CHANNEL].messages.values()
    assert notice.card.title == "🗓️ ML Theory has new dates"
    assert notice.card.body[-1] == f"<@{BEN}>"


async def test_a_channel_hears_which_sessions_a_pause_takes_away(house: Backstage) -> None:
    group = await house.found_group()
    async with house.db.read() as tx:
        first, second, *_ = await calendar_of(tx, group.id, START)
    await change(house, Revision.PAUSE, until="2022-11-20")
    await house.runner.run_due()
    [notice] = house.messenger.places[CHANNEL].messages.values()
    assert notice.card.title == "⏸️ ML Theory takes a break"
    assert notice.card.body[:2] == (
        "⏸️ A break from October 29, 2022 to November 20, 2022, by the calendar in Denver.",
        f"**No meeting**\n- #1 {stamp(first.starts_at)}\n- #2 {stamp(second.starts_at)}",
    )
    # Another change right after it: the break is no news any more, nor is what it took away.
    await change(house, Revision.RHYTHM, **SUNDAYS)
    await house.runner.run_due()
    _, notice = house.messenger.places[CHANNEL].messages.values()
    assert notice.card.title == "🗓️ ML Theory has new dates"
    assert "No meeting" not in notice.card.text
    assert notice.card.body[-1].startswith("⏸️ A break from October 29, 2022")


async def test_what_hangs_on_a_moved_session_follows(house: Backstage) -> None:
    group = await house.found_group()
    await change(house, Revision.RHYTHM, **SUNDAYS)
    async with house.db.read() as tx:
        [_, second, *_] = await calendar_of(tx, group.id, START)
        due = await tx.scalars(
            select(JOBS.c.due_at).where(
                JOBS.c.kind == REMIND,
                JOBS.c.subject_id == second.id,
                JOBS.c.state == JobState.WAITING,
            )
        )
        assert set(due) == {
            second.starts_at - timedelta(minutes=n) for n in (10_080, 1_440, 60, 10)
        }
    assert (second.sequence, second.moved_from) == (1, SECOND)


async def test_a_break_passes_talks_on_and_leaves_its_days_out(house: Backstage) -> None:
    group = await house.found_group()
    await with_talks(house, group, 2, 3, speaker_id=BEN)
    card = await propose(house, Revision.PAUSE, **{"from": "2022-11-14", "until": "2022-11-25"})
    assert card.body[:2] == (
        "⏸️ A break from November 14, 2022 to November 25, 2022.",
        f"- **#2** ~~{stamp(SECOND)}~~ no meeting\n- **#3** {stamp(THIRD)}: T2 · T3",
    )
    await press(house, card)
    assert (await calendar(house, group))[:4] == [
        (1, "11-05 14:00", SessionState.PLANNED, []),
        (2, "11-19 14:00", SessionState.CANCELLED, []),
        (3, "12-03 14:00", SessionState.PLANNED, ["T2", "T3"]),
        (4, "12-17 14:00", SessionState.PLANNED, []),
    ]
    await house.runner.run_due()
    [told] = [one.card for _, one in house.messenger.said() if "a break" in one.card.title]
    assert told.body[:3] == (
        "⏸️ A break from November 14, 2022 to November 25, 2022, by the calendar in Denver.",
        f"**No meeting**\n- #2 {stamp(SECOND)}",
        "**Talks that go on**\n- T2 → #3",
    )
    assert told.body[-1] == f"<@{BEN}>"
    acts = await house.rooms.acts.acts_card(actor(), None)
    assert acts_in(acts)[0].endswith("planned a break from November 14, 2022 to November 25, 2022")


async def test_after_a_tentative_break_nothing_is_planned_until_a_lead_confirms(
    house: Backstage,
) -> None:
    group = await house.found_group()
    await with_talks(house, group, 2)
    await change(
        house, Revision.PAUSE, **{"from": "2022-11-14", "until": "2022-12-11", "tentative": "yes"}
    )
    await house.advance_to(THIRD + timedelta(hours=2))
    assert [row[2] for row in await calendar(house, group)] == [
        SessionState.HELD,
        *[SessionState.CANCELLED] * 5,
    ]
    assert house.messenger.titles("🔔 ML Theory #2") == []
    await change(house, Revision.RESUME)
    assert (await calendar(house, group))[2:4] == [
        (3, "12-03 14:00", SessionState.CANCELLED, []),
        (4, "12-17 14:00", SessionState.PLANNED, ["T2"]),
    ]
    await house.runner.run_due()
    [told] = [one.card for _, one in house.messenger.said() if "new dates" in one.card.title]
    assert "No meeting" not in told.text
    assert "**Talks that go on**\n- T2 → #4" in told.body


@pytest.mark.both_databases
async def test_resuming_at_once_brings_every_session_back(house: Backstage) -> None:
    group = await house.found_group()
    await with_talks(house, group, 2)
    before = await calendar(house, group)
    await change(house, Revision.PAUSE)
    assert {row[2] for row in await calendar(house, group)} == {SessionState.CANCELLED}
    await change(house, Revision.RESUME)
    assert await calendar(house, group) == before


async def test_while_it_pauses_everybody_reads_that_it_does(house: Backstage) -> None:
    group = await house.found_group()
    await house.pitch(group, "Alpha")
    await with_talks(house, group, 2)
    await change(house, Revision.PAUSE)
    why = "⏸️ A break from October 29, 2022 on. The channel hears when the group goes on."
    reader = actor(BEN)
    sessions = house.rooms.sessions
    _, card = await sessions.next_card(reader, None)
    _, listed = await sessions.calendar_card(reader, None, past=False)
    assert [card.body[1], listed.body[1]] == [why, why]
    assert [
        await refusal_of(house.rooms.speakers.card(reader, None, None)),
        await refusal_of(house.rooms.ballots.open(actor(), None, BallotForm(sessions=1))),
    ] == [
        "ML Theory pauses, and its talks wait until it goes on.",
        "No session after the ballot closes has a free place: ML Theory takes a break from "
        "October 29, 2022 on. Say with `/group resume` when it goes on.",
    ]


async def test_a_holiday_may_be_taken_back(house: Backstage) -> None:
    group = await house.found_group()
    before = await calendar(house, group)
    await change(house, Revision.HOLIDAYS, days="2022-11-19, 2022-12-31")
    form = await house.rooms.rhythms.form(actor(), None, Revision.HOLIDAYS)
    assert form == {"days": "2022-11-19, 2022-12-31"}
    assert [row[2] for row in await calendar(house, group)][1] == SessionState.CANCELLED
    await change(house, Revision.HOLIDAYS, days="")
    after = await calendar(house, group)
    assert after[: len(before)] == before


WEEKLY = {"rhythm": "every week on Saturday 14:00", "since": "2022-11-12", "minutes": "60"}


async def test_a_rhythm_that_has_no_date_left_is_not_spoken_of(house: Backstage) -> None:
    await house.found_group()
    await change(house, Revision.RHYTHM, **SUNDAYS | {"since": "2022-11-04"})
    await house.runner.run_due()
    [told] = [one.card for _, one in house.messenger.said() if "new dates" in one.card.title]
    assert told.body[0] == (
        "Every 2 weeks on Sunday at 10:00 AM in Denver, for 60 minutes, from November 4, 2022 on."
    )


async def planned_days(house: Backstage, group: Group) -> list[date]:
    async with house.db.read() as tx:
        sessions = await calendar_of(tx, group.id, START)
    return [one.wall_start.date() for one in sessions if one.state is SessionState.PLANNED]


async def test_a_group_that_meets_more_often_has_no_holes_before_its_last_session(
    house: Backstage,
) -> None:
    group = await house.found_group()
    await change(house, Revision.RHYTHM, **WEEKLY)
    every_week = [FIRST.date() + timedelta(weeks=n) for n in range(11)]
    assert await planned_days(house, group) == every_week
    await house.advance_to(SECOND + timedelta(hours=2))
    assert await planned_days(house, group) == every_week[3:]


async def test_no_session_is_dropped_where_a_group_begins_to_meet_far_more_often(
    house: Backstage,
) -> None:
    group = await house.found_group()
    await change(house, Revision.RHYTHM, **WEEKLY | {"rhythm": "every 4 weeks on Saturday 14:00"})
    first, *_, last = await planned_days(house, group)
    assert (first, last) == (FIRST.date(), FIRST.date() + timedelta(weeks=17))
    often = "every week on Tuesday 14:00, Thursday 14:00, Saturday 14:00"
    await change(house, Revision.RHYTHM, **WEEKLY | {"rhythm": often})
    days = (first + timedelta(days=n) for n in range(7, 17 * 7 + 1))
    expected = [first, *(day for day in days if day.weekday() in {1, 3, 5})]
    assert await planned_days(house, group) == expected


async def test_what_a_lead_has_called_off_stays_off_where_a_group_meets_more_often(
    house: Backstage,
) -> None:
    group = await house.found_group()
    await house.cancel(6)
    await house.cancel(3)
    await change(house, Revision.RHYTHM, **WEEKLY)
    every_week = [FIRST.date() + timedelta(weeks=n) for n in range(9)]
    assert await planned_days(house, group) == [one for one in every_week if one != THIRD.date()]


async def test_an_extra_session_far_ahead_calls_for_no_meetings_before_it(
    house: Backstage,
) -> None:
    group = await house.found_group()
    card = await house.rooms.rescheduling.propose_add(actor(), None, "2023-06-04 10:00", None)
    await house.press(card, "Add the session")
    await house.advance_to(FIRST + timedelta(hours=2))
    fortnights = [SECOND.date() + timedelta(weeks=2 * n) for n in range(6)]
    assert await planned_days(house, group) == [*fortnights, date(2023, 6, 4)]


async def test_a_session_by_hand_is_named_only_where_others_of_its_days_change(
    house: Backstage,
) -> None:
    await house.found_group()
    await house.move(2, "2022-11-20 10:00")
    far = await propose(house, Revision.PAUSE, **{"from": "2022-12-01"})
    near = await propose(house, Revision.PAUSE, **{"from": "2022-11-18"})
    by_hand = "- #2 was set by hand and stays: Sunday, November 20, 10:00 AM in Denver"
    assert (by_hand in far.text, by_hand in near.text) == (False, True)


async def test_a_session_that_was_moved_by_hand_stays(house: Backstage) -> None:
    group = await house.found_group()
    await house.move(2, "2022-11-20 10:00")
    mondays = SUNDAYS | {"rhythm": "every 2 weeks on Monday 10:00"}
    card = await propose(house, Revision.RHYTHM, **mondays)
    assert card.body[-2:] == (
        "As now: #1 November 5 · #2 November 20",
        "- #2 was set by hand and stays: Sunday, November 20, 10:00 AM in Denver",
    )
    await house.cancel(4)
    done = await press(house, await propose(house, Revision.RHYTHM, **mondays))
    assert (2, "11-20 10:00", SessionState.PLANNED, []) in await calendar(house, group)
    # Both the lead and the channel are told of the sessions that there are.
    by_hand = stamp(datetime(2022, 11, 20, 17, tzinfo=UTC))
    dates = done.body[1].splitlines()
    assert dates[0] == f"- #1 {stamp(FIRST)}"
    assert f"- #2 {by_hand}" in dates
    assert [line for line in dates if line.startswith("- #4")] == []
    await house.runner.run_due()
    [told] = [one.card for _, one in house.messenger.said() if "new dates" in one.card.title]
    assert told.body[:2] == (
        "Every 2 weeks on Saturday at 2:00 PM in Denver, for 60 minutes.\n"
        "🗓️ Every 2 weeks on Monday at 10:00 AM in Denver, for 60 minutes, from November 12, 2022 "
        "on.",
        "\n".join(["**The next dates**", *dates]),
    )


async def test_a_proposal_is_not_carried_out_on_another_calendar_or_twice(
    house: Backstage,
) -> None:
    await house.found_group()
    old = await propose(house, Revision.HOLIDAYS, days="2022-11-19")
    await change(house, Revision.HOLIDAYS, days="2022-12-31")
    with pytest.raises(Refusal, match="The calendar has changed since you were shown this"):
        await press(house, old)
    new = await propose(house, Revision.HOLIDAYS, days="2022-11-19")
    await press(house, new)
    with pytest.raises(Refusal, match="nothing changes"):
        await press(house, new)


async def test_others_may_neither_propose_nor_carry_out(house: Backstage) -> None:
    await house.found_group()
    card = await propose(house, Revision.PAUSE)
    with pytest.raises(Refusal, match="What you typed is not here any more"):
        await press(house, card, BEN)
    with pytest.raises(Refusal, match="Only the leads of ML Theory can do this"):
        await house.rooms.rhythms.propose(actor(DEVI), None, Revision.PAUSE, {})


@pytest.mark.parametrize(
    ("what", "typed", "sentence"),
    [
        (
            Revision.PAUSE,
            {"from": "2022-12-20", "until": "2022-12-19"},
            "A break that begins on December 20, 2022 can't end on December 19, 2022: give a later "
            "day.",
        ),
        (
            Revision.PAUSE,
            {"from": "2022-10-28"},
            "October 28, 2022 has passed: changes hold from today (October 29, 2022) on.",
        ),
        (
            Revision.PAUSE,
            {"until": "2022-02-30"},
            "“2022-02-30” is not a day of any calendar: check it.",
        ),
        (
            Revision.PAUSE,
            {"until": "9999-12-31"},
            "“9999-12-31” is out of reach: years from 1975 to 2100 are known.",
        ),
        (Revision.RESUME, {}, "The group is not paused, and no break is planned."),
        (
            Revision.HOLIDAYS,
            {"days": "2022-12-24, soon"},
            "I can't read “soon” as one certain day. Write it like 2022-11-19.",
        ),
        (
            Revision.HOLIDAYS,
            {"days": "2030-12-24"},
            "“2030-12-24” is more than two years away: check the year.",
        ),
        (
            Revision.RHYTHM,
            SUNDAYS | {"minutes": "1e3"},
            "“1e3” is not a length in minutes: give 10 to 480.",
        ),
        (
            Revision.RHYTHM,
            {"rhythm": "every 2 weeks on Saturday 14:00"},
            "That is how the group meets already: nothing changes.",
        ),
    ],
)
async def test_what_makes_no_sense_is_quoted(
    house: Backstage, what: Revision, typed: dict[str, str], sentence: str
) -> None:
    group = await house.found_group()
    before = await calendar(house, group)
    with pytest.raises(Refusal) as refused:
        await propose(house, what, **typed)
    assert str(refused.value) == sentence
    assert await calendar(house, group) == before


async def test_a_second_break_over_the_first_is_refused(house: Backstage) -> None:
    await house.found_group(
        pattern=(await house.found_group(name="Other")).pattern.with_days_off(
            [Break(first=date(2022, 12, 20), last=date(2023, 1, 8), is_tentative=True)], ()
        )
    )
    with pytest.raises(Refusal) as refused:
        await house.rooms.rhythms.propose(
            actor(), "ML Theory", Revision.PAUSE, {"from": "2022-12-31", "until": "2023-01-20"}
        )
    assert str(refused.value) == (
        "There is a break from December 20, 2022 to January 8, 2023, probably already: end it with "
        "`/group resume`."
    )


async def test_another_length_holds_for_the_sessions_from_its_day_on(house: Backstage) -> None:
    group = await house.found_group()
    await change(
        house,
        Revision.RHYTHM,
        rhythm="every 2 weeks on Saturday 14:00",
        since="2022-11-19",
        minutes="90",
    )
    async with house.db.read() as tx:
        sessions = await calendar_of(tx, group.id, START)
    assert [(one.starts_at, one.minutes) for one in sessions[:3]] == [
        (FIRST, 60),
        (SECOND, 90),
        (THIRD, 90),
    ]
    assert isinstance(sessions[0].starts_at, datetime)
