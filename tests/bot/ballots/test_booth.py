"""Private and hidden ballots: a list that only one member sees, votes that are stored, no leaks."""

import json
from collections.abc import Awaitable
from datetime import timedelta
from typing import Any

import pytest
from backstage import BEN, CHANNEL, CLARA, DEVI, KENJI, MAYA, START, Backstage, actor
from fakes.locks import begun
from fakes.messenger import LONG_AGO
from structlog.testing import capture_logs

from bot.ballots.model import Ballot, BallotForm, BallotMode, BallotState
from bot.ballots.moves import mark_closing
from bot.ballots.store import last_ballot
from bot.ballots.votes import private_vote_of, private_votes, record_of
from bot.cards import Card
from bot.errors import Refusal
from bot.groups.model import BallotRule
from bot.messenger import Membership

DAYS = timedelta(days=3)


async def latest(house: Backstage) -> Ballot:
    async with house.db.read() as tx:
        ballot = await last_ballot(tx, 1)
    assert ballot is not None
    return ballot


async def opened(house: Backstage, **form: Any) -> Ballot:
    """A private ballot over Alpha, Beta and Gamma, posted."""
    group = await house.found_group()
    await house.pitch(group, "Alpha", "Beta", "Gamma")
    asked = {"rule": BallotRule.MOST_VOTES, "talks_each": 1, "mode": BallotMode.PRIVATE, **form}
    await house.rooms.ballots.open(actor(), None, BallotForm(**asked))
    await house.runner.run_due()
    return await latest(house)


def ids(ballot: Ballot, titles: str) -> list[str]:
    """What a list sends back for topics by their first letters."""
    return [str(one.pitch_id) for one in ballot.options if one.title[0] in titles]


async def choose(house: Backstage, ballot: Ballot, user_id: int, titles: str) -> Card:
    return await house.rooms.booth.choose(actor(user_id), ballot.id, ids(ballot, titles))


async def chosen(house: Backstage, ballot: Ballot, user_id: int) -> str:
    """First letters of what is stored."""
    async with house.db.read() as tx:
        stored = await private_vote_of(tx, ballot.id, user_id)
    return "".join(ballot.option_of(one).title[0] for one in stored)


async def refusal_of(call: Awaitable[Any]) -> str:
    with pytest.raises(Refusal) as refused:
        await call
    return str(refused.value)


async def test_a_private_ballot_has_a_button_and_no_letters(house: Backstage) -> None:
    house.messenger.places[CHANNEL].denied = {"Add Reactions"}
    ballot = await opened(house)
    assert ballot.state is BallotState.OPEN
    assert ballot.message_id is not None
    message = house.messenger.message(ballot.message_id)
    assert message.reactions == {}
    [button] = message.card.buttons
    assert (button.label, button.action) == ("Vote", f"vote:enter:{ballot.id}")
    assert "A private vote" in message.card.body[0]
    await house.rooms.upkeep.look_after_all()
    assert (message.reactions, house.messenger.told(MAYA)) == ({}, [])


async def test_votes_are_shown_changed_and_taken_back_even_after_a_restart(
    house: Backstage,
) -> None:
    ballot = await opened(house)
    empty = await house.rooms.booth.enter(actor(BEN), ballot.id)
    [pick] = empty.picks
    assert (pick.least, pick.most) == (0, 3)
    assert [one.label for one in pick.options] == ["🇦 Alpha", "🇧 Beta", "🇨 Gamma"]
    assert empty.body[0] == "You have not voted yet."
    saved = await choose(house, ballot, BEN, "AG")
    assert saved.body[0] == "Saved: you chose 2 topics.\n🇦 Alpha\n🇨 Gamma"
    house.restart()
    [again] = (await house.rooms.booth.enter(actor(BEN), ballot.id)).picks
    assert [one.is_chosen for one in again.options] == [True, False, True]
    await choose(house, ballot, BEN, "B")
    assert await chosen(house, ballot, BEN) == "B"
    status = await house.rooms.history.status(actor(CLARA), None)
    assert "is open and private: 1 person has voted so far." in status.body[0]
    emptied = await choose(house, ballot, BEN, "")
    assert emptied.body[0] == "Saved: you choose nothing, so you have no vote now."
    assert await chosen(house, ballot, BEN) == ""
    status = await house.rooms.history.status(actor(CLARA), None)
    assert "is open and private: nobody has voted yet." in status.body[0]


async def test_a_limit_holds_and_other_topics_are_refused(house: Backstage) -> None:
    ballot = await opened(house, choice_limit=2)
    await choose(house, ballot, BEN, "AB")
    assert await refusal_of(choose(house, ballot, BEN, "ABG")) == (
        "This vote takes 2 choices of yours, not 3."
    )
    foreign = house.rooms.booth.choose(actor(BEN), ballot.id, ["99"])
    assert "is not a topic of this vote" in await refusal_of(foreign)
    assert await chosen(house, ballot, BEN) == "AB"


async def test_only_those_who_may_vote_do(house: Backstage) -> None:
    ballot = await opened(house, role_id=7)
    server = house.messenger.servers[actor().server_id]
    server.known[BEN] = Membership(joined_at=LONG_AGO, role_ids=frozenset({7}))
    server.known[CLARA] = Membership(joined_at=START + DAYS, role_ids=frozenset({7}))
    booth = house.rooms.booth
    await choose(house, ballot, BEN, "A")
    assert "You joined after" in await refusal_of(choose(house, ballot, CLARA, "A"))
    assert "a role that you don't have" in await refusal_of(booth.enter(actor(DEVI), ballot.id))
    elsewhere = house.messenger.add_server([KENJI])
    stranger = booth.choose(actor(KENJI, elsewhere), ballot.id, ids(ballot, "A"))
    assert await refusal_of(stranger) == "There is no such vote here any more."
    async with house.db.read() as tx:
        assert (await private_votes(tx, ballot.id)).keys() == {BEN}


async def test_the_close_counts_what_is_stored_and_leaves_the_rest_out(house: Backstage) -> None:
    ballot = await opened(house)
    assert ballot.message_id is not None
    for user_id, titles in {BEN: "B", CLARA: "BG", DEVI: "G", KENJI: "G"}.items():
        await choose(house, ballot, user_id, titles)
    house.messenger.vote(ballot.message_id, MAYA, "🇦")  # a reaction is no vote here
    house.messenger.members.difference_update({DEVI, KENJI})
    house.restart()
    await house.advance_to(START + DAYS + timedelta(minutes=1))
    closed = await latest(house)
    assert closed.state is BallotState.ANNOUNCED
    assert closed.result is not None
    counts = {closed.option_of(one).title: n for one, n in closed.result.counts.items()}
    assert counts == {"Alpha": 0, "Beta": 2, "Gamma": 1}
    assert [closed.option_of(one).title for one in closed.result.winners] == ["Beta"]
    assert "is closed" in await refusal_of(choose(house, ballot, BEN, "G"))
    async with house.db.read() as tx:
        assert await private_votes(tx, ballot.id) == {}
        kept = {line.user_id: len(line.pitch_ids) for line in await record_of(tx, ballot.id)}
    assert (kept[BEN], kept[CLARA], kept[DEVI]) == (1, 2, 0)


async def test_a_ballot_called_off_forgets_and_takes_no_more_votes(house: Backstage) -> None:
    ballot = await opened(house)
    await choose(house, ballot, BEN, "A")
    await house.call_off()
    assert "was called off" in await refusal_of(choose(house, ballot, BEN, "B"))
    assert await chosen(house, ballot, BEN) == ""


async def test_a_choice_made_as_the_count_begins_waits_and_is_not_taken(
    shared_house: Backstage,
) -> None:
    ballot = await opened(shared_house)
    async with shared_house.db.begin() as tx:
        await mark_closing(tx, ballot.id, shared_house.now)
        choosing = await begun(tx, choose(shared_house, ballot, BEN, "A"))
    assert await refusal_of(choosing) == (
        "This vote is being counted: choices can't change any more."
    )
    assert await chosen(shared_house, ballot, BEN) == ""


async def test_an_open_ballot_takes_no_private_votes(house: Backstage) -> None:
    ballot = await opened(house, mode=BallotMode.OPEN)
    assert ballot.message_id is not None
    assert len(house.messenger.message(ballot.message_id).reactions) == 3
    assert await refusal_of(choose(house, ballot, BEN, "A")) == (
        "There is no such vote here any more."
    )


HIDDEN = {"mode": BallotMode.OPEN, "is_hidden": True}


async def test_a_hidden_ballot_is_voted_in_by_the_list_and_says_so(house: Backstage) -> None:
    house.messenger.places[CHANNEL].denied = {"Add Reactions"}
    ballot = await opened(house, **HIDDEN)
    assert (ballot.state, ballot.mode, ballot.is_hidden) == (
        BallotState.OPEN,
        BallotMode.OPEN,
        True,
    )
    assert ballot.message_id is not None
    message = house.messenger.message(ballot.message_id)
    assert message.reactions == {}
    assert [one.action for one in message.card.buttons] == [f"vote:enter:{ballot.id}"]
    assert message.card.body[0].startswith(
        "🙈 A hidden vote: press **Vote** and choose every topic you would come for. Until the "
        "close no member or lead sees what you choose, nor how often a topic is chosen; "
        "afterwards leads can see who chose what. Reactions don't count."
    )
    card = await choose(house, ballot, BEN, "A")
    assert card.small.startswith("Until the close no member or lead sees what you choose")


async def test_nothing_tells_what_is_chosen_in_a_hidden_ballot_before_the_close(
    house: Backstage,
) -> None:
    ballot = await opened(house, **HIDDEN)
    await house.know(DEVI, wants_direct_messages=True, lead_minutes=())
    await house.rooms.groups.follow(actor(DEVI), None)

    async def seen() -> str:
        """All that is shown to anybody but a voter."""
        await house.rooms.upkeep.look_after_all()
        lead, member = [await house.rooms.history.status(actor(who), None) for who in (MAYA, DEVI)]
        return repr((lead, member, house.messenger.said(), house.messenger.told(MAYA)))

    for who in (BEN, CLARA, KENJI):
        await choose(house, ballot, who, "A")
    one_way = await seen()
    for who, titles in {BEN: "BG", CLARA: "G", KENJI: "AB"}.items():
        await choose(house, ballot, who, titles)
    assert await seen() == one_way
    assert "It is open and hidden: 3 people have voted so far." in one_way
    await house.rooms.ballots.extend(actor(), None, 1)
    await house.advance_to(START + DAYS)
    [reminder] = house.messenger.told(DEVI)
    assert "Press **Vote** there" in reminder.text
    said = repr((house.messenger.said(), reminder))
    assert "vote" in said
    assert "1 vote" not in said
    assert "2 vote" not in said


async def test_a_hidden_ballot_has_the_record_of_an_open_one(house: Backstage) -> None:
    ballot = await opened(house, rule=BallotRule.FAIR_TURNS, **HIDDEN)
    for user_id, titles in {BEN: "B", CLARA: "BG"}.items():
        await choose(house, ballot, user_id, titles)
    await house.advance_to(START + DAYS + timedelta(minutes=1))
    closed = await latest(house)
    assert closed.state is BallotState.ANNOUNCED
    exported = await house.rooms.history.export(actor(), ballot.id)
    record = json.loads(exported.files[0].content)
    beta, gamma = (closed.options[n].pitch_id for n in (1, 2))
    assert (record["mode"], record["is_hidden"]) == ("open", True)
    assert record["ballots"] == {str(BEN): [beta], str(CLARA): [beta, gamma]}
    assert record["result"] == {
        "winners": [beta],
        "credits": {str(BEN): 500_000, str(CLARA): 500_000},
    }
    past = await house.rooms.history.status(actor(DEVI), None, ballot.id)
    assert "It was hidden: no member or lead saw choices or counts until the close." in past.text
    async with house.db.read() as tx:
        assert await private_votes(tx, ballot.id) == {}


async def test_no_post_and_no_log_knows_who_voted(house: Backstage) -> None:
    voters = {730_000_000_000_000_000 + n: title for n, title in enumerate("AABBBG")}
    house.messenger.members.update(voters)
    with capture_logs() as logs:
        ballot = await opened(house)
        for user_id, titles in voters.items():
            await house.rooms.booth.enter(actor(user_id), ballot.id)
            await choose(house, ballot, user_id, titles)
        await refusal_of(house.rooms.booth.choose(actor(min(voters)), ballot.id, ["99"]))
        await house.rooms.upkeep.look_after_all()
        await house.advance_to(START + DAYS + timedelta(minutes=1))
    said = repr(house.messenger.said()) + repr(logs)
    assert "the vote is counted" in said
    assert "6 people voted." in said
    for user_id in voters:
        assert str(user_id) not in said
