"""What was done is taken back as it was, with everything that hangs on it, or not at all."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from itertools import islice

import pytest
from backstage import (
    BEN,
    CLARA,
    FIRST,
    KENJI,
    MAYA,
    PATTERN,
    SECOND,
    START,
    Backstage,
    actor,
)
from bent import (
    discussions,
    going,
    heard,
    labels,
    programme,
    refusal_of,
    sessions_of,
    skip,
    titles_of,
    told_acts,
)
from sqlalchemy import update

from bot.audit.model import ActKind, Rows, changes_between
from bot.audit.store import choose_rows, last_acts, read_rows, record_act
from bot.ballots.model import BallotForm
from bot.cards import Card, stamp
from bot.database import Tx
from bot.errors import Refusal
from bot.groups.model import Group
from bot.groups.pattern import Pattern
from bot.groups.revising import Revision
from bot.groups.rhythm import Rhythm
from bot.groups.rhythms import EARLIER, EARLIER_COLUMNS, PATTERN_COLUMNS
from bot.groups.store import GROUPS, add_lead, group_of, save_pattern
from bot.pitches.store import PITCHES, backlog, promised
from bot.sessions.model import Session, SessionState, TalkState
from bot.sessions.talks import TALKS, put_off_talks

HOUR = timedelta(hours=1)
SEATED = [["A", "B"], ["C"], [], ["D"]]


def bare(sessions: list[Session]) -> list[Session]:
    """Without what tells calendars and people that something has changed."""
    return [
        replace(one, sequence=0, changed_at=START, moved_from=None, event_id=None)
        for one in sessions
    ]


async def bend(house: Backstage, how: str) -> None:
    """One of the acts that a lead can take back."""
    if how == "move":
        await house.move(1, "2022-11-06 10:30")
    elif how == "shift":
        await house.move(1, "2022-11-06 10:30", "Shift this and the rest")
    elif how == "shift later":
        await house.move(2, "2022-11-26 14:00", "Shift this and the rest")
    elif how == "cancel":
        await house.cancel(1, "Fire")
    elif how == "drop":
        await skip(house, 1, "No meeting", "No meeting")
    else:
        await skip(house, 1, "Away: A", "Let the next one step in")


@pytest.mark.parametrize("how", ["move", "shift", "shift later", "cancel", "drop", "away"])
async def test_an_act_is_taken_back_whole_and_told_once(house: Backstage, how: str) -> None:
    group = await house.found_group()
    await programme(house, group, SEATED)
    await going(house, (await sessions_of(house, group))[0], CLARA)
    before, due = await sessions_of(house, group), await discussions(house, group)
    await bend(house, how)
    assert bare(await sessions_of(house, group)) != bare(before)
    done = len(await heard(house))
    card = await house.undo()
    after = await sessions_of(house, group)
    assert bare(after) == bare(before)
    async with house.db.read() as tx:
        assert await group_of(tx, group.id) == group
        assert await backlog(tx, group.id) == await promised(tx, group.id) == []
    assert await discussions(house, group) == due
    notices = await heard(house)
    assert (len(notices), notices[-1].card.title) == (
        done + 1,
        "↩️ ML Theory: a change is taken back",
    )
    changed = [
        new.number for old, new in zip(before, after, strict=True) if old.sequence != new.sequence
    ]
    assert all(f"**#{number}**" in notices[-1].card.body[0] for number in changed)
    assert all(
        new.sequence == old.sequence + 2
        for old, new in zip(before, after, strict=True)
        if new.number in changed
    )
    # What was done may end in a title's own question mark.
    assert card.body[0].startswith("✅ You took back: ")
    assert not card.body[0].endswith(".")
    assert card.body[2].endswith(" · taken back")
    # The calendar goes on as if nothing had happened.
    await house.advance_to(FIRST + 2 * HOUR)
    assert [one.starts_at for one in (await sessions_of(house, group))[:7]] == [
        FIRST,
        *(SECOND + n * timedelta(days=14) for n in range(6)),
    ]


@pytest.mark.parametrize("how", ["move", "shift", "cancel", "drop", "away"])
async def test_taking_back_is_taken_back_too(house: Backstage, how: str) -> None:
    group = await house.found_group()
    await programme(house, group, SEATED)
    await bend(house, how)
    bent = await sessions_of(house, group)
    await house.undo()
    await house.undo()
    assert bare(await sessions_of(house, group)) == bare(bent)
    async with house.db.read() as tx:
        acts = await last_acts(tx, group.id, 5)
    assert [(one.kind, one.is_undone) for one in acts[:2]] == [
        (ActKind.UNDO, False),
        (ActKind.UNDO, True),
    ]


async def test_reminders_go_by_the_time_that_is_back(house: Backstage) -> None:
    await house.found_group()
    await house.cancel(1)
    await house.undo()
    await house.advance_to(FIRST + HOUR)
    assert house.messenger.titles("🔔 ML Theory #1") == [
        f"🔔 ML Theory #1 in {lead}" for lead in ("1 week", "1 day", "1 hour", "10 minutes")
    ]


async def test_a_native_event_that_was_taken_away_is_back(house: Backstage) -> None:
    await house.found_group(is_mirrored=True)
    await house.cancel(1)
    await house.runner.run_due()
    gone = {plan.name for plan in house.messenger.events.values()}
    await house.undo()
    await house.runner.run_due()
    back = [plan.starts_at for plan in house.messenger.events.values() if "#1" in plan.name]
    assert ("ML Theory #1" in gone, back) == (False, [FIRST])


async def test_talks_that_had_gone_back_are_in_their_places_again(house: Backstage) -> None:
    group = await house.found_group(talks_per_session=1)
    full = [["A"], ["B"], ["C"], ["D"], ["E"], ["A2"]]
    await programme(house, group, full)
    due = await discussions(house, group)
    await skip(house, 1, "No meeting", "No meeting")
    await house.undo()
    assert (await titles_of(house, group), await discussions(house, group)) == (full, due)


async def test_an_added_session_is_cancelled_and_keeps_its_number(house: Backstage) -> None:
    group = await house.found_group()
    card = await house.rooms.rescheduling.propose_add(actor(), None, "2022-11-12 10:00", None)
    await house.press(card, "Add the session")
    assert labels((await heard(house))[-1].card) == ["Going", "Recording only", "Can't come"]
    added_at = stamp(FIRST + timedelta(days=7, hours=-3))
    assert await told_acts(house) == [f"**1.** <@{MAYA}> added #7: {added_at}"]
    await house.undo()
    added = next(one for one in await sessions_of(house, group) if one.number == 7)
    assert (added.state, added.sequence) == (SessionState.CANCELLED, 1)
    # Nobody is asked to come where nothing takes place.
    assert labels((await heard(house))[-1].card) == []
    await house.undo()
    added = next(one for one in await sessions_of(house, group) if one.number == 7)
    assert (added.state, added.sequence) == (SessionState.PLANNED, 2)


async def test_what_has_changed_since_is_not_taken_back(house: Backstage) -> None:
    group = await house.found_group()
    await programme(house, group, SEATED)
    await house.move(1, "2022-11-06 10:30", "Shift this and the rest")
    await house.move(3, "2022-12-06 10:30")
    before = await sessions_of(house, group)
    assert await refusal_of(house.undo(2)) == (
        "Session #3 has changed since, so that can't be taken back as a whole: change it by hand."
    )
    assert await sessions_of(house, group) == before
    # The later act first, then the earlier one.
    await house.undo(1)
    await house.undo(3)
    assert (await sessions_of(house, group))[0].starts_at == FIRST


async def test_a_promised_talk_that_has_a_seat_again_is_not_pulled_from_it(
    house: Backstage,
) -> None:
    group = await house.found_group()
    await programme(house, group, [["A", "B"]])
    await house.cancel(1)
    given = await house.rooms.ballots.open(actor(), None, BallotForm())
    assert given.body == (
        "There is nothing to vote on: the backlog is empty. But 2 promised talks have a seat now: "
        "**A** in #2 and **B** in #2.",
    )
    assert (await titles_of(house, group))[1:3] == [["A", "B"], []]
    assert await refusal_of(house.undo(2)) == (
        "A pitch of it has changed since, so that can't be taken back as a whole: change it by "
        "hand."
    )


async def test_a_seat_that_another_talk_has_by_now_is_not_given_twice(house: Backstage) -> None:
    group = await house.found_group()
    await programme(house, group, [["A"]])
    await skip(house, 1, "Away: A", "Put it off to #2")
    await programme(house, group, [["B"]])
    assert await refusal_of(house.undo()) == (
        "A session of it has got other talks since, so that can't be taken back as a whole: "
        "change it by hand."
    )


async def test_an_hour_that_another_session_has_by_now_is_not_given_twice(
    house: Backstage,
) -> None:
    await house.found_group()
    await house.move(1, "2022-11-06 10:30")
    await house.move(2, "2022-11-05 14:30")
    assert await refusal_of(house.undo(2)) == (
        "Session #2 of the group is at that time: move or cancel it first."
    )


async def test_what_has_begun_is_not_taken_back(house: Backstage) -> None:
    await house.found_group()
    await house.cancel(1)
    await house.move(2, "2022-11-04 10:30")
    acts = await house.rooms.acts.acts_card(actor(), None)
    await house.advance_to(FIRST + HOUR)
    begun = "Session #{} has begun by now, or would have: that can't be taken back."
    assert [
        await refusal_of(house.press(acts, "Undo 1")),
        await refusal_of(house.press(acts, "Undo 2")),
    ] == [
        "Session #2 has changed since, so that can't be taken back as a whole: change it by hand.",
        begun.format(1),
    ]


@pytest.mark.both_databases
async def test_two_leads_take_back_at_once_and_it_is_done_once(house: Backstage) -> None:
    group = await house.found_group()
    async with house.db.begin() as tx:
        await add_lead(tx, group.id, KENJI)
    await house.move(1, "2022-11-06 10:30")
    acts = await house.rooms.acts.acts_card(actor(), None)
    found = await asyncio.gather(
        house.press(acts, "Undo 1"), house.press(acts, "Undo 1", KENJI), return_exceptions=True
    )
    assert sorted(type(one).__name__ for one in found) == ["Card", "Refusal"]
    [refused] = [one for one in found if isinstance(one, Refusal)]
    assert str(refused) == "That has been taken back already."
    assert (await sessions_of(house, group))[0].sequence == 2
    assert isinstance(next(one for one in found if one is not refused), Card)


async def test_only_the_groups_leads_take_back(house: Backstage) -> None:
    group = await house.found_group()
    await house.move(1, "2022-11-06 10:30")
    acts = await house.rooms.acts.acts_card(actor(), None)
    before = await sessions_of(house, group)
    assert [
        await refusal_of(house.press(acts, "Undo 1", BEN)),
        await refusal_of(house.press(acts, "Undo 1", MAYA, 77)),
        await refusal_of(house.rooms.acts.undo(actor(), 999)),
    ] == [
        "Only the leads of ML Theory can do this: ask one of them.",
        *["That is too long ago: nobody remembers how it was before."] * 2,
    ]
    assert await sessions_of(house, group) == before


async def test_acts_are_listed_with_who_and_when(house: Backstage) -> None:
    group = await house.found_group()
    async with house.db.begin() as tx:
        await add_lead(tx, group.id, KENJI)
    empty = await house.rooms.acts.acts_card(actor(), None)
    assert (empty.body, labels(empty)) == (
        ("Nothing was done here yet.",),
        [],
    )
    await house.cancel(1, "*Fire*")
    house.now += HOUR
    await house.move(2, "2022-11-20 14:00", user_id=KENJI)
    await house.undo()
    card = await house.rooms.acts.acts_card(actor(), None)
    later = SECOND + timedelta(days=1)
    moved = f"moved #2 from {stamp(SECOND)} to {stamp(later)}"
    first = f"{stamp(START, 'f')} · {stamp(START, 'R')}"
    then = f"{stamp(START + HOUR, 'f')} · {stamp(START + HOUR, 'R')}"
    assert card.body == (
        f"**1.** <@{MAYA}> took back: {moved}\n-# {then}",
        f"**2.** <@{KENJI}> {moved}\n-# {then} · taken back",
        f"**3.** <@{MAYA}> cancelled #1 ({stamp(FIRST, 'D')}): \\*Fire\\*\n-# {first}",
    )
    assert [(one.label, one.beside) for one in card.buttons] == [("Undo 1", 0), ("Undo 3", 2)]
    undone = await house.undo(3)
    assert [(one.label, one.beside) for one in undone.buttons] == [("Undo 1", 1), ("Undo 2", 2)]


async def test_an_edit_of_the_pattern_is_taken_back_and_the_calendar_follows(
    house: Backstage,
) -> None:
    group = await house.found_group()
    weekly = PATTERN.revised(
        Rhythm(
            zone=PATTERN.zone, first_at=PATTERN.first_at, every_weeks=1, since_at=PATTERN.first_at
        )
    )
    await edit_pattern(house, group, weekly)
    async with house.db.read() as tx:
        assert (await group_of(tx, group.id)).pattern.every_weeks == 1
    await house.undo()
    async with house.db.read() as tx:
        assert (await group_of(tx, group.id)).pattern == PATTERN
    await house.runner.run_due()
    assert len(await sessions_of(house, group)) == 6


async def read_pattern(tx: Tx, group: Group) -> Rows:
    newest = choose_rows(GROUPS, PATTERN_COLUMNS, GROUPS.c.id == group.id)
    earlier = choose_rows(EARLIER, EARLIER_COLUMNS, EARLIER.c.group_id == group.id)
    return {
        **await read_rows(tx, GROUPS, newest),
        **await read_rows(tx, EARLIER, earlier),
    }


async def edit_pattern(house: Backstage, group: Group, pattern: Pattern) -> None:
    """What a lead does elsewhere: the pattern alone, recorded with its rows."""
    async with house.db.begin() as tx:
        before = await read_pattern(tx, group)
        await save_pattern(tx, group.id, pattern)
        after = await read_pattern(tx, group)
        await record_act(
            tx,
            group_id=group.id,
            user_id=MAYA,
            kind=ActKind.PATTERN,
            what="changed the rhythm",
            changes=changes_between(before, after),
            now=house.now,
        )


async def test_an_extra_session_does_not_keep_a_shift_from_being_taken_back(
    house: Backstage,
) -> None:
    group = await house.found_group()
    await house.move(2, "2022-11-20 14:00", "Shift this and the rest")
    card = await house.rooms.rescheduling.propose_add(actor(), None, "2022-11-25 10:00", None)
    await house.press(card, "Add the session")
    await house.undo(2)
    assert (await sessions_of(house, group))[1].starts_at == SECOND


async def test_a_shift_that_has_brought_a_further_session_is_not_taken_back(
    house: Backstage,
) -> None:
    group = await house.found_group()
    await house.move(2, "2022-11-20 14:00", "Shift this and the rest")
    await house.advance_to(FIRST + 2 * HOUR)
    before = await sessions_of(house, group)
    assert len(before) == 7
    assert await refusal_of(house.undo()) == (
        "The calendar has grown by another session since, so that can't be taken back: shift it "
        "back with `/session move` instead."
    )
    assert await sessions_of(house, group) == before


@pytest.mark.parametrize("how", ["cancel", "drop"])
async def test_a_talk_put_off_keeps_its_place_in_line_and_is_confirmed_again_by_undo(
    house: Backstage, how: str
) -> None:
    group = await house.found_group(talks_per_session=1)
    await programme(house, group, [["A"], ["B"], ["C"], ["D"], ["E"], ["F"]])
    long_ago = house.now - timedelta(days=60)
    async with house.db.begin() as tx:
        await tx.execute(update(TALKS).values(state=TalkState.CONFIRMED))
        await tx.execute(update(PITCHES).values(promised_at=long_ago))
    await bend(house, how)
    async with house.db.read() as tx:
        [pitch] = await promised(tx, group.id)
        [talk] = await put_off_talks(tx, group.id)
    assert (pitch.title, talk.title) == (("A", "A") if how == "cancel" else ("F", "F"))
    assert pitch.promised_at == long_ago
    await house.undo()
    async with house.db.read() as tx:
        assert await promised(tx, group.id) == []
    seated = [talk for one in await sessions_of(house, group) for talk in one.talks]
    assert [(talk.title, talk.state) for talk in seated] == [
        (title, TalkState.CONFIRMED) for title in "ABCDEF"
    ]


async def test_a_speaker_who_has_confirmed_since_stays_confirmed(house: Backstage) -> None:
    group = await house.found_group()
    await programme(house, group, [["A"]])
    await house.move(1, "2022-11-06 10:30")
    async with house.db.begin() as tx:
        await tx.execute(update(TALKS).values(state=TalkState.CONFIRMED))
    await house.undo()
    [session, *_] = await sessions_of(house, group)
    assert [talk.state for talk in session.talks] == [TalkState.CONFIRMED]


async def test_what_leads_decide_about_an_event_is_taken_back_too(house: Backstage) -> None:
    """Taking over an edited event moves the session, and a deleted one may cancel it."""
    group = await house.found_group()
    await programme(house, group, [[], ["A"]])
    before = await sessions_of(house, group)
    await house.move(1, "2022-11-06 10:30")
    await house.cancel(2, "")
    await house.undo(1)
    await house.undo(3)
    assert bare(await sessions_of(house, group)) == bare(before)
    async with house.db.read() as tx:
        assert await backlog(tx, group.id) == await promised(tx, group.id) == []


@pytest.mark.parametrize(
    ("what", "typed"),
    [
        (
            Revision.RHYTHM,
            {"rhythm": "every week on Sunday 10:00", "since": "2022-11-12", "minutes": "90"},
        ),
        (Revision.PAUSE, {"from": "2022-11-10", "until": "2022-12-10"}),
        (Revision.HOLIDAYS, {"days": "2022-11-19"}),
    ],
)
async def test_another_rhythm_or_a_break_is_taken_back_with_its_sessions(
    house: Backstage, what: Revision, typed: dict[str, str]
) -> None:
    group = await house.found_group()
    await programme(house, group, SEATED)
    before, due = await sessions_of(house, group), await discussions(house, group)
    shown = await house.rooms.rhythms.propose(actor(), None, what, typed)
    number = int((shown.buttons[0].action or "").rpartition(":")[2])
    await house.rooms.rhythms.carry_out(actor(), number)
    await house.runner.run_due()
    bent = await sessions_of(house, group)
    assert bare(bent[: len(before)]) != bare(before)
    await house.undo()
    await house.runner.run_due()
    after = await sessions_of(house, group)
    kept = [one for one in after if one.number <= len(before)]
    assert bare(kept) == bare(before)
    # What only the other pattern had is called off, and keeps its number.
    ours = {*islice(PATTERN.occurrences(PATTERN.first_at - HOUR), 12)}
    added = {one.wall_start: one.state for one in after if one.number > len(before)}
    assert added == {
        wall: SessionState.PLANNED if wall in ours else SessionState.CANCELLED for wall in added
    }
    assert await discussions(house, group) == due
    async with house.db.read() as tx:
        assert (await group_of(tx, group.id)).pattern == group.pattern


async def test_the_calendar_is_full_again_as_soon_as_a_pause_is_taken_back(
    house: Backstage,
) -> None:
    group = await house.found_group()
    shown = await house.rooms.rhythms.propose(
        actor(), None, Revision.PAUSE, {"from": "2022-12-01", "until": ""}
    )
    number = int((shown.buttons[0].action or "").rpartition(":")[2])
    await house.rooms.rhythms.carry_out(actor(), number)
    await house.advance_to(SECOND + 2 * HOUR)
    assert len(await sessions_of(house, group)) == 6
    await house.undo()
    await house.runner.run_due()
    ahead = [one for one in await sessions_of(house, group) if one.starts_at > house.now]
    assert [one.state for one in ahead] == [SessionState.PLANNED] * 6


async def test_a_date_that_a_break_had_only_brought_forward_is_met_on(house: Backstage) -> None:
    """Its session had filled the calendar up: the pattern that is back has that date, too."""
    group = await house.found_group()
    shown = await house.rooms.rhythms.propose(
        actor(), None, Revision.PAUSE, {"from": "2022-11-10", "until": "2022-11-25"}
    )
    number = int((shown.buttons[0].action or "").rpartition(":")[2])
    await house.rooms.rhythms.carry_out(actor(), number)
    await house.undo()
    await house.runner.run_due()
    assert "no meeting" not in (await heard(house))[-1].card.body[0]
    dates = [FIRST, *(SECOND + n * timedelta(days=14) for n in range(6))]
    planned = [(one.starts_at, one.state) for one in await sessions_of(house, group)]
    assert planned == [(date, SessionState.PLANNED) for date in dates]
    await house.undo()  # the undoing: there is a break again, with nothing else
    called_off = [
        one for one in await sessions_of(house, group) if one.state != SessionState.PLANNED
    ]
    assert [one.starts_at for one in called_off] == [SECOND]


async def test_a_rhythm_that_was_taken_back_can_be_had_after_all(house: Backstage) -> None:
    """What taking it back had cancelled was never called off by anybody."""
    group = await house.found_group()
    weekly = {"rhythm": "every week on Saturday 14:00", "since": "2022-11-10", "minutes": "60"}
    for _ in range(2):
        shown = await house.rooms.rhythms.propose(actor(), None, Revision.RHYTHM, weekly)
        number = int((shown.buttons[0].action or "").rpartition(":")[2])
        await house.rooms.rhythms.carry_out(actor(), number)
        planned = sorted(
            one.wall_start
            for one in await sessions_of(house, group)
            if one.state == SessionState.PLANNED
        )
        weeks = [PATTERN.first_at + n * timedelta(days=7) for n in range(len(planned))]
        assert (planned, len(planned) > 6) == (weeks, True)
        await house.undo()
