"""A ballot is posted once, counted as Discord has it, and announced once, whatever dies when."""

import asyncio
from collections.abc import Awaitable, Callable
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
    SECOND,
    START,
    Backstage,
    actor,
    die,
    lose_the_answer,
    once,
)
from fakes.messenger import BOT_ID, MOST_REACTIONS, Message

from bot.ballots.closing import CloseHandler
from bot.ballots.machine import EventKind
from bot.ballots.model import Ballot, BallotForm, BallotState, Result
from bot.ballots.service import CLOSE
from bot.ballots.store import last_ballot
from bot.ballots.tally import Ground, Step
from bot.cards import Card, Tone, stamp
from bot.errors import Refusal
from bot.groups.model import Group
from bot.jobs.courier import Courier
from bot.jobs.model import Delivery
from bot.messenger import POSTING, RECONCILE, NotAllowed, close_at
from bot.pitches.model import PitchState
from bot.pitches.store import get_pitches
from bot.sessions.store import sessions_ahead

DUE = START + timedelta(days=3)


async def latest(house: Backstage, group: Group) -> Ballot:
    async with house.db.read() as tx:
        ballot = await last_ballot(tx, group.id)
    assert ballot is not None
    return ballot


async def opened(
    house: Backstage, *titles: str, sessions: int = 1, talks_each: int = 2, is_hidden: bool = False
) -> tuple[Group, Ballot, int]:
    """A group, its open ballot over these titles, and the ballot's message."""
    group = await house.found_group()
    await house.pitch(group, *titles, speakers=(BEN, CLARA, DEVI))
    form = BallotForm(sessions=sessions, talks_each=talks_each, is_hidden=is_hidden)
    await house.rooms.ballots.open(actor(), None, form)
    await house.runner.run_due()
    ballot = await latest(house, group)
    assert ballot.message_id is not None
    return group, ballot, ballot.message_id


async def states(house: Backstage, ballot: Ballot) -> list[tuple[str, PitchState, bool]]:
    """Each option's title with its pitch's state now and whether it has lost."""
    async with house.db.read() as tx:
        found = await get_pitches(tx, [option.pitch_id for option in ballot.options])
    pitches = [found[option.pitch_id] for option in ballot.options]
    return [(pitch.title, pitch.state, pitch.has_lost) for pitch in pitches]


async def calendar(house: Backstage, group: Group) -> list[tuple[int, list[str]]]:
    """The numbers of the sessions ahead that have talks, and their titles."""
    async with house.db.read() as tx:
        sessions = await sessions_ahead(tx, group.id, house.now, 10)
    return [(one.number, [talk.title for talk in one.talks]) for one in sessions if one.talks]


def last_said(house: Backstage) -> Message:
    return list(house.messenger.places[CHANNEL].messages.values())[-1]


@pytest.mark.parametrize("step", ["say", "seed_reaction", "edit"])
async def test_an_answer_lost_while_posting_makes_no_second_ballot(
    house: Backstage, step: str
) -> None:
    group = await house.found_group()
    await house.pitch(group, "Alpha", "Beta")
    await house.rooms.ballots.open(actor(), None, BallotForm())
    house.messenger.meanwhile[step] = once(lose_the_answer)
    await house.advance_to(START + timedelta(minutes=1))
    ballot = await latest(house, group)
    assert ballot.state is BallotState.OPEN
    assert house.messenger.titles("🗳️") == ["🗳️ ML Theory: what shall we hear next?"]
    assert await house.messenger.own_reactions(CHANNEL, ballot.message_id or 0) == {"🇦", "🇧"}


async def test_a_new_process_adopts_the_ballot_that_the_dead_one_posted(house: Backstage) -> None:
    group = await house.found_group()
    await house.pitch(group, "Alpha", "Beta")
    await house.rooms.ballots.open(actor(), None, BallotForm())
    house.messenger.meanwhile["say"] = die
    await house.crash()
    await house.advance_to(START + timedelta(minutes=2))
    assert (await latest(house, group)).state is BallotState.OPEN
    assert house.messenger.titles("🗳️") == ["🗳️ ML Theory: what shall we hear next?"]


async def test_a_count_goes_before_all_that_is_put_and_read_for_other_ballots(
    house: Backstage,
) -> None:
    _, ballot, _ = await opened(house, "Alpha", "Beta")
    assert set(house.messenger.turns) == {POSTING, RECONCILE}
    house.messenger.turns.clear()
    await house.advance_to(DUE + timedelta(minutes=1))
    assert set(house.messenger.turns) == {close_at(ballot.due_at)}
    assert close_at(DUE) < close_at(DUE + timedelta(seconds=1)) < POSTING < RECONCILE


@pytest.mark.parametrize("is_hidden", [False, True])
async def test_a_count_that_a_lead_began_early_goes_by_when_it_began(
    house: Backstage, is_hidden: bool
) -> None:
    await opened(house, "Alpha", "Beta", is_hidden=is_hidden)
    house.messenger.turns.clear()
    house.now += timedelta(hours=1)
    await house.rooms.ballots.close(actor(), None)
    await house.runner.run_due()
    assert set(house.messenger.turns) == {close_at(START + timedelta(hours=1))}


async def test_letters_that_a_dead_process_has_put_are_not_put_again(house: Backstage) -> None:
    group = await house.found_group()
    await house.pitch(group, "Alpha", "Beta", "Gamma")
    await house.rooms.ballots.open(actor(), None, BallotForm())
    house.messenger.meanwhile["edit"] = die
    await house.crash()
    before = house.messenger.calls.count("seed_reaction")
    [message] = house.messenger.places[CHANNEL].messages.values()
    del message.reactions[("🇧", False)]
    await house.advance_to(START + timedelta(minutes=2))
    ballot = await latest(house, group)
    assert (ballot.state, before) == (BallotState.OPEN, 3)
    assert house.messenger.calls.count("seed_reaction") == 4
    assert await house.messenger.own_reactions(CHANNEL, ballot.message_id or 0) == {*"🇦🇧🇨"}


async def test_a_forbidden_ballot_is_called_off_and_its_half_says_so(house: Backstage) -> None:
    group = await house.found_group()
    await house.pitch(group, "Alpha")
    await house.rooms.ballots.open(actor(), None, BallotForm())

    async def refuse() -> None:
        raise NotAllowed(["Add Reactions"])

    house.messenger.meanwhile["seed_reaction"] = refuse
    await house.runner.run_due()
    ballot = await latest(house, group)
    assert house.messenger.titles("🗳️") == ["🗳️ ML Theory: this ballot was called off"]
    assert ballot.state is BallotState.VOID
    assert await states(house, ballot) == [("Alpha", PitchState.OPEN, False)]
    assert [card.body for card in house.messenger.told(MAYA)] == [
        (
            f"I could not post the ballot of {stamp(START)}: I need Add Reactions. Its topics are "
            "on the backlog again; grant that and open it anew.",
        )
    ]


async def crowd_out(house: Backstage) -> None:
    """Let people react to the newest message in as many ways as there may be."""
    message_id = max(house.messenger.places[CHANNEL].messages)
    for number in range(MOST_REACTIONS):
        house.messenger.react(BEN, CHANNEL, message_id, f"kind {number}")


async def remove_newest(house: Backstage) -> None:
    """Let a moderator delete the newest message, and nobody hear that it was sent."""
    house.messenger.delete(CHANNEL, max(house.messenger.places[CHANNEL].messages))
    await lose_the_answer()


@pytest.mark.parametrize(
    ("spoil", "what"),
    [
        (
            crowd_out,
            f"I could not put the letters under the ballot of {stamp(START)}: people had used up "
            "the kinds of reaction that a message may have. Its topics are on the backlog again; "
            "open it anew.",
        ),
        (
            remove_newest,
            f"The channel or message of the ballot of {stamp(START)} was deleted while I posted "
            "it. Its topics are on the backlog again; choose a channel with `/group edit` and open "
            "it anew.",
        ),
    ],
)
async def test_a_ballot_that_somebody_spoils_while_it_is_posted_is_called_off(
    house: Backstage, spoil: Callable[[Backstage], Awaitable[None]], what: str
) -> None:
    group = await house.found_group()
    await house.pitch(group, "Alpha")
    await house.rooms.ballots.open(actor(), None, BallotForm())
    house.messenger.meanwhile["say"] = once(lambda: spoil(house))
    await house.advance_to(START + timedelta(minutes=1))
    ballot = await latest(house, group)
    assert ballot.state is BallotState.VOID
    assert await states(house, ballot) == [("Alpha", PitchState.OPEN, False)]
    assert [card.body for card in house.messenger.told(MAYA)] == [(what,)]


async def test_a_ballot_cancelled_while_it_is_posted_says_so(house: Backstage) -> None:
    group = await house.found_group()
    await house.pitch(group, "Alpha")
    await house.rooms.ballots.open(actor(), None, BallotForm())
    house.messenger.meanwhile["seed_reaction"] = once(house.call_off)
    await house.runner.run_due()
    assert (await latest(house, group)).state is BallotState.VOID
    assert house.messenger.titles("🗳️") == ["🗳️ ML Theory: this ballot was called off"]


async def test_a_ballot_cancelled_after_a_lost_answer_says_so(house: Backstage) -> None:
    group = await house.found_group()
    await house.pitch(group, "Alpha")
    await house.rooms.ballots.open(actor(), None, BallotForm())
    house.messenger.meanwhile["say"] = once(lose_the_answer)
    await house.runner.run_due()
    await house.call_off()
    await house.advance_to(START + timedelta(minutes=1))
    assert (await latest(house, group)).state is BallotState.VOID
    assert house.messenger.titles("🗳️") == ["🗳️ ML Theory: this ballot was called off"]


@pytest.mark.both_databases
async def test_the_close_counts_seats_and_announces_at_once(house: Backstage) -> None:
    group, ballot, message_id = await opened(
        house, "Alpha", "Beta", "Gamma", sessions=2, talks_each=1
    )
    house.messenger.vote(message_id, MAYA, "🇧🇨")
    house.messenger.vote(message_id, BEN, "🇨")
    house.messenger.members.discard(KENJI)
    house.messenger.vote(message_id, KENJI, "🇦")
    await house.advance_to(DUE)
    alpha, beta, gamma = (option.pitch_id for option in ballot.options)
    closed = await latest(house, group)
    async with house.db.read() as tx:
        first, second, *_ = await sessions_ahead(tx, group.id, house.now, 6)
    assert (closed.state, closed.closing_at, closed.result) == (
        BallotState.ANNOUNCED,
        DUE,
        Result(
            winners=(gamma, beta),
            runners_up=(alpha,),
            counts={alpha: 0, beta: 1, gamma: 2},
            voters=2,
            seated={gamma: first.id, beta: second.id},
            steps=(
                Step(pitch_id=gamma, ground=Ground.APPROVALS, approvals=2, level=500_000),
                Step(pitch_id=beta, ground=Ground.PRICE, approvals=1, level=1_500_000),
            ),
            exclusions={"left": 1},
        ),
    )
    assert await states(house, ballot) == [
        ("Alpha", PitchState.OPEN, True),
        ("Beta", PitchState.SCHEDULED, False),
        ("Gamma", PitchState.SCHEDULED, False),
    ]
    assert await calendar(house, group) == [(1, ["Gamma"]), (2, ["Beta"])]
    result = last_said(house)
    assert (result.card, result.pings) == (
        Card(
            title="🗳️ ML Theory: the vote is counted",
            body=(
                "2 people voted.\nThe first talk is the one most of you want; the others go to "
                "people whose choices have been picked least, in this ballot and before.\n"
                "Not counted, or not in full: 1 had left the server.",
                f"**#1 · {stamp(FIRST)}**\n🇨 **Gamma** · <@{DEVI}> · 2 votes · most chosen",
                f"**#2 · {stamp(SECOND)}**\n🇧 **Beta** · <@{CLARA}> · 1 vote · its voters were "
                "picked least so far",
                "**Back on the backlog**\nAlpha (no vote)\nIt goes first in a tie next time.",
            ),
            tone=Tone.BALLOT,
            buttons=result.card.buttons,
        ),
        {CLARA, DEVI},
    )


async def test_winners_without_a_seat_go_first_next_time(house: Backstage) -> None:
    group, ballot, message_id = await opened(house, "Alpha", "Beta", sessions=2, talks_each=1)
    house.messenger.vote(message_id, BEN, "🇦🇧")
    for number in (2, 3, 4, 5, 6):
        await house.cancel(number, "")
    await house.advance_to(DUE)
    result = (await latest(house, group)).result
    assert result is not None
    unseated = result.winners[1]
    assert list(result.seated) == [result.winners[0]]
    title = ballot.option_of(unseated).title
    assert (title, PitchState.PROMISED, False) in await states(house, ballot)
    announced = last_said(house).card
    assert announced.body[2].startswith("**Elected, but without a seat yet**\n")
    assert title in announced.body[2]
    assert announced.body[2].endswith("\nIt is promised the next free seat.")


async def test_votes_that_come_while_it_reads_do_not_count(house: Backstage) -> None:
    group, ballot, message_id = await opened(house, "Alpha", "Beta", talks_each=1)
    house.messenger.vote(message_id, BEN, "🇦")
    house.rooms.listener.note(message_id, EventKind.ADD, BEN, "🇦")
    alpha, beta = (option.pitch_id for option in ballot.options)

    async def click() -> None:
        house.messenger.unvote(message_id, "🇦")
        house.rooms.listener.note(message_id, EventKind.REMOVE, BEN, "🇦")
        for late_voter in (CLARA, DEVI):
            house.messenger.vote(message_id, late_voter, "🇧")
            house.rooms.listener.note(message_id, EventKind.ADD, late_voter, "🇧")

    house.messenger.meanwhile["before read_votes"] = click
    await house.rooms.ballots.close(actor(), None)
    await house.runner.run_due()
    assert (await latest(house, group)).result == Result(
        winners=(alpha,),
        runners_up=(beta,),
        counts={alpha: 1, beta: 0},
        voters=1,
        seated={alpha: 1},
        steps=(Step(pitch_id=alpha, ground=Ground.PRICE, approvals=1, level=1_000_000),),
    )


async def test_a_letter_taken_from_the_bot_while_it_reads_is_no_vote(house: Backstage) -> None:
    group, _, message_id = await opened(house, "Alpha", "Beta")
    house.messenger.members.add(BOT_ID)

    async def take_a_letter() -> None:
        house.messenger.unvote(message_id, "🇦")
        house.rooms.listener.note(message_id, EventKind.REMOVE, BOT_ID, "🇦")

    house.messenger.meanwhile["before read_votes"] = take_a_letter
    await house.rooms.ballots.close(actor(), None)
    await house.runner.run_due()
    result = (await latest(house, group)).result
    assert result is not None
    assert (result.winners, result.voters) == ((), 0)


async def test_a_ballot_cancelled_while_it_is_counted_seats_nobody(house: Backstage) -> None:
    group, ballot, message_id = await opened(house, "Alpha")
    house.messenger.vote(message_id, BEN, "🇦")
    house.messenger.meanwhile["read_votes"] = once(house.call_off)
    await house.rooms.ballots.close(actor(), None)
    await house.runner.run_due()
    assert (await latest(house, group)).state is BallotState.VOID
    assert await states(house, ballot) == [("Alpha", PitchState.OPEN, False)]
    assert await calendar(house, group) == []
    assert house.messenger.titles("🗳️") == ["🗳️ ML Theory: this ballot was called off"]


async def test_a_count_that_fails_goes_on_until_it_can_read(house: Backstage) -> None:
    group, _, message_id = await opened(house, "Alpha")
    house.messenger.vote(message_id, BEN, "🇦")
    house.messenger.meanwhile["read_votes"] = lose_the_answer
    await house.rooms.ballots.close(actor(), None)
    await house.advance_to(START + timedelta(hours=1))
    assert (await latest(house, group)).state is BallotState.CLOSING
    house.messenger.meanwhile.clear()
    await house.advance_to(START + timedelta(hours=1, minutes=6))
    assert (await latest(house, group)).state is BallotState.ANNOUNCED
    assert await calendar(house, group) == [(1, ["Alpha"])]


async def test_a_count_given_up_after_too_many_faults_goes_on_when_a_lead_asks(
    house: Backstage,
) -> None:
    group, _, message_id = await opened(house, "Alpha")
    house.messenger.vote(message_id, BEN, "🇦")

    async def break_down() -> None:
        raise RuntimeError("a fault of ours")

    house.messenger.meanwhile["read_votes"] = break_down
    await house.rooms.ballots.close(actor(), None)
    await house.advance_to(START + timedelta(hours=1))
    house.messenger.meanwhile.clear()
    await house.advance_to(START + timedelta(hours=2))
    assert (await latest(house, group)).state is BallotState.CLOSING
    with pytest.raises(Refusal, match="is being counted already"):
        await house.rooms.ballots.close(actor(), None)
    await house.runner.run_due()
    assert (await latest(house, group)).state is BallotState.ANNOUNCED
    assert await calendar(house, group) == [(1, ["Alpha"])]


async def test_a_count_that_dies_starts_over_in_the_next_process(house: Backstage) -> None:
    group, _, message_id = await opened(house, "Alpha")
    house.messenger.vote(message_id, BEN, "🇦")
    await house.rooms.ballots.close(actor(), None)
    house.messenger.meanwhile["read_votes"] = die
    await house.crash()
    await house.advance_to(START + timedelta(minutes=2))
    closed = await latest(house, group)
    assert (closed.state, closed.closing_at) == (
        BallotState.ANNOUNCED,
        START + timedelta(minutes=1),
    )
    assert house.messenger.titles("🗳️")[1:] == ["🗳️ ML Theory: the vote is counted"]


@pytest.mark.both_databases
async def test_a_count_that_outlasts_its_lease_is_not_begun_anew(house: Backstage) -> None:
    group, ballot, message_id = await opened(house, "Alpha")
    house.messenger.vote(message_id, BEN, "🇦")
    await house.rooms.ballots.close(actor(), None)
    reading, is_read = asyncio.Event(), asyncio.Event()
    begun = 0

    async def read_slowly() -> None:
        nonlocal begun
        begun += 1
        reading.set()
        await is_read.wait()

    house.messenger.meanwhile["read_votes"] = read_slowly
    close = CloseHandler(
        house.db, house.clock, house.messenger, Courier(house.messenger), house.rooms.listener
    )
    attempt = asyncio.create_task(close.deliver(first_attempt(ballot)))
    await reading.wait()
    attempt.cancel()
    await asyncio.wait([attempt])
    is_read.set()
    outcome = await close.deliver(first_attempt(ballot))
    assert outcome.record is not None
    async with house.db.begin() as tx:
        await outcome.record(tx)
    assert ((await latest(house, group)).state, begun) == (BallotState.CLOSED, 1)


def first_attempt(ballot: Ballot) -> Delivery:
    return Delivery(
        id=0,
        kind=CLOSE,
        subject_id=ballot.id,
        lead_minutes=0,
        target="",
        rev=1,
        due_at=START,
        not_before=START,
        attempts=1,
        first_attempt_at=START,
    )


async def test_a_ballot_nobody_may_read_waits_and_leads_hear_of_it_once(house: Backstage) -> None:
    group, _, message_id = await opened(house, "Alpha")
    house.messenger.vote(message_id, BEN, "🇦")
    house.messenger.places[CHANNEL].denied.add("Read Message History")
    await house.rooms.ballots.close(actor(), None)
    await house.advance_to(START + timedelta(minutes=30))
    assert [card.body for card in house.messenger.told(MAYA)] == [
        ("I can't read the votes: I need Read Message History. I go on trying every minute.",)
    ]
    house.messenger.places[CHANNEL].denied.clear()
    await house.advance_to(START + timedelta(minutes=31))
    assert (await latest(house, group)).state is BallotState.ANNOUNCED


@pytest.mark.parametrize("is_channel", [True, False])
async def test_a_lost_ballot_is_called_off_at_its_close(house: Backstage, is_channel: bool) -> None:
    group, ballot, message_id = await opened(house, "Alpha", "Beta")
    if is_channel:
        del house.messenger.places[CHANNEL]
    else:
        del house.messenger.places[CHANNEL].messages[message_id]
    await house.rooms.ballots.close(actor(), None)
    await house.runner.run_due()
    assert (await latest(house, group)).state is BallotState.VOID
    assert await states(house, ballot) == [
        ("Alpha", PitchState.OPEN, False),
        ("Beta", PitchState.OPEN, False),
    ]
    assert [card.body for card in house.messenger.told(MAYA)] == [
        (
            f"The message or the channel of the ballot of {stamp(START)} was deleted, so no vote "
            "can be counted: I called it off.",
            "Its topics are on the backlog again: Alpha · Beta",
        )
    ]


async def test_a_result_that_may_not_be_posted_waits_until_it_may(house: Backstage) -> None:
    group, _, _ = await opened(house, "Alpha")

    async def bar() -> None:
        house.messenger.places[CHANNEL].denied.add("Send Messages")

    house.messenger.meanwhile["read_votes"] = bar
    await house.rooms.ballots.close(actor(), None)
    await house.advance_to(START + timedelta(minutes=10))
    assert (await latest(house, group)).state is BallotState.CLOSED
    assert [card.body for card in house.messenger.told(MAYA)] == [
        (
            f"The vote of {stamp(START)} is counted, but I can't post the result: I need Send "
            "Messages. I go on trying every minute; `/ballot status` shows it.",
        )
    ]
    house.messenger.places[CHANNEL].denied.clear()
    await house.advance_to(START + timedelta(minutes=11))
    assert (await latest(house, group)).state is BallotState.ANNOUNCED
    assert house.messenger.titles("🗳️")[1:] == ["🗳️ ML Theory: nobody voted"]


async def test_a_result_whose_channel_is_gone_is_told_to_the_leads(house: Backstage) -> None:
    group, _, _ = await opened(house, "Alpha")

    async def delete() -> None:
        del house.messenger.places[CHANNEL]

    house.messenger.meanwhile["read_votes"] = delete
    await house.rooms.ballots.close(actor(), None)
    await house.runner.run_due()
    assert (await latest(house, group)).state is BallotState.CLOSED
    assert [card.body for card in house.messenger.told(MAYA)] == [
        (
            f"The vote of {stamp(START)} is counted, but the ballot's channel was deleted: see the "
            "result with `/ballot status`.",
        )
    ]


async def test_a_lost_answer_announces_the_result_once(house: Backstage) -> None:
    group, _, _ = await opened(house, "Alpha")
    await house.rooms.ballots.close(actor(), None)
    house.messenger.meanwhile["say"] = once(lose_the_answer)
    await house.advance_to(START + timedelta(minutes=1))
    assert house.messenger.titles("🗳️")[1:] == ["🗳️ ML Theory: nobody voted"]
    assert (await latest(house, group)).state is BallotState.ANNOUNCED


async def test_everything_due_while_the_bot_slept_is_done_on_waking(house: Backstage) -> None:
    group, _, message_id = await opened(house, "Alpha")
    house.restart()
    house.messenger.vote(message_id, BEN, "🇦")
    await house.sleep_until(FIRST + timedelta(hours=3))
    assert (await latest(house, group)).state is BallotState.ANNOUNCED
    assert await calendar(house, group) == [(2, ["Alpha"])]


async def test_a_counted_ballot_says_on_its_own_message_that_it_is_closed(
    house: Backstage,
) -> None:
    _, _, message_id = await opened(house, "Alpha")
    await house.advance_to(DUE)
    assert house.messenger.message(message_id).card.body == (
        "This vote is closed: letters pressed from now on don't count.",
        f"🇦 **Alpha** · <@{BEN}>",
        f"⌛ Closed {stamp(DUE)}\n🪑 2 seats in 1 session",
    )
