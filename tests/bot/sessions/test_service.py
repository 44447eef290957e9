"""What leads do with sessions, what members answer, and what either is told when it can't be."""

import asyncio
from collections.abc import Awaitable
from datetime import timedelta
from typing import Any

import pytest
from backstage import (
    BEN,
    CLARA,
    FIRST,
    KENJI,
    MAYA,
    SECOND,
    START,
    THIRD,
    Backstage,
    actor,
)
from fakes.locks import begun

from bot.ballots.model import BallotForm
from bot.cards import stamp
from bot.errors import Refusal
from bot.groups.model import Group
from bot.groups.store import add_lead
from bot.members.model import Place
from bot.pitches.store import promised
from bot.rescheduling.words import STALE
from bot.sessions.answers import answers_to
from bot.sessions.model import Answer, Session, SessionState
from bot.sessions.store import calendar_of, set_session

HOUR = timedelta(hours=1)


async def sessions_of(house: Backstage, group: Group) -> list[Session]:
    async with house.db.read() as tx:
        return await calendar_of(tx, group.id, START)


async def first_of(house: Backstage, group: Group) -> Session:
    return (await sessions_of(house, group))[0]


async def refusal_of(call: Awaitable[Any]) -> str:
    with pytest.raises(Refusal) as refused:
        await call
    return str(refused.value)


async def outcomes(*calls: Awaitable[Any]) -> list[str]:
    """What calls made at once came to: "done", or the sentence of the refusal."""
    found = await asyncio.gather(*calls, return_exceptions=True)
    strange = [
        one for one in found if isinstance(one, BaseException) and not isinstance(one, Refusal)
    ]
    assert strange == []
    return sorted(str(one) if isinstance(one, Refusal) else "done" for one in found)


async def test_without_a_number_the_next_session_is_meant(house: Backstage) -> None:
    group = await house.found_group()
    await house.advance_to(FIRST + timedelta(minutes=30))
    await house.cancel(None, "")
    assert [one.state for one in (await sessions_of(house, group))[:2]] == [
        SessionState.PLANNED,
        SessionState.CANCELLED,
    ]


async def test_a_session_that_runs_can_be_named_by_its_number(house: Backstage) -> None:
    group = await house.found_group()
    await house.advance_to(FIRST + timedelta(minutes=5))
    await house.move(1, "2022-11-05 15:00")
    assert (await first_of(house, group)).starts_at == FIRST + HOUR


async def test_sessions_may_meet_end_to_end(house: Backstage) -> None:
    group = await house.found_group()
    await house.move(1, "2022-11-19 13:00")
    assert (await first_of(house, group)).ends_at == SECOND


@pytest.mark.both_databases
async def test_two_leads_move_one_session_at_once_and_both_moves_are_counted(
    house: Backstage,
) -> None:
    group = await house.found_group()
    async with house.db.begin() as tx:
        await add_lead(tx, group.id, KENJI)
    propose, only_this = house.rooms.rescheduling.propose_move, "Move only this one"
    shown = {
        who: await propose(actor(who), None, 1, when)
        for who, when in ((MAYA, "2022-11-06 10:00"), (KENJI, "2022-11-06 12:00"))
    }
    answers = await asyncio.gather(
        *(house.press(card, only_this, who) for who, card in shown.items())
    )
    [(stale, who)] = [
        (card, who) for card, who in zip(answers, shown, strict=True) if STALE in card.body
    ]
    await house.press(stale, only_this, who)
    assert (await first_of(house, group)).sequence == 2


@pytest.mark.both_databases
async def test_two_leads_move_two_sessions_to_one_time_and_one_is_refused(
    house: Backstage,
) -> None:
    await house.found_group()
    found = await outcomes(house.move(1, "2022-11-12 10:00"), house.move(2, "2022-11-12 10:30"))
    assert found in [
        ["Session #1 of the group is at that time: move or cancel it first.", "done"],
        ["Session #2 of the group is at that time: move or cancel it first.", "done"],
    ]


@pytest.mark.both_databases
async def test_two_leads_cancel_at_once_and_one_is_told_so(house: Backstage) -> None:
    group = await house.found_group()
    shown = [await house.rooms.rescheduling.propose_cancel(actor(), None, 1, "") for _ in range(2)]
    found = await outcomes(*(house.press(card, "Cancel the session") for card in shown))
    assert found == ["That session of ML Theory is not planned any more.", "done"]
    assert await refusal_of(house.cancel(1)) == (
        "Session #1 of ML Theory is not planned (any more). Planned are: #2, #3, #4, #5, #6."
    )
    assert (await first_of(house, group)).sequence == 1


async def test_a_cancelled_sessions_talks_are_promised_the_next_seats(house: Backstage) -> None:
    group = await house.found_group()
    await house.pitch(group, "Alpha", "Beta", speakers=(BEN, CLARA))
    await house.rooms.ballots.open(actor(), None, BallotForm())
    await house.runner.run_due()
    [ballot_id] = house.messenger.places[group.channel_id].messages
    house.messenger.vote(ballot_id, BEN, "🇦🇧")
    await house.rooms.ballots.close(actor(), None)
    await house.runner.run_due()
    await house.pitch(group, "Gamma")
    house.now = START + HOUR
    await house.cancel(1, " Fire\nalarm ")
    cancelled = await first_of(house, group)
    async with house.db.read() as tx:
        again = [pitch.title for pitch in await promised(tx, group.id)]
    assert again == ["Alpha", "Beta"]
    assert (cancelled.state, cancelled.reason, cancelled.sequence, cancelled.changed_at) == (
        SessionState.CANCELLED,
        "Fire alarm",
        2,
        START + HOUR,
    )


async def test_a_reason_too_long_cancels_nothing(house: Backstage) -> None:
    group = await house.found_group()
    told = await refusal_of(house.cancel(1, "x" * 5_000))
    assert told == "The reason has 5,000 characters; keep it to 300."
    assert (await first_of(house, group)).state is SessionState.PLANNED


async def test_only_leads_change_sessions(house: Backstage) -> None:
    group = await house.found_group()
    before = await sessions_of(house, group)
    assert [
        await refusal_of(house.move(1, "2022-11-06 10:00", user_id=BEN)),
        await refusal_of(house.cancel(1, user_id=BEN)),
    ] == ["Only the leads of ML Theory can do this: ask one of them."] * 2
    assert await sessions_of(house, group) == before


async def test_another_server_sees_and_changes_nothing(house: Backstage) -> None:
    group = await house.found_group()
    first = await first_of(house, group)
    sessions, stranger, named = house.rooms.sessions, actor(server_id=77), str(group.id)
    bending = house.rooms.rescheduling
    no_group = (
        "There is no reading group here yet. Somebody with Manage Server can start one with "
        "`/group setup`."
    )
    assert [
        await refusal_of(bending.propose_move(stranger, named, 1, "2022-11-06 10:00")),
        await refusal_of(bending.propose_cancel(stranger, named, 1, "")),
        await refusal_of(sessions.next_card(stranger, named)),
        await refusal_of(sessions.calendar_card(stranger, named, past=False)),
        await refusal_of(sessions.choices(stranger, named)),
        await refusal_of(sessions.answer(stranger, first.id, Answer.GOING)),
    ] == [*[no_group] * 5, "That session is not here any more."]


async def test_the_last_session_cancelled_leaves_none_to_change(house: Backstage) -> None:
    await house.found_group()
    for number in range(1, 7):
        await house.cancel(number, "")
    assert await refusal_of(house.cancel(None, "")) == ("ML Theory has no session planned.")
    _, card = await house.rooms.sessions.next_card(actor(BEN), None)
    assert card.body == ("No session is planned at the moment.",)


async def test_sessions_that_ended_while_the_bot_slept_hide_none_ahead(house: Backstage) -> None:
    await house.found_group()
    house.now = THIRD + HOUR
    sessions = house.rooms.sessions
    assert [number for number, _ in await sessions.choices(actor(), None)] == [4, 5, 6]
    _, card = await sessions.next_card(actor(BEN), None)
    assert card.title == "📅 ML Theory #4"
    _, past = await sessions.calendar_card(actor(BEN), None, past=True)
    assert [line.split()[0] for line in past.body] == ["**#3**", "**#2**", "**#1**"]


async def test_the_next_session_is_told_in_the_members_own_time(house: Backstage) -> None:
    await house.found_group()
    await house.know(CLARA, Place(name="Berlin", zone="Europe/Berlin"), locale="de")
    _, card = await house.rooms.sessions.next_card(actor(CLARA), None)
    told, _ = card.body[0].splitlines()
    assert told == "**For you: Samstag, 5. November, 21:00 (Berlin) · in 1 Woche**"


async def test_a_change_of_mind_is_one_answer(house: Backstage) -> None:
    group = await house.found_group()
    session = await first_of(house, group)
    answer = house.rooms.sessions.answer
    told = [
        await answer(actor(BEN), session.id, one)
        for one in (Answer.GOING, Answer.NOT_GOING, Answer.RECORDING)
    ]
    await answer(actor(CLARA), session.id, Answer.GOING)
    assert told == [
        f"See you at session #1, {stamp(FIRST)} ({stamp(FIRST, 'R')}).",
        "Noted: you can't come to session #1.",
        "Noted: recording only for session #1.",
    ]
    async with house.db.read() as tx:
        assert await answers_to(tx, session.id) == {
            Answer.GOING: {CLARA},
            Answer.RECORDING: {BEN},
            Answer.NOT_GOING: frozenset(),
        }


@pytest.mark.both_databases
async def test_two_clicks_at_once_are_one_answer(house: Backstage) -> None:
    group = await house.found_group()
    session = await first_of(house, group)
    answer = house.rooms.sessions.answer
    found = await outcomes(*(answer(actor(BEN), session.id, Answer.GOING) for _ in range(4)))
    async with house.db.read() as tx:
        answers = await answers_to(tx, session.id)
    assert (found, answers[Answer.GOING]) == (["done"] * 4, {BEN})


async def test_an_answer_from_a_direct_message_counts(house: Backstage) -> None:
    group = await house.found_group()
    session = await first_of(house, group)
    await house.rooms.sessions.answer(actor(BEN, server_id=0), session.id, Answer.GOING)
    async with house.db.read() as tx:
        assert (await answers_to(tx, session.id))[Answer.GOING] == {BEN}


async def test_an_answer_given_as_the_session_is_cancelled_waits_and_is_refused(
    shared_house: Backstage,
) -> None:
    await shared_house.found_group()
    async with shared_house.db.begin() as tx:
        await set_session(tx, 1, state=SessionState.CANCELLED)
        answer = shared_house.rooms.sessions.answer(actor(BEN), 1, Answer.GOING)
        answering = await begun(tx, answer)
    with pytest.raises(Refusal, match="#1 is cancelled: nothing to answer"):
        await answering


async def test_an_answer_too_late_is_refused(house: Backstage) -> None:
    group = await house.found_group()
    first, second, *_ = await sessions_of(house, group)
    await house.cancel(2, "")
    await house.advance_to(FIRST + HOUR)
    answer = house.rooms.sessions.answer
    assert [
        await refusal_of(answer(actor(BEN), first.id, Answer.GOING)),
        await refusal_of(answer(actor(BEN), second.id, Answer.GOING)),
        await refusal_of(answer(actor(BEN), 999, Answer.GOING)),
    ] == [
        "Session #1 is over.",
        "Session #2 is cancelled: nothing to answer.",
        "That session is not here any more.",
    ]


async def test_choices_name_each_session_and_its_time_at_home(house: Backstage) -> None:
    await house.found_group()
    assert (await house.rooms.sessions.choices(actor(), None))[:2] == [
        (1, "#1 · Saturday, November 5, 2:00 PM in Denver"),
        (2, "#2 · Saturday, November 19, 2:00 PM in Denver"),
    ]
