"""The close through its handlers, while people click, moderators clear, and events get lost."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from backstage import (
    BEN,
    CHANNEL,
    CLARA,
    DEVI,
    KENJI,
    MAYA,
    START,
    Backstage,
    actor,
    die,
    once,
)
from ballotbox import A, B, C, clear, click, close, counts, latest, meanwhile, opened
from fakes.messenger import BOT_ID

from bot.ballots.machine import EventKind
from bot.ballots.model import BallotForm, BallotState
from bot.ballots.votes import logged_events
from bot.pitches.model import PitchState
from bot.pitches.store import get_pitches, save_pitch

MANY = 1_000


# What Discord loses and doubles.


async def test_votes_whose_events_were_lost_count(house: Backstage) -> None:
    _, message_id = await opened(house)
    house.rooms.listener.begin_session()
    house.messenger.vote(message_id, BEN, A + B)
    house.restart()
    house.messenger.vote(message_id, CLARA, A)
    assert counts(await close(house)) == [2, 1, 0]


async def test_super_reactions_count_once_for_a_topic_and_are_told_apart(house: Backstage) -> None:
    _, message_id = await opened(house)
    click(house, message_id, BEN, A)
    click(house, message_id, BEN, A, is_super=True)
    click(house, message_id, CLARA, B, is_super=True)
    meanwhile(
        house,
        lambda: click(house, message_id, BEN, A),
        lambda: click(house, message_id, CLARA, B, is_super=True),
        lambda: click(house, message_id, DEVI, C, is_super=True),
    )
    assert counts(await close(house)) == [1, 1, 0]


async def test_a_removal_that_comes_twice_around_the_start_is_no_vote(house: Backstage) -> None:
    _, message_id = await opened(house)
    click(house, message_id, BEN, A)
    await house.rooms.upkeep.look_after_all()
    click(house, message_id, BEN, A)
    again = (message_id, EventKind.REMOVE, BEN, A)
    meanwhile(house, lambda: house.rooms.listener.note(*again))
    assert counts(await close(house)) == [0, 0, 0]


async def test_changes_back_and_forth_while_it_reads_end_where_they_began(house: Backstage) -> None:
    _, message_id = await opened(house)
    click(house, message_id, BEN, A)
    clicks = [lambda: click(house, message_id, BEN, A)] * 3
    meanwhile(house, *clicks, lambda: click(house, message_id, CLARA, B))
    assert counts(await close(house)) == [1, 0, 0]


@pytest.mark.both_databases
async def test_votes_racing_the_start_count_by_which_side_they_were_heard_on(
    house: Backstage,
) -> None:
    _, message_id = await opened(house)
    came: list[int] = []

    def vote() -> None:
        came.append(100 + len(came))
        house.messenger.members.add(came[-1])
        click(house, message_id, came[-1], A)

    vote()
    meanwhile(house, vote)
    await house.rooms.ballots.close(actor(), None)
    closing = asyncio.create_task(house.runner.run_due())
    while not closing.done() and len(came) < MANY:
        for _ in range(100):
            await asyncio.sleep(0)
        vote()
    await closing
    await house.rooms.listener.write_log()
    closed = await latest(house)
    async with house.db.read() as tx:
        events = await logged_events(tx, closed.id)
    assert [event.user_id for _, event in events] == came
    assert closed.cutoff is not None
    before = [number for number, _ in events if number <= closed.cutoff]
    assert 0 < len(before) < len(events)
    assert counts(closed) == [len(before), 0, 0]


async def test_a_count_that_missed_events_begins_anew_and_says_so(house: Backstage) -> None:
    _, message_id = await opened(house)
    house.messenger.vote(message_id, BEN, A)

    def lose() -> None:
        house.messenger.vote(message_id, CLARA, A)
        house.rooms.listener.begin_session()

    meanwhile(house, lose)
    await close(house)
    await house.advance_to(START + timedelta(minutes=1))
    closed = await latest(house)
    assert (counts(closed), closed.is_recounted) == ([2, 0, 0], True)
    announced = house.messenger.said()[-1][1].card
    assert f"begun anew <t:{closed.count_number}:F>" in announced.text


async def test_a_count_that_died_begins_anew_and_says_so(house: Backstage) -> None:
    _, message_id = await opened(house)
    house.messenger.vote(message_id, BEN, A)
    await house.rooms.ballots.close(actor(), None)
    house.messenger.meanwhile["read_votes"] = die
    await house.crash()
    house.messenger.vote(message_id, CLARA, A)
    await house.advance_to(START + timedelta(minutes=2))
    closed = await latest(house)
    assert (counts(closed), closed.is_recounted) == ([2, 0, 0], True)
    assert "The count was interrupted" in house.messenger.said()[-1][1].card.text


async def test_an_undisturbed_count_says_nothing_of_itself(house: Backstage) -> None:
    _, message_id = await opened(house)
    house.messenger.vote(message_id, BEN, A)
    closed = await close(house)
    assert (closed.is_recounted, closed.is_degraded) == (False, False)
    assert house.messenger.said()[-1][1].card.body[0] == "1 person voted."


async def test_a_process_that_hears_nothing_leaves_the_count_to_another(house: Backstage) -> None:
    await opened(house)
    house.rooms.listener.fall_silent()
    assert (await close(house)).result is None
    house.rooms.listener.resume_session()
    await house.advance_to(START + timedelta(seconds=10))
    closed = await latest(house)
    assert (closed.state, closed.is_recounted) == (BallotState.ANNOUNCED, False)


# What people and moderators do.


async def test_the_bots_own_letter_is_no_vote_and_no_vote_less(house: Backstage) -> None:
    _, message_id = await opened(house)
    house.messenger.members.add(BOT_ID)
    click(house, message_id, BEN, A)
    click(house, message_id, BOT_ID, A)
    await house.rooms.upkeep.look_after(message_id, is_cleared=False)
    assert await house.messenger.own_reactions(CHANNEL, message_id) == {A, B, C}
    meanwhile(house, lambda: click(house, message_id, BOT_ID, B))
    assert counts(await close(house)) == [1, 0, 0]
    assert house.messenger.told(MAYA) == []


@pytest.mark.both_databases
async def test_one_choice_too_many_at_once_leaves_the_first_in_the_tie_order(
    house: Backstage,
) -> None:
    ballot, message_id = await opened(house, choice_limit=2)

    async def choose(letter: str) -> None:
        click(house, message_id, BEN, letter)

    await asyncio.gather(*map(choose, (C, B, A)))
    closed = await close(house)
    kept = set(ballot.tie_order[:2])
    assert counts(closed) == [int(one.pitch_id in kept) for one in ballot.options]
    assert closed.result is not None
    assert closed.result.exclusions == {"limit": 1}


async def test_votes_after_the_close_leave_the_result_as_it_is(house: Backstage) -> None:
    _, message_id = await opened(house)
    click(house, message_id, BEN, A)
    closed = await close(house)
    click(house, message_id, CLARA, B)
    click(house, message_id, BEN, A)
    await house.rooms.upkeep.look_after_all()
    await house.advance_to(START + timedelta(hours=1))
    assert await latest(house) == closed


async def test_a_pitch_edited_since_does_not_change_what_was_asked(house: Backstage) -> None:
    ballot, message_id = await opened(house)
    async with house.db.read() as tx:
        found = await get_pitches(tx, [ballot.options[0].pitch_id])
    house.messenger.vote(message_id, BEN, A)
    pitch = found[ballot.options[0].pitch_id]
    async with house.db.begin() as tx:
        await save_pitch(tx, replace(pitch, title="Something else"))
    closed = await close(house)
    assert (closed.is_degraded, closed.options) == (False, ballot.options)


@pytest.mark.parametrize("letter", [None, A])
async def test_a_clear_while_it_reads_takes_no_vote_that_was_known(
    house: Backstage, letter: str | None
) -> None:
    _, message_id = await opened(house)
    click(house, message_id, BEN, A)
    click(house, message_id, CLARA, B)
    await house.rooms.upkeep.look_after_all()
    click(house, message_id, DEVI, A)
    meanwhile(
        house,
        lambda: clear(house, message_id, letter),
        lambda: click(house, message_id, KENJI, B),
    )
    closed = await close(house)
    assert (counts(closed), closed.is_degraded) == ([2, 1, 0], False)


async def test_a_clear_before_the_close_takes_the_votes_away(house: Backstage) -> None:
    _, message_id = await opened(house)
    click(house, message_id, BEN, A)
    await house.rooms.upkeep.look_after_all()
    clear(house, message_id)
    await house.rooms.upkeep.look_after(message_id)
    click(house, message_id, CLARA, B)
    assert counts(await close(house)) == [0, 1, 0]


@pytest.mark.parametrize("state", ["posting", "open", "closing"])
async def test_a_ballot_deleted_before_its_close_is_void_and_can_be_opened_again(
    house: Backstage, state: str
) -> None:
    if state == "posting":
        group = await house.found_group()
        await house.pitch(group, "Alpha", "Beta", "Gamma")

        async def delete_it() -> None:
            [(place_id, message)] = house.messenger.said()
            house.messenger.delete(place_id, message.id)

        house.messenger.meanwhile["say"] = once(delete_it)
        await house.rooms.ballots.open(actor(), None, BallotForm())
        await house.runner.run_due()
    else:
        _, message_id = await opened(house)
        if state == "open":
            house.messenger.delete(CHANNEL, message_id)
            await house.rooms.upkeep.look_after_all()
        else:
            meanwhile(house, lambda: house.messenger.delete(CHANNEL, message_id))
            await close(house)
    ballot = await latest(house)
    async with house.db.read() as tx:
        pitches = await get_pitches(tx, [one.pitch_id for one in ballot.options])
    assert ballot.state is BallotState.VOID
    assert {one.state for one in pitches.values()} == {PitchState.OPEN}
    await house.runner.run_due()
    [told] = house.messenger.told(MAYA)
    assert "deleted" in told.body[0]
    offered = [button.label for button in told.buttons]
    assert "open it anew" in told.body[0] or offered == ["Open it again"]


async def test_a_ballot_deleted_after_its_close_keeps_its_result(house: Backstage) -> None:
    _, message_id = await opened(house)
    house.messenger.vote(message_id, BEN, A)
    house.messenger.meanwhile["memberships"] = once(
        lambda: asyncio.sleep(0, house.messenger.delete(CHANNEL, message_id))
    )
    closed = await close(house)
    assert (closed.state, counts(closed)) == (BallotState.ANNOUNCED, [1, 0, 0])


@pytest.mark.parametrize("when", ["at the start", "between pages"])
async def test_a_permission_lost_at_the_count_is_told_and_waited_for(
    house: Backstage, when: str
) -> None:
    _, message_id = await opened(house)
    house.messenger.vote(message_id, BEN, A)
    denied = house.messenger.places[CHANNEL].denied
    if when == "at the start":
        denied.add("Read Message History")
    else:
        meanwhile(house, lambda: denied.add("Read Message History"))
    await close(house)
    await house.advance_to(START + timedelta(minutes=5))
    assert (await latest(house)).state is BallotState.CLOSING
    assert ["I can't read the votes" in card.body[0] for card in house.messenger.told(MAYA)] == [
        True
    ]
    house.messenger.vote(message_id, CLARA, A)
    denied.clear()
    await house.advance_to(START + timedelta(minutes=6))
    closed = await latest(house)
    assert (closed.state, counts(closed), closed.is_recounted) == (
        BallotState.ANNOUNCED,
        [2, 0, 0],
        True,
    )
