"""Days away: said and taken back; who would speak on one is asked, and leads hear of the others."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import pytest
from backstage import (
    BEN,
    CLARA,
    DEVI,
    FIRST,
    MAYA,
    SECOND,
    THIRD,
    Backstage,
    actor,
)
from bent import programme, sessions_of, titles_of

from bot.cards import Card, stamp
from bot.errors import Refusal
from bot.groups.model import Group
from bot.groups.store import add_lead
from bot.members.away import Away
from bot.members.model import Place
from bot.members.store import away_spans
from bot.sessions.calendar import ABSENT_AFTER
from bot.sessions.model import Talk, TalkState
from bot.speakers.away import AwayThatDay

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


async def spans_of(house: Backstage, user_id: int) -> tuple[Away, ...]:
    async with house.db.read() as tx:
        return (await away_spans(tx, [user_id]))[user_id]


async def talk_called(house: Backstage, group: Group, title: str) -> Talk:
    sessions = await sessions_of(house, group)
    return next(talk for one in sessions for talk in one.talks if talk.title == title)


def presses(card: Card) -> list[tuple[str, str | None]]:
    return [(button.label, button.action) for button in card.buttons]


async def told(house: Backstage) -> list[str]:
    """What leads have heard a while later."""
    await house.advance_to(house.now + ABSENT_AFTER)
    return [card.body[0] for card in house.messenger.told(MAYA)]


Step = Callable[..., Awaitable[Card]]


async def free_seat(house: Backstage, group: Group) -> Step:
    """Clara, whose talk was put off, is asked to take Ben's place in #1."""
    for title, speaker in (("B", CLARA), ("A", BEN)):
        talk = await talk_called(house, group, title)
        await house.rooms.speakers.step_back(actor(speaker), talk.id, TalkState.DEFERRED)
    answer = house.rooms.speaker_answers.answer
    return lambda *, is_sure=False: answer(actor(CLARA), 1, is_yes=True, is_sure=is_sure)


async def asked_to_swap(house: Backstage, group: Group) -> Step:
    """Ben asks Clara to give her talk in #1 instead of his own."""
    mine, hers = [await talk_called(house, group, title) for title in "AB"]
    await house.rooms.swaps.ask(actor(BEN), mine.id, hers.id)
    answer = house.rooms.speaker_answers.answer
    return lambda *, is_sure=False: answer(actor(CLARA), 1, is_yes=True, is_sure=is_sure)


async def asks_to_swap(house: Backstage, group: Group) -> Step:
    """Clara asks Ben for his place in #1."""
    mine, hers = [await talk_called(house, group, title) for title in "BA"]
    ask = house.rooms.swaps.ask
    return lambda *, is_sure=False: ask(actor(CLARA), mine.id, hers.id, is_sure=is_sure)


async def takes_on(house: Backstage, group: Group) -> Step:
    """Clara takes a topic of #1 that has no speaker."""
    talk = await talk_called(house, group, "X")
    take = house.rooms.speakers.take_on
    return lambda *, is_sure=False: take(actor(CLARA), talk.id, is_sure=is_sure)


async def confirms(house: Backstage, group: Group) -> Step:
    """Clara confirms her talk of #2."""
    talk = await talk_called(house, group, "B")
    confirm = house.rooms.speakers.confirm
    return lambda *, is_sure=False: confirm(actor(CLARA), talk.id, is_sure=is_sure)


@pytest.mark.parametrize(
    ("step_of", "at"),
    [
        (free_seat, FIRST),
        (asked_to_swap, FIRST),
        (asks_to_swap, FIRST),
        (takes_on, FIRST),
        (confirms, SECOND),
    ],
)
async def test_whoever_would_speak_on_a_day_away_is_asked_first(
    house: Backstage, step_of: Callable[[Backstage, Group], Awaitable[Step]], at: datetime
) -> None:
    group = await house.found_group()
    await programme(house, group, [["A", "X"], ["B"]])
    step = await step_of(house, group)
    await house.rooms.away.be_away(CLARA, at.date() - DAY, at.date() + DAY)
    before = await titles_of(house, group)
    with pytest.raises(AwayThatDay) as asked:
        await step()
    card = asked.value.card
    assert (card.title, card.body[0].endswith("Will you be there all the same?")) == (
        "🏝️ You said that you are away that day",
        True,
    )
    assert await titles_of(house, group) == before
    assert "sure" in (card.buttons[0].action or "")
    await step(is_sure=True)
    day_before, day_after = at.date() - DAY, at.date() + DAY
    assert await spans_of(house, CLARA) == (
        Away(first_day=day_before, last_day=day_before),
        Away(first_day=day_after, last_day=day_after),
    )
    assert [one for one in await told(house) if "away" in one] == []


async def test_a_lead_is_asked_about_a_speakers_day_away_and_leaves_it_as_it_is(
    house: Backstage,
) -> None:
    group = await house.found_group()
    await programme(house, group, [["A"]])
    await house.leave_for(BEN, FIRST)
    talk, kept = await talk_called(house, group, "A"), await spans_of(house, BEN)
    confirm = house.rooms.speakers.confirm
    with pytest.raises(AwayThatDay) as asked:
        await confirm(actor(MAYA), talk.id)
    assert asked.value.card.body == (
        f"**A** would be {stamp(FIRST)}, and <@{BEN}> has said to be away then.",
    )
    await confirm(actor(MAYA), talk.id, is_sure=True)
    assert (await talk_called(house, group, "A")).state is TalkState.CONFIRMED
    assert await spans_of(house, BEN) == kept


async def test_a_swap_onto_a_day_away_is_marked_in_the_list(house: Backstage) -> None:
    group = await house.found_group()
    await programme(house, group, [["A"], ["B"], ["C"]])
    await house.leave_for(BEN, SECOND)
    talk = await talk_called(house, group, "A")
    card = await house.rooms.swaps.offer(actor(BEN), talk.id)
    assert [
        (one.description or "").endswith(" · 🏝️ a day away") for one in card.picks[0].options
    ] == [
        True,
        False,
    ]


async def says_away(house: Backstage) -> None:
    """Ben says that he is away on the day of his talk."""
    await house.leave_for(BEN, FIRST)


async def is_moved(house: Backstage) -> None:
    """Maya moves his session onto a day away, although the preview says so."""
    await house.leave_for(BEN, FIRST + DAY)
    await house.move(1, "2022-11-06 14:00")


async def is_shifted(house: Backstage) -> None:
    """The rest is shifted, too, and Clara is away on her new day."""
    await house.leave_for(CLARA, SECOND + DAY)
    await house.move(1, "2022-11-06 14:00", "Shift this and the rest")


async def is_back(house: Backstage) -> None:
    """Ben is away on the earlier day when a move is taken back."""
    await house.move(1, "2022-11-06 14:00")
    await house.leave_for(BEN, FIRST)
    await house.undo()


async def has_swapped(house: Backstage) -> None:
    """Ben asks for Clara's place, and says only then that he is away that day."""
    await house.rooms.swaps.ask(actor(BEN), 1, 2)
    await house.leave_for(BEN, SECOND)
    await house.rooms.speaker_answers.answer(actor(CLARA), 1, is_yes=True)


@pytest.mark.parametrize(
    ("what", "number", "at", "who"),
    [
        (says_away, 1, FIRST, f"<@{BEN}> (**A**)"),
        (is_moved, 1, FIRST + DAY + HOUR, f"<@{BEN}> (**A**)"),
        (is_shifted, 2, SECOND + DAY, f"<@{CLARA}> (**B**)"),
        (is_back, 1, FIRST, f"<@{BEN}> (**A**)"),
        (has_swapped, 2, SECOND, f"<@{BEN}> (**A**)"),
    ],
)
async def test_leads_hear_once_of_a_talk_that_lands_on_a_day_away(
    house: Backstage,
    what: Callable[[Backstage], Awaitable[None]],
    number: int,
    at: datetime,
    who: str,
) -> None:
    group = await house.found_group()
    await programme(house, group, [["A"], ["B"]])
    await what(house)
    text = (
        f"Session #{number} is {stamp(at)}, and the speaker is away that day: {who}. Ask them, or "
        "let somebody else step in with `/session skip`."
    )
    assert await told(house) == [text]
    talk = await talk_called(house, group, "A" if who.endswith("(**A**)") else "B")
    typed = {"reading": "https://example.org/a", "slides": "", "recording": ""}
    await house.rooms.speakers.save_links(actor(MAYA), talk.id, typed)
    assert await told(house) == [text]


async def test_leads_hear_nothing_of_what_is_put_right_in_the_meantime(house: Backstage) -> None:
    group = await house.found_group()
    await programme(house, group, [["A"], ["B"], ["C"]])
    await house.leave_for(BEN, FIRST)
    await house.rooms.away.be_back(BEN, FIRST.date())
    await house.leave_for(CLARA, SECOND)
    talk = await talk_called(house, group, "B")
    await house.rooms.speakers.step_back(actor(CLARA), talk.id, TalkState.DEFERRED)
    await house.leave_for(DEVI, THIRD)
    await house.cancel(3)
    heard = await told(house)
    assert ["is away that day" in one for one in heard] == [False] * len(heard)


async def test_a_lead_who_leads_alone_is_not_told_of_their_own_day_away(house: Backstage) -> None:
    group = await house.found_group()
    await programme(house, group, [["X"]])
    await house.rooms.speakers.take_on(actor(MAYA), 1)
    await house.leave_for(MAYA, FIRST)
    assert await told(house) == []
    async with house.db.begin() as tx:
        await add_lead(tx, group.id, CLARA)
    await house.move(1, "2022-11-05 15:00")
    assert len(await told(house)) == 1


async def test_days_away_show_the_talks_that_are_on_them(house: Backstage) -> None:
    """Saturday 20:00 in UTC is Sunday 01:30 in Kolkata: Saturday away is no matter there."""
    group = await house.found_group()
    await programme(house, group, [["A"], ["E"]])
    await house.know(BEN, Place(name="Kolkata", zone="Asia/Kolkata"), locale="en-GB")
    await house.leave_for(BEN, FIRST, SECOND + DAY)
    card = await house.rooms.away.card(actor(BEN))
    assert card.body == (
        "- Saturday, 5 November\n- Sunday, 20 November",
        f"**⚠️ You present on a day away**\n- **E** · ML Theory #2 · {stamp(SECOND)}",
        "Swap it, say that you can't, or be there after all: otherwise I tell the leads soon.",
    )
    assert presses(card) == [("🎤 E", "talk:show:2")]
    talk, listed = house.rooms.speakers.show, "🏝️ Away that day, as "
    assert f"{listed}you have told me" in (await talk(actor(BEN), 2)).text
    assert f"{listed}the speaker has told me" in (await talk(actor(MAYA), 2)).text
    assert listed not in (await talk(actor(DEVI), 2)).text + (await talk(actor(BEN), 1)).text
    elsewhere = await house.rooms.away.card(actor(BEN, server_id=77))
    assert (elsewhere.body, elsewhere.buttons) == (card.body, ())


async def test_spans_are_kept_for_each_member_and_taken_back_by_their_first_day(
    house: Backstage,
) -> None:
    rooms, today = house.rooms.away, house.clock().date()
    first, later = (
        Away(first_day=today + timedelta(days=day), last_day=today + timedelta(days=day + 2))
        for day in (3, 30)
    )
    await rooms.be_away(MAYA, later.first_day, later.last_day)
    assert await rooms.be_away(MAYA, first.first_day, first.last_day) == (first, later)
    house.restart()
    rooms = house.rooms.away
    async with house.db.read() as tx:
        assert await away_spans(tx, [MAYA, BEN]) == {MAYA: (first, later), BEN: ()}
    assert await rooms.be_back(BEN, first.first_day) == ()
    for _ in range(2):
        assert await rooms.be_back(MAYA, first.first_day) == (later,)
    house.now += timedelta(days=33)
    shown = await rooms.card(actor(MAYA))
    assert shown.body == ("You are not away. `/me away` with a first and a last day tells me.",)


async def test_today_is_the_day_where_the_member_lives(house: Backstage) -> None:
    """18:00 in UTC is 23:30 in Kolkata, and half an hour later it is the next day there."""
    await house.know(DEVI, Place(name="Kolkata", zone="Asia/Kolkata"))
    first = house.now.date()
    assert await house.rooms.away.say_away(actor(DEVI), "today", "") == (
        Away(first_day=first, last_day=first),
    )
    house.now += HOUR / 2
    shown = await house.rooms.away.card(actor(DEVI))
    assert shown.body == ("You are not away. `/me away` with a first and a last day tells me.",)
    # The day that is over is forgotten, and does not join the next one.
    assert await house.rooms.away.say_away(actor(DEVI), "today", "tomorrow") == (
        Away(first_day=first + DAY, last_day=first + 2 * DAY),
    )
    with pytest.raises(Refusal, match="has passed already"):
        await house.rooms.away.say_away(actor(DEVI), "yesterday", "")


async def test_refused_days_change_nothing(house: Backstage) -> None:
    rooms, today = house.rooms.away, house.clock().date()
    kept = await rooms.be_away(MAYA, today, today)
    with pytest.raises(Refusal):
        await rooms.be_away(MAYA, today, today - timedelta(days=1))
    assert await spans_of(house, MAYA) == kept


@pytest.mark.both_databases
async def test_two_spans_said_at_once_are_both_kept(house: Backstage) -> None:
    rooms, today = house.rooms.away, house.clock().date()
    days = [today + timedelta(days=number) for number in (2, 9, 16)]
    await asyncio.gather(*(rooms.be_away(MAYA, day, day) for day in days))
    kept = await spans_of(house, MAYA)
    assert kept == tuple(Away(first_day=day, last_day=day) for day in days)
