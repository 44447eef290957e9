"""Letters that went missing come back, and a lost message ends its ballot."""

from datetime import timedelta

import pytest
from backstage import BEN, CHANNEL, MAYA, START, Backstage, actor
from ballotbox import latest
from fakes.messenger import BOT_ID

from bot.ballots.drafting import form_of
from bot.ballots.model import BallotForm, BallotState
from bot.ballots.store import last_ballot
from bot.cards import stamp
from bot.errors import Refusal
from bot.groups.model import BallotRule, Group
from bot.messenger import POSTING, RECONCILE
from bot.pitches.store import backlog


async def opened(house: Backstage) -> tuple[Group, int]:
    """A group and the message of its open ballot over Alpha and Beta."""
    group = await house.found_group()
    await house.pitch(group, "Alpha", "Beta")
    await house.rooms.ballots.open(actor(), None, BallotForm())
    await house.runner.run_due()
    async with house.db.read() as tx:
        ballot = await last_ballot(tx, group.id)
    assert ballot is not None
    assert ballot.message_id is not None
    return group, ballot.message_id


async def state_of(house: Backstage, group: Group) -> BallotState:
    async with house.db.read() as tx:
        ballot = await last_ballot(tx, group.id)
    assert ballot is not None
    return ballot.state


async def told(house: Backstage) -> list[str]:
    """What Maya, who leads, was told."""
    await house.runner.run_due()
    return [card.body[0] for card in house.messenger.told(MAYA)]


async def test_removed_letters_come_back_and_leads_hear_of_it(house: Backstage) -> None:
    _, message_id = await opened(house)
    house.messenger.message(message_id).reactions.clear()
    await house.rooms.upkeep.look_after(message_id)
    assert set(house.messenger.turns) == {POSTING, RECONCILE}
    assert await house.messenger.own_reactions(CHANNEL, message_id) == {"🇦", "🇧"}
    assert await told(house) == [
        f"Somebody removed reactions from the open ballot ({stamp(START)}): 🇦, 🇧. I put the "
        "letters back, but votes that went with them are lost: ask people to vote again."
    ]


async def test_votes_that_are_cleared_again_the_same_day_are_told_again(house: Backstage) -> None:
    _, message_id = await opened(house)
    for _ in range(2):
        for _ in range(3):  # once a minute, however often
            house.messenger.message(message_id).reactions.clear()
            await house.rooms.upkeep.look_after(message_id)
        house.now += timedelta(minutes=5)
    first, again = sorted(await told(house))  # two that are due at once may cross
    assert stamp(START) in first
    assert again == first.replace(stamp(START), stamp(START + timedelta(minutes=5)))


async def test_a_whole_ballot_is_left_as_it_is(house: Backstage) -> None:
    _, message_id = await opened(house)
    house.messenger.vote(message_id, BEN, "🇦")
    await house.rooms.upkeep.look_after_all()
    assert house.messenger.message(message_id).reactions == {
        ("🇦", False): {BOT_ID, BEN},
        ("🇧", False): {BOT_ID},
    }
    assert await told(house) == []


async def test_reactions_cleared_elsewhere_concern_no_ballot(house: Backstage) -> None:
    _, message_id = await opened(house)
    house.messenger.message(message_id).reactions.clear()
    await house.rooms.upkeep.look_after(message_id + 1)
    assert await house.messenger.own_reactions(CHANNEL, message_id) == frozenset()


@pytest.mark.parametrize("is_channel", [True, False])
async def test_a_deleted_ballot_is_called_off_and_leads_hear_of_it(
    house: Backstage, is_channel: bool
) -> None:
    group, message_id = await opened(house)
    if is_channel:
        del house.messenger.places[CHANNEL]
    else:
        del house.messenger.places[CHANNEL].messages[message_id]
    await house.rooms.upkeep.look_after_all()
    await house.rooms.upkeep.look_after_all()
    async with house.db.read() as tx:
        titles = [pitch.title for pitch in await backlog(tx, group.id)]
    assert (await state_of(house, group), titles) == (BallotState.VOID, ["Alpha", "Beta"])
    assert await told(house) == [
        f"The message or the channel of the ballot of {stamp(START)} was deleted, so no vote can "
        "be counted: I called it off."
    ]


async def test_each_ballot_that_is_deleted_the_same_day_is_told_and_opens_again(
    house: Backstage,
) -> None:
    group, message_id = await opened(house)
    for _ in range(2):
        del house.messenger.places[CHANNEL].messages[message_id]
        await house.rooms.upkeep.look_after_all()
        await house.runner.run_due()
        lost = house.messenger.told(MAYA)[-1]
        [again] = [one.action or "" for one in lost.buttons]
        # In direct messages no server is named.
        pressed = actor(MAYA, server_id=0)
        ballot_id = int(again.removeprefix("reopen:"))
        with pytest.raises(Refusal, match="Only the leads"):
            await house.rooms.ballots.open_again(actor(BEN, server_id=0), ballot_id)
        with pytest.raises(Refusal, match="not here"):
            await house.rooms.ballots.open_again(actor(MAYA, server_id=77), ballot_id)
        await house.rooms.ballots.open_again(pressed, ballot_id)
        await house.runner.run_due()
        async with house.db.read() as tx:
            ballot = await last_ballot(tx, group.id)
        assert ballot is not None
        assert (ballot.state, ballot.id) == (BallotState.OPEN, ballot_id + 1)
        with pytest.raises(Refusal, match="has a ballot already"):
            await house.rooms.ballots.open_again(pressed, ballot_id)
        assert ballot.message_id is not None
        message_id = ballot.message_id
    assert len(house.messenger.told(MAYA)) == 2


async def test_a_deleted_ballot_is_told_in_the_channel_where_a_lead_is_closed(
    house: Backstage,
) -> None:
    _, message_id = await opened(house)
    house.messenger.closed.add(MAYA)
    del house.messenger.places[CHANNEL].messages[message_id]
    await house.rooms.upkeep.look_after_all()
    await house.runner.run_due()
    [card] = [one.card for one in house.messenger.places[CHANNEL].messages.values()]
    assert (card.title, card.body[-1]) == ("🗳️ ML Theory: a ballot is gone", f"<@{MAYA}>")


async def test_a_ballot_out_of_sight_stays_and_leads_hear_of_it(house: Backstage) -> None:
    group, _ = await opened(house)
    house.messenger.places[CHANNEL].denied.add("Read Message History")
    await house.rooms.upkeep.look_after_all()
    assert await state_of(house, group) is BallotState.OPEN
    assert await told(house) == ["I can't look after the open ballot: I need Read Message History."]


async def test_a_read_that_breaks_off_leaves_nothing_that_listens(house: Backstage) -> None:
    _, message_id = await opened(house)
    live = house.rooms.listener.follow(1, message_id)

    async def break_off() -> None:
        assert live.is_read
        raise RuntimeError("nobody foresaw it")

    house.messenger.meanwhile["before read_votes"] = break_off
    with pytest.raises(RuntimeError):
        await house.rooms.upkeep.look_after_all()
    assert not live.is_read


async def test_a_fault_with_one_ballot_does_not_keep_it_from_the_next(house: Backstage) -> None:
    _, first = await opened(house)
    server_id = house.messenger.add_server()
    channel_id = house.messenger.add_channel(server_id)
    other = await house.found_group(server_id=server_id, channel_id=channel_id)
    await house.pitch(other, "Gamma")
    await house.rooms.ballots.open(actor(server_id=server_id), None, BallotForm())
    await house.runner.run_due()
    [second] = [one.id for one in house.messenger.places[channel_id].messages.values()]
    del house.messenger.places[CHANNEL].messages[first]
    house.messenger.places[channel_id].messages[second].reactions.clear()
    await house.rooms.upkeep.look_after_all()
    assert await house.messenger.own_reactions(channel_id, second) == {"🇦"}


async def test_a_ballot_that_was_called_off_is_opened_again_as_it_was(house: Backstage) -> None:
    group = await house.found_group()
    await house.pitch(group, "Alpha", "Beta")
    asked = BallotForm(
        sessions=2, talks_each=1, days=5, rule=BallotRule.MOST_VOTES, choice_limit=1, quorum="2"
    )
    await house.rooms.ballots.open(actor(), None, asked)
    await house.runner.run_due()
    first = await latest(house)
    with pytest.raises(Refusal, match="Only a ballot that was called off"):
        await house.rooms.ballots.open_again(actor(), first.id)
    await house.call_off()
    for who, sentence in ((actor(BEN), "Only the leads"), (actor(MAYA, 4), "not here any more")):
        with pytest.raises(Refusal, match=sentence):
            await house.rooms.ballots.open_again(who, first.id)
    await house.rooms.ballots.open_again(actor(), first.id)
    again = await latest(house)
    assert (form_of(again), again.options) == (form_of(first), first.options)
    with pytest.raises(Refusal, match="has a ballot already"):
        await house.rooms.ballots.open_again(actor(), first.id)
