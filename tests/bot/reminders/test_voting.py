"""Whoever has not voted hears of it once, in time, in private; and nobody else does."""

from datetime import timedelta
from typing import Any

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
    lose_the_answer,
    once,
)
from ballotbox import click
from fakes.messenger import LONG_AGO
from sqlalchemy import select

from bot.ballots.model import REMIND_TO_VOTE, Ballot, BallotForm, BallotMode, vote_reminder_at
from bot.ballots.store import last_ballot
from bot.jobs.store import DELIVERIES, JOBS
from bot.members.model import Place, QuietHours
from bot.messenger import Membership
from bot.reminders.model import person_target

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
CLOSE = START + 3 * DAY
REMIND = CLOSE - DAY
EVERYBODY = (MAYA, BEN, CLARA, DEVI, KENJI)


async def latest(house: Backstage) -> Ballot:
    async with house.db.read() as tx:
        ballot = await last_ballot(tx, 1)
    assert ballot is not None
    return ballot


async def opened(house: Backstage, *listeners: int, **form: Any) -> Ballot:
    """A posted ballot over Alpha and Beta in a group that these follow, who want messages."""
    group = await house.found_group()
    await house.pitch(group, "Alpha", "Beta")
    await house.follow(group, *listeners)
    for user_id in listeners:
        await house.know(user_id, wants_direct_messages=True, lead_minutes=())
    await house.rooms.ballots.open(actor(), None, BallotForm(talks_each=1, **form))
    await house.runner.run_due()
    return await latest(house)


def written_to(house: Backstage) -> dict[int, int]:
    """How many messages about the vote each person got."""
    counts = {
        user_id: sum("the vote closes soon" in card.title for card in house.messenger.told(user_id))
        for user_id in EVERYBODY
    }
    return {user_id: count for user_id, count in counts.items() if count}


@pytest.mark.parametrize(
    ("open_for", "before"),
    [
        (30 * DAY, DAY),
        (2 * DAY, DAY),
        (DAY, 12 * HOUR),
        (4 * HOUR, 2 * HOUR),
        (4 * HOUR - timedelta(seconds=1), None),
    ],
)
def test_it_comes_a_day_before_the_close_or_at_half_time(
    open_for: timedelta, before: timedelta | None
) -> None:
    told_at = vote_reminder_at(START, START + open_for)
    assert told_at == (None if before is None else START + open_for - before)


async def test_followers_who_asked_and_have_not_voted_are_told_once(house: Backstage) -> None:
    ballot = await opened(house, BEN, CLARA)
    assert ballot.message_id is not None
    await house.know(DEVI, wants_direct_messages=True, lead_minutes=())  # follows nothing
    click(house, ballot.message_id, CLARA, "🇦")
    await house.advance_to(REMIND - timedelta(seconds=1))
    early = written_to(house)
    await house.advance_to(REMIND)
    assert (early, written_to(house)) == ({}, {BEN: 1})
    [card] = house.messenger.told(BEN)
    assert card.text == (
        "🗳️ ML Theory: the vote closes soon\n"
        "**Tuesday, November 1, 12:00 PM in Denver, in 1 day**\n"
        "2 topics for 1 seat, and you have not voted yet. React there with the letter of every "
        "topic you would come for.\n"
        f"You asked for direct messages; /me reminders in <#{CHANNEL}> changes that. I write once "
        "about each vote."
    )
    assert card.buttons[0].url == f"https://discord.com/channels/1000/1001/{ballot.message_id}"
    house.restart()
    await house.advance_to(CLOSE)
    assert written_to(house) == {BEN: 1}


async def test_stored_votes_of_a_private_ballot_are_heeded_to_the_last_moment(
    house: Backstage,
) -> None:
    ballot = await opened(house, BEN, CLARA, DEVI, mode=BallotMode.PRIVATE)
    pitch_id = str(ballot.options[0].pitch_id)
    await house.rooms.booth.choose(actor(BEN), ballot.id, [pitch_id])

    async def clara_votes() -> None:
        await house.rooms.booth.choose(actor(CLARA), ballot.id, [pitch_id])

    house.messenger.meanwhile["before memberships"] = once(clara_votes)
    await house.advance_to(REMIND)
    assert written_to(house) == {DEVI: 1}
    [card] = house.messenger.told(DEVI)
    assert "Press **Vote** there" in card.text


async def test_wishes_and_follows_count_as_they_are_when_it_is_sent(house: Backstage) -> None:
    await opened(house, BEN, CLARA, DEVI)
    await house.rooms.members.be_reminded(BEN, "en-US", before_votes_end=False)
    await house.rooms.members.be_reminded(CLARA, "en-US", by_direct_message=False)
    await house.rooms.groups.follow(actor(DEVI), None)
    async with house.db.read() as tx:
        ballot = await last_ballot(tx, 1)
    assert ballot is not None
    await house.rooms.groups.follow(actor(KENJI), None)
    await house.know(
        KENJI, wants_direct_messages=True, lead_minutes=()
    )  # asked while the vote was open
    await house.advance_to(CLOSE)
    assert written_to(house) == {KENJI: 1}


async def test_whoever_has_no_vote_is_not_asked_for_one(house: Backstage) -> None:
    await opened(house, BEN, CLARA, DEVI, KENJI, role_id=7)
    known = house.messenger.servers[actor().server_id].known
    known[BEN] = Membership(joined_at=LONG_AGO, role_ids=frozenset({7}))
    known[CLARA] = Membership(joined_at=START + DAY, role_ids=frozenset({7}))
    house.messenger.members.discard(DEVI)
    await house.advance_to(CLOSE)
    assert written_to(house) == {BEN: 1}


async def test_an_extended_vote_is_reminded_of_later_and_once(house: Backstage) -> None:
    await opened(house, BEN)
    await house.rooms.ballots.extend(actor(), None, 1)
    await house.advance_to(REMIND)
    early = written_to(house)
    await house.advance_to(REMIND + DAY)
    in_time = written_to(house)
    await house.rooms.ballots.extend(actor(), None, 2)
    await house.advance_to(CLOSE + 3 * DAY - timedelta(minutes=1))
    assert (early, in_time, written_to(house)) == ({}, {BEN: 1}, {BEN: 1})


@pytest.mark.parametrize("how", ["close", "cancel", "outage"])
async def test_a_vote_that_is_over_is_not_reminded_of(house: Backstage, how: str) -> None:
    await opened(house, BEN)
    await house.advance_to(START + DAY)
    if how == "outage":
        await house.sleep_until(CLOSE)
    elif how == "cancel":
        await house.call_off()
    else:
        await house.rooms.ballots.close(actor(), None)
    await house.advance_to(CLOSE + DAY)
    assert written_to(house) == {}


async def test_a_vote_closed_between_planning_and_sending_is_not_reminded_of(
    house: Backstage,
) -> None:
    await opened(house, BEN)

    async def close() -> None:
        await house.rooms.ballots.close(actor(), None)

    house.messenger.meanwhile["before open_direct"] = die
    await house.advance_to(REMIND - timedelta(seconds=1))
    house.now = REMIND
    await house.crash()
    await close()
    await house.advance_to(CLOSE)
    assert written_to(house) == {}


@pytest.mark.parametrize("step", ["before open_direct", "open_direct", "before say", "say"])
async def test_a_process_that_dies_loses_and_doubles_nothing(house: Backstage, step: str) -> None:
    await opened(house, BEN, CLARA)
    await house.advance_to(REMIND - timedelta(seconds=1))
    house.now = REMIND
    house.messenger.meanwhile[step] = die
    await house.crash()
    await house.advance_to(CLOSE)
    assert written_to(house) == {BEN: 1, CLARA: 1}


async def test_quiet_hours_are_waited_for_and_never_past_the_close(house: Backstage) -> None:
    night = QuietHours(from_hour=22, until_hour=7)
    kolkata = Place(name="Kolkata", zone="Asia/Kolkata")
    await opened(house, BEN, CLARA)
    for user_id in (BEN, CLARA):
        await house.know(user_id, kolkata, wants_direct_messages=True, lead_minutes=(), quiet=night)
    await house.advance_to(REMIND)  # 23:30 in Kolkata
    at_night = written_to(house)
    await house.know(CLARA, kolkata, wants_direct_messages=True, lead_minutes=())
    await house.advance_to(REMIND + 7.5 * HOUR)
    assert (at_night, written_to(house)) == ({}, {BEN: 1, CLARA: 1})
    [card] = house.messenger.told(BEN)
    assert card.body[0] == (
        "**Tuesday, 1 November, 11:30 pm in Kolkata, in 16 hours and 30 minutes**"
    )


@pytest.mark.parametrize(
    ("change", "at_seven", "at_nine"),
    [
        ("nothing", 1, 1),
        ("wants no reminders", 0, 0),
        ("follows no more", 0, 0),
        ("has voted", 0, 0),
        ("has closed messages", 0, 0),
        ("sleeps until nine", 0, 1),
        ("Discord is out of order", 0, 1),
        ("the vote is over", 0, 0),
    ],
)
async def test_what_changes_in_the_night_counts_in_the_morning(
    house: Backstage, change: str, at_seven: int, at_nine: int
) -> None:
    """Ben's reminder is planned at half past eleven in Kolkata, for seven o'clock."""
    ballot = await opened(house, BEN)
    wishes: dict[str, Any] = {
        "place": Place(name="Kolkata", zone="Asia/Kolkata"),
        "wants_direct_messages": True,
        "lead_minutes": (),
        "quiet": QuietHours(from_hour=22, until_hour=7),
    }
    await house.know(BEN, **wishes)
    await house.advance_to(REMIND + HOUR)
    match change:
        case "wants no reminders":
            await house.know(BEN, **wishes | {"wants_direct_messages": False})
        case "follows no more":
            await house.rooms.groups.follow(actor(BEN), None)
        case "has voted":
            click(house, ballot.message_id or 0, BEN, "🇦")
        case "has closed messages":
            await house.know(BEN, **wishes | {"has_closed_messages": True})
        case "sleeps until nine":
            until_nine = QuietHours(from_hour=22, until_hour=9)
            await house.know(BEN, **wishes | {"quiet": until_nine})
        case "Discord is out of order":
            house.messenger.meanwhile["before memberships"] = lose_the_answer
        case "the vote is over":
            await house.rooms.ballots.close(actor(), None)
    await house.advance_to(REMIND + 8 * HOUR)
    first = written_to(house)
    house.messenger.meanwhile.clear()
    await house.advance_to(REMIND + 10 * HOUR)
    assert (first.get(BEN, 0), written_to(house).get(BEN, 0)) == (at_seven, at_nine)
    calls = house.messenger.titles("the vote closes in")
    assert len(calls) == (change == "has closed messages")


async def test_a_night_that_outlasts_the_vote_is_not_broken(house: Backstage) -> None:
    night = QuietHours(from_hour=22, until_hour=7)
    # In Berlin its reminder is due after two o'clock, and five minutes are left at seven.
    await opened(house, BEN, CLARA, closes="2022-10-30 00:05")
    await house.know(
        BEN,
        Place(name="Berlin", zone="Europe/Berlin"),
        wants_direct_messages=True,
        lead_minutes=(),
        quiet=night,
    )
    await house.advance_to(CLOSE)
    assert written_to(house) == {CLARA: 1}
    async with house.db.read() as tx:
        sent = select(DELIVERIES.c.target).join(JOBS).where(JOBS.c.kind == REMIND_TO_VOTE)
        planned = set(await tx.scalars(sent))
    assert planned == {person_target(CLARA)}  # nothing that operators would see expire


async def test_closed_messages_are_noted_and_the_channel_hears_of_nobody(house: Backstage) -> None:
    ballot = await opened(house, BEN, CLARA, DEVI)
    house.messenger.closed.update({BEN, CLARA})
    await house.advance_to(REMIND + HOUR)
    assert written_to(house) == {DEVI: 1}
    assert (await house.rooms.members.get(BEN)).has_closed_messages
    [call] = [
        one
        for one in house.messenger.places[CHANNEL].messages.values()
        if "the vote closes in" in one.card.title
    ]
    assert call.card.body == ("<t:1667325600:F> · <t:1667325600:R>",)
    assert call.card.buttons[0].url == f"https://discord.com/channels/1000/1001/{ballot.message_id}"
    assert not call.pings
    await house.advance_to(CLOSE - timedelta(seconds=1))
    assert len(house.messenger.titles("the vote closes in")) == 1


async def test_where_votes_cant_be_read_nobody_is_told_that_theirs_is_missing(
    house: Backstage,
) -> None:
    await opened(house, BEN)
    house.rooms.listener.begin_session()  # what was heard before may not be all
    house.messenger.places[CHANNEL].denied = {"Read Message History"}
    await house.advance_to(REMIND + HOUR)
    assert written_to(house) == {}


async def test_votes_that_were_heard_are_heeded_without_reading_them(house: Backstage) -> None:
    ballot = await opened(house, BEN, CLARA)
    await house.advance_to(REMIND - timedelta(seconds=1))
    click(house, ballot.message_id or 0, CLARA, "🇦")
    before = house.messenger.calls.count("read_votes")
    await house.advance_to(REMIND)
    assert (written_to(house), house.messenger.calls.count("read_votes")) == ({BEN: 1}, before)


async def test_many_are_told_on_one_reading_of_the_votes(house: Backstage) -> None:
    crowd = range(900, 960)
    house.messenger.members.update(crowd)
    await opened(house, *crowd)
    await house.advance_to(REMIND - timedelta(seconds=1))
    house.rooms.listener.begin_session()  # what was heard before may not be all
    before = house.messenger.calls.count("read_votes")
    await house.advance_to(REMIND)
    reads = house.messenger.calls.count("read_votes") - before
    assert (sum(len(house.messenger.told(one)) for one in crowd), reads) == (60, 1)
