"""Leads see the seats of a counted vote first, and nobody else hears a word of it until then."""

import asyncio
import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import pytest
from backstage import (
    BEN,
    CHANNEL,
    CLARA,
    DEVI,
    FIRST,
    KENJI,
    MAYA,
    START,
    Backstage,
    actor,
    die,
)
from sqlalchemy import select

from bot.ballots.model import Ballot, BallotForm, BallotState
from bot.ballots.store import last_ballot
from bot.cards import Card
from bot.errors import Refusal
from bot.groups.model import BallotRule
from bot.pitches.store import PITCHES
from bot.sessions.store import sessions_ahead

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
CLOSE = START + 3 * DAY
GRACE = 12 * HOUR


async def latest(house: Backstage) -> Ballot:
    async with house.db.read() as tx:
        ballot = await last_ballot(tx, 1)
    assert ballot is not None
    return ballot


VOTES = {BEN: "🇦🇧🇨", CLARA: "🇦🇧", DEVI: "🇦"}


async def counted(
    house: Backstage,
    closes_at: Any = CLOSE,
    votes: Mapping[int, str] = VOTES,
    leads: Sequence[int] = (),
    **form: Any,
) -> Ballot:
    """Alpha (by Clara), Beta and Gamma with 3, 2 and 1 votes for two sessions of one talk."""
    group = await house.found_group()
    for lead_id in leads:
        await house.rooms.groups.appoint_lead(actor(), None, lead_id, is_lead=True)
    await house.pitch(group, "Alpha", "Beta", "Gamma", speakers=[CLARA, DEVI, KENJI])
    asked = {"sessions": 2, "talks_each": 1, "rule": BallotRule.MOST_VOTES, "is_reviewed": True}
    await house.rooms.ballots.open(actor(), None, BallotForm(**asked | form))
    await house.runner.run_due()
    ballot = await latest(house)
    assert ballot.message_id is not None
    for user_id, letters in votes.items():
        house.messenger.vote(ballot.message_id, user_id, letters)
    await house.advance_to(closes_at)
    return await latest(house)


async def talks(house: Backstage) -> list[list[str]]:
    """The titles in the coming sessions."""
    async with house.db.read() as tx:
        ahead = await sessions_ahead(tx, 1, house.now, 3)
    return [[talk.title for talk in session.talks] for session in ahead]


async def states(house: Backstage) -> dict[str, str]:
    async with house.db.read() as tx:
        rows = await tx.execute(select(PITCHES.c.title, PITCHES.c.state).order_by(PITCHES.c.id))
        return {title: str(state) for title, state in rows}


def results(house: Backstage) -> list[str]:
    return house.messenger.titles("the vote is counted")


async def press(house: Backstage, card: Card, user_id: int = MAYA) -> Card:
    """What the lead sees after Publish."""
    [button] = card.buttons
    _, what, ballot_id, seen = (button.action or "").split(":")
    assert what == "publish"
    return await house.rooms.review.publish(actor(user_id), int(ballot_id), seen)


async def look(house: Backstage) -> Card:
    card = await house.rooms.review.held_card(actor(), None)
    assert card is not None
    return card


async def test_until_it_is_published_only_leads_know_who_sits_where(house: Backstage) -> None:
    ballot = await counted(house)
    assert (ballot.state, ballot.publish_at) == (BallotState.CLOSED, CLOSE + GRACE)
    [card] = [one for one in house.messenger.told(MAYA) if "👀" in one.title]
    assert card.title == "👀 ML Theory: the seats, for its leads"
    assert card.body[2:] == (
        "**#1 · <t:1667678400:F>**\n🇦 **Alpha** · <@13> · 3 votes",
        "**#2 · <t:1668891600:F>**\n🇧 **Beta** · <@14> · 2 votes",
        "**Back on the backlog**\nGamma (1 vote)\nIt goes first in a tie next time.",
    )
    assert card == await look(house)
    assert await house.rooms.review.held_card(actor(BEN), None) is None
    status = await house.rooms.history.status(actor(BEN), None)
    assert status.body == (
        "It is counted. The leads look at the seats before everybody does; the result comes "
        f"<t:{int((CLOSE + GRACE).timestamp())}:R> at the latest.",
    )
    assert await house.rooms.history.choices(actor(BEN), None) == []
    mine = await house.rooms.history.explain_vote(actor(BEN), ballot.id)
    assert mine.body == ("The leads look at the seats first: the result is not published yet.",)
    with pytest.raises(Refusal, match="The seats of this ballot are not published yet"):
        await house.rooms.history.export(actor(), ballot.id)
    assert (results(house), await talks(house)) == ([], [[], [], []])
    assert set((await states(house)).values()) == {"on_ballot"}
    said = "\n".join(one.card.text for one in house.messenger.places[CHANNEL].messages.values())
    assert "Alpha" not in said.split("what shall we hear next?")[0]
    posted = house.messenger.message(ballot.message_id or 0)
    assert "👀 Its leads look at the seats; the result comes <t:" in posted.card.body[2]
    receipt = await press(house, card)
    await house.runner.run_due()
    assert "👀" not in posted.card.text
    assert receipt.title == "👀 ML Theory: the seats are published"
    assert (results(house), await talks(house)) == (
        ["🗳️ ML Theory: the vote is counted"],
        [["Alpha"], ["Beta"], []],
    )
    assert await states(house) == {"Alpha": "scheduled", "Beta": "scheduled", "Gamma": "open"}
    assert await house.rooms.review.held_card(actor(), None) is None


@pytest.mark.parametrize("is_restarted", [False, True])
async def test_a_lead_asleep_holds_nobody_up(house: Backstage, is_restarted: bool) -> None:
    await counted(house)
    if is_restarted:
        house.restart()
    await house.advance_to(CLOSE + GRACE - timedelta(seconds=1))
    before = results(house)
    await house.advance_to(CLOSE + GRACE)
    assert (before, len(results(house))) == ([], 1)
    await house.advance_to(CLOSE + 2 * GRACE)
    assert (len(results(house)), await talks(house)) == (1, [["Alpha"], ["Beta"], []])
    assert (await latest(house)).state is BallotState.ANNOUNCED


async def test_it_is_published_before_the_next_reminder_of_its_sessions(house: Backstage) -> None:
    ballot = await counted(house, FIRST - DAY - 2 * HOUR, closes="2022-11-04 12:00")
    assert ballot.publish_at == FIRST - DAY - timedelta(minutes=10)


async def test_where_there_is_no_time_to_look_it_is_published_at_once(house: Backstage) -> None:
    ballot = await counted(house, FIRST - 0.4 * HOUR, closes="2022-11-05 13:36")
    assert (ballot.publish_at, len(results(house))) == (None, 1)


async def test_what_changed_meanwhile_is_shown_again_before_it_is_published(
    house: Backstage,
) -> None:
    await counted(house)
    seen = await look(house)
    await house.cancel(1)
    await house.runner.run_due()
    [shown] = [one for one in house.messenger.told(MAYA) if "👀" in one.title]
    assert shown == await look(house)  # without a press
    again = await press(house, seen)
    assert again.body[0].startswith("⚠️ The seats have changed since you looked")
    assert "**#2 · <t:1668891600:F>**\n🇦 **Alpha**" in again.text
    assert results(house) == []
    await house.rooms.away.be_away(CLARA, house.now.date() + 10 * DAY, FIRST.date() + 14 * DAY)
    await press(house, await press(house, again))
    await house.runner.run_due()
    assert (await talks(house), len(results(house))) == ([["Beta"], ["Alpha"], []], 1)


async def test_a_talk_left_out_is_promised_and_the_next_in_order_sits_there(
    house: Backstage,
) -> None:
    ballot = await counted(house)
    alpha, gamma = ballot.options[0].pitch_id, ballot.options[2].pitch_id
    card = await house.rooms.review.leave_out(actor(), ballot.id, [alpha])
    pick, _ = card.picks
    assert [(one.label, one.is_chosen) for one in pick.options] == [
        ("🇦 Alpha", True),
        ("🇧 Beta", False),
    ]
    with pytest.raises(Refusal):
        await house.rooms.review.leave_out(actor(), ballot.id, [gamma])
    house.restart()
    await press(house, card)
    await house.runner.run_due()
    assert await talks(house) == [["Beta"], ["Gamma"], []]
    assert await states(house) == {"Alpha": "promised", "Beta": "scheduled", "Gamma": "scheduled"}


async def swap(house: Backstage, card: Card, titles: str, user_id: int = MAYA) -> Card:
    """What the lead sees after choosing two talks by their first letters."""
    _, pick = card.picks
    _, _, ballot_id, seen = pick.action.split(":")
    chosen = [int(one.value) for one in pick.options if one.label.split()[-1][0] in titles]
    return await house.rooms.review.swap(actor(user_id), int(ballot_id), chosen, seen)


def seats(card: Card) -> list[str]:
    return re.findall(r"\*\*(#\d|Alpha|Beta|Gamma)\b", card.text)


async def test_two_talks_change_places_before_anybody_knows_and_back(house: Backstage) -> None:
    await counted(house)
    seen = await look(house)
    assert "Swap the same two again, and they are back." in (seen.small or "")
    assert [one.label for one in seen.picks[1].options] == ["#1 · 🇦 Alpha", "#2 · 🇧 Beta"]
    swapped = await swap(house, seen, "AB")
    assert seats(swapped) == ["#1", "Beta", "#2", "Alpha"]
    assert swapped.body[0].startswith("Nobody else sees this yet.")
    house.restart()
    assert await look(house) == swapped
    back = await swap(house, swapped, "AB")
    assert (seats(back), (await latest(house)).swaps) == (["#1", "Alpha", "#2", "Beta"], ())
    swapped = await swap(house, back, "AB")
    assert results(house) == []
    await press(house, swapped)
    await house.runner.run_due()
    assert (await talks(house), len(results(house))) == ([["Beta"], ["Alpha"], []], 1)
    assert await states(house) == {"Alpha": "scheduled", "Beta": "scheduled", "Gamma": "open"}
    assert (await swap(house, swapped, "AB")).title == "👀 ML Theory: the seats are published"


async def test_a_swap_of_seats_that_have_changed_since_is_shown_instead(house: Backstage) -> None:
    await counted(house)
    seen = await look(house)
    await swap(house, seen, "AB")
    again = await swap(house, seen, "AB")  # by another lead, who still sees the first seats
    assert again.body[0].startswith("⚠️ The seats have changed since you looked")
    assert seats(again) == ["#1", "Beta", "#2", "Alpha"]
    stale = await press(house, seen)
    assert (stale, results(house)) == (again, [])


async def test_a_swap_is_refused_with_a_reason_and_changes_nothing(house: Backstage) -> None:
    ballot = await counted(house, sessions=2, talks_each=2)
    seen = await look(house)
    assert seats(seen) == ["#1", "Alpha", "Beta", "#2", "Gamma"]
    await house.rooms.away.be_away(CLARA, house.now.date() + 10 * DAY, FIRST.date() + 14 * DAY)
    alpha, beta = (one.pitch_id for one in ballot.options[:2])
    for titles, sentence, who in (
        ("AB", "“Alpha” and “Beta” are in the same session, #1: choose from two.", MAYA),
        ("AG", "“Alpha” can't move to session #2: its speaker is away that day.", MAYA),
        ("A", "A swap takes two talks that have a seat: choose them from the list again.", MAYA),
        ("BG", "lead", BEN),
    ):
        with pytest.raises(Refusal, match=re.escape(sentence)):
            await swap(house, seen, titles, who)
    for strangers in ([alpha, alpha], [alpha, 99]):
        with pytest.raises(Refusal, match="two talks that have a seat"):
            await house.rooms.review.swap(
                actor(), ballot.id, strangers, seen.picks[1].action.split(":")[-1]
            )
    assert (await latest(house), await look(house)) == (ballot, seen)
    assert seats(await swap(house, seen, "BG")) == ["#1", "Alpha", "Gamma", "#2", "Beta"]
    assert beta in (await latest(house)).swaps[0]


async def test_a_swap_that_a_speaker_can_no_longer_keep_is_not_made(house: Backstage) -> None:
    await counted(house)
    swapped = await swap(house, await look(house), "AB")
    await house.rooms.away.be_away(CLARA, house.now.date() + 10 * DAY, FIRST.date() + 14 * DAY)
    again = await press(house, swapped)
    assert again.body[0].startswith("⚠️ The seats have changed since you looked")
    assert seats(again) == ["#1", "Alpha", "#2", "Beta"]


async def test_talks_of_one_session_have_nothing_to_swap(house: Backstage) -> None:
    await counted(house, sessions=1, talks_each=2)
    card = await look(house)
    assert [pick.prompt for pick in card.picks] == ["Leave out for now…"]
    assert "Swap the same two" not in (card.small or "")


async def test_a_reserve_is_who_the_tally_would_elect_next_and_not_who_has_more_votes(
    house: Backstage,
) -> None:
    votes = {BEN: "🇦🇧", CLARA: "🇦🇧", DEVI: "🇦🇧", KENJI: "🇨", MAYA: "🇨"}
    asked = {"sessions": 1, "rule": BallotRule.FAIR_TURNS, "votes": votes}
    ballot = await counted(house, **asked)
    assert ballot.result is not None
    titles = {one.pitch_id: one.title for one in ballot.options}
    winner, *reserves = (*ballot.result.winners, *ballot.result.reserves)
    # Beta has three votes, but those of people who have got what they chose.
    assert [titles[one] for one in reserves] == ["Gamma", "Beta" if winner == 1 else "Alpha"]
    card = await house.rooms.review.leave_out(actor(), ballot.id, [winner])
    await press(house, card)
    await house.runner.run_due()
    assert await talks(house) == [["Gamma"], [], []]


@pytest.mark.both_databases
async def test_two_leads_publish_at_once_and_it_is_told_once(house: Backstage) -> None:
    await counted(house)
    card = await look(house)
    await asyncio.gather(press(house, card), press(house, card))
    await house.advance_to(CLOSE + 2 * GRACE)
    assert (len(results(house)), await talks(house)) == (1, [["Alpha"], ["Beta"], []])


PUBLISHED = "👀 ML Theory: the seats are published"


def shown_to(house: Backstage, *lead_ids: int) -> list[str]:
    """What the seats' messages of these leads are titled now."""
    return [
        one.title
        for lead_id in lead_ids
        for one in house.messenger.told(lead_id)
        if "the seats" in one.title
    ]


async def test_what_every_lead_was_shown_says_when_the_seats_are_published(
    house: Backstage,
) -> None:
    await counted(house, leads=[BEN])
    await swap(house, await look(house), "AB")
    await house.runner.run_due()
    [shown] = [one for one in house.messenger.told(BEN) if "👀" in one.title]
    assert shown == await look(house)  # as the other lead has changed them
    await press(house, shown)
    await house.runner.run_due()
    assert shown_to(house, MAYA, BEN) == [PUBLISHED, PUBLISHED]
    assert not any(one.buttons for one in house.messenger.told(BEN) if "👀" in one.title)


async def test_seats_that_nobody_published_are_told_as_published(house: Backstage) -> None:
    await counted(house)
    await house.advance_to(CLOSE + GRACE)
    assert shown_to(house, MAYA) == [PUBLISHED]


async def test_whoever_leads_no_more_keeps_no_seats(house: Backstage) -> None:
    await counted(house, leads=[BEN])
    before = shown_to(house, BEN)
    await house.rooms.groups.appoint_lead(actor(), None, BEN, is_lead=False)
    await house.runner.run_due()
    gone = "👀 ML Theory: the seats are for its leads"
    assert (before, shown_to(house, BEN)) == (["👀 ML Theory: the seats, for its leads"], [gone])
    assert "Alpha" not in "".join(one.text for one in house.messenger.told(BEN))
    await press(house, await look(house))
    await house.runner.run_due()
    assert shown_to(house, MAYA, BEN) == [PUBLISHED, gone]


async def test_only_leads_may_press_and_a_closed_vote_is_not_called_off(house: Backstage) -> None:
    ballot = await counted(house)
    card = await look(house)
    for attempt in (
        press(house, card, BEN),
        house.rooms.review.leave_out(actor(BEN), ballot.id, []),
        house.call_off(),
        house.rooms.ballots.open(actor(), None, BallotForm()),
    ):
        with pytest.raises(Refusal):
            await attempt
    assert (await latest(house), results(house)) == (ballot, [])


async def test_a_process_that_dies_while_showing_shows_once(house: Backstage) -> None:
    await counted(house, CLOSE - timedelta(seconds=1))
    house.now = CLOSE
    house.messenger.meanwhile["say"] = die
    await house.crash()
    await house.advance_to(CLOSE + HOUR)
    assert len([one for one in house.messenger.told(MAYA) if "👀" in one.title]) == 1


async def test_a_lead_out_of_reach_is_called_in_the_channel_without_the_seats(
    house: Backstage,
) -> None:
    house.messenger.closed.add(MAYA)
    await counted(house)
    [call] = [
        one
        for one in house.messenger.places[CHANNEL].messages.values()
        if "the vote is counted" in one.card.title
    ]
    assert (call.card.body, call.pings) == (
        (f"<@{MAYA}>, look at the seats with `/ballot status`.",),
        frozenset({MAYA}),
    )


async def test_a_vote_that_elects_nobody_has_nothing_to_look_at(house: Backstage) -> None:
    ballot = await counted(house, quorum="9")
    assert ballot.publish_at is None
    assert house.messenger.titles("too few people voted")
