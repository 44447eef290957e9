"""A missed quorum keeps a ballot open once; missed again, its topics go on the next."""

from datetime import timedelta

import pytest
from backstage import FIRST, MAYA, START, Backstage, actor
from ballotbox import A, close, counts, latest, opened

from bot.ballots.model import Ballot, BallotMode, BallotState
from bot.ballots.rounds import BEFORE_SESSION
from bot.cards import Card, Tone, stamp
from bot.pitches.model import Pitch, PitchState
from bot.pitches.store import get_pitches

DUE = START + timedelta(days=3)
VOTERS = (21, 22, 23, 24)
QUORUM = 3


async def voted(house: Backstage, voters: int, **form: object) -> Ballot:
    """A ballot that takes three people, on which so many have voted."""
    house.messenger.members.update(VOTERS)
    ballot, message_id = await opened(house, quorum=str(QUORUM), **form)
    for user_id in VOTERS[:voters]:
        house.messenger.vote(message_id, user_id, A)
    return ballot


async def pitches_of(house: Backstage, ballot: Ballot) -> list[Pitch]:
    async with house.db.read() as tx:
        found = await get_pitches(tx, [one.pitch_id for one in ballot.options])
    return [found[one.pitch_id] for one in ballot.options]


@pytest.mark.both_databases
@pytest.mark.parametrize("voters", [QUORUM, QUORUM + 1])
async def test_a_quorum_that_is_met_closes_at_once(house: Backstage, voters: int) -> None:
    await voted(house, voters)
    await house.advance_to(DUE)
    closed = await latest(house)
    assert (closed.state, counts(closed), closed.is_extended) == (
        BallotState.ANNOUNCED,
        [voters, 0, 0],
        False,
    )


async def test_one_voter_too_few_keeps_it_open_once_and_everybody_is_told(
    house: Backstage,
) -> None:
    ballot = await voted(house, QUORUM - 1)
    await house.advance_to(DUE)
    extended = await latest(house)
    until = DUE + timedelta(days=3)
    assert (extended.state, extended.due_at, extended.is_extended, extended.result) == (
        BallotState.OPEN,
        until,
        True,
        None,
    )
    message = house.messenger.message(ballot.message_id or 0)
    assert f"⏳ Closes {stamp(until)} · {stamp(until, 'R')} · extended once" in message.card.body[2]
    link = f"https://discord.com/channels/1000/1001/{ballot.message_id}"
    assert house.messenger.said()[-1][1].card == Card(
        title="🗳️ ML Theory: too few people voted so far",
        body=(
            f"This vote takes 3 people, and 2 had voted, so it stays open until "
            f"{stamp(until)}, this once: {link}",
        ),
        small="If too few vote again, its topics are on the next ballot.",
        tone=Tone.BALLOT,
    )


@pytest.mark.parametrize("more", [0, 1, 2])
async def test_the_second_close_is_the_last(house: Backstage, more: int) -> None:
    ballot = await voted(house, QUORUM - 1)
    before = await pitches_of(house, ballot)
    await house.advance_to(DUE)
    for user_id in VOTERS[QUORUM - 1 : QUORUM - 1 + more]:
        house.messenger.vote(ballot.message_id or 0, user_id, A)
    house.restart()
    await house.advance_to(DUE + timedelta(days=3))
    closed = await latest(house)
    assert closed.result is not None
    assert (closed.state, closed.result.misses_quorum) == (BallotState.ANNOUNCED, more == 0)
    if more == 0:
        assert closed.result.winners == ()
        after = await pitches_of(house, ballot)
        assert [(one.submitted_at, one.has_lost, one.state) for one in after] == [
            (one.submitted_at, False, PitchState.OPEN) for one in before
        ]
        assert house.messenger.titles()[-1] == "🗳️ ML Theory: too few people voted"
        assert not house.messenger.told(MAYA)


async def test_a_lead_who_closes_it_by_hand_gets_the_extension_and_then_the_end(
    house: Backstage,
) -> None:
    await voted(house, QUORUM - 1, days=1)
    await house.sleep_until(START + timedelta(hours=5))
    extended = await close(house)
    assert (extended.state, extended.due_at) == (
        BallotState.OPEN,
        START + timedelta(days=1, hours=5),
    )
    assert (await close(house)).state is BallotState.ANNOUNCED


async def test_an_extension_ends_no_earlier_than_was_announced(house: Backstage) -> None:
    await voted(house, QUORUM - 1)
    await house.sleep_until(START + timedelta(hours=5))
    assert (await close(house)).due_at == DUE


async def test_an_extension_ends_before_the_next_session(house: Backstage) -> None:
    await voted(house, QUORUM - 1, days=6)
    await house.advance_to(START + timedelta(days=6))
    assert (await latest(house)).due_at == FIRST - BEFORE_SESSION


async def test_a_ballot_that_closes_at_the_next_session_is_not_extended(house: Backstage) -> None:
    await voted(house, QUORUM - 1)
    await house.sleep_until(FIRST - BEFORE_SESSION)
    closed = await latest(house)
    assert (closed.state, closed.is_extended) == (BallotState.ANNOUNCED, False)


async def test_private_votes_stay_over_the_extension(house: Backstage) -> None:
    ballot = await voted(house, 0, mode=BallotMode.PRIVATE)
    chosen = [str(ballot.options[0].pitch_id)]
    for user_id in VOTERS[: QUORUM - 1]:
        await house.rooms.booth.choose(actor(user_id), ballot.id, chosen)
    await house.advance_to(DUE)
    assert (await latest(house)).state is BallotState.OPEN
    await house.rooms.booth.choose(actor(VOTERS[-1]), ballot.id, chosen)
    await house.advance_to(DUE + timedelta(days=3))
    assert counts(await latest(house)) == [3, 0, 0]
