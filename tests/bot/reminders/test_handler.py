"""Everybody who asked is told once, in time, and nobody else is."""

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
    START,
    Backstage,
    actor,
    die,
    lose_the_answer,
    once,
)
from bent import programme

from bot.cards import stamp
from bot.groups.model import Group
from bot.members.model import Member
from bot.members.store import get_member
from bot.sessions.model import Answer
from bot.sessions.store import sessions_ahead

DAY = timedelta(days=1)
TEN = timedelta(minutes=10)


async def gathering(house: Backstage, *listeners: int, leads: tuple[int, ...] = (60,)) -> Group:
    """A group that these people follow, who want direct messages at `leads`."""
    group = await house.found_group()
    await house.follow(group, *listeners)
    for user_id in listeners:
        await house.know(user_id, wants_direct_messages=True, lead_minutes=leads)
    return group


async def answer(house: Backstage, user_id: int, given: Answer) -> None:
    async with house.db.read() as tx:
        [session] = await sessions_ahead(tx, 1, house.now, 1)
    await house.rooms.sessions.answer(actor(user_id), session.id, given)


def written_to(house: Backstage) -> dict[int, int]:
    """How many direct messages each person got."""
    everybody = (MAYA, BEN, CLARA, DEVI, KENJI)
    counts = {user_id: len(house.messenger.told(user_id)) for user_id in everybody}
    return {user_id: count for user_id, count in counts.items() if count}


async def fail_at_one_hour(house: Backstage) -> None:
    """Let the reminders of an hour before be planned, and none of them get through yet."""
    await house.advance_to(FIRST - timedelta(hours=1, seconds=1))
    house.messenger.meanwhile["before say"] = lose_the_answer
    await house.advance_to(FIRST - timedelta(hours=1))
    house.messenger.meanwhile.clear()


async def test_the_channel_hears_at_each_lead_time_and_never_after(house: Backstage) -> None:
    await house.found_group()
    heard = []
    for moment in (DAY * 7, DAY, timedelta(hours=1), TEN, timedelta()):
        await house.advance_to(FIRST - moment - timedelta(seconds=1))
        before = len(house.messenger.titles("🔔 ML Theory #1"))
        await house.advance_to(FIRST - moment)
        heard.append(house.messenger.titles("🔔 ML Theory #1")[before:])
    assert heard == [
        ["🔔 ML Theory #1 in 1 week"],
        ["🔔 ML Theory #1 in 1 day"],
        ["🔔 ML Theory #1 in 1 hour"],
        ["🔔 ML Theory #1 in 10 minutes"],
        [],
    ]


async def test_followers_and_those_going_are_told_and_those_who_said_no_are_not(
    house: Backstage,
) -> None:
    group = await gathering(house, BEN, CLARA, DEVI)
    await house.know(KENJI, wants_direct_messages=True, lead_minutes=(60,))
    await house.know(MAYA, wants_direct_messages=False)
    await house.follow(group, MAYA)
    await answer(house, KENJI, Answer.GOING)
    await answer(house, CLARA, Answer.NOT_GOING)
    await answer(house, DEVI, Answer.RECORDING)
    await house.advance_to(FIRST)
    assert written_to(house) == {BEN: 1, DEVI: 1, KENJI: 1}


async def test_each_person_is_told_at_the_times_they_chose(house: Backstage) -> None:
    group = await gathering(house, BEN, leads=(10_080, 10))
    await house.follow(group, CLARA)
    await house.know(CLARA, wants_direct_messages=True, lead_minutes=(1_440,))
    await house.advance_to(FIRST - DAY)
    at_a_day = written_to(house)
    await house.advance_to(FIRST)
    assert (at_a_day, written_to(house)) == ({BEN: 1, CLARA: 1}, {BEN: 2, CLARA: 1})


async def test_a_member_who_left_is_not_told(house: Backstage) -> None:
    await gathering(house, BEN, CLARA)
    house.messenger.members.discard(BEN)
    await house.advance_to(FIRST)
    assert written_to(house) == {CLARA: 1}


async def test_leads_hear_in_time_of_a_speaker_who_left(house: Backstage) -> None:
    group = await gathering(house)
    await programme(house, group, [["A", "B", "X"]])
    await house.advance_to(FIRST - 7 * DAY)
    house.messenger.members.discard(BEN)
    # While it can't be known who is there, nobody is said to be gone.
    house.messenger.meanwhile["before present_members"] = once(lose_the_answer)
    await house.advance_to(FIRST - DAY)
    early = house.messenger.told(MAYA)
    await house.advance_to(FIRST)
    assert (early, [card.body[0] for card in house.messenger.told(MAYA)]) == (
        [],
        [
            f"Session #1 is {stamp(FIRST)}, and its speaker has left the server: <@{BEN}> (**A**). "
            "`/talk` with “Can't” offers the place to the next in line."
        ],
    )


async def test_closed_messages_are_noted_and_never_tried_again(house: Backstage) -> None:
    await gathering(house, BEN, leads=(60, 10))
    house.messenger.closed.add(BEN)
    await house.advance_to(FIRST)
    async with house.db.read() as tx:
        member = await get_member(tx, BEN)
    assert member == Member(
        user_id=BEN, wants_direct_messages=True, lead_minutes=(60, 10), has_closed_messages=True
    )
    said = len(house.messenger.said())
    assert (house.messenger.calls.count("say"), written_to(house)) == (said + 1, {})


async def test_a_mind_changed_between_planning_and_sending_is_heard(house: Backstage) -> None:
    await gathering(house, BEN, CLARA, DEVI)
    await answer(house, DEVI, Answer.GOING)

    await fail_at_one_hour(house)
    await house.know(BEN, wants_direct_messages=False, lead_minutes=(60,))
    await answer(house, DEVI, Answer.NOT_GOING)
    await house.advance_to(FIRST)
    assert written_to(house) == {CLARA: 1}


async def test_a_reminder_lost_on_the_way_is_sent_once(house: Backstage) -> None:
    await gathering(house, BEN)
    house.messenger.meanwhile["open_direct"] = once(lose_the_answer)
    house.messenger.meanwhile["say"] = once(lose_the_answer)
    await house.advance_to(FIRST - timedelta(minutes=30))
    assert written_to(house) == {BEN: 1}
    assert house.messenger.titles("1 hour") == ["🔔 ML Theory #1 in 1 hour"]


@pytest.mark.parametrize("step", ["before open_direct", "open_direct", "before say", "say"])
async def test_a_process_that_dies_while_reminding_loses_and_doubles_nothing(
    house: Backstage, step: str
) -> None:
    await gathering(house, BEN, CLARA)
    await house.advance_to(FIRST - timedelta(hours=1, seconds=1))
    house.now = FIRST - timedelta(hours=1)
    house.messenger.meanwhile[step] = once(die)
    await house.crash()
    await house.advance_to(FIRST - timedelta(minutes=11))
    assert written_to(house) == {BEN: 1, CLARA: 1}
    assert len(house.messenger.titles("🔔")) == 3


@pytest.mark.both_databases
async def test_two_workers_tell_everybody_once(house: Backstage) -> None:
    await gathering(house, BEN, CLARA, DEVI, KENJI)
    await house.advance_to(FIRST - timedelta(hours=1, seconds=1))
    house.now = FIRST - timedelta(hours=1)
    other = Backstage(db=house.db, now=house.now)
    other.messenger = house.messenger
    other.restart()
    await asyncio.gather(house.runner.run_due(), other.runner.run_due())
    assert written_to(house) == {BEN: 1, CLARA: 1, DEVI: 1, KENJI: 1}
    assert len(house.messenger.titles("🔔")) == 3


@pytest.mark.parametrize(
    ("left", "titles"),
    [
        (DAY * 2, ["in 2 days"]),
        (DAY / 2, ["in 12 hours"]),
        (timedelta(minutes=30), ["in 30 minutes"]),
        (timedelta(minutes=5), ["in 5 minutes"]),
        (timedelta(), ["has begun"]),
        (-timedelta(minutes=14), ["has begun"]),
        (-timedelta(minutes=15), []),
    ],
)
async def test_waking_late_sends_the_nearest_reminder_alone(
    house: Backstage, left: timedelta, titles: list[str]
) -> None:
    await gathering(house, BEN, leads=(10_080, 1_440, 60, 10))
    await house.sleep_until(FIRST - left)
    assert house.messenger.titles("🔔 ML Theory #1") == [
        f"🔔 ML Theory #1 {until}" for until in titles
    ]
    assert len(house.messenger.told(BEN)) == len(titles)


async def test_waking_late_still_tells_who_wished_for_an_early_one_only(
    house: Backstage,
) -> None:
    await gathering(house, BEN, leads=(10_080,))
    await house.sleep_until(FIRST - timedelta(minutes=30))
    assert [card.body[0] for card in house.messenger.told(BEN)] == [
        "**Saturday, November 5, 2:00 PM in Denver, in 30 minutes**"
    ]


async def test_a_reminder_that_could_not_be_sent_in_time_yields_to_the_nearer(
    house: Backstage,
) -> None:
    await gathering(house, BEN, leads=(60, 10))
    await fail_at_one_hour(house)
    await house.sleep_until(FIRST - timedelta(minutes=8))
    assert house.messenger.titles("🔔")[2:] == ["🔔 ML Theory #1 in 8 minutes"]
    assert len(house.messenger.told(BEN)) == 1


@pytest.mark.parametrize(
    ("minutes", "titles", "counts"),
    [(14, ["🔔 ML Theory #1 has begun"], {BEN: 1}), (15, [], {})],
)
async def test_a_reminder_that_could_not_be_sent_before_the_start_says_that_it_has_begun(
    house: Backstage, minutes: int, titles: list[str], counts: dict[int, int]
) -> None:
    await gathering(house, BEN, leads=(10,))
    await house.advance_to(FIRST - timedelta(minutes=11))
    house.messenger.meanwhile["before say"] = lose_the_answer
    await house.sleep_until(FIRST - TEN)
    house.messenger.meanwhile.clear()
    await house.sleep_until(FIRST + timedelta(minutes=minutes))
    assert house.messenger.titles("minutes") == []
    assert (house.messenger.titles("begun"), written_to(house)) == (titles, counts)


async def test_a_session_cancelled_while_its_reminder_waits_is_not_announced(
    house: Backstage,
) -> None:
    await gathering(house, BEN)
    await fail_at_one_hour(house)
    await house.cancel(1, "")
    await house.advance_to(FIRST)
    assert (house.messenger.titles("🔔")[2:], written_to(house)) == ([], {})


@pytest.mark.parametrize(
    ("is_gone", "alert"),
    [
        (
            True,
            "The group's channel was deleted, so I can't remind anybody there. Choose another "
            "with `/group edit`; direct messages go on.",
        ),
        (
            False,
            "I can't write in the group's channel: I need Send Messages. Direct messages go on.",
        ),
    ],
)
async def test_a_channel_out_of_reach_is_told_to_leads_and_messages_go_on(
    house: Backstage, is_gone: bool, alert: str
) -> None:
    await gathering(house, BEN)
    if is_gone:
        del house.messenger.places[CHANNEL]
    else:
        house.messenger.places[CHANNEL].denied.add("Send Messages")
    await house.advance_to(START + timedelta(hours=3))
    assert [card.body for card in house.messenger.told(MAYA)] == [(alert,)]
    await house.advance_to(FIRST)
    assert written_to(house)[BEN] == 1


async def test_a_server_that_threw_the_bot_out_hears_nothing(house: Backstage) -> None:
    await gathering(house, BEN)
    house.messenger.places.pop(CHANNEL)
    house.messenger.servers.pop(SERVER)
    await house.advance_to(FIRST)
    assert BEN not in written_to(house)


async def test_another_groups_followers_are_not_told(house: Backstage) -> None:
    await gathering(house, BEN)
    other = await house.found_group(name="Other", channel_id=CHANNEL + 1)
    await house.follow(other, CLARA)
    await house.know(CLARA, wants_direct_messages=True, lead_minutes=(60,))
    await house.cancel(1, typed_group="Other")
    await house.advance_to(FIRST)
    assert written_to(house) == {BEN: 1}
