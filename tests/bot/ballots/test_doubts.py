"""A count that can't be vouched for waits until one lead has decided, whatever dies meanwhile."""

import asyncio
import json
from datetime import timedelta
from typing import Any

import pytest
from backstage import BEN, CHANNEL, CLARA, DEVI, MAYA, START, Backstage, actor
from ballotbox import A, B, clear, click, close, counts, latest, meanwhile, opened
from bent import told_acts
from sqlalchemy import update

from bot.ballots.model import Ballot, BallotMode, BallotState, Doubt
from bot.ballots.store import OPTIONS
from bot.ballots.votes import count_private_votes, private_votes
from bot.cards import Button, ButtonStyle, Card, Tone, stamp
from bot.errors import Refusal
from bot.groups.store import add_lead
from bot.pitches.model import PitchState
from bot.pitches.store import get_pitches


async def doubtful(house: Backstage, **form: Any) -> tuple[Ballot, int]:
    """A ballot cleared while it was counted, by a process that had not read it before.

    Ben's vote for Alpha had been seen; Clara's for Beta had not.
    """
    _, message_id = await opened(house, **form)
    house.messenger.vote(message_id, BEN, A)
    house.messenger.vote(message_id, CLARA, B)
    house.restart()
    meanwhile(house, lambda: clear(house, message_id, B))
    return await close(house), message_id


async def kept(house: Backstage, ballot: Ballot) -> int:
    async with house.db.read() as tx:
        return await count_private_votes(tx, ballot.id)


async def test_leads_are_asked_and_nothing_is_announced(house: Backstage) -> None:
    ballot, message_id = await doubtful(house)
    assert (ballot.state, ballot.is_degraded, ballot.doubt, ballot.result) == (
        BallotState.CLOSING,
        True,
        Doubt.CLEARED,
        None,
    )
    [asked] = house.messenger.told(MAYA)
    subject = f"{ballot.id}:{ballot.count_number}"
    assert asked == Card(
        title="🗳️ ML Theory: a count needs your decision",
        body=(
            "Somebody cleared reactions while the votes were counted, and I had not read them all "
            "before: I know what was left, not what everybody had chosen. So no result is "
            f"published yet: https://discord.com/channels/1000/{CHANNEL}/{message_id}",
            "**Accept** publishes the count as I read it, with a note that says so. **Open for a "
            "day** lets people put their votes right. **Call off** counts nothing and gives the "
            "topics back.",
        ),
        small="Every lead of the group got this; the first answer decides.",
        tone=Tone.WARNING,
        buttons=(
            Button(label="Accept", action=f"count:accept:{subject}", style=ButtonStyle.PRIMARY),
            Button(label="Open for a day", action=f"count:reopen:{subject}"),
            Button(label="Call off", action=f"count:cancel:{subject}", style=ButtonStyle.DANGER),
        ),
    )
    await house.advance_to(START + timedelta(days=2))
    assert (await latest(house)).state is BallotState.CLOSING
    assert house.messenger.titles("counted") == []
    mine = await house.rooms.history.explain_vote(actor(BEN), ballot.id)
    assert mine.body == (
        "It can't be counted for certain: a lead has to decide whether the count stands or the "
        "ballot is opened again.",
    )
    with pytest.raises(Refusal, match="A lead has to decide first"):
        await house.rooms.history.export(actor(), ballot.id)
    status = await house.rooms.history.status(actor(), None)
    assert "a lead has to decide what becomes of it" in status.body[0]


async def test_an_accepted_count_is_announced_with_a_note_even_after_a_restart(
    house: Backstage,
) -> None:
    ballot, message_id = await doubtful(house)
    house.restart()
    click(house, message_id, DEVI, B)
    told = await house.rooms.counts.accept(actor(), ballot.id, ballot.count_number)
    assert told == "The count stands; ML Theory gets its result in a moment, with a note on it."
    assert await told_acts(house, 1) == [
        f"**1.** <@11> let the doubtful count of the ballot of {stamp(START, 'D')} stand"
    ]
    await house.runner.run_due()
    closed = await latest(house)
    assert (closed.state, counts(closed), closed.accepted_by) == (
        BallotState.ANNOUNCED,
        [1, 0, 0],
        MAYA,
    )
    assert house.messenger.said()[-1][1].card.body[0] == (
        "1 person voted.\n⚠️ Reactions were cleared during the count; a lead accepted what was left."
    )
    assert await kept(house, ballot) == 0
    mine = await house.rooms.history.explain_vote(actor(CLARA), ballot.id)
    assert mine.body[-1] == (
        "⚠️ Reactions were cleared during the count; a lead accepted what was left."
    )
    exported = await house.rooms.history.export(actor(), ballot.id)
    assert json.loads(exported.files[0].content)["is_degraded"] is True


async def test_an_accepted_count_that_misses_the_quorum_leads_to_a_new_one(
    house: Backstage,
) -> None:
    ballot, message_id = await doubtful(house, quorum="2")
    house.messenger.meanwhile.clear()
    await house.rooms.counts.accept(actor(), ballot.id, ballot.count_number)
    await house.runner.run_due()
    extended = await latest(house)
    assert (extended.state, extended.is_extended, extended.accepted_by) == (
        BallotState.OPEN,
        True,
        None,
    )
    house.messenger.vote(message_id, DEVI, A)
    await house.advance_to(extended.due_at)
    closed = await latest(house)
    assert (closed.state, counts(closed), closed.is_degraded) == (
        BallotState.ANNOUNCED,
        [2, 0, 0],
        False,
    )


async def test_a_reopened_ballot_is_voted_on_for_a_day_and_counted_anew(house: Backstage) -> None:
    ballot, message_id = await doubtful(house)
    house.messenger.meanwhile.clear()
    await house.rooms.counts.reopen(actor(), ballot.id, ballot.count_number)
    await house.runner.run_due()
    again = await latest(house)
    tomorrow = START + timedelta(days=1)
    assert await told_acts(house, 1) == [
        f"**1.** <@11> opened the ballot of {stamp(START, 'D')} again until {stamp(tomorrow)}"
    ]
    assert (again.state, again.due_at, again.is_degraded, again.doubt) == (
        BallotState.OPEN,
        tomorrow,
        False,
        None,
    )
    assert house.messenger.titles()[-1] == "🗳️ ML Theory: please look at your votes again"
    mine = await house.rooms.history.explain_vote(actor(CLARA), ballot.id)
    assert mine.body == (f"It is not counted yet; it closes {stamp(tomorrow)}.",)
    house.messenger.vote(message_id, DEVI, B)
    await house.advance_to(tomorrow)
    closed = await latest(house)
    assert (closed.state, counts(closed), closed.is_degraded, closed.is_recounted) == (
        BallotState.ANNOUNCED,
        [1, 1, 0],
        False,
        False,
    )


async def test_a_ballot_called_off_gives_its_topics_back(house: Backstage) -> None:
    ballot, _ = await doubtful(house)
    await house.rooms.counts.call_off(actor(), ballot.id, ballot.count_number)
    async with house.db.read() as tx:
        pitches = await get_pitches(tx, [one.pitch_id for one in ballot.options])
    assert (await latest(house)).state is BallotState.VOID
    assert {one.state for one in pitches.values()} == {PitchState.OPEN}
    assert await kept(house, ballot) == 0


@pytest.mark.both_databases
@pytest.mark.parametrize("first", ["accept", "reopen", "call_off"])
async def test_two_leads_press_at_once_and_one_decides(house: Backstage, first: str) -> None:
    ballot, _ = await doubtful(house)
    async with house.db.begin() as tx:
        await add_lead(tx, 1, BEN)
    case = (ballot.id, ballot.count_number)
    answers = await asyncio.gather(
        getattr(house.rooms.counts, first)(actor(), *case),
        house.rooms.counts.call_off(actor(BEN), *case),
        return_exceptions=True,
    )
    assert sorted(type(one).__name__ for one in answers) == ["Refusal", "str"]
    [refused] = [one for one in answers if isinstance(one, Refusal)]
    assert str(refused) == (
        "This is settled already: a lead has decided, or the votes are being counted anew."
    )


async def test_only_leads_of_that_server_decide_and_only_about_that_count(
    house: Backstage,
) -> None:
    ballot, _ = await doubtful(house)
    number = ballot.count_number
    for who, asked, sentence in (
        (actor(DEVI), number, "lead"),
        (actor(MAYA, 4), number, "not here any more"),
        (actor(), number - 1, "settled already"),
    ):
        with pytest.raises(Refusal, match=sentence):
            await house.rooms.counts.accept(who, ballot.id, asked)
    with pytest.raises(Refusal, match="not for certain"):
        await house.rooms.ballots.close(actor(), None)
    assert await latest(house) == ballot


async def test_a_lead_who_takes_no_direct_messages_is_asked_in_the_channel(
    house: Backstage,
) -> None:
    house.messenger.closed.add(MAYA)
    await doubtful(house)
    [asked] = [one for _, one in house.messenger.said() if "decision" in one.card.title]
    assert (asked.card.body[-1], asked.pings) == (f"<@{MAYA}>", {MAYA})


@pytest.mark.parametrize(
    "form",
    [{}, {"is_hidden": True}, {"mode": BallotMode.PRIVATE}],
    ids=["open", "hidden", "private"],
)
async def test_options_changed_since_are_counted_only_when_a_lead_says_so(
    house: Backstage, form: dict[str, Any]
) -> None:
    ballot, message_id = await opened(house, **form)
    if ballot.has_letters:
        house.messenger.vote(message_id, BEN, A)
    else:
        await house.rooms.booth.choose(actor(BEN), ballot.id, [str(ballot.options[0].pitch_id)])
    async with house.db.begin() as tx:
        await tx.execute(update(OPTIONS).where(OPTIONS.c.emoji == A).values(title="Omega"))
    doubted = await close(house)
    assert (doubted.state, doubted.doubt) == (BallotState.CLOSING, Doubt.OPTIONS)
    async with house.db.read() as tx:
        assert await private_votes(tx, ballot.id) == {BEN: {ballot.options[0].pitch_id}}
    await house.rooms.counts.reopen(actor(), ballot.id, doubted.count_number)
    async with house.db.read() as tx:  # what was read of letters is read anew
        assert bool(await private_votes(tx, ballot.id)) is not ballot.has_letters
    doubted = await close(house)
    await house.rooms.counts.accept(actor(), ballot.id, doubted.count_number)
    await house.runner.run_due()
    closed = await latest(house)
    assert (closed.state, counts(closed)) == (BallotState.ANNOUNCED, [1, 0, 0])
    assert "The stored topics had been changed" in house.messenger.said()[-1][1].card.text
