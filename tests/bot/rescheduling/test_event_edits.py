"""What leads change in Discord's own dialog is noticed, asked about, and never overwritten."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from backstage import (
    BEN,
    CHANNEL,
    CLARA,
    FIRST,
    MAYA,
    SERVER,
    START,
    Backstage,
    Died,
    actor,
    die,
    lose_the_answer,
    once,
)
from bent import acts_in, programme, told_acts

from bot.cards import Card
from bot.errors import Refusal
from bot.groups.model import GroupChange
from bot.groups.store import add_lead
from bot.messenger import EventPlan
from bot.rescheduling.event_edits import SETTLED
from bot.sessions.mirror import Mirror
from bot.sessions.mirror_store import get_mirror, lock_mirror, save_mirror
from bot.sessions.model import Session, SessionState
from bot.sessions.store import calendar_of

HOUR = timedelta(hours=1)
THEIRS = datetime(2022, 11, 6, 22, 0, tzinfo=UTC)
"""15:00 in Denver on the day on which its clocks go back."""


async def first_session(house: Backstage) -> Session:
    async with house.db.read() as tx:
        return (await calendar_of(tx, 1, START))[0]


async def mirror_of(house: Backstage, session: Session) -> Mirror:
    async with house.db.read() as tx:
        return await get_mirror(tx, session.id)


def shown(house: Backstage, session: Session) -> EventPlan:
    return house.messenger.events[session.event_id or 0]


def edit(house: Backstage, session: Session, **changes: object) -> EventPlan:
    """Let a lead change the event in Discord's dialog; what it shows then."""
    event = house.messenger.servers[SERVER].events[session.event_id or 0]
    event.plan = replace(event.plan, **changes)  # type: ignore[arg-type] # any field of a plan
    return event.plan


def put_off(house: Backstage, session: Session) -> EventPlan:
    return edit(house, session, starts_at=THEIRS, ends_at=THEIRS + HOUR)


async def hear(house: Backstage, session: Session, *, is_gone: bool = False) -> None:
    """Let the gateway tell of the event as it is now, and do what follows."""
    event_id = session.event_id or 0
    listed = {one.id: one for one in await house.messenger.list_events(SERVER)}
    await house.rooms.events.notice(SERVER, event_id, None if is_gone else listed[event_id])
    await house.advance_to(house.now + timedelta(minutes=1))


def questions(house: Backstage, user_id: int = MAYA) -> list[Card]:
    return [card for card in house.messenger.told(user_id) if "Somebody" in card.title]


def pressed(card: Card, label: str) -> tuple[str, int, int]:
    """What the button of that label carries: the choice, the session, the question's number."""
    [action] = [button.action for button in card.buttons if button.label == label]
    _, choice, session_id, number = (action or "").split(":")
    return choice, int(session_id), int(number)


async def press(house: Backstage, label: str, user_id: int = MAYA, server_id: int = 0) -> str:
    """Press a button of the last question in one's direct messages; what is told."""
    choice, session_id, number = pressed(questions(house)[-1], label)
    edits = house.rooms.event_edits
    decide = {
        "take": edits.take_over,
        "back": edits.put_back,
        "again": edits.make_again,
        "cancel": edits.cancel,
    }[choice]
    told = await decide(actor(user_id, server_id), session_id, number)
    await house.runner.run_due()
    return told


async def test_an_edit_is_asked_about_once_and_left_alone(house: Backstage) -> None:
    await house.found_group(is_mirrored=True)
    session = await first_session(house)
    theirs = put_off(house, session)
    await hear(house, session)
    [card] = questions(house)
    assert card.title == "✏️ Somebody changed the event of ML Theory #1"
    assert card.body[0] == "**Starts** <t:1667678400:F> → <t:1667772000:F>"
    assert [button.label for button in card.buttons] == ["Take it over", "Put mine back"]
    await hear(house, session)
    await house.rooms.events.look_after_all()
    await house.move(1, "2022-11-07 10:30")
    await house.advance_to(house.now + HOUR)
    assert (len(questions(house)), shown(house, session)) == (1, theirs)


async def test_leads_see_who_is_away_on_the_events_new_day_and_the_channel_does_not(
    house: Backstage,
) -> None:
    group = await house.found_group(is_mirrored=True)
    await programme(house, group, [["A", "B"]])
    await house.leave_for(BEN, THEIRS)
    session = await first_session(house)
    house.messenger.closed.add(CLARA)
    async with house.db.begin() as tx:
        await add_lead(tx, group.id, CLARA)
    put_off(house, session)
    await hear(house, session)
    assert questions(house)[-1].body[-1] == f"🏝️ <@{BEN}> is away on its new day: **A**"
    [public] = house.messenger.places[CHANNEL].messages.values()
    assert ("Somebody" in public.card.title, "🏝️" in public.card.text) == (True, False)


async def test_an_edit_during_downtime_is_found_by_comparing(house: Backstage) -> None:
    await house.found_group(is_mirrored=True)
    session = await first_session(house)
    theirs = edit(house, session, name="Reading *night*", location="Room 5")
    house.restart()
    await house.rooms.events.look_after_all()
    await house.runner.run_due()
    [card] = questions(house)
    assert card.body[0].splitlines() == [
        r"**Name** ML Theory #1 → Reading \*night\*",
        "**Place** Stage 1 → Room 5",
    ]
    assert shown(house, session) == theirs


async def test_a_move_just_after_an_edit_asks_before_it_writes(house: Backstage) -> None:
    await house.found_group(is_mirrored=True)
    session = await first_session(house)
    theirs = put_off(house, session)
    await house.move(1, "2022-11-07 10:30")
    await house.runner.run_due()
    assert (len(questions(house)), shown(house, session)) == (1, theirs)


async def test_taking_a_time_over_moves_the_session_as_a_command_would(house: Backstage) -> None:
    await house.found_group(is_mirrored=True)
    session = await first_session(house)
    put_off(house, session)
    await hear(house, session)
    told = await press(house, "Take it over")
    assert told == "Session #1 of ML Theory now is what its event says."
    moved = await first_session(house)
    assert (moved.starts_at, moved.wall_start.hour, moved.moved_from) == (THEIRS, 15, FIRST)
    assert house.messenger.titles("has moved") == ["↪️ ML Theory #1 has moved"]
    assert shown(house, moved).starts_at == THEIRS
    assert (await mirror_of(house, moved)).question is None
    await house.advance_to(THEIRS - HOUR)
    assert house.messenger.titles("in 1 hour") == ["🔔 ML Theory #1 in 1 hour"]


async def test_a_time_that_was_taken_over_can_be_taken_back(house: Backstage) -> None:
    await house.found_group(is_mirrored=True)
    session = await first_session(house)
    put_off(house, session)
    await hear(house, session)
    await press(house, "Take it over")
    card = await house.rooms.acts.acts_card(actor(), None)
    assert "moved #1 from <t:1667678400:F> to <t:1667772000:F>" in card.body[-1]
    [undo] = card.buttons
    await house.rooms.acts.undo(actor(), int((undo.action or "").partition(":")[2]))
    await house.runner.run_due()
    assert shown(house, session).starts_at == FIRST
    assert len(questions(house)) == 1


async def test_words_and_place_that_are_taken_over_stay_through_a_move(house: Backstage) -> None:
    await house.found_group(is_mirrored=True)
    session = await first_session(house)
    edit(
        house,
        session,
        name="Reading night",
        description="Bring tea.",
        location="Room 5",
        ends_at=FIRST + 2 * HOUR,
    )
    await hear(house, session)
    await press(house, "Take it over")
    await house.move(1, "2022-11-06 10:30")
    await house.runner.run_due()
    starts_at = datetime(2022, 11, 6, 17, 30, tzinfo=UTC)
    assert shown(house, session) == EventPlan(
        name="Reading night",
        description="Bring tea.\n\nlectern:session:1",
        starts_at=starts_at,
        ends_at=starts_at + 2 * HOUR,
        location="Room 5",
    )
    [group] = [await house.rooms.sessions.next_card(actor(), None)]
    file = await house.rooms.calendars.group_file(group[0])
    assert b"LOCATION:Room 5" in file.content
    assert len(questions(house)) == 1


async def test_words_place_and_length_that_were_taken_over_can_be_taken_back(
    house: Backstage,
) -> None:
    await house.found_group(is_mirrored=True)
    session = await first_session(house)
    before = shown(house, session)
    edit(
        house,
        session,
        name="Reading night",
        description="Bring tea.",
        location="Room 5",
        ends_at=FIRST + 2 * HOUR,
    )
    await hear(house, session)
    await press(house, "Take it over")
    await house.runner.run_due()
    theirs = shown(house, session)
    said = house.messenger.titles()
    card = await house.rooms.acts.acts_card(actor(), None)
    assert acts_in(card)[0].endswith(
        "took over the event of #1: its name, its words, where it is and how long it lasts"
    )
    await house.undo()
    house.restart()
    await house.runner.run_due()
    assert shown(house, session) == before
    after = await first_session(house)
    assert (after.place, after.minutes, after.starts_at) == ("", 60, FIRST)
    assert (len(questions(house)), house.messenger.titles()) == (1, said)
    # Taking back is taken back, too.
    await house.undo()
    await house.runner.run_due()
    assert shown(house, session) == theirs


async def test_what_the_group_changes_before_the_answer_is_not_taken_for_the_leads(
    house: Backstage,
) -> None:
    await house.found_group(is_mirrored=True)
    session = await first_session(house)
    put_off(house, session)
    await hear(house, session)
    words = GroupChange(name="Theory", about="We read.", meeting_place="Stage 2")
    await house.rooms.groups.edit(actor(), None, words)
    await house.runner.run_due()
    await press(house, "Take it over")
    now_there = shown(house, session)
    assert (now_there.starts_at, now_there.name, now_there.location) == (
        THEIRS,
        "Theory #1",
        "Stage 2",
    )
    assert now_there.description.startswith("We read.\n")
    assert (await first_session(house)).place == ""


@pytest.mark.both_databases
async def test_time_and_words_that_are_taken_over_at_once_are_one_act(house: Backstage) -> None:
    await house.found_group(is_mirrored=True)
    session = await first_session(house)
    before = shown(house, session)
    theirs = {"starts_at": THEIRS, "ends_at": THEIRS + HOUR, "name": "Reading night"}
    edit(house, session, location="Room 5", **theirs)
    await hear(house, session)
    [question] = questions(house)
    assert [line.partition(" ")[0] for line in question.body[0].splitlines()] == [
        "**Starts**",
        "**Name**",
        "**Place**",
    ]
    said = house.messenger.titles()
    await press(house, "Take it over")
    await house.runner.run_due()
    assert (shown(house, session).name, shown(house, session).starts_at) == (
        "Reading night",
        THEIRS,
    )
    assert house.messenger.titles()[len(said) :] == ["↪️ ML Theory #1 has moved"]
    card = await house.rooms.acts.acts_card(actor(), None)
    assert acts_in(card) == [
        "**1.** <@11> moved #1 from <t:1667678400:F> to <t:1667772000:F>, and took over the event: "
        "its name and where it is"
    ]
    await house.undo()
    await house.runner.run_due()
    assert shown(house, session) == before
    after = await first_session(house)
    assert (after.place, after.starts_at) == ("", FIRST)
    assert len(questions(house)) == 1


async def test_an_event_whose_words_changed_since_is_not_taken_back(house: Backstage) -> None:
    await house.found_group(is_mirrored=True)
    session = await first_session(house)
    for name in ("Reading night", "Reading nights"):
        edit(house, session, name=name)
        await hear(house, session)
        await press(house, "Take it over")
        await house.runner.run_due()
    with pytest.raises(Refusal, match="The event has changed since"):
        await house.undo(2)
    assert shown(house, session).name == "Reading nights"


async def test_putting_mine_back_undoes_the_edit(house: Backstage) -> None:
    await house.found_group(is_mirrored=True)
    session = await first_session(house)
    before = shown(house, session)
    put_off(house, session)
    await hear(house, session)
    told = await press(house, "Put mine back")
    assert await told_acts(house) == ["**1.** <@11> put the event of #1 back as it was"]
    assert told == "The event of session #1 says again what the calendar says."
    assert (shown(house, session), (await first_session(house)).starts_at) == (before, FIRST)
    await house.rooms.events.look_after_all()
    await house.runner.run_due()
    assert len(questions(house)) == 1


async def test_the_same_edit_after_an_answer_is_asked_about_again(house: Backstage) -> None:
    await house.found_group(is_mirrored=True)
    session = await first_session(house)
    for count in (1, 2):
        put_off(house, session)
        await hear(house, session)
        assert len(questions(house)) == count
        await press(house, "Put mine back")


async def test_an_edit_that_is_taken_back_needs_no_answer(house: Backstage) -> None:
    await house.found_group(is_mirrored=True)
    session = await first_session(house)
    before = shown(house, session)
    put_off(house, session)
    await hear(house, session)
    edit(house, session, starts_at=before.starts_at, ends_at=before.ends_at)
    await hear(house, session)
    with pytest.raises(Refusal) as refused:
        await press(house, "Take it over")
    assert (str(refused.value), len(questions(house))) == (SETTLED, 1)


async def test_another_edit_makes_the_buttons_of_the_first_stale(house: Backstage) -> None:
    await house.found_group(is_mirrored=True)
    session = await first_session(house)
    put_off(house, session)
    await hear(house, session)
    first = pressed(questions(house)[0], "Take it over")
    edit(house, session, starts_at=THEIRS + HOUR, ends_at=THEIRS + 2 * HOUR)
    await hear(house, session)
    assert len(questions(house)) == 2
    with pytest.raises(Refusal):
        await house.rooms.event_edits.take_over(actor(), *first[1:])
    assert (await first_session(house)).starts_at == FIRST


async def test_going_back_to_the_time_before_a_move_is_an_edit_too(house: Backstage) -> None:
    await house.found_group(is_mirrored=True)
    session = await first_session(house)
    before = shown(house, session)
    await house.move(1, "2022-11-06 10:30")
    await house.runner.run_due()
    edit(house, session, starts_at=before.starts_at, ends_at=before.ends_at)
    await hear(house, session)
    assert len(questions(house)) == 1


async def test_a_deleted_event_is_asked_about_and_made_again(house: Backstage) -> None:
    await house.found_group(is_mirrored=True)
    session = await first_session(house)
    before = shown(house, session)
    await house.messenger.remove_event(SERVER, session.event_id or 0)
    await hear(house, session, is_gone=True)
    await house.rooms.events.look_after_all()
    await house.advance_to(house.now + HOUR)
    [card] = questions(house)
    assert card.title == "🗑️ Somebody deleted the event of ML Theory #1"
    assert before not in house.messenger.events.values()
    assert await press(house, "Make it again") == "Session #1 of ML Theory gets its event again."
    assert await told_acts(house) == ["**1.** <@11> had the deleted event of #1 made again"]
    assert before in house.messenger.events.values()


async def test_a_session_whose_event_was_deleted_can_be_cancelled(house: Backstage) -> None:
    await house.found_group(is_mirrored=True)
    session = await first_session(house)
    await house.messenger.remove_event(SERVER, session.event_id or 0)
    await house.rooms.events.look_after_all()
    await house.runner.run_due()
    told = await press(house, "Cancel the session")
    assert told == (
        "Session #1 of ML Theory is cancelled; its talks are promised the next free seats."
    )
    assert (await first_session(house)).state is SessionState.CANCELLED
    assert house.messenger.titles("cancelled") == ["🚫 ML Theory #1 is cancelled"]
    with pytest.raises(Refusal):
        await press(house, "Make it again")


@pytest.mark.parametrize(("user_id", "server_id"), [(BEN, 0), (BEN, SERVER), (MAYA, SERVER + 5)])
async def test_only_leads_of_the_group_decide(
    house: Backstage, user_id: int, server_id: int
) -> None:
    await house.found_group(is_mirrored=True)
    async with house.db.begin() as tx:
        await add_lead(tx, 1, CLARA)
    session = await first_session(house)
    theirs = put_off(house, session)
    await hear(house, session)
    for label in ("Take it over", "Put mine back"):
        with pytest.raises(Refusal):
            await press(house, label, user_id, server_id)
    assert (shown(house, session), (await first_session(house)).starts_at) == (theirs, FIRST)
    assert len(questions(house, CLARA)) == 1
    await press(house, "Take it over", CLARA)
    assert (await first_session(house)).starts_at == THEIRS


async def test_an_event_on_another_session_is_refused_and_stays_open(house: Backstage) -> None:
    await house.found_group(is_mirrored=True)
    session = await first_session(house)
    second = datetime(2022, 11, 19, 21, 30, tzinfo=UTC)
    edit(house, session, starts_at=second, ends_at=second + HOUR)
    await hear(house, session)
    with pytest.raises(Refusal, match="Session #2 of the group is at that time"):
        await press(house, "Take it over")
    assert (await mirror_of(house, session)).question is not None
    await press(house, "Put mine back")
    assert shown(house, session).starts_at == FIRST


async def test_an_event_of_days_is_no_session(house: Backstage) -> None:
    await house.found_group(is_mirrored=True)
    session = await first_session(house)
    edit(house, session, ends_at=FIRST + timedelta(days=2))
    await hear(house, session)
    with pytest.raises(Refusal, match="The event lasts 2,880 minutes"):
        await press(house, "Take it over")


@pytest.mark.parametrize("step", ["before mirror_event", "mirror_event"])
@pytest.mark.parametrize("is_dead", [True, False])
async def test_our_own_change_that_is_cut_short_is_never_taken_for_a_leads(
    house: Backstage, step: str, is_dead: bool
) -> None:
    await house.found_group(is_mirrored=True)
    session = await first_session(house)
    await house.move(1, "2022-11-06 10:30")
    house.messenger.meanwhile[step] = once(die if is_dead else lose_the_answer)
    if is_dead:
        with pytest.raises(Died):
            await house.runner.run_due()
        house.restart()
    else:
        await house.runner.run_due()
    await hear(house, session)
    await house.move(1, "2022-11-06 11:30")
    await house.advance_to(house.now + timedelta(minutes=3))
    assert questions(house) == []
    assert shown(house, session).starts_at == datetime(2022, 11, 6, 18, 30, tzinfo=UTC)


async def test_a_process_that_dies_while_asking_asks_once(house: Backstage) -> None:
    await house.found_group(is_mirrored=True)
    session = await first_session(house)
    put_off(house, session)
    await house.rooms.events.look_after_all()
    house.messenger.meanwhile["say"] = once(die)
    await house.crash()
    await house.advance_to(house.now + timedelta(minutes=3))
    await house.rooms.events.look_after_all()
    await house.runner.run_due()
    assert len(questions(house)) == 1


async def test_a_lead_who_takes_no_messages_is_asked_in_the_channel(house: Backstage) -> None:
    await house.found_group(is_mirrored=True)
    house.messenger.closed.add(MAYA)
    session = await first_session(house)
    put_off(house, session)
    await hear(house, session)
    [asked] = [one for _, one in house.messenger.said() if "Somebody" in one.card.title]
    assert (asked.pings, questions(house)) == ({MAYA}, [])
    choice, session_id, number = pressed(asked.card, "Put mine back")
    assert choice == "back"
    await house.rooms.event_edits.put_back(actor(), session_id, number)
    await house.runner.run_due()
    assert shown(house, session).starts_at == FIRST


@pytest.mark.both_databases
async def test_two_workers_that_look_at_once_ask_once(house: Backstage) -> None:
    await house.found_group(is_mirrored=True)
    session = await first_session(house)
    put_off(house, session)
    other = Backstage.__new__(Backstage)
    other.db, other.now, other.messenger = house.db, house.now, house.messenger
    other.restart()

    async def let_another_look() -> None:
        await other.rooms.events.look_after_all()
        await other.runner.run_due()

    house.messenger.meanwhile["list_events"] = once(let_another_look)
    await house.rooms.events.look_after_all()
    await house.runner.run_due()
    await house.advance_to(house.now + timedelta(minutes=2))
    assert (len(questions(house)), (await mirror_of(house, session)).number) == (1, 1)


async def test_a_change_of_anothers_seen_in_between_is_no_edit(house: Backstage) -> None:
    """The list is read, then another worker writes, then what it wrote is compared."""
    await house.found_group(is_mirrored=True)
    session = await first_session(house)
    theirs = put_off(house, session)
    listed = {one.id: one for one in await house.messenger.list_events(SERVER)}
    edit(house, session, starts_at=FIRST, ends_at=FIRST + HOUR)
    async with house.db.begin() as tx:
        mirror = await lock_mirror(tx, session.id)
        await save_mirror(tx, replace(mirror, written=(*mirror.written, theirs)))
    await house.rooms.events.notice(SERVER, session.event_id or 0, listed[session.event_id or 0])
    await house.advance_to(house.now + timedelta(minutes=1))
    assert questions(house) == []


async def test_tidied_spaces_are_no_edit(house: Backstage) -> None:
    await house.found_group(is_mirrored=True, about="We  read\n\n\npapers.")
    session = await first_session(house)
    edit(house, session, name="ML  Theory #1 ", description="We read\npapers.\nlectern:session:1")
    await hear(house, session)
    await house.rooms.events.look_after_all()
    await house.runner.run_due()
    assert questions(house) == []
