"""Skips, cancellations and extra sessions: who speaks when, and what becomes of the rest."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from backstage import (
    BEN,
    CLARA,
    DEVI,
    FIRST,
    KENJI,
    SECOND,
    START,
    THIRD,
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
)
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import update

from bot.audit.model import ActKind
from bot.cards import stamp
from bot.groups.model import Group, GroupState
from bot.members.away import Away
from bot.pitches.store import backlog, promised
from bot.places.asking import AskBack, written_answer
from bot.rescheduling.model import Ground, Plan, Way
from bot.rescheduling.skipping import plan_away, plan_drop
from bot.rescheduling.words import STALE
from bot.sessions.away import DaysAway
from bot.sessions.model import Session, SessionState, Talk
from bot.sessions.talks import TALKS, add_talk, put_off_talks
from cogs.look import TEXT_LIMIT


async def test_a_skip_asks_who_is_away_or_whether_there_is_no_meeting(house: Backstage) -> None:
    group = await house.found_group()
    await programme(house, group, [["A", "B"], ["C"]])
    card = await house.rooms.rescheduling.propose_skip(actor(), None, None)
    assert (card.title, labels(card)) == (
        "⏭️ Skip ML Theory #1?",
        ["Away: A", "Away: B", "No meeting", "Leave it as it is"],
    )
    assert card.body[1] == (
        "**A speaker is away:** the meeting stays.\n"
        f"- <@{BEN}> is away: <@{DEVI}> steps in from #2 with **C**, and **A** goes there.\n"
        f"- <@{CLARA}> is away: <@{DEVI}> steps in from #2 with **C**, and **B** goes there."
    )
    drop = await house.press(card, "No meeting")
    assert drop.body[:2] == (
        "No meeting in #1: its talks come next, the others make room.",
        f"- **#1** ~~{stamp(FIRST)}~~ no meeting\n"
        f"- **#2** {stamp(SECOND)}: A · B\n- **#3** {stamp(THIRD)}: C",
    )
    away = await house.press(card, "Away: B")
    assert (away.title, away.body[:2], labels(away)[0]) == (
        "🔁 ML Theory #1: a speaker is away",
        (
            "The meeting stays.\n"
            f"<@{CLARA}> is away: <@{DEVI}> steps in from #2 with **C**, and **B** goes there.",
            f"- **#1** {stamp(FIRST)}: A · C\n- **#2** {stamp(SECOND)}: B",
        ),
        "Let the next one step in",
    )
    asked = await house.press(away, "Something else…")
    assert asked == card
    assert await titles_of(house, group) == [["A", "B"], ["C"], [], [], [], []]


async def test_without_a_meeting_the_same_speakers_come_next_time(house: Backstage) -> None:
    group = await house.found_group(is_mirrored=True)
    await programme(house, group, [["A", "B"], ["C"], [], ["D"]])
    sessions = await sessions_of(house, group)
    await going(house, sessions[0], KENJI)
    await skip(house, 1, "No meeting", "No meeting")
    assert await titles_of(house, group) == [[], ["A", "B"], ["C"], ["D"], [], []]
    after = await sessions_of(house, group)
    assert [(one.number, one.state) for one in after[:3]] == [
        (1, SessionState.CANCELLED),
        (2, SessionState.PLANNED),
        (3, SessionState.PLANNED),
    ]
    hour, half = timedelta(hours=1), timedelta(minutes=30)
    assert await discussions(house, group) == {
        "A": SECOND + half,
        "B": SECOND + hour,
        "C": THIRD + hour,
        "D": THIRD + timedelta(days=14) + hour,
    }
    [notice] = await heard(house)
    assert (notice.card.title, notice.pings) == (
        "⏭️ ML Theory skips a meeting",
        {BEN, CLARA, DEVI, KENJI},
    )
    assert notice.card.body[0].splitlines() == [
        f"**#1** no meeting on {stamp(FIRST)}",
        "🕑 2:00 PM in Denver",
        f"**#2** {stamp(SECOND)}",
        f"1. **A** · <@{BEN}>",
        f"2. **B** · <@{CLARA}>",
        f"**#3** {stamp(THIRD)}",
        f"1. **C** · <@{DEVI}>",
    ]
    names = {plan.name for plan in house.messenger.events.values()}
    assert "ML Theory #1" not in " ".join(names).replace("#1:", "#1")
    assert {"ML Theory #2: A · B", "ML Theory #3: C", "ML Theory #4: D"} <= names
    await house.advance_to(FIRST + hour)
    assert house.messenger.titles("🔔 ML Theory #1") == []


async def test_what_finds_no_room_is_promised_the_next_free_seat(house: Backstage) -> None:
    group = await house.found_group(talks_per_session=1)
    await house.pitch(group, "Waiting")
    await programme(house, group, [["A"], ["B"], ["C"], ["D"], ["E"], ["A2"]])
    await skip(house, 1, "No meeting", "No meeting")
    assert await titles_of(house, group) == [[], ["A"], ["B"], ["C"], ["D"], ["E"]]
    async with house.db.read() as tx:
        assert [one.title for one in await promised(tx, group.id)] == ["A2"]
        assert [one.title for one in await backlog(tx, group.id)] == ["Waiting"]
    assert "gone" not in await discussions(house, group)


async def test_the_next_speaker_steps_in_for_one_who_is_away(house: Backstage) -> None:
    group = await house.found_group()
    # E is spoken by A's speaker, and nobody speaks on X yet: neither can step in.
    await programme(house, group, [["A", "B"], ["E", "X"], ["C", "D"]])
    await skip(house, 1, "Away: A", "Let the next one step in")
    assert await titles_of(house, group) == [["C", "B"], ["E", "X"], ["A", "D"], [], [], []]
    [notice] = await heard(house)
    assert (notice.card.title, notice.pings) == ("🔁 Other speakers in ML Theory", {BEN, DEVI})
    due = await discussions(house, group)
    assert (due["C"], due["A"]) == (
        FIRST + timedelta(minutes=30),
        THIRD + timedelta(minutes=30),
    )


async def test_nobody_steps_in_on_a_day_away_nor_is_put_off_to_one(house: Backstage) -> None:
    """Devi is away on the first day; on the second day only Ben, on the third nobody."""
    group = await house.found_group()
    await programme(house, group, [["A", "C"], ["B", "C"], ["C", "D"]])
    await house.leave_for(DEVI, FIRST)
    await house.leave_for(BEN, SECOND)
    asked = await house.rooms.rescheduling.propose_skip(actor(), None, 1)
    told = f"<@{BEN}> is away: <@{KENJI}> steps in from #3 with **D**, and **A** goes there."
    assert told in asked.body[1]
    drop = await house.press(asked, "No meeting")
    assert drop.body[0].splitlines()[1:] == [f"🏝️ <@{BEN}> is away at #2: **A** waits."]
    assert drop.body[1].splitlines()[1:] == [
        f"- **#2** {stamp(SECOND)}: C · B",
        f"- **#3** {stamp(THIRD)}: A · C",
        f"- **#4** {stamp(THIRD + timedelta(days=14))}: C · D",
    ]
    await house.leave_for(KENJI, FIRST)
    stale = await house.press(asked, "Away: A")
    assert "nobody can step in: **A** goes to #4" in stale.body[0]


async def test_a_preview_is_shown_anew_where_its_speaker_is_away_by_now(house: Backstage) -> None:
    group = await house.found_group()
    await programme(house, group, [["A"], [], ["D"]])
    card = await house.rooms.rescheduling.propose_move(actor(), None, 1, "2022-11-12 14:00")
    assert "🏝️" not in card.text
    await house.leave_for(BEN, FIRST + timedelta(days=7))
    again = await house.press(card, "Move only this one")
    assert (again.body[0], f"🏝️ <@{BEN}> is away on the day of #1: **A**" in again.body) == (
        STALE,
        True,
    )
    await house.press(again, "Move only this one")
    assert (await sessions_of(house, group))[0].wall_start.day == 12


async def test_with_nobody_to_step_in_the_talk_takes_a_later_free_seat(house: Backstage) -> None:
    group = await house.found_group()
    await programme(house, group, [["A", "B"], ["X", "E"]])
    asked = await house.rooms.rescheduling.propose_skip(actor(), None, 1)
    told = f"<@{BEN}> is away, and nobody can step in: **A** goes to #3, and its seat stays empty."
    assert told in asked.body[1]
    card = await house.press(asked, "Away: A")
    assert card.body[:2] == (
        f"The meeting stays.\n{told}",
        f"- **#1** {stamp(FIRST)}: B\n- **#3** {stamp(THIRD)}: A",
    )
    done = await house.press(card, "Put it off to #3")
    acts = await house.rooms.acts.acts_card(actor(), None)
    assert (done.title, acts.text.count("put off a talk of #1: A")) == (
        "🔁 Talks changed: ML Theory",
        1,
    )
    assert await titles_of(house, group) == [["B"], ["X", "E"], ["A"], [], [], []]


async def test_with_no_later_seat_either_the_talk_is_promised_one(house: Backstage) -> None:
    group = await house.found_group()
    await programme(house, group, [[], [], [], [], [], ["A"]])
    asked = await house.rooms.rescheduling.propose_skip(actor(), None, 6)
    card = await house.press(asked, "Away: A")
    assert card.body[0] == (
        f"The meeting stays.\n<@{BEN}> is away, and nobody can step in: **A** is promised the next "
        "free seat, and its own stays empty."
    )
    assert card.body[1].endswith(": no talk")
    await house.press(card, "Put the talk off")
    assert (await titles_of(house, group))[5] == []
    async with house.db.read() as tx:
        assert [one.title for one in await promised(tx, group.id)] == ["A"]


async def test_a_talk_without_a_speaker_is_not_offered_as_away(house: Backstage) -> None:
    group = await house.found_group()
    await programme(house, group, [["X"], ["X", "A"]])
    propose = house.rooms.rescheduling.propose_skip
    none, one = await propose(actor(), None, 1), await propose(actor(), None, 2)
    assert labels(none) == ["No meeting", "Leave it as it is"]
    assert none.body[1] == "Its talks have no speaker yet, so nobody can be away."
    assert labels(one) == ["Away: A", "No meeting", "Leave it as it is"]
    dropped = "**No meeting:** the session is dropped; "
    assert none.body[2] == f"{dropped}its talk comes next time."
    assert one.body[2] == f"{dropped}the same speaker comes next time."
    assert one.small == "Each shows first what it would do."


async def test_without_a_talk_nobody_can_be_away(house: Backstage) -> None:
    await house.found_group()
    card = await house.rooms.rescheduling.propose_skip(actor(), None, 1)
    assert labels(card) == ["No meeting", "Leave it as it is"]
    assert card.body[1:] == (
        "It has no talk yet, so no speaker can be away.",
        "**No meeting:** the session is dropped.",
    )
    assert card.small == "It shows first what it would do."


async def test_a_talk_with_nowhere_to_go_is_not_offered_as_away(house: Backstage) -> None:
    """It was put into the last session by hand: there is no pitch that could be promised a seat."""
    group = await house.found_group()
    last = (await sessions_of(house, group))[-1]
    talk = Talk(id=0, session_id=last.id, position=0, title="By hand", speaker_id=BEN, minutes=30)
    async with house.db.begin() as tx:
        await add_talk(tx, talk)
    card = await house.rooms.rescheduling.propose_skip(actor(), None, 6)
    assert labels(card) == ["No meeting", "Leave it as it is"]
    assert card.body[1].endswith(
        f"- <@{BEN}> is away: **By hand** was never pitched, and no later session has room for it. "
        "Add one with `/session add` first."
    )


async def test_the_longest_previews_fit_a_message(house: Backstage) -> None:
    group = await house.found_group(talks_per_session=4)
    titles = [[f"{n}{m}" + "*" * 150 for m in range(4)] for n in range(6)]
    await programme(house, group, titles)
    async with house.db.begin() as tx:
        await tx.execute(update(TALKS).values(speaker_id=BEN))
        await tx.execute(update(TALKS).where(TALKS.c.title.startswith("5")).values(speaker_id=DEVI))
    asked = await house.rooms.rescheduling.propose_skip(actor(), None, 1)
    drop = await house.press(asked, "No meeting")
    assert [len(card.text) < TEXT_LIMIT for card in (asked, drop)] == [True, True]
    assert (drop.text.count("\n- **#"), "next free seats" in drop.text) == (6, True)


async def test_a_session_that_has_begun_is_not_skipped(house: Backstage) -> None:
    await house.found_group()
    propose = house.rooms.rescheduling.propose_skip
    card = await house.press(await propose(actor(), None, 1), "No meeting")
    await house.advance_to(FIRST)
    begun = "Session #1 has begun: cancel it instead."
    assert [
        await refusal_of(propose(actor(), None, 1)),
        await refusal_of(house.press(card, "No meeting")),
    ] == [begun] * 2


async def test_a_talk_that_left_the_session_meanwhile_is_not_swapped(house: Backstage) -> None:
    group = await house.found_group()
    await programme(house, group, [["A"], ["B"]])
    asked = await house.rooms.rescheduling.propose_skip(actor(), None, 1)
    card = await house.press(asked, "Away: A")
    await house.press(card, "Let the next one step in")
    stale = await house.rooms.rescheduling.propose_skip(actor(), None, 1)
    pressed = replace(asked.buttons[0], action=asked.buttons[0].action)
    gone = (pressed.action or "").split(":")
    proposal = (stale.buttons[0].action or "").split(":")[1]
    button = replace(pressed, action=":".join(["bend", proposal, *gone[2:]]))
    assert (
        await refusal_of(house.press(replace(stale, buttons=(button,)), "Away: A"))
        == "That talk is not in session #1 any more."
    )


async def test_a_cancelled_sessions_talks_are_promised_seats_and_its_reason_is_told(
    house: Backstage,
) -> None:
    group = await house.found_group()
    await programme(house, group, [["A", "B"]])
    card = await house.rooms.rescheduling.propose_cancel(actor(), None, 1, " Fire\n*alarm* ")
    assert card.body[0] == (
        "There is no meeting; everybody who is going hears of it. They are told: "
        "Fire \\*alarm\\*\nIts talks are promised the next free seats."
    )
    await house.press(card, "Cancel the session")
    async with house.db.read() as tx:
        again = [pitch.title for pitch in await promised(tx, group.id)]
        put_off = [talk.title for talk in await put_off_talks(tx, group.id)]
    assert (again, put_off) == (["A", "B"], ["B", "A"])
    [notice] = await heard(house)
    assert notice.card.body == (
        f"It will not take place: {stamp(FIRST)}",
        "🕑 2:00 PM in Denver",
        "Fire \\*alarm\\*",
        "Its talks are promised the next free seats.",
        f"<@{BEN}> <@{CLARA}>",
    )
    assert await discussions(house, group) == {}


async def test_a_session_under_way_is_shown_as_what_is_cancelled(house: Backstage) -> None:
    group = await house.found_group()
    await house.advance_to(FIRST + timedelta(minutes=10))
    card = await house.rooms.rescheduling.propose_cancel(actor(), None, 1, "")
    assert card.body[1].partition("\n")[0] == f"- **#1** ~~{stamp(FIRST)}~~ no meeting"
    await house.press(card, "Cancel the session")
    assert (await sessions_of(house, group))[0].state is SessionState.CANCELLED


async def test_a_reason_too_long_cancels_nothing(house: Backstage) -> None:
    group = await house.found_group()
    cancel = house.rooms.rescheduling.propose_cancel(actor(), None, 1, "x" * 5_000)
    assert await refusal_of(cancel) == "The reason has 5,000 characters; keep it to 300."
    assert (await sessions_of(house, group))[0].state is SessionState.PLANNED


async def test_an_extra_session_is_added_with_a_number_of_its_own(house: Backstage) -> None:
    group = await house.found_group(is_mirrored=True)
    propose = house.rooms.rescheduling.propose_add
    card = await propose(actor(), None, "2022-11-12 10:00", 90)
    assert (card.title, labels(card)) == (
        "➕ An extra session of ML Theory?",
        ["Add the session", "Leave it out"],
    )
    assert card.body[1:] == (
        "An extra session: the pattern stays as it is.",
        f"- **new** {stamp(datetime(2022, 11, 12, 17, tzinfo=UTC))}",
        "🕑 Saturday 10:00 AM in Denver",
        "As now: #1 November 5 · #2 November 19 · #3 December 3 · #4 December 17 · "
        "#5 December 31 · #6 January 14",
    )
    await house.press(card, "Add the session")
    added = next(one for one in await sessions_of(house, group) if one.number == 7)
    starts_at = datetime(2022, 11, 12, 17, tzinfo=UTC)
    assert (added.starts_at, added.minutes, added.sequence) == (starts_at, 90, 0)
    [notice] = await heard(house)
    assert notice.card.title == "➕ ML Theory #7: an extra session"
    assert "ML Theory #7" in {plan.name for plan in house.messenger.events.values()}
    # It has no rest to shift, and a shift of the others passes it by.
    alone = await house.rooms.rescheduling.propose_move(actor(), None, 7, "2022-11-12 11:00")
    assert labels(alone) == ["Move only this one", "Leave it as it is"]
    proposal_id = int((alone.buttons[0].action or "").split(":")[1])
    shift = house.rooms.rescheduling.show(actor(), proposal_id, Way.REST, 0)
    assert await refusal_of(shift) == (
        "Session #7 is an extra one, not of the group's pattern: move only this one."
    )
    await house.move(1, "2022-11-05 15:00", "Shift this and the rest")
    hours = {one.number: one.wall_start.hour for one in await sessions_of(house, group)}
    assert hours == {1: 15, 2: 15, 3: 15, 4: 15, 5: 15, 6: 15, 7: 10}


async def test_nothing_is_put_where_the_pattern_has_a_meeting_that_is_not_in_the_calendar_yet(
    house: Backstage,
) -> None:
    """The calendar holds six sessions, to 14 January; the next one is on the 28th, for an hour."""
    await house.found_group()
    rescheduling = house.rooms.rescheduling
    said = (
        "ML Theory meets then anyway, on Saturday, January 28, 2023, 2:00 PM, by its pattern: "
        "choose another time."
    )
    for when in ("2023-01-28 14:45", "2023-01-28 13:15"):
        assert await refusal_of(rescheduling.propose_add(actor(), None, when, 60)) == said
        assert await refusal_of(rescheduling.propose_move(actor(), None, 6, when)) == said
    for when in ("2023-01-28 15:00", "2023-01-28 13:00"):
        card = await rescheduling.propose_add(actor(), None, when, 60)
        assert labels(card) == ["Add the session", "Leave it out"]


async def test_an_extra_session_on_a_day_alone_is_at_the_usual_hour_and_says_so(
    house: Backstage,
) -> None:
    await house.found_group()
    propose = house.rooms.rescheduling.propose_add
    told = [
        (await propose(actor(), None, when, None)).body[:2] for when in ("Sat 12 Nov", "13 Nov")
    ]
    assert [[echo.partition(" · ")[0], said] for echo, said in told] == [
        [
            f"On **{day} in Denver** (UTC−07:00)",
            "You named no hour, so it is at the group's usual one.",
        ]
        for day in ("Saturday, November 12, 2:00 PM", "Sunday, November 13, 2:00 PM")
    ]
    typed = (await propose(actor(), None, "12 Nov 10:00", None)).body
    assert typed[1] == "An extra session: the pattern stays as it is."


async def test_an_extra_session_may_stand_where_one_was_called_off(house: Backstage) -> None:
    group = await house.found_group()
    await house.cancel(1)
    card = await house.rooms.rescheduling.propose_add(actor(), None, "2022-11-05 14:00", None)
    await house.press(card, "Add the session")
    first = [one for one in await sessions_of(house, group) if one.starts_at == FIRST]
    assert [(one.number, one.state) for one in first] == [(1, "cancelled"), (7, "planned")]


async def test_an_extra_session_that_cannot_be_is_refused(house: Backstage) -> None:
    await house.found_group()
    propose = house.rooms.rescheduling.propose_add
    assert [
        await refusal_of(propose(actor(), None, "2022-11-05 14:30", None)),
        await refusal_of(propose(actor(), None, "2022-11-12 14:30", 0)),
        await refusal_of(propose(actor(), None, "2022-11-12 14:30", 1_000)),
        await refusal_of(propose(actor(), None, "2022-10-12 14:30", None)),
    ] == [
        "Session #1 of the group is at that time: move or cancel it first.",
        "A session can't take 0 minutes: 1 to 720, please.",
        "A session can't take 1,000 minutes: 1 to 720, please.",
        "“2022-10-12 14:30” has passed already (I read Wednesday, October 12, 2022, 2:30 PM in "
        "Denver).",
    ]


async def test_an_extra_session_at_an_hour_that_comes_twice_is_asked_about(
    house: Backstage,
) -> None:
    group = await house.found_group()
    propose = house.rooms.rescheduling.propose_add
    with pytest.raises(AskBack) as asked:
        await propose(actor(), None, "2022-11-06 01:30", None)
    _, second = asked.value.choices
    card = await propose(actor(), str(group.id), written_answer(second.answer), 60)
    await house.press(card, "Add the session")
    added = next(one for one in await sessions_of(house, group) if one.number == 7)
    assert added.starts_at == datetime(2022, 11, 6, 8, 30, tzinfo=UTC)


# The rules of skipping, for any programme.

SEATS = 2


def ground_of(counts: Sequence[int], speakers: Sequence[int | None]) -> Ground:
    """Sessions with so many talks each, a week apart."""
    group = Group(
        id=1, server_id=1, name="G", state=GroupState.ACTIVE, creator_id=1,
        pattern=None, channel_id=1, talks_per_session=SEATS,  # type: ignore[arg-type] - unread
    )  # fmt: skip
    sessions, talk_id = [], 0
    for number, count in enumerate(counts, 1):
        talks = []
        for position in range(count):
            speaker_id = speakers[talk_id % len(speakers)]
            talk_id += 1
            talks.append(
                Talk(
                    id=talk_id,
                    session_id=number,
                    position=position,
                    title=f"T{talk_id}",
                    pitch_id=talk_id,
                    speaker_id=speaker_id,
                    minutes=30,
                )
            )
        starts_at = START + timedelta(days=7 * number)
        sessions.append(
            Session(
                id=number,
                group_id=1,
                number=number,
                wall_start=starts_at.replace(tzinfo=None),
                zone="UTC",
                starts_at=starts_at,
                minutes=60,
                state=SessionState.PLANNED,
                changed_at=START,
                talks=tuple(talks),
            )
        )
    return Ground(group=group, sessions=tuple(sessions), occurrences={}, now=START)


def order_of(sessions: Sequence[Session]) -> list[int]:
    return [talk.id for one in sessions for talk in one.talks]


def check(ground: Ground, plan: Plan) -> list[Session]:
    """The calendar after; nothing is lost or doubled, and seats have no gap."""
    after = plan.calendar_after(ground)
    assert sorted([*order_of(after), *plan.waiting]) == sorted(order_of(ground.sessions))
    for one in after:
        assert [(talk.session_id, talk.position) for talk in one.talks] == [
            (one.id, position) for position in range(len(one.talks))
        ]
    return after


COUNTS = st.lists(st.integers(0, 3), min_size=1, max_size=6)
NAMES = st.lists(st.sampled_from([1, 2, 3, None]), min_size=1, max_size=6)


@given(COUNTS, NAMES, st.data())
@settings(max_examples=60, deadline=None)
def test_a_dropped_meeting_keeps_everybody_in_order(
    counts: list[int], names: list[int | None], data: st.DataObject
) -> None:
    ground = ground_of(counts, names)
    session = data.draw(st.sampled_from(ground.sessions))
    plan = plan_drop(ground, session)
    after = check(ground, plan)
    assert [*order_of(after), *plan.waiting] == order_of(ground.sessions)
    held = {one.id: len(one.talks) for one in ground.sessions}
    assert all(len(one.talks) <= max(SEATS, held[one.id]) for one in after)
    later = [one for one in after if one.starts_at > session.starts_at]
    assert not plan.waiting or all(len(one.talks) >= SEATS for one in later)


@given(COUNTS, NAMES, st.data())
@settings(max_examples=60, deadline=None)
def test_an_absence_moves_two_talks_at_most(
    counts: list[int], names: list[int | None], data: st.DataObject
) -> None:
    ground = ground_of([*counts, 1], names)
    talk = data.draw(st.sampled_from([one for each in ground.sessions for one in each.talks]))
    session = ground.session(talk.session_id)
    plan = plan_away(ground, session, talk.id)
    after = check(ground, plan)
    assert plan.kind is ActKind.AWAY
    was = {one.id: one.session_id for each in ground.sessions for one in each.talks}
    moved = [one for each in after for one in each.talks if was[one.id] != one.session_id]
    assert talk.id not in [one.id for one in plan.calendar_after(ground)[0].talks] or (
        session.id != ground.sessions[0].id
    )
    assert len(moved) + len(plan.waiting) in (1, 2)
    stepped_in = [one for one in moved if one.id != talk.id]
    assert all(one.session_id == session.id for one in stepped_in)
    assert all(one.speaker_id not in (None, talk.speaker_id) for one in stepped_in)


@given(COUNTS, NAMES, st.sets(st.tuples(st.sampled_from([1, 2, 3]), st.integers(1, 6))), st.data())
@settings(max_examples=60, deadline=None)
def test_no_skip_puts_a_talk_on_a_day_away(
    counts: list[int], names: list[int | None], missed: set[tuple[int, int]], data: st.DataObject
) -> None:
    spans: dict[int, list[Away]] = {}
    for user_id, number in missed:
        day = (START + timedelta(days=7 * number)).date()
        spans.setdefault(user_id, []).append(Away(first_day=day, last_day=day))
    ground = replace(ground_of([*counts, 1], names), away=DaysAway(spans=spans))
    talk = data.draw(st.sampled_from([one for each in ground.sessions for one in each.talks]))
    session = ground.session(talk.session_id)
    was = {one.id: one.session_id for each in ground.sessions for one in each.talks}
    for plan in (plan_drop(ground, session), plan_away(ground, session, talk.id)):
        after = check(ground, plan)
        moved = [(one, each) for each in after for one in each.talks if was[one.id] != each.id]
        assert not {(one.speaker_id, each.number) for one, each in moved} & missed
