"""Sessions moved alone or with all that follow: shown first, done once, told once."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from backstage import (
    BEN,
    CHANNEL,
    CLARA,
    FIRST,
    KENJI,
    MAYA,
    PATTERN,
    SECOND,
    SERVER,
    START,
    Backstage,
    actor,
)
from bent import going, heard, labels, programme, refusal_of, sessions_of
from sqlalchemy import update

from bot.audit.model import ActKind
from bot.audit.store import last_acts
from bot.calendars.service import calendar_event
from bot.cards import stamp
from bot.errors import Refusal
from bot.groups.store import add_lead
from bot.members.model import Place
from bot.sessions.store import SESSIONS

FORTNIGHT = timedelta(days=14)
HOUR = timedelta(hours=1)
MOVED = datetime(2022, 11, 6, 17, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("label", "called"),
    [("Move only this one", {BEN, KENJI}), ("Shift this and the rest", {BEN, CLARA, KENJI})],
)
async def test_whose_talk_is_at_another_time_is_called_as_those_are_who_go(
    house: Backstage, label: str, called: set[int]
) -> None:
    group = await house.found_group()
    await programme(house, group, [["A"], ["B"]])
    await going(house, (await sessions_of(house, group))[0], KENJI)
    await house.move(1, "2022-11-05 15:00", label)
    [notice] = await heard(house)
    assert notice.pings == called


async def test_a_move_is_shown_before_it_is_done(house: Backstage) -> None:
    group = await house.found_group()
    await house.know(MAYA, Place(name="Berlin", zone="Europe/Berlin"), locale="en-GB")
    for user_id in (BEN, CLARA):
        await house.know(user_id, Place(name="Kolkata", zone="Asia/Kolkata"))
    await house.follow(group, BEN, CLARA)
    before = await sessions_of(house, group)
    card = await house.rooms.rescheduling.propose_move(actor(), None, 1, "2022-11-06 10:30")
    assert (card.title, labels(card), card.small) == (
        "↪️ Move ML Theory #1?",
        ["Move only this one", "Shift the rest too…", "Leave it as it is"],
        "Nothing has happened yet.",
    )
    assert card.body == (
        "To **Sunday 6 November, 10:30 in Denver** (UTC−07:00) · for you Sunday 6 November, 18:30 "
        f"in Berlin · {stamp(MOVED, 'R')}",
        "Only #1 moves; all others stay.",
        f"- **#1** ~~{stamp(FIRST)}~~ → {stamp(MOVED)}",
        "🕑 Sunday 10:30 in Denver · 18:30 in Berlin (you) · 23:00 in Kolkata",
        "As now: #2 19 November · #3 3 December · #4 17 December · #5 31 December · #6 14 January",
    )
    assert await sessions_of(house, group) == before
    assert await heard(house) == []


async def test_nights_are_flagged_where_five_followers_are_counted(house: Backstage) -> None:
    group = await house.found_group()
    people = range(100, 105)
    for user_id in people:
        zone = "Asia/Tokyo" if user_id < 102 else "America/Denver"
        await house.know(user_id, Place(name=zone, zone=zone))
    await house.follow(group, *people[:4])
    propose = house.rooms.rescheduling.propose_move
    few = await propose(actor(), None, 1, "2022-11-06 10:30")
    await house.follow(group, people[4])
    enough = await propose(actor(), None, 1, "2022-11-06 10:30")
    assert "night" not in few.text
    assert enough.body[3].splitlines()[1:] == ["🌙 night for 40% of followers, as now"]
    shifted = await house.press(enough, "Shift the rest too…")
    assert shifted.text.count("🌙") == 1
    assert "🌙 night for 40% of followers, in each of these 6 sessions, as now" in shifted.text


async def test_a_session_that_would_pass_others_says_how_far_it_goes(house: Backstage) -> None:
    await house.found_group()
    propose = house.rooms.rescheduling.propose_move
    early = await propose(actor(), None, 3, "2022-11-04 14:00")
    late = await propose(actor(), None, 1, "2022-11-20 14:00")
    near = await propose(actor(), None, 2, "2022-11-20 14:00")
    assert early.body[-1] == "⚠️ That is 29 days earlier, before #1 and #2."
    assert late.body[-1] == "⚠️ That is 15 days later, after #2."
    assert "⚠️" not in near.text


async def test_only_this_one_moves_keeps_its_number_and_rises_in_sequence(
    house: Backstage,
) -> None:
    group = await house.found_group()
    before = await sessions_of(house, group)
    house.now = START + HOUR
    card = await house.move(1, "2022-11-06 10:30")
    assert card.title == "↪️ Moved: 📅 ML Theory #1"
    assert await sessions_of(house, group) == [
        replace(
            before[0],
            wall_start=datetime.fromisoformat("2022-11-06T10:30"),
            starts_at=MOVED,
            moved_from=FIRST,
            sequence=1,
            changed_at=START + HOUR,
        ),
        *before[1:],
    ]
    async with house.db.read() as tx:
        [act] = await last_acts(tx, group.id, 5)
    assert (act.kind, act.user_id, act.what) == (
        ActKind.MOVE,
        MAYA,
        f"moved #1 from {stamp(FIRST)} to {stamp(MOVED)}",
    )


async def test_the_rest_shifts_with_talks_and_answers_and_is_told_once(house: Backstage) -> None:
    group = await house.found_group(is_mirrored=True)
    before = await sessions_of(house, group)
    await going(house, before[1], BEN, CLARA)
    await going(house, before[3], BEN)
    card = await house.move(2, "2022-11-20 15:00", "Shift this and the rest")
    assert card.title == "↪️ Shifted: ML Theory"
    after = await sessions_of(house, group)
    step = timedelta(days=1, hours=1)
    assert [one.starts_at for one in after] == [
        FIRST,
        *(SECOND + step + n * FORTNIGHT for n in range(5)),
    ]
    assert [(one.number, one.sequence) for one in after] == [
        (1, 0), (2, 1), (3, 1), (4, 1), (5, 1), (6, 1),
    ]  # fmt: skip
    [notice] = await heard(house)
    assert (notice.card.title, notice.pings) == ("↪️ ML Theory moves, from #2 on", {BEN, CLARA})
    lines, clocks, _ = notice.card.body
    assert lines.splitlines()[0] == f"**#2** ~~{stamp(SECOND)}~~ → {stamp(SECOND + step)}"
    # The same hours for all five are said once.
    assert (len(lines.splitlines()), clocks) == (5, "🕑 3:00 PM in Denver")
    shown = sorted((plan.name, plan.starts_at) for plan in house.messenger.events.values())
    assert shown == [(f"ML Theory #{one.number}", one.starts_at) for one in after]
    # What comes next follows the new pattern, and the past is not written anew.
    await house.advance_to(FIRST + 2 * HOUR)
    last = (await sessions_of(house, group))[-1]
    assert (last.number, last.starts_at) == (7, SECOND + step + 5 * FORTNIGHT)


async def test_what_was_moved_by_hand_stays_and_is_named(house: Backstage) -> None:
    group = await house.found_group()
    await house.move(3, "2022-12-04 09:00")
    await house.cancel(4)
    card = await house.rooms.rescheduling.propose_move(actor(), None, 1, "2022-11-06 14:00")
    card = await house.press(card, "Shift the rest too…")
    assert card.body[-1] == (
        "#3 was moved by hand and stays at Sunday, December 4, 9:00 AM in Denver."
    )
    await house.press(card, "Shift this and the rest")
    day = timedelta(days=1)
    after = await sessions_of(house, group)
    assert [(one.number, one.starts_at, one.state) for one in after if one.number != 3] == [
        (1, FIRST + day + HOUR, "planned"),
        (2, SECOND + day, "planned"),
        (4, SECOND + 2 * FORTNIGHT, "cancelled"),
        (5, SECOND + 3 * FORTNIGHT + day, "planned"),
        (6, SECOND + 4 * FORTNIGHT + day, "planned"),
    ]
    assert after[2].starts_at == datetime(2022, 12, 4, 16, tzinfo=UTC)
    await house.advance_to(FIRST + day + 3 * HOUR)
    assert [one.number for one in await sessions_of(house, group)] == [1, 2, 3, 4, 5, 6, 7]


async def test_calendars_keep_the_same_entry_for_what_was_shifted(house: Backstage) -> None:
    group = await house.found_group()
    before = [calendar_event(group, one) for one in await sessions_of(house, group)]
    await house.move(1, "2022-11-06 14:00", "Shift this and the rest")
    after = [calendar_event(group, one) for one in await sessions_of(house, group)]
    assert [(one.uid, one.sequence) for one in after] == [(one.uid, 1) for one in before]


async def test_reminders_go_by_the_new_time_alone(house: Backstage) -> None:
    await house.found_group()
    await house.move(1, "2022-11-06 14:00", "Shift this and the rest")
    await house.advance_to(FIRST + timedelta(days=2))
    said = [one.card.title for one in house.messenger.places[CHANNEL].messages.values()]
    assert said == [
        "↪️ ML Theory moves, from #1 on",
        *(f"🔔 ML Theory #1 in {lead}" for lead in ("1 week", "1 day", "1 hour", "10 minutes")),
    ]


BAD_TIMES = [
    ("2022-11-19 14:30", "Session #2 of the group is at that time: move or cancel it first."),
    ("2022-11-05 14:00", "Session #1 is at that time already."),
    (
        "2022-10-29 11:59",
        "“2022-10-29 11:59” has passed already (I read Saturday, October 29, 2022, 11:59 AM in "
        "Denver).",
    ),
    (
        "2022-11-06 25:00",
        "“2022-11-06 25:00” is not a moment that exists: check the day, and the hour "
        "(00:00 to 23:59).",
    ),
    (
        "2023-02-30 14:00",
        "“2023-02-30 14:00” is not a moment that exists: check the day, and the hour "
        "(00:00 to 23:59).",
    ),
    ("9999-12-31 23:59", "“9999-12-31 23:59” is outside of any calendar: check the year."),
    (
        "2031-01-01 14:00",
        "“2031-01-01 14:00” is more than two years away (I read Wednesday, January 1, 2031, "
        "2:00 PM in Denver): check the year.",
    ),
]


async def test_a_time_that_cannot_be_is_refused_and_nothing_is_kept(house: Backstage) -> None:
    group = await house.found_group()
    before = await sessions_of(house, group)
    propose = house.rooms.rescheduling.propose_move
    assert [
        (when, await refusal_of(propose(actor(), None, 1, when))) for when, _ in BAD_TIMES
    ] == BAD_TIMES
    assert await sessions_of(house, group) == before


async def test_a_shift_that_puts_sessions_in_each_others_way_is_refused(house: Backstage) -> None:
    await house.found_group()
    propose = house.rooms.rescheduling.propose_move
    early = await propose(actor(), None, 2, "2022-11-04 14:00")
    assert await refusal_of(house.press(early, "Shift the rest too…")) == (
        "Shifting the rest would put session #2 before #1: move only this one."
    )
    await house.move(3, "2022-12-18 15:00")
    onto = await propose(actor(), None, 1, "2022-11-06 15:00")
    assert await refusal_of(house.press(onto, "Shift the rest too…")) == (
        "Session #3 is at the time that #4 would have: move or cancel it first."
    )


async def test_the_second_of_two_hours_alike_stays_the_second(house: Backstage) -> None:
    """Also when all instants are computed anew, of the wall clock's hour and which of the two."""
    group = await house.found_group()
    second = datetime(2022, 11, 6, 8, 30, tzinfo=UTC)  # 1:30 in Denver comes twice
    await house.move(1, stamp(second))
    extra = second - timedelta(minutes=30)
    propose = house.rooms.rescheduling.propose_add
    await house.press(await propose(actor(), None, stamp(extra), 30), "Add the session")
    async with house.db.begin() as tx:
        await tx.execute(update(SESSIONS).values(zone_data="older"))
    await house.rooms.zones.look_after_all()
    starts = {one.number: one.starts_at for one in await sessions_of(house, group)}
    assert (starts[1], starts[7]) == (second, extra)


@pytest.mark.both_databases
async def test_two_presses_do_it_once(house: Backstage) -> None:
    group = await house.found_group()
    card = await house.rooms.rescheduling.propose_move(actor(), None, 1, "2022-11-06 10:30")
    found = await asyncio.gather(
        *(house.press(card, "Move only this one") for _ in range(3)), return_exceptions=True
    )
    refused = [str(one) for one in found if isinstance(one, Refusal)]
    assert refused == ["That is done already: `/audit` takes it back."] * 2
    assert (await sessions_of(house, group))[0].sequence == 1
    assert len(await heard(house)) == 1


@pytest.mark.both_databases
async def test_two_leads_at_once_and_the_second_is_shown_the_calendar_anew(
    house: Backstage,
) -> None:
    group = await house.found_group()
    async with house.db.begin() as tx:
        await add_lead(tx, group.id, KENJI)
    propose = house.rooms.rescheduling.propose_move
    hers = await propose(actor(), None, 1, "2022-11-06 10:30")
    his = await propose(actor(KENJI), None, 2, "2022-11-20 10:30")
    found = await asyncio.gather(
        house.press(hers, "Move only this one"),
        house.press(his, "Move only this one", KENJI),
    )
    stale = [card for card in found if "Nothing was done" in card.text]
    assert len(stale) == 1
    assert sum(one.sequence for one in await sessions_of(house, group)) == 1
    # What is shown now is what a second press does.
    who = MAYA if "#1?" in stale[0].title else KENJI
    await house.press(stale[0], "Move only this one", who)
    assert sum(one.sequence for one in await sessions_of(house, group)) == 2


async def test_a_preview_of_a_session_that_is_gone_is_refused(house: Backstage) -> None:
    await house.found_group()
    card = await house.rooms.rescheduling.propose_move(actor(), None, 1, "2022-11-06 10:30")
    await house.cancel(1)
    assert await refusal_of(house.press(card, "Move only this one")) == (
        "That session of ML Theory is not planned any more."
    )


async def test_a_restart_between_preview_and_press_loses_nothing(house: Backstage) -> None:
    group = await house.found_group()
    card = await house.rooms.rescheduling.propose_move(actor(), None, 1, "2022-11-06 10:30")
    house.restart()
    await house.press(card, "Move only this one")
    house.restart()
    assert len(await heard(house)) == 1
    assert (await sessions_of(house, group))[0].starts_at == MOVED


async def test_only_leads_of_the_group_press_its_buttons(house: Backstage) -> None:
    group = await house.found_group()
    before = await sessions_of(house, group)
    rescheduling = house.rooms.rescheduling
    card = await rescheduling.propose_move(actor(), None, 1, "2022-11-06 10:30")
    no_lead = "Only the leads of ML Theory can do this: ask one of them."
    gone = "That was proposed too long ago: use the command again."
    pressed = [
        *((BEN, SERVER, label, no_lead) for label in labels(card)),
        *((MAYA, 77, label, gone) for label in labels(card)),
    ]
    assert [
        (*one[:3], await refusal_of(house.press(card, one[2], one[0], one[1]))) for one in pressed
    ] == pressed
    assert [
        await refusal_of(rescheduling.propose_move(actor(BEN), None, 1, "2022-11-06 10:30")),
        await refusal_of(rescheduling.propose_skip(actor(BEN), None, 1)),
        await refusal_of(rescheduling.propose_cancel(actor(BEN), None, 1, "")),
        await refusal_of(rescheduling.propose_add(actor(BEN), None, "2022-11-06 10:30", None)),
        await refusal_of(house.rooms.acts.acts_card(actor(BEN), None)),
    ] == [no_lead] * 5
    assert await sessions_of(house, group) == before


async def test_leaving_it_changes_nothing(house: Backstage) -> None:
    group = await house.found_group()
    before = await sessions_of(house, group)
    card = await house.rooms.rescheduling.propose_move(actor(), None, 1, "2022-11-06 10:30")
    left = await house.press(card, "Leave it as it is")
    assert left.title == "Nothing has changed"
    assert await sessions_of(house, group) == before


async def test_another_group_at_that_time_is_a_warning(house: Backstage) -> None:
    await house.found_group()
    sisters = replace(PATTERN, first_at=PATTERN.first_at + timedelta(days=7))
    await house.found_group(name="*Sister*", channel_id=5, pattern=sisters)
    propose = house.rooms.rescheduling.propose_move
    free = await propose(actor(), None, 1, "2022-11-12 15:00")
    taken = await propose(actor(), None, 1, "2022-11-12 14:30")
    assert (free.body[-1][:8], taken.body[-1]) == (
        "As now: ",
        "⚠️ \\*Sister\\* #1 is at the same time: Saturday, November 12, 2:00 PM in Denver.",
    )
