"""What shows a session tells how it is now, reminders that were sent included; nobody is pinged."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from backstage import (
    BEN,
    CHANNEL,
    CLARA,
    DEVI,
    FIRST,
    KENJI,
    SECOND,
    Backstage,
    actor,
    no_pause,
    once,
)
from bent import going, programme, sessions_of

from bot.cards import stamp
from bot.groups.model import Group, GroupChange
from bot.groups.store import group_of
from bot.jobs.model import LEASE
from bot.jobs.runner import Runner
from bot.members.model import Place
from bot.sessions.model import Answer
from bot.sessions.store import save_place
from cogs.rooms import build_rooms

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
LATER = FIRST + DAY + 2 * HOUR
"""15:00 in Denver, a day later: its clocks have gone back by then."""

PUBLIC, DIRECT = "channel", "direct message"
SURFACES = (PUBLIC, DIRECT, "/next", "/sessions", "event", "calendar")


async def reminded(house: Backstage) -> Group:
    """The channel, and Devi in Kolkata, have just been reminded a week before."""
    group = await house.found_group(is_mirrored=True)
    await programme(house, group, [["A", "X"], ["B"]])
    await house.follow(group, DEVI)
    await house.know(
        DEVI,
        Place(name="Kolkata", zone="Asia/Kolkata"),
        wants_direct_messages=True,
        lead_minutes=(10_080,),
        locale="en-GB",
    )
    await house.advance_to(FIRST - 7 * DAY + 5 * timedelta(minutes=1))
    return group


async def shown(house: Backstage) -> dict[str, str]:
    """What each of the places says in which Devi may look for the first session."""
    first, *_ = house.messenger.places[CHANNEL].messages.values()
    [direct] = house.messenger.told(DEVI)
    found, card = await house.rooms.sessions.next_card(actor(DEVI), None)
    _, listed = await house.rooms.sessions.calendar_card(actor(DEVI), None, past=False)
    plan = min(house.messenger.events.values(), key=lambda one: one.starts_at)
    content = (await house.rooms.calendars.group_file(found)).content.decode()
    event, *_ = content.replace("\r\n ", "").split("END:VEVENT")
    return {
        PUBLIC: first.card.text,
        DIRECT: direct.text,
        "/next": card.text,
        "/sessions": listed.text,
        "event": f"{plan.name}\n{plan.location}\n{stamp(plan.starts_at)}",
        "calendar": event,
    }


async def renames(house: Backstage) -> None:
    await house.rooms.groups.edit(actor(), None, GroupChange(name="Deep Theory"))


async def meets_elsewhere(house: Backstage) -> None:
    await house.rooms.groups.edit(actor(), None, GroupChange(meeting_place="Lab 7"))


async def moves(house: Backstage) -> None:
    await house.move(1, "2022-11-06 15:00")


async def changes_talks(house: Backstage) -> None:
    """Ben's A and Clara's B change places."""
    await house.rooms.swaps.ask(actor(BEN), 1, 3)
    await house.rooms.speaker_answers.answer(actor(CLARA), 1, is_yes=True)


async def gets_a_speaker(house: Backstage) -> None:
    await house.rooms.speakers.take_on(actor(KENJI), 2)


async def confirms(house: Backstage) -> None:
    await house.rooms.speakers.confirm(actor(BEN), 1)


async def test_reminders_of_several_sessions_each_tell_of_their_own(house: Backstage) -> None:
    await house.found_group(lead_minutes=(20 * 1_440, 10_080))
    await house.advance_to(FIRST - 5 * DAY)
    first, second = house.messenger.places[CHANNEL].messages.values()
    await house.move(1, "2022-11-05 15:00", "Shift this and the rest")
    await house.advance_to(house.now + timedelta(minutes=1))
    for message, was, starts_at in (
        (first, FIRST, FIRST + HOUR),
        (second, SECOND, SECOND + HOUR),
    ):
        assert (stamp(starts_at) in message.card.text, stamp(was) in message.card.text) == (
            True,
            True,  # as what was before
        )
        assert message.card.text.index(stamp(starts_at)) < message.card.text.index(stamp(was))


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """What a change is, and what each place says after it and before it."""

    change: Callable[[Backstage], Awaitable[None]]
    now: dict[str, str]
    before: dict[str, str]


def everywhere(text: str) -> dict[str, str]:
    return dict.fromkeys(SURFACES, text)


NAMED = News(change=renames, now=everywhere("Deep Theory"), before=everywhere("ML Theory"))
PLACED = News(change=meets_elsewhere, now=everywhere("Lab 7"), before=everywhere("Stage 1"))
MOVED = News(
    change=moves,
    now={
        PUBLIC: f"🔔 ML Theory #1 in 8 days\n{stamp(LATER)} · ",
        DIRECT: "**Monday 7 November, 03:30 in Kolkata, in 8 days**",
        "/next": "**For you: Monday 7 November, 03:30 in Kolkata, in 8 days**",
        "/sessions": "**#1 · Monday 7 November, 03:30 in Kolkata**",
        "event": stamp(LATER),
        "calendar": "DTSTART:20221106T220000Z",
    },
    before={
        PUBLIC: f"{stamp(FIRST)} · ",
        DIRECT: "**Sunday 6 November, 01:30 in Kolkata, in 1 week**",
        "/next": "Sunday 6 November",
        "/sessions": "Sunday 6 November",
        "event": stamp(FIRST),
        "calendar": "DTSTART:20221105T200000Z",
    },
)
TALKS = News(
    change=changes_talks,
    now={
        PUBLIC: f"1. **B** · <@{CLARA}>\n2. **X**",
        DIRECT: f"1. **B** · <@{CLARA}>\n2. **X**",
        "/next": f"1. **B** · <@{CLARA}>\n2. **X**",
        "/sessions": "B · X",
        "event": "ML Theory #1: B · X",
        "calendar": "SUMMARY:ML Theory #1: B · X",
    },
    before={
        PUBLIC: "**A**",
        DIRECT: "**A**",
        "/next": "**A**",
        "/sessions": "A · X",
        "event": "A · X",
        "calendar": "A · X",
    },
)
SPEAKER = News(
    change=gets_a_speaker,
    now=dict.fromkeys((PUBLIC, DIRECT, "/next"), f"2. **X** · <@{KENJI}>"),
    before=dict.fromkeys((PUBLIC, DIRECT, "/next"), "speaker wanted"),
)

SURE = News(
    change=confirms,
    now={PUBLIC: f"1. **A** · <@{BEN}>"},
    before={PUBLIC: f"❔ <@{BEN}>, will you present?"},
)


@pytest.mark.parametrize(
    "news",
    [
        pytest.param(NAMED, id="name"),
        pytest.param(PLACED, id="place"),
        pytest.param(MOVED, id="time", marks=pytest.mark.both_databases),
        pytest.param(TALKS, id="talks"),
        pytest.param(SPEAKER, id="speaker"),
        pytest.param(SURE, id="confirmed"),
    ],
)
async def test_every_place_tells_what_is_new_and_no_longer_what_was(
    house: Backstage, news: News
) -> None:
    await reminded(house)
    was = await shown(house)
    assert {name: text in was[name] for name, text in news.before.items()} == dict.fromkeys(
        news.before, True
    )
    await news.change(house)
    await house.runner.run_due()
    now = await shown(house)
    assert {name: text in now[name] for name, text in news.now.items()} == dict.fromkeys(
        news.now, True
    )
    assert {name for name, text in news.before.items() if text in now[name]} == set()
    assert len(house.messenger.titles("🔔")) == 1


async def test_a_reminder_that_was_sent_says_so_when_the_session_is_called_off_and_again(
    house: Backstage,
) -> None:
    group = await reminded(house)
    await going(house, (await sessions_of(house, group))[0], KENJI)
    first, *_ = house.messenger.places[CHANNEL].messages.values()
    told = (first.card, house.messenger.told(DEVI)[0])
    await house.cancel(1, "The *roof* leaks.")
    await house.runner.run_due()
    for card in (first.card, house.messenger.told(DEVI)[0]):
        assert (card.title, card.body, card.buttons) == (
            "🚫 ML Theory #1 is cancelled",
            (f"It will not take place: ~~{stamp(FIRST)}~~", "The \\*roof\\* leaks."),
            (),
        )
    await house.undo()
    await house.runner.run_due()
    # Kenji's answer is counted by now; the rest is as it was, the clock changes among it.
    assert (first.card.text, house.messenger.told(DEVI)[0]) == (told[0].text, told[1])
    assert first.card.buttons[0].label == "Going · 1"
    assert first.pings == frozenset({BEN})  # who was asked to confirm as it was sent


async def test_a_moved_reminder_names_the_earlier_time(house: Backstage) -> None:
    await reminded(house)
    await moves(house)
    await house.runner.run_due()
    first, *_ = house.messenger.places[CHANNEL].messages.values()
    assert f"\nBefore: ~~{stamp(FIRST)}~~\n" in first.card.text
    assert "\nBefore: ~~Sunday 6 November, 01:30 in Kolkata~~\n" in (
        house.messenger.told(DEVI)[0].text
    )
    # Both are found again by what they were sent with, and the reminder of the new time follows.
    await house.advance_to(LATER - 7 * DAY)
    assert house.messenger.titles("🔔") == [
        "🔔 ML Theory #1 in 8 days",
        "🔔 ML Theory #1 in 1 week",
    ]


async def test_a_session_with_a_place_of_its_own_keeps_it_in_its_reminder(
    house: Backstage,
) -> None:
    group = await reminded(house)
    async with house.db.begin() as tx:
        session = (await sessions_of(house, group))[0]
        await save_place(tx, replace(session, place="Room 2"))
    await renames(house)
    await house.runner.run_due()
    await meets_elsewhere(house)
    await house.runner.run_due()
    first, *_ = house.messenger.places[CHANNEL].messages.values()
    assert ("📍 Room 2" in first.card.text, "Lab 7" in first.card.text) == (True, False)


async def test_a_reminder_that_is_being_sent_meanwhile_is_brought_up_to_date(
    house: Backstage,
) -> None:
    """Its place changes between what it says and when that is known to be said; another process
    does all that is due by then.
    """
    await house.found_group()
    other = Runner(house.db, house.clock)
    build_rooms(house.db, house.clock, house.messenger, other, no_pause)

    async def change() -> None:
        await meets_elsewhere(house)
        await other.run_due()

    house.messenger.meanwhile["say"] = once(change)
    await house.advance_to(FIRST - 7 * DAY + 2 * LEASE)
    first, *_ = house.messenger.places[CHANNEL].messages.values()
    assert "📍 Lab 7" in first.card.text


async def test_a_reminder_that_was_deleted_stays_so_and_what_is_over_stays_as_it_was(
    house: Backstage,
) -> None:
    group = await house.found_group()
    await house.advance_to(FIRST - 7 * DAY)
    [message_id] = house.messenger.places[CHANNEL].messages
    del house.messenger.places[CHANNEL].messages[message_id]
    await house.advance_to(FIRST - DAY)
    [day_before] = house.messenger.places[CHANNEL].messages.values()
    await meets_elsewhere(house)
    await house.runner.run_due()
    assert "📍 Lab 7" in day_before.card.text
    await house.advance_to(FIRST + 2 * HOUR)
    await house.rooms.groups.edit(actor(), None, GroupChange(meeting_place="Room 8"))
    await house.runner.run_due()
    assert "📍 Lab 7" in day_before.card.text
    async with house.db.read() as tx:
        assert (await group_of(tx, group.id)).meeting_place == "Room 8"


async def test_those_who_were_mentioned_in_the_thread_see_the_new_time_there(
    house: Backstage,
) -> None:
    group = await house.found_group()
    await house.follow(group, DEVI)
    await house.know(DEVI, wants_direct_messages=True, lead_minutes=(1440,))
    house.messenger.closed.add(DEVI)
    await house.advance_to(FIRST - DAY + HOUR)
    await house.rooms.sessions.answer(actor(KENJI), 1, Answer.GOING)
    await moves(house)
    await house.runner.run_due()
    [thread] = [one for one in house.messenger.places.values() if one.parent_id == CHANNEL]
    [mention] = thread.messages.values()
    assert mention.card.body == (
        f"{stamp(LATER)} · {stamp(LATER, 'R')}\nBefore: ~~{stamp(FIRST)}~~",
        f"<@{DEVI}>",
    )
