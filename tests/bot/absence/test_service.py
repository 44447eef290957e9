"""A server that removes Lectern freezes; one that comes back goes on, and nothing is said twice."""

from datetime import timedelta
from typing import Any

import pytest
from backstage import (
    BEN,
    CHANNEL,
    CLARA,
    FIRST,
    MAYA,
    SECOND,
    SERVER,
    START,
    THIRD,
    Backroom,
    Backstage,
    actor,
    no_pause,
)
from sqlalchemy import func, literal, select

from bot.absence.model import Roll
from bot.absence.store import work_of
from bot.ballots.model import Ballot, BallotForm, BallotState
from bot.ballots.store import last_ballot
from bot.database import Database
from bot.groups.alerts import alert_leads
from bot.groups.store import FOLLOWS, GROUPS
from bot.jobs.handler import Handler
from bot.jobs.model import JobState
from bot.jobs.runner import Runner
from bot.jobs.store import JOBS
from bot.messenger import TryLater
from bot.pitches.store import PITCHES
from cogs.rooms import build_rooms

DAY, HOUR, WEEK = timedelta(days=1), timedelta(hours=1), timedelta(days=7)
ELSEWHERE = 2000


class Register(Runner):
    """Keeps which kinds of work there are."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kinds: set[str] = set()

    def register(self, handler: Handler, *, for_leader: bool = False) -> None:
        self.kinds.add(handler.kind)
        super().register(handler)


async def left_at(house: Backstage) -> dict[int, Any]:
    async with house.db.read() as tx:
        rows = await tx.execute(select(GROUPS.c.id, GROUPS.c.left_at))
        return {row.id: row.left_at for row in rows}


async def test_every_kind_of_work_belongs_to_a_group(db: Database) -> None:
    """A new kind must say in `work_of` which jobs of it a group has."""
    register = Register(db, lambda: START)
    build_rooms(db, lambda: START, Backroom(lambda: START), register, no_pause)
    known = {kind for kinds in work_of(select(literal(1))) for kind in kinds}
    assert known == register.kinds


async def test_server_that_removed_us_hears_nothing_and_loses_nothing(house: Backstage) -> None:
    group = await house.found_group()
    await house.follow(group, BEN)
    await house.know(BEN, wants_direct_messages=True, lead_minutes=(60,))
    await house.rooms.absence.leave(SERVER)
    await house.advance_to(SECOND)
    assert (house.messenger.titles(), house.messenger.told(BEN)) == ([], [])
    assert await left_at(house) == {group.id: START}
    listed = await house.rooms.groups.groups_in(SERVER)
    assert [one.name for one in listed] == ["ML Theory"]


async def test_server_that_is_back_is_reminded_of_what_is_ahead(house: Backstage) -> None:
    group = await house.found_group()
    await house.rooms.absence.leave(SERVER)
    await house.advance_to(FIRST + DAY)
    await house.rooms.absence.rejoin(SERVER)
    assert await left_at(house) == {group.id: None}
    await house.advance_to(SECOND)
    assert house.messenger.titles("🔔") == [
        f"🔔 ML Theory #2 in {span}" for span in ("1 week", "1 day", "1 hour", "10 minutes")
    ]


async def test_reminder_is_not_told_again_to_who_heard_it_before(house: Backstage) -> None:
    """Of two people one is told, then we are removed; the other hears of it when we are back."""
    group = await house.found_group()
    for user_id in (BEN, CLARA):
        await house.follow(group, user_id)
        await house.know(user_id, wants_direct_messages=True, lead_minutes=(60,))
    await house.advance_to(FIRST - HOUR - timedelta(seconds=1))
    told = []

    async def remove_us_after_the_first() -> None:
        told.append(len(house.messenger.told(BEN)) + len(house.messenger.told(CLARA)))
        if told[-1] == 1:
            await house.rooms.absence.leave(SERVER)
            raise TryLater("the answer was lost")

    house.messenger.meanwhile["say"] = remove_us_after_the_first
    await house.advance_to(FIRST - HOUR + timedelta(minutes=5))
    house.messenger.meanwhile.clear()
    await house.rooms.absence.rejoin(SERVER)
    await house.runner.run_due()
    assert [len(house.messenger.told(user_id)) for user_id in (BEN, CLARA)] == [1, 1]


async def test_native_events_that_went_with_us_are_made_again_and_others_kept(
    house: Backstage,
) -> None:
    await house.found_group(is_mirrored=True)
    before = house.messenger.events
    await house.rooms.absence.leave(SERVER)
    await house.messenger.remove_event(SERVER, min(before))
    await house.rooms.absence.rejoin(SERVER)
    await house.runner.run_due()
    after = house.messenger.events
    assert sorted(one.name for one in after.values()) == sorted(one.name for one in before.values())
    assert before.keys() - after.keys() == {min(before)}
    assert len(after.keys() - before.keys()) == 1


async def test_calendar_is_filled_again_after_a_long_absence(house: Backstage) -> None:
    await house.found_group()
    await house.rooms.absence.leave(SERVER)
    await house.advance_to(THIRD + HOUR)
    await house.rooms.absence.rejoin(SERVER)
    await house.runner.run_due()
    _, card = await house.rooms.sessions.calendar_card(actor(), None, past=False)
    _, past = await house.rooms.sessions.calendar_card(actor(), None, past=True)
    assert [line.count("#") for line in ("".join(card.body), "".join(past.body))] == [6, 3]


async def vote_open(house: Backstage, days: int) -> int:
    """The message of the group's open ballot over Kernels and Sheaves."""
    group = await house.found_group()
    await house.pitch(group, "Kernels", "Sheaves")
    await house.rooms.ballots.open(actor(), None, BallotForm(talks_each=1, days=days))
    await house.runner.run_due()
    [message_id] = house.messenger.places[CHANNEL].messages
    return message_id


async def ballot_of(house: Backstage) -> Ballot:
    async with house.db.read() as tx:
        ballot = await last_ballot(tx, 1)
    assert ballot is not None
    return ballot


async def test_ballot_waits_and_is_counted_as_it_stands_when_we_are_back(
    house: Backstage,
) -> None:
    message_id = await vote_open(house, days=1)
    await house.rooms.absence.leave(SERVER)
    await house.advance_to(START + 2 * DAY)
    house.messenger.vote(message_id, BEN, "🇧")
    assert (await ballot_of(house)).state is BallotState.OPEN
    await house.rooms.absence.rejoin(SERVER)
    await house.runner.run_due()
    ballot = await ballot_of(house)
    assert ballot.state is BallotState.ANNOUNCED
    assert ballot.result is not None
    assert [ballot.option_of(one).title for one in ballot.result.winners] == ["Sheaves"]


async def test_leads_are_not_told_what_we_can_not_do_where_we_are_not(house: Backstage) -> None:
    group = await house.found_group()
    await alert_leads(house.db, group.id, "The channel is full.", house.now)
    await house.rooms.absence.leave(SERVER)
    await alert_leads(house.db, group.id, "I can't write.", house.now)
    await house.advance_to(START + DAY)
    assert house.messenger.told(MAYA) == []
    await house.rooms.absence.rejoin(SERVER)
    await house.runner.run_due()
    told = [text for card in house.messenger.told(MAYA) for text in card.body]
    assert [text for text in told if "." in text][:1] == ["The channel is full."]


async def test_open_ballot_is_looked_after_only_while_we_are_there(house: Backstage) -> None:
    message_id = await vote_open(house, days=3)
    await house.rooms.absence.leave(SERVER)
    del house.messenger.places[CHANNEL].messages[message_id]
    await house.rooms.upkeep.look_after_all()
    assert (await ballot_of(house)).state is BallotState.OPEN
    await house.rooms.absence.rejoin(SERVER)
    await house.rooms.upkeep.look_after_all()
    assert (await ballot_of(house)).state is BallotState.VOID


@pytest.mark.both_databases
async def test_groups_are_forgotten_a_month_after_we_were_removed(house: Backstage) -> None:
    group = await house.found_group()
    await house.pitch(group, "Kernels")
    await house.follow(group, BEN)
    other = await house.found_group(server_id=ELSEWHERE)
    await house.rooms.absence.leave(SERVER)
    house.now += timedelta(days=29)
    await house.rooms.absence.forget_old()
    assert len(await left_at(house)) == 2
    house.now += timedelta(days=2)
    await house.rooms.absence.forget_old()
    assert await left_at(house) == {other.id: None}
    async with house.db.read() as tx:
        frozen = await tx.scalar(
            select(func.count()).select_from(JOBS).where(JOBS.c.state == JobState.FROZEN)
        )
        rows = (PITCHES, FOLLOWS)
        left = [await tx.scalar(select(func.count()).select_from(row)) for row in rows]
    assert (frozen, left) == (0, [0, 0])
    await house.rooms.absence.rejoin(SERVER)
    assert await left_at(house) == {other.id: None}


async def test_other_servers_go_on(house: Backstage) -> None:
    await house.found_group()
    away = await house.found_group(server_id=ELSEWHERE)
    await house.rooms.absence.leave(ELSEWHERE)
    assert (await left_at(house))[away.id] == START
    await house.advance_to(FIRST - 7 * DAY - timedelta(seconds=30))
    # Planned by now, and sent in half a minute.
    await house.rooms.absence.leave(ELSEWHERE + 1)
    await house.advance_to(FIRST - 6 * DAY)
    assert house.messenger.titles("🔔") == ["🔔 ML Theory #1 in 1 week"]


async def test_second_word_of_a_removal_changes_nothing(house: Backstage) -> None:
    group = await house.found_group()
    await house.rooms.absence.leave(SERVER)
    house.now += DAY
    await house.rooms.absence.leave(SERVER)
    assert await left_at(house) == {group.id: START}


async def test_word_of_a_return_changes_nothing_where_we_were_not_away(house: Backstage) -> None:
    await house.found_group(is_mirrored=True)
    events = house.messenger.events
    await house.runner.run_due()
    await house.rooms.absence.rejoin(SERVER)
    due_at = await house.runner.next_due_at()
    assert due_at is not None
    assert due_at > house.now
    assert house.messenger.events == events


async def test_roll_call_takes_back_in_who_is_there_and_tells_who_is_not(
    house: Backstage,
) -> None:
    here, there = await house.found_group(), await house.found_group(server_id=ELSEWHERE)
    gone = await house.found_group(server_id=ELSEWHERE + 1)
    for server_id in (SERVER, ELSEWHERE + 1):
        await house.rooms.absence.leave(server_id)
    roll = await house.rooms.absence.call_roll({SERVER, 12345})
    assert roll == Roll(missing=frozenset({ELSEWHERE}), away=frozenset({ELSEWHERE + 1}))
    assert await left_at(house) == {here.id: None, there.id: None, gone.id: START}
