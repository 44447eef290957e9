"""Everybody hears of a clock change once: whatever is moved, restarted, late or lost."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from backstage import BEN, CHANNEL, CLARA, DEVI, KENJI, Backstage, actor, die, once

from bot.groups.model import Group
from bot.groups.pattern import Pattern
from bot.groups.revising import Revision
from bot.members.model import Place
from bot.sessions.answers import save_answer
from bot.sessions.model import Answer

BOSTON = Place(name="Boston", zone="America/New_York")
KOLKATA = Place(name="Kolkata", zone="Asia/Kolkata")
LONDON = Place(name="London", zone="Europe/London")
TUESDAYS = Pattern(
    zone="Europe/Berlin",
    first_at=datetime(2026, 2, 17, 20, 0),  # noqa: DTZ001 - a wall time
    every_weeks=1,
    minutes=60,
)
FEBRUARY = datetime(2026, 2, 15, 12, 0, tzinfo=UTC)
MARCH_3, MARCH_10 = (datetime(2026, 3, day, 19, 0, tzinfo=UTC) for day in (3, 10))
APRIL_8 = datetime(2026, 4, 8, tzinfo=UTC)
"""Clocks have changed everywhere, and two sessions since."""
IN_BOSTON = "15:00 instead of 14:00 in Boston, until"
IN_KOLKATA = "Tuesday 23:30 instead of Wednesday 00:30 in Kolkata, from then on"


async def tuesdays(house: Backstage, every_weeks: int = 1) -> Group:
    """A group in Berlin, whose channel is reminded a day and an hour before."""
    house.now = FEBRUARY
    pattern = replace(TUESDAYS, every_weeks=every_weeks)
    return await house.found_group(pattern=pattern, lead_minutes=(1_440, 60), forum_id=None)


async def listen(house: Backstage, group: Group, user_id: int, place: Place, *leads: int) -> None:
    """Somebody follows, and wants direct messages at `leads`, if any."""
    await house.follow(group, user_id)
    await house.know(
        user_id, place, locale="en-GB", wants_direct_messages=bool(leads), lead_minutes=leads
    )


def heard(house: Backstage, user_id: int, of: str = "⏰") -> list[str]:
    """The titles of the direct messages in which somebody is told of it."""
    return [card.title for card in house.messenger.told(user_id) if of in card.text]


def said(house: Backstage, of: str = "⏰") -> list[str]:
    """The titles of the channel's messages that tell of it."""
    cards = [one.card for one in house.messenger.places[CHANNEL].messages.values()]
    return [card.title for card in cards if of in card.text]


async def test_each_hears_once_in_the_first_reminder_of_the_session_before(
    house: Backstage,
) -> None:
    group = await tuesdays(house)
    await listen(house, group, BEN, BOSTON, 1_440, 60, 10)
    await listen(house, group, CLARA, BOSTON, 10)
    await listen(house, group, DEVI, KOLKATA, 1_440)
    await listen(house, group, KENJI, LONDON, 1_440, 60)
    await house.advance_to(APRIL_8)
    # 3 March is #3, and its successor is at 15:00 in Boston. 24 March is #6.
    assert heard(house, BEN) == heard(house, CLARA) == ["🔔 ML Theory #3"]
    assert heard(house, BEN, IN_BOSTON + " 24 March") == ["🔔 ML Theory #3"]
    assert heard(house, DEVI) == heard(house, DEVI, IN_KOLKATA) == ["🔔 ML Theory #6"]
    assert heard(house, KENJI) == []
    assert len(house.messenger.told(KENJI)) == 16
    # The channel hears of the zones that its people live in, each once.
    assert said(house, "in Boston, until 24 March") == ["🔔 ML Theory #3 in 1 day"]
    assert said(house, "in Kolkata, from then on") == ["🔔 ML Theory #6 in 1 day"]
    assert len(said(house)) == 2


async def test_a_channel_without_members_elsewhere_hears_nothing(house: Backstage) -> None:
    await tuesdays(house, every_weeks=2)
    await house.advance_to(APRIL_8)
    assert len(house.messenger.titles("🔔")) == 8
    assert said(house) == []


async def test_those_who_are_going_count_as_those_who_follow(house: Backstage) -> None:
    await tuesdays(house)
    await house.know(BEN, BOSTON)
    async with house.db.begin() as tx:
        await save_answer(tx, 3, BEN, Answer.GOING, house.now)
    await house.advance_to(MARCH_10 - timedelta(hours=30))
    assert said(house, IN_BOSTON) == ["🔔 ML Theory #3 in 1 day"]


async def test_who_comes_late_hears_with_their_next_reminder(house: Backstage) -> None:
    group = await tuesdays(house)
    await listen(house, group, CLARA, BOSTON, 60)
    await house.advance_to(MARCH_3 + timedelta(days=1))
    await listen(house, group, BEN, BOSTON, 60)
    await house.advance_to(MARCH_10 + timedelta(days=14))
    assert heard(house, CLARA, IN_BOSTON) == ["🔔 ML Theory #3"]
    assert heard(house, BEN, IN_BOSTON) == ["🔔 ML Theory #4"]
    # The channel was told a zone that it already knew of.
    assert len(said(house, IN_BOSTON)) == 1


async def test_who_moves_to_another_zone_hears_of_that_one(house: Backstage) -> None:
    group = await tuesdays(house)
    await listen(house, group, BEN, LONDON, 60)
    await house.advance_to(MARCH_3 + timedelta(days=1))
    assert heard(house, BEN) == []
    await listen(house, group, BEN, BOSTON, 60)
    await house.follow(group, BEN)
    await house.advance_to(MARCH_10 + timedelta(days=7))
    assert heard(house, BEN, IN_BOSTON) == ["🔔 ML Theory #4"]
    assert said(house, IN_BOSTON) == ["🔔 ML Theory #4 in 1 day"]


async def test_a_moved_or_cancelled_session_is_no_second_change(house: Backstage) -> None:
    group = await tuesdays(house)
    await listen(house, group, BEN, BOSTON, 1_440, 60)
    await house.advance_to(MARCH_3 - timedelta(hours=23))
    assert heard(house, BEN, IN_BOSTON) == ["🔔 ML Theory #3"]
    # The session before, the first one after, and another one after: all of them move.
    await house.move(3, "2026-03-04 20:00")
    await house.cancel(4, "")
    await house.move(5, "2026-03-18 20:00")
    await house.advance_to(APRIL_8)
    assert heard(house, BEN) == ["🔔 ML Theory #3"]
    assert len(said(house)) == 1
    assert len(house.messenger.told(BEN)) > 10


@pytest.mark.both_databases
async def test_nobody_hears_twice_because_the_process_died(house: Backstage) -> None:
    group = await tuesdays(house)
    await listen(house, group, BEN, BOSTON, 1_440, 60)
    await house.advance_to(MARCH_3 - timedelta(days=1, seconds=1))
    house.messenger.meanwhile["say"] = once(die)
    house.now = MARCH_3 - timedelta(days=1)
    await house.crash()
    await house.advance_to(MARCH_10 + timedelta(days=7))
    assert heard(house, BEN) == ["🔔 ML Theory #3"]
    assert said(house) == ["🔔 ML Theory #3 in 1 day"]


async def test_what_did_not_get_through_is_told_by_the_next_reminder(house: Backstage) -> None:
    group, people = await tuesdays(house), (BEN, CLARA)
    for user_id in people:
        await listen(house, group, user_id, BOSTON, 1_440, 60)
    await house.advance_to(MARCH_3 - timedelta(days=1, seconds=1))
    house.messenger.closed.update(people)
    await house.advance_to(MARCH_3 - timedelta(hours=2))
    assert [heard(house, user_id) for user_id in people] == [[], []]
    house.messenger.closed.clear()
    for user_id in people:
        await house.know(
            user_id, BOSTON, locale="en-GB", wants_direct_messages=True, lead_minutes=(60,)
        )
    await house.advance_to(MARCH_10 + timedelta(days=7))
    assert [heard(house, user_id, IN_BOSTON) for user_id in people] == [["🔔 ML Theory #3"]] * 2


async def test_after_an_outage_two_late_reminders_tell_it_once(house: Backstage) -> None:
    group = await tuesdays(house)
    await listen(house, group, BEN, BOSTON, 10_080, 10)
    await house.advance_to(MARCH_3 - timedelta(minutes=11))
    # Ten minutes before #3 and a week before #4 are both late, and are sent together.
    await house.sleep_until(MARCH_3 + timedelta(minutes=5))
    late = {card.title for card in house.messenger.told(BEN)[-2:]}
    assert late == {"🔔 ML Theory #4", "🔔 ML Theory #3 has begun"}
    await house.advance_to(MARCH_10 + timedelta(days=7))
    assert len(heard(house, BEN, IN_BOSTON)) == 1


async def test_a_move_to_another_city_is_told_once_to_whom_it_gives_another_hour(
    house: Backstage,
) -> None:
    """Tuesday 20:00 in Berlin becomes Tuesday 20:00 in London: an hour later for all others."""
    group = await tuesdays(house)
    await listen(house, group, BEN, KOLKATA, 1_440, 60)
    await listen(house, group, CLARA, BOSTON, 60)
    await house.advance_to(APRIL_8)
    typed = {"rhythm": "Tuesday 20:00", "since": "2026-04-21", "city": "London"}
    preview = await house.rooms.rhythms.propose(actor(), None, Revision.RHYTHM, typed)
    number = int(str(preview.buttons[0].action).rpartition(":")[2])
    await house.rooms.rhythms.carry_out(actor(), number)
    await house.advance_to(APRIL_8 + timedelta(days=21))
    ahead = "We meet by the clock of London from the next session ("
    told = "): Wednesday 00:30 instead of Tuesday 23:30 in Kolkata, from then on."
    assert heard(house, BEN, f"{ahead}Wednesday 22 April) on") == ["🔔 ML Theory #9"]
    assert heard(house, BEN, told.replace(")", ") on")) == ["🔔 ML Theory #9"]
    assert heard(house, CLARA, "15:00 instead of 14:00 in Boston, from then on") == [
        "🔔 ML Theory #9"
    ]
    assert len(said(house, ahead)) == 1
    assert (
        len(heard(house, BEN, "by the clock of")) == len(heard(house, CLARA, "by the clock")) == 1
    )


async def test_each_change_of_a_year_is_told(house: Backstage) -> None:
    group = await tuesdays(house, every_weeks=4)
    await listen(house, group, BEN, BOSTON, 60)
    await house.advance_to(datetime(2026, 11, 10, tzinfo=UTC))
    assert len(house.messenger.told(BEN)) == 10
    # #2 is on 17 March and #10 on 27 October, the only ones while clocks are nearer than else.
    assert heard(house, BEN) == ["🔔 ML Theory #1", "🔔 ML Theory #9"]
    assert heard(house, BEN, "that day only") == heard(house, BEN)
