"""Each talk that was held has one place to discuss it, whatever dies when."""

from datetime import timedelta

import pytest
from backstage import (
    BEN,
    CHANNEL,
    CLARA,
    DEVI,
    FIRST,
    FORUM,
    KENJI,
    MAYA,
    SERVER,
    Backstage,
    die,
    lose_the_answer,
    once,
)
from fakes.messenger import Message

from bot.cards import Card
from bot.discussions.handler import DiscussHandler
from bot.groups.model import Group
from bot.jobs.courier import Courier
from bot.jobs.model import Delivery, Skipped, make_nonce
from bot.pitches.model import PitchState
from bot.pitches.store import set_state
from bot.sessions.answers import save_answer
from bot.sessions.calendar import arm_talks
from bot.sessions.model import DISCUSS, Answer, Session, Talk
from bot.sessions.store import get_session, sessions_ahead, sessions_past
from bot.sessions.talks import add_talk
from bot.sessions.words import MOST_MENTIONS

HALF, END = FIRST + timedelta(minutes=30), FIRST + timedelta(hours=1)
TITLES = ["Alpha (ML Theory #1)", "Beta (ML Theory #1)"]


async def programme(house: Backstage, forum_id: int | None = FORUM) -> Group:
    """A group whose first session hears Ben on Alpha and Clara on Beta."""
    group = await house.found_group(forum_id=forum_id)
    pitch_ids = await house.pitch(group, "Alpha", "Beta")
    async with house.db.begin() as tx:
        [session] = await sessions_ahead(tx, group.id, house.now, 1)
        await set_state(tx, pitch_ids, PitchState.SCHEDULED)
        for position, (title, speaker_id) in enumerate([("Alpha", BEN), ("Beta", CLARA)]):
            talk = Talk(
                id=0,
                session_id=session.id,
                position=position,
                title=title,
                pitch_id=pitch_ids[position],
                speaker_id=speaker_id,
                minutes=30,
            )
            await add_talk(tx, talk)
        await arm_talks(tx, [session.id], house.now)
    return group


async def held(house: Backstage) -> Session:
    async with house.db.read() as tx:
        return (await sessions_past(tx, 1, house.now, 1))[0]


async def session_of(house: Backstage) -> Session:
    async with house.db.read() as tx:
        session = await get_session(tx, 1)
    assert session is not None
    return session


async def go(house: Backstage, *user_ids: int) -> None:
    async with house.db.begin() as tx:
        [session] = await sessions_ahead(tx, 1, house.now, 1)
        for user_id in user_ids:
            await save_answer(tx, session.id, user_id, Answer.GOING, house.now)


def opened(house: Backstage, parent_id: int = FORUM) -> list[str]:
    """The titles of the discussions under a forum or channel."""
    return [one.title for one in house.messenger.places.values() if one.parent_id == parent_id]


def first_words(house: Backstage, title: str) -> Message:
    [thread] = [one for one in house.messenger.places.values() if one.title == title]
    return thread.messages[thread.id]


async def test_each_talk_is_discussed_when_its_share_is_over(house: Backstage) -> None:
    await programme(house)
    found = []
    for moment in (HALF - timedelta(seconds=1), HALF, END - timedelta(seconds=1), END):
        await house.advance_to(moment)
        found.append(opened(house))
    assert found == [[], TITLES[:1], TITLES[:1], TITLES]
    threads = [one.id for one in house.messenger.places.values() if one.parent_id == FORUM]
    assert [talk.thread_id for talk in (await held(house)).talks] == threads


async def test_only_the_speaker_and_those_going_who_are_here_are_pinged(house: Backstage) -> None:
    group = await programme(house)
    await house.follow(group, MAYA)
    await go(house, DEVI, KENJI, BEN)
    house.messenger.members.difference_update({KENJI, CLARA})
    await house.advance_to(END)
    alpha, beta = (first_words(house, title) for title in TITLES)
    assert (alpha.pings, alpha.card.body[-1]) == ({BEN, DEVI}, f"👥 <@{DEVI}>")
    assert (beta.pings, beta.card.body[-1]) == ({BEN, DEVI}, f"👥 <@{BEN}> <@{DEVI}>")
    assert beta.card.body[0] == f"🎤 <@{CLARA}> · ML Theory #1"


async def test_a_crowd_is_pinged_as_far_as_discord_allows(house: Backstage) -> None:
    await programme(house)
    crowd = range(1_000, 1_000 + MOST_MENTIONS + 5)
    house.messenger.members.update(crowd)
    await go(house, *crowd)
    await house.advance_to(HALF)
    assert first_words(house, TITLES[0]).pings == {BEN, *crowd[:MOST_MENTIONS]}


async def test_without_a_forum_talks_get_threads_in_the_channel(house: Backstage) -> None:
    await programme(house, forum_id=None)
    await house.advance_to(END)
    assert opened(house, CHANNEL) == TITLES
    assert house.messenger.titles()[-2:] == ["Alpha", "Beta"]


async def test_a_cancelled_session_is_not_discussed(house: Backstage) -> None:
    await programme(house)
    await house.cancel(1, "")
    await house.advance_to(END + timedelta(hours=1))
    assert opened(house) == []


@pytest.mark.parametrize("talk_id", [1, 99])
async def test_nothing_is_opened_where_a_worker_has_it_in_hand_and_the_talk_is_not_held(
    house: Backstage, talk_id: int
) -> None:
    await programme(house)
    await house.cancel(1, "")
    in_hand = Delivery(
        id=1,
        kind=DISCUSS,
        subject_id=talk_id,
        lead_minutes=0,
        target="",
        rev=1,
        due_at=HALF,
        not_before=HALF,
        attempts=1,
        first_attempt_at=HALF,
    )
    handler = DiscussHandler(house.db, house.clock, house.messenger, Courier(house.messenger))
    assert await handler.deliver(in_hand) == Skipped(reason="the talk did not take place")


async def test_a_session_cancelled_between_two_attempts_is_not_discussed(
    house: Backstage,
) -> None:
    await programme(house)
    house.messenger.meanwhile["before find_discussions"] = once(lose_the_answer)
    await house.advance_to(HALF)
    await house.cancel(1, "")
    await house.advance_to(END)
    assert opened(house) == []


async def test_a_moved_session_is_discussed_after_its_new_time(house: Backstage) -> None:
    await programme(house)
    await house.move(1, "2022-11-06 14:00")
    await house.advance_to(FIRST + timedelta(days=1))
    before = opened(house)
    await house.advance_to(FIRST + timedelta(days=1, hours=2))
    assert (before, opened(house)) == ([], TITLES)


async def test_a_session_put_off_in_its_midst_opens_no_second_discussion(house: Backstage) -> None:
    await programme(house)
    await house.advance_to(HALF)
    await house.move(1, "2022-11-05 15:00")
    await house.advance_to(FIRST + timedelta(hours=3))
    assert opened(house) == TITLES


@pytest.mark.parametrize("forum_id", [FORUM, None])
@pytest.mark.parametrize("is_dead", [True, False])
async def test_a_discussion_whose_answer_was_lost_is_not_opened_twice(
    house: Backstage, forum_id: int | None, is_dead: bool
) -> None:
    await programme(house, forum_id)
    await house.advance_to(HALF - timedelta(seconds=1))
    house.now = HALF
    fault = once(die if is_dead else lose_the_answer)
    house.messenger.meanwhile["open_post" if forum_id else "say"] = fault
    if is_dead:
        await house.crash()
    await house.advance_to(HALF + timedelta(minutes=2))
    assert opened(house, forum_id or CHANNEL) == TITLES[:1]
    assert house.messenger.titles("Alpha") == ([] if forum_id else ["Alpha"])


@pytest.mark.parametrize("is_repeated", [True, False])
async def test_after_a_repeated_attempt_late_twins_are_taken_away(
    house: Backstage, is_repeated: bool
) -> None:
    await programme(house)
    if is_repeated:
        house.messenger.meanwhile["before open_post"] = once(lose_the_answer)
    await house.advance_to(HALF + timedelta(minutes=1))
    [post_id] = [one.id for one in house.messenger.places.values() if one.parent_id == FORUM]
    nonce = make_nonce(DISCUSS, (await session_of(house)).talks[0].id, 0, "", 0)
    twin_id = await house.messenger.open_discussion(FORUM, TITLES[0], Card(title="x"), nonce=nonce)
    house.restart()
    await house.advance_to(HALF + timedelta(minutes=20))
    posts = [one.id for one in house.messenger.places.values() if one.parent_id == FORUM]
    assert posts == ([post_id] if is_repeated else [post_id, twin_id])
    assert (await session_of(house)).talks[0].thread_id == post_id


async def test_the_look_for_late_twins_opens_nothing(house: Backstage) -> None:
    await programme(house)
    house.messenger.meanwhile["before open_post"] = once(lose_the_answer)
    await house.advance_to(HALF + timedelta(minutes=1))
    [post] = [one for one in house.messenger.places.values() if one.parent_id == FORUM]
    await house.messenger.remove_discussion(post.id)
    before = house.messenger.calls.count("find_discussions")
    await house.advance_to(HALF + timedelta(minutes=20))
    assert opened(house) == []
    assert house.messenger.calls.count("find_discussions") == before + 1


async def test_a_server_full_of_threads_is_told_and_not_tried_for_ever(house: Backstage) -> None:
    await programme(house)
    house.messenger.servers[SERVER].most_threads = 0
    await house.advance_to(END + timedelta(minutes=1))
    assert [card.body for card in house.messenger.told(MAYA)] == [
        (
            f"“{title}” has no discussion: the server has as many open threads as Discord allows. "
            "Close some of them, and open one for the talk by hand.",
        )
        for title in ("Alpha", "Beta")
    ]
    house.messenger.servers[SERVER].most_threads = 100
    await house.advance_to(END + timedelta(hours=3))
    assert opened(house) == []


async def test_what_was_missed_while_the_bot_slept_is_opened_on_waking(house: Backstage) -> None:
    await programme(house)
    await house.sleep_until(END + timedelta(days=2))
    assert sorted(opened(house)) == TITLES


@pytest.mark.parametrize(
    ("is_gone", "what"),
    [
        (True, "is gone: choose another with `/group edit`"),
        (False, "won't let me: I need Create Posts"),
    ],
)
async def test_a_forum_out_of_reach_is_told_once_a_day_and_nothing_is_lost(
    house: Backstage, is_gone: bool, what: str
) -> None:
    await programme(house)
    forum = house.messenger.places[FORUM]
    if is_gone:
        del house.messenger.places[FORUM]
    else:
        forum.denied.add("Create Posts")
    for hours in (0, 2, 23, 25, 27):
        await house.sleep_until(END + timedelta(hours=hours))
    assert [card.body for card in house.messenger.told(MAYA)] == [
        (
            f"I could not open a talk's discussion: the group's forum {what}. I go on trying "
            "every hour for 7 days.",
        )
    ] * 2
    forum.denied.clear()
    house.messenger.places[FORUM] = forum
    await house.sleep_until(END + timedelta(hours=29))
    assert sorted(opened(house)) == TITLES


async def test_without_a_forum_leads_hear_of_the_channel(house: Backstage) -> None:
    await programme(house, forum_id=None)
    house.messenger.places[CHANNEL].denied.add("Create Public Threads")
    await house.sleep_until(END)
    assert [card.body for card in house.messenger.told(MAYA)] == [
        (
            "I could not open a talk's discussion: the group's channel won't let me: I need Create "
            "Public Threads. I go on trying every hour for 7 days.",
        )
    ]


async def test_a_talk_nobody_could_discuss_for_a_week_is_left(house: Backstage) -> None:
    await programme(house)
    forum = house.messenger.places.pop(FORUM)
    await house.sleep_until(END + timedelta(minutes=1))
    await house.sleep_until(END + timedelta(days=8))
    house.messenger.places[FORUM] = forum
    await house.advance_to(END + timedelta(days=9))
    assert opened(house) == []


async def test_talks_of_a_long_outage_are_not_opened_a_week_later(house: Backstage) -> None:
    await programme(house)
    await house.sleep_until(END + timedelta(days=8))
    assert opened(house) == []
