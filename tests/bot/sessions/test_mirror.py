"""The rules of native events: which sessions have one, and whose words stand in it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.messenger import EventPlan, NativeEvent
from bot.sessions.mirror import (
    EVENTS_AHEAD,
    SERVER_BUDGET,
    Finding,
    Mirror,
    Question,
    choose_mirrored,
    events_of,
    find_out,
    is_asked,
    marked_session_id,
    without_marker,
)

START = datetime(2022, 11, 5, 20, 0, tzinfo=UTC)
PLAN = EventPlan(
    name="ML Theory #1",
    description="We read.\n\nlectern:session:7",
    starts_at=START,
    ends_at=START + timedelta(hours=1),
    location="Stage 1",
)
EARLIER = replace(PLAN, name="Theory #1")
THEIRS = replace(PLAN, name="Night of theory")


def event(shows: EventPlan = PLAN, event_id: int = 5, *, is_ours: bool = True) -> NativeEvent:
    return NativeEvent(id=event_id, shows=shows, is_ours=is_ours)


def mirror(*written: EventPlan, question: Question | None = None) -> Mirror:
    return Mirror(session_id=7, written=written, question=question)


def starts(count: int, first_id: int) -> list[tuple[datetime, int]]:
    return [(START + timedelta(days=day), first_id + day) for day in range(count)]


def test_each_group_has_its_next_sessions_mirrored_the_soonest_first() -> None:
    late = [(start + timedelta(hours=1), number) for start, number in starts(2, 100)]
    chosen = choose_mirrored({1: starts(EVENTS_AHEAD + 3, 0)[::-1], 2: late})
    assert chosen == [0, 100, 1, 101, *range(2, EVENTS_AHEAD)]


def test_groups_of_a_server_share_its_room_by_how_soon_they_meet() -> None:
    ahead = {group: starts(EVENTS_AHEAD, 100 * group) for group in range(1, 31)}
    chosen = choose_mirrored(ahead)
    assert len(chosen) == SERVER_BUDGET
    nearest = {100 * group for group in range(1, 31)}
    assert nearest <= set(chosen)
    assert {number % 100 for number in chosen} == {0, 1, 2}


@pytest.mark.parametrize(
    ("found", "event_id", "written", "finding"),
    [
        (None, None, (), Finding.MISSING),
        (None, 5, (PLAN,), Finding.GONE),
        (event(), 5, (PLAN,), Finding.EQUAL),
        (event(), 5, (EARLIER,), Finding.EQUAL),
        (event(EARLIER), 5, (EARLIER,), Finding.STALE),
        (event(EARLIER), 5, (EARLIER, THEIRS), Finding.STALE),
        (event(THEIRS), 5, (EARLIER,), Finding.EDITED),
        (event(EARLIER), 5, (PLAN,), Finding.EDITED),
        # An earlier version of ours kept no record of what it wrote.
        (event(EARLIER), 5, (), Finding.STALE),
        (event(replace(PLAN, starts_at=START - timedelta(hours=1))), 5, (), Finding.EDITED),
        (event(replace(PLAN, description="We read.")), 5, (PLAN,), Finding.STALE),
    ],
)
def test_what_stands_there_is_ours_or_somebody_elses(
    found: NativeEvent | None,
    event_id: int | None,
    written: tuple[EventPlan, ...],
    finding: Finding,
) -> None:
    assert find_out(PLAN, mirror(*written), event_id, found) is finding


@pytest.mark.parametrize(
    ("asked", "found", "is_known"),
    [
        (None, event(THEIRS), False),
        (Question(shows=THEIRS), event(THEIRS), True),
        (Question(shows=THEIRS), event(EARLIER), False),
        (Question(shows=THEIRS), None, False),
        (Question(shows=None), None, True),
        (Question(shows=None), event(THEIRS), False),
    ],
)
def test_each_change_is_asked_about_once(
    asked: Question | None, found: NativeEvent | None, is_known: bool
) -> None:
    assert is_asked(mirror(PLAN, question=asked), found) is is_known


@pytest.mark.parametrize(
    ("description", "session_id"),
    [
        ("We read.\n\nlectern:session:7", 7),
        ("lectern:session:7 ", 7),
        ("lectern:session:7\nAnd tea.", None),
        ("lectern:session:", None),
        ("lectern:session:7" + "0" * 20, None),
        ("", None),
    ],
)
def test_the_end_of_a_description_says_whose_event_it_is(
    description: str, session_id: int | None
) -> None:
    one = event(replace(PLAN, description=description))
    assert marked_session_id(one) == session_id
    assert marked_session_id(replace(one, is_ours=False)) is None


def test_people_do_not_read_the_marker() -> None:
    assert without_marker("We read.\n\nlectern:session:7") == "We read."


def test_an_event_is_known_by_its_id_and_by_its_marker_but_never_anothers() -> None:
    bare = replace(PLAN, description="Rewritten.")
    listed = [event(bare, 5), event(PLAN, 6), event(PLAN, 8, is_ours=False), event(bare, 9)]
    assert [one.id for one in events_of(7, 5, listed)] == [5, 6]
