"""Everybody who is going hears once that a session was moved or cancelled."""

from datetime import UTC, datetime, timedelta

import pytest
from backstage import (
    BEN,
    CHANNEL,
    CLARA,
    FIRST,
    KENJI,
    MAYA,
    SECOND,
    START,
    Backstage,
    lose_the_answer,
    once,
)
from fakes.messenger import Message

from bot.cards import Card, Tone, stamp
from bot.sessions.answers import save_answer
from bot.sessions.model import Answer
from bot.sessions.store import calendar_of
from bot.sessions.words import MOST_MENTIONS

MOVED = datetime(2022, 11, 6, 17, 30, tzinfo=UTC)


async def answer(house: Backstage, given: Answer, *user_ids: int) -> None:
    async with house.db.begin() as tx:
        first = (await calendar_of(tx, 1, START))[0]
        for user_id in user_ids:
            await save_answer(tx, first.id, user_id, given, house.now)


async def notices(house: Backstage) -> list[Message]:
    await house.runner.run_due()
    said = house.messenger.places[CHANNEL].messages.values()
    return [one for one in said if "↪️" in one.card.title or "🚫" in one.card.title]


async def test_a_move_is_told_with_both_times_to_those_who_are_going(house: Backstage) -> None:
    await house.found_group()
    await answer(house, Answer.GOING, BEN, CLARA, KENJI)
    await answer(house, Answer.NOT_GOING, KENJI)
    house.messenger.members.discard(CLARA)
    await house.move(1, "2022-11-06 10:30")
    [notice] = await notices(house)
    assert (notice.card.title, notice.card.body, notice.card.tone, notice.pings) == (
        "↪️ ML Theory #1 has moved",
        (
            f"Now {stamp(MOVED)} · {stamp(MOVED, 'R')}",
            "🕑 10:30 AM in Denver",
            f"Before: ~~{stamp(FIRST)}~~",
            f"<@{BEN}>",
        ),
        Tone.WARNING,
        {BEN},
    )


async def test_a_cancellation_is_told_with_its_reason(house: Backstage) -> None:
    await house.found_group()
    await answer(house, Answer.GOING, BEN)
    await house.cancel(1, "Fire *alarm*")
    [notice] = await notices(house)
    assert (notice.card, notice.pings) == (
        Card(
            title="🚫 ML Theory #1 is cancelled",
            body=(
                f"It will not take place: {stamp(FIRST)}",
                "🕑 2:00 PM in Denver",
                "Fire \\*alarm\\*",
                f"<@{BEN}>",
            ),
            tone=Tone.WARNING,
        ),
        {BEN},
    )


async def test_a_session_moved_twice_is_told_twice(house: Backstage) -> None:
    await house.found_group()
    await house.move(1, "2022-11-06 10:30")
    await notices(house)
    house.now += timedelta(minutes=1)
    await house.move(1, "2022-11-07 10:30")
    assert [one.card.body[-1] for one in await notices(house)] == [
        f"Before: ~~{stamp(FIRST)}~~",
        f"Before: ~~{stamp(MOVED)}~~",
    ]


async def test_a_lost_answer_tells_nobody_twice(house: Backstage) -> None:
    await house.found_group()
    await house.move(1, "2022-11-06 10:30")
    house.messenger.meanwhile["say"] = once(lose_the_answer)
    await house.advance_to(START + timedelta(minutes=1))
    assert len(await notices(house)) == 1


async def test_no_more_people_are_named_than_a_message_may_ping(house: Backstage) -> None:
    await house.found_group()
    crowd = range(10**18, 10**18 + MOST_MENTIONS + 5)
    house.messenger.members.update(crowd)
    await answer(house, Answer.GOING, *crowd)
    await house.cancel(1, "")
    [notice] = await notices(house)
    assert notice.pings == set(crowd[:MOST_MENTIONS])
    assert len(notice.card.text) <= 4_000


async def test_a_change_of_what_is_over_is_not_told(house: Backstage) -> None:
    await house.found_group()
    await house.move(1, "2022-11-06 10:30")
    await house.sleep_until(SECOND - timedelta(days=1))
    assert await notices(house) == []


@pytest.mark.parametrize(
    ("is_gone", "why"),
    [
        (True, "the group's channel was deleted"),
        (False, "in the group's channel I need Send Messages"),
    ],
)
async def test_leads_hear_when_nobody_could_be_told(
    house: Backstage, is_gone: bool, why: str
) -> None:
    await house.found_group()
    if is_gone:
        del house.messenger.places[CHANNEL]
    else:
        house.messenger.places[CHANNEL].denied.add("Send Messages")
    await house.cancel(1, "")
    await house.runner.run_due()
    assert [card.body for card in house.messenger.told(MAYA)] == [
        (f"Nobody heard from me that session #1 has changed: {why}.",)
    ]
