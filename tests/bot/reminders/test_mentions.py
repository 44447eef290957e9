"""Whoever asked for direct messages and has them closed is mentioned once, and nobody else is."""

import asyncio
from datetime import timedelta

import pytest
from backstage import (
    BEN,
    CHANNEL,
    CLARA,
    DEVI,
    FIRST,
    KENJI,
    MAYA,
    SERVER,
    Backstage,
    die,
    lose_the_answer,
    once,
)

from bot.cards import person_link
from bot.groups.model import Group
from bot.members.model import Place, QuietHours
from bot.reminders.unreached import ask_for_mention
from bot.sessions.answers import save_answer
from bot.sessions.model import Answer
from bot.sessions.store import get_session

HOUR, MINUTE, HALF_MINUTE = timedelta(hours=1), timedelta(minutes=1), timedelta(seconds=30)


async def closed(
    house: Backstage, *people: int, leads: tuple[int, ...] = (60,), **group: object
) -> Group:
    """A group that these people follow, who want direct messages and have closed them."""
    found = await house.found_group(**group)
    await house.follow(found, *people)
    for user_id in people:
        await house.know(user_id, wants_direct_messages=True, lead_minutes=leads)
    house.messenger.closed.update(people)
    return found


async def thread_of(house: Backstage) -> int:
    """The first session's thread."""
    async with house.db.read() as tx:
        session = await get_session(tx, 1)
    assert session
    assert session.thread_id
    return session.thread_id


def mentions(house: Backstage) -> list[tuple[int, str, tuple[int, ...]]]:
    """Where, under which title and whom a message pinged, in order."""
    return [
        (place_id, one.card.title, tuple(sorted(one.pings)))
        for place_id, one in house.messenger.said()
        if one.pings
    ]


async def test_many_are_mentioned_in_one_message_in_a_thread_under_the_reminder(
    house: Backstage,
) -> None:
    group = await closed(house, BEN, CLARA)
    await house.follow(group, DEVI, KENJI)
    await house.know(DEVI, wants_direct_messages=True, lead_minutes=(60,))
    await house.advance_to(FIRST - HOUR / 2)
    thread_id = await thread_of(house)
    titles = {one.id: one.card.title for one in house.messenger.places[CHANNEL].messages.values()}
    # The first reminder of the session, a week before.
    assert titles[thread_id] == "🔔 ML Theory #1 in 1 week"
    assert house.messenger.places[thread_id].title == "ML Theory #1"
    [message] = house.messenger.places[thread_id].messages.values()
    assert message.sent_at == FIRST - HOUR + HALF_MINUTE
    assert (message.pings, message.card.title) == ({BEN, CLARA}, "🔔 ML Theory #1 in 1 hour")
    assert message.card.body[1] == f"{person_link(BEN)} {person_link(CLARA)}"
    assert len(house.messenger.told(DEVI)) == 1


async def test_the_thread_is_not_looked_for_under_a_message_that_quiet_hours_brought_forward(
    house: Backstage,
) -> None:
    group = await closed(house, BEN, lead_minutes=(60,))
    await house.follow(group, DEVI)
    await house.know(
        DEVI,
        Place(name="London", zone="Europe/London"),
        wants_direct_messages=True,
        lead_minutes=(60,),
        quiet=QuietHours(from_hour=18, until_hour=7),
    )
    await house.advance_to(FIRST - HOUR / 2)
    titles = {one.id: one.card.title for one in house.messenger.places[CHANNEL].messages.values()}
    assert (titles[await thread_of(house)], len(house.messenger.told(DEVI))) == (
        "🔔 ML Theory #1 in 1 hour",
        1,
    )


async def test_each_lead_time_has_its_message_in_the_same_thread(house: Backstage) -> None:
    await closed(house, BEN, leads=(1_440, 60, 10))
    await house.advance_to(FIRST + HOUR)
    thread_id = await thread_of(house)
    assert mentions(house) == [
        (thread_id, "🔔 ML Theory #1 in 1 day", (BEN,)),
        (thread_id, "🔔 ML Theory #1 in 1 hour", (BEN,)),
        (thread_id, "🔔 ML Theory #1 in 10 minutes", (BEN,)),
    ]
    # One attempt at a direct message, in spite of three reminders.
    assert house.messenger.calls.count("say") == len(house.messenger.said()) + 1


async def test_more_people_than_fit_are_mentioned_in_several_messages(house: Backstage) -> None:
    people = range(100, 190)
    house.messenger.members.update(people)
    await closed(house, *people)
    await house.advance_to(FIRST - HOUR / 2)
    thread_id = await thread_of(house)
    named = [pings for place_id, _, pings in mentions(house) if place_id == thread_id]
    assert sorted(map(len, named)) == [4, 86]
    assert sorted(user_id for pings in named for user_id in pings) == list(people)


async def test_who_asks_again_or_changes_their_mind_meanwhile_is_not_mentioned(
    house: Backstage,
) -> None:
    group = await closed(house, BEN, CLARA, DEVI, KENJI, MAYA)
    await house.advance_to(FIRST - HOUR)
    await house.rooms.members.be_reminded(BEN, "en-US", by_direct_message=True)
    await house.rooms.members.be_reminded(CLARA, "en-US", by_direct_message=False)
    await house.follow(group, DEVI)
    house.messenger.members.discard(KENJI)
    await house.advance_to(FIRST - HOUR / 2)
    assert mentions(house) == [(await thread_of(house), "🔔 ML Theory #1 in 1 hour", (MAYA,))]


async def test_nobody_is_mentioned_when_nobody_is_left(house: Backstage) -> None:
    await closed(house, BEN)
    await house.advance_to(FIRST - HOUR)
    async with house.db.begin() as tx:
        await save_answer(tx, 1, BEN, Answer.NOT_GOING, house.now)
    await house.advance_to(FIRST + HOUR)
    assert mentions(house) == []


async def test_where_the_channel_is_not_reminded_people_are_mentioned_in_it(
    house: Backstage,
) -> None:
    await closed(house, BEN, lead_minutes=(10,))
    await house.advance_to(FIRST - HOUR / 2)
    assert mentions(house) == [(CHANNEL, "🔔 ML Theory #1 in 1 hour", (BEN,))]


@pytest.mark.parametrize("trouble", ["forbidden", "full", "message deleted"])
async def test_where_no_thread_can_be_opened_people_are_mentioned_in_the_channel(
    house: Backstage, trouble: str
) -> None:
    await closed(house, BEN)
    await house.advance_to(FIRST - HOUR)
    if trouble == "forbidden":
        house.messenger.places[CHANNEL].denied.add("Create Public Threads")
    elif trouble == "full":
        house.messenger.servers[SERVER].most_threads = 0
    else:
        house.messenger.places[CHANNEL].messages.clear()
    await house.advance_to(FIRST - HOUR / 2)
    assert mentions(house) == [(CHANNEL, "🔔 ML Theory #1 in 1 hour", (BEN,))]


async def test_a_thread_that_was_deleted_is_replaced_by_the_channel(house: Backstage) -> None:
    await closed(house, BEN, leads=(60, 10))
    await house.advance_to(FIRST - HOUR / 2)
    del house.messenger.places[await thread_of(house)]
    await house.advance_to(FIRST)
    assert mentions(house) == [(CHANNEL, "🔔 ML Theory #1 in 10 minutes", (BEN,))]


async def test_where_nothing_can_be_written_the_mention_ends(house: Backstage) -> None:
    await closed(house, BEN)
    await house.advance_to(FIRST - HOUR)
    del house.messenger.places[CHANNEL]
    await house.advance_to(FIRST + HOUR)
    assert mentions(house) == []


async def test_the_thread_waits_for_the_reminder_that_it_hangs_under(house: Backstage) -> None:
    await closed(house, BEN, leads=(10_080,))
    await house.know(
        BEN, wants_direct_messages=True, lead_minutes=(10_080,), has_closed_messages=True
    )
    week_before = FIRST - timedelta(days=7)
    await house.advance_to(week_before - MINUTE)
    house.messenger.meanwhile["before say"] = lose_the_answer
    await house.advance_to(week_before + 2 * MINUTE)
    assert house.messenger.calls.count("open_thread") == 0
    house.messenger.meanwhile.clear()
    await house.advance_to(week_before + HOUR)
    assert mentions(house) == [(await thread_of(house), "🔔 ML Theory #1 in 1 week", (BEN,))]


@pytest.mark.parametrize(
    "step", ["before open_thread", "open_thread", "before say", "say", "before present_members"]
)
async def test_a_process_that_dies_while_mentioning_mentions_once(
    house: Backstage, step: str
) -> None:
    await closed(house, BEN, CLARA)
    await house.advance_to(FIRST - HOUR)
    house.now = FIRST - HOUR + HALF_MINUTE
    house.messenger.meanwhile[step] = once(die)
    await house.crash()
    await house.advance_to(FIRST - HOUR / 2)
    thread_id = await thread_of(house)
    assert [(place_id, pings) for place_id, _, pings in mentions(house)] == [
        (thread_id, (BEN, CLARA))
    ]


@pytest.mark.parametrize("step", ["open_thread", "say"])
async def test_a_mention_whose_answer_is_lost_is_made_once(house: Backstage, step: str) -> None:
    await closed(house, BEN)
    await house.advance_to(FIRST - HOUR)
    house.messenger.meanwhile[step] = once(lose_the_answer)
    await house.advance_to(FIRST - HOUR / 2)
    thread_id = await thread_of(house)
    assert [(place_id, pings) for place_id, _, pings in mentions(house)] == [(thread_id, (BEN,))]


async def test_who_sleeps_is_mentioned_in_their_morning_and_alone(house: Backstage) -> None:
    await closed(house, BEN, CLARA, leads=(1_440,))
    await house.know(
        CLARA,
        Place(name="Kolkata", zone="Asia/Kolkata"),
        wants_direct_messages=True,
        lead_minutes=(1_440,),
        quiet=QuietHours(from_hour=22, until_hour=7),
    )
    await house.advance_to(FIRST)
    thread_id = await thread_of(house)
    messages = house.messenger.places[thread_id].messages.values()
    assert [(FIRST - one.sent_at, one.pings) for one in messages] == [
        (24 * HOUR - HALF_MINUTE, {BEN}),
        (18.5 * HOUR - HALF_MINUTE, {CLARA}),
    ]


async def test_who_is_still_being_tried_is_waited_for(house: Backstage) -> None:
    await closed(house, BEN, CLARA)
    await house.know(BEN, wants_direct_messages=True, lead_minutes=(60,), has_closed_messages=True)
    await house.advance_to(FIRST - HOUR - MINUTE)
    house.messenger.meanwhile["before open_direct"] = lose_the_answer
    await house.advance_to(FIRST - HOUR + timedelta(seconds=20))
    house.messenger.meanwhile.clear()
    await house.advance_to(FIRST - HOUR / 2)
    assert [pings for _, _, pings in mentions(house)] == [(BEN, CLARA)]


async def lose_the_mention(house: Backstage) -> None:
    """Let a mention be said, but its answer be lost, and nobody be able to look for it yet."""
    await house.advance_to(FIRST - HOUR + HALF_MINUTE - timedelta(seconds=1))
    house.messenger.meanwhile["say"] = once(lose_the_answer)
    house.messenger.meanwhile["before find_message"] = lose_the_answer
    await house.advance_to(FIRST - HOUR + HALF_MINUTE)


async def test_a_mention_under_way_is_not_overtaken_by_the_next_who_is_unreached(
    house: Backstage,
) -> None:
    await closed(house, BEN)
    await lose_the_mention(house)
    async with house.db.begin() as tx:
        await ask_for_mention(tx, 1, 60, house.now)
    await house.advance_to(FIRST - HOUR + 2 * MINUTE)
    house.messenger.meanwhile.clear()
    await house.advance_to(FIRST - HOUR / 2)
    assert [pings for _, _, pings in mentions(house)] == [(BEN,)]


async def test_a_mention_under_way_is_overtaken_by_a_move(house: Backstage) -> None:
    await closed(house, BEN)
    await house.advance_to(FIRST - HOUR + HALF_MINUTE - timedelta(seconds=1))
    house.messenger.meanwhile["before present_members"] = lose_the_answer
    await house.advance_to(FIRST - HOUR + HALF_MINUTE)
    house.messenger.meanwhile.clear()
    await house.move(1, "2022-11-05 18:00")
    await house.advance_to(FIRST + 3.5 * HOUR)
    assert [(title, pings) for _, title, pings in mentions(house)] == [
        ("🔔 ML Theory #1 in 1 hour", (BEN,))
    ]


async def test_a_message_that_keeps_failing_does_not_hold_up_the_others_mention(
    house: Backstage,
) -> None:
    group = await closed(house, BEN)
    await house.know(BEN, wants_direct_messages=True, lead_minutes=(60,), has_closed_messages=True)
    await house.follow(group, DEVI)
    await house.know(DEVI, wants_direct_messages=True, lead_minutes=(60,))
    house.messenger.meanwhile["before open_direct"] = lose_the_answer
    await house.advance_to(FIRST - HOUR / 2)
    [message] = house.messenger.places[await thread_of(house)].messages.values()
    assert FIRST - HOUR + HALF_MINUTE <= message.sent_at <= FIRST - HOUR + 2 * MINUTE
    house.messenger.meanwhile.clear()
    await house.advance_to(FIRST)
    assert (len(house.messenger.told(DEVI)), len(mentions(house))) == (1, 1)


async def test_waking_late_mentions_in_words_that_are_true(house: Backstage) -> None:
    await closed(house, BEN, leads=(1_440, 60, 10))
    await house.sleep_until(FIRST)
    await house.advance_to(FIRST + HOUR)
    assert [(title, pings) for _, title, pings in mentions(house)] == [
        ("🔔 ML Theory #1 has begun", (BEN,))
    ]


async def test_a_session_that_moved_is_mentioned_for_its_new_time(house: Backstage) -> None:
    await closed(house, BEN)
    await house.advance_to(FIRST - HOUR / 2)
    await house.move(1, "2022-11-06 14:00")
    await house.advance_to(FIRST + 30 * HOUR)
    thread_id = await thread_of(house)
    # What was sent an hour before the earlier time says now how long it was to the new one.
    assert [one for one in mentions(house) if one[0] == thread_id] == [
        (thread_id, "🔔 ML Theory #1 in 26 hours", (BEN,)),
        (thread_id, "🔔 ML Theory #1 in 1 hour", (BEN,)),
    ]


async def test_a_session_that_is_cancelled_meanwhile_is_not_mentioned(house: Backstage) -> None:
    await closed(house, BEN)
    await house.advance_to(FIRST - HOUR)
    await house.cancel(1, "")
    await house.advance_to(FIRST)
    assert mentions(house) == []


@pytest.mark.both_databases
async def test_two_workers_mention_everybody_once(house: Backstage) -> None:
    await closed(house, BEN, CLARA, DEVI, KENJI)
    other = Backstage(db=house.db, now=house.now)
    other.messenger = house.messenger
    other.restart()
    for moment in (HOUR + MINUTE, HOUR, HOUR - HALF_MINUTE, HOUR - MINUTE):
        house.now = other.now = FIRST - moment
        await asyncio.gather(house.runner.run_due(), other.runner.run_due())
    assert mentions(house) == [
        (await thread_of(house), "🔔 ML Theory #1 in 1 hour", (BEN, CLARA, DEVI, KENJI))
    ]


async def test_followers_of_another_group_are_not_mentioned(house: Backstage) -> None:
    await closed(house, BEN)
    other = await house.found_group(name="Other", channel_id=CHANNEL)
    await house.follow(other, CLARA)
    await house.know(
        CLARA, wants_direct_messages=True, lead_minutes=(60,), has_closed_messages=True
    )
    await house.cancel(1, typed_group="Other")
    await house.advance_to(FIRST)
    assert [pings for _, _, pings in mentions(house)] == [(BEN,)]
