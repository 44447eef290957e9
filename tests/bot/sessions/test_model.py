"""Wall times typed for one session, and the places that a ballot fills."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import Refusal
from bot.places.wall import WallKind, resolve
from bot.places.written import AskWhich
from bot.sessions.model import (
    Session,
    SessionState,
    Talk,
    choose_instant,
    seats_in,
)

NOW = datetime(2022, 10, 29, 18, 0, tzinfo=UTC)
SESSION = Session(
    id=1,
    group_id=1,
    number=1,
    wall_start=datetime(2022, 11, 19, 14, 0),  # noqa: DTZ001 - a wall time
    zone="America/Denver",
    starts_at=datetime(2022, 11, 19, 21, 0, tzinfo=UTC),
    minutes=60,
    state=SessionState.PLANNED,
    changed_at=NOW,
)


def with_talks(count: int, **changes: int) -> Session:
    talks = tuple(
        Talk(id=n, session_id=1, position=n, title=f"Talk {n}", minutes=30) for n in range(count)
    )
    return replace(SESSION, talks=talks, **changes)


@pytest.mark.parametrize(
    ("text", "wall"),
    [
        ("2022-11-19 14:00", "2022-11-19T14:00"),
        ("2022-11-19 2:00 pm", "2022-11-19T14:00"),
        ("2022-10-29 12:01", "2022-10-29T12:01"),
        ("2024-10-28 14:00", "2024-10-28T14:00"),
    ],
)
def test_a_time_ahead_is_taken_as_it_is(text: str, wall: str) -> None:
    chosen = choose_instant(text, "America/Denver", "Denver", NOW, None)
    assert chosen == datetime.fromisoformat(wall)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            "2023-03-12 02:30",
            "02:30 does not exist on 2023-03-12 in Denver: the clocks go forward over it. "
            "Try 03:30.",
        ),
        (
            "2022-11-06 01:30",
            "01:30 comes twice on 2022-11-06, because the clocks go back: which one?",
        ),
        ("2022-10-29 12:00", "2022-10-29 12:00 has passed already in Denver."),
        ("1066-10-14 09:00", "1066-10-14 09:00 has passed already in Denver."),
        ("2024-10-30 14:00", "2024-10-30 is more than two years away: check the year."),
        ("9999-12-31 23:00", "9999-12-31 is outside of any calendar: check the year."),
        (
            "2022-02-30 14:00",
            "“2022-02-30 14:00” is not a moment that exists: check the day, and the hour "
            "(00:00 to 23:59).",
        ),
        (
            "3/12 at 2",
            "“3/12” may be a day and a month in either order. Write it like 2026-12-05 14:00.",
        ),
    ],
)
def test_a_time_that_cannot_be_is_refused_in_a_sentence(text: str, sentence: str) -> None:
    with pytest.raises(Refusal) as refused:
        choose_instant(text, "America/Denver", "Denver", NOW, None)
    assert str(refused.value) == sentence


def test_a_time_that_comes_twice_carries_both_instants() -> None:
    with pytest.raises(AskWhich) as asked:
        choose_instant("2022-11-06 01:30", "America/Denver", "Denver", NOW, None)
    assert (asked.value.wall, asked.value.choices) == (
        datetime.fromisoformat("2022-11-06T01:30"),
        (
            datetime(2022, 11, 6, 7, 30, tzinfo=UTC),
            datetime(2022, 11, 6, 8, 30, tzinfo=UTC),
        ),
    )


@pytest.mark.parametrize(
    ("fold", "starts_at"), [(0, "2022-11-06T07:30+00:00"), (1, "2022-11-06T08:30+00:00")]
)
def test_a_choice_between_the_two_is_taken(fold: int, starts_at: str) -> None:
    wall = choose_instant("2022-11-06 01:30", "America/Denver", "Denver", NOW, fold)
    chosen = resolve(wall, "America/Denver", fold=fold).starts_at
    assert chosen == datetime.fromisoformat(starts_at)


def test_the_second_of_the_two_may_be_ahead_when_the_first_has_passed() -> None:
    between = datetime(2022, 11, 6, 8, 0, tzinfo=UTC)
    with pytest.raises(Refusal, match="has passed already"):
        choose_instant("2022-11-06 01:30", "America/Denver", "Denver", between, 0)
    assert choose_instant("2022-11-06 01:30", "America/Denver", "Denver", between, 1) == (
        datetime.fromisoformat("2022-11-06T01:30")
    )


@given(
    st.datetimes(datetime(2022, 10, 31), datetime(2024, 10, 28)),  # noqa: DTZ001 - wall times
    st.sampled_from(["America/Denver", "Europe/Berlin", "Asia/Kolkata", "Australia/Lord_Howe"]),
    st.sampled_from([None, 0, 1]),
)
def test_every_time_of_a_zone_is_taken_asked_about_or_refused(
    wall: datetime, zone: str, fold: int | None
) -> None:
    wall = wall.replace(second=0, microsecond=0)
    kind = resolve(wall, zone).kind
    outcome = WallKind.NORMAL
    try:
        assert choose_instant(f"{wall:%Y-%m-%d %H:%M}", zone, "Home", NOW, fold) == wall
    except AskWhich:
        outcome = WallKind.FOLD
    except Refusal:
        outcome = WallKind.GAP
    is_answered = kind is WallKind.FOLD and fold is not None
    assert outcome is (WallKind.NORMAL if is_answered else kind)


@pytest.mark.parametrize(
    ("talks", "minutes", "ends"),
    [
        (1, 60, [60]),
        (2, 60, [30, 60]),
        (3, 60, [20, 40, 60]),
        (4, 75, [18.75, 37.5, 56.25, 75]),
    ],
)
def test_talks_share_a_session_and_the_last_ends_with_it(
    talks: int, minutes: int, ends: list[float]
) -> None:
    session = with_talks(talks, minutes=minutes)
    assert [session.talk_ends_at(talk) for talk in session.talks] == [
        session.starts_at + timedelta(minutes=end) for end in ends
    ]


@pytest.mark.parametrize(
    ("talks_in", "talks_each", "seats"),
    [
        ([0, 0], 2, [(1, 0), (1, 1), (2, 0), (2, 1)]),
        ([1, 0], 2, [(1, 1), (2, 0), (2, 1)]),
        ([2, 3], 2, []),
        ([], 2, []),
        ([0, 1, 0], 1, [(1, 0), (3, 0)]),
    ],
)
def test_places_are_filled_from_the_earliest_session_on(
    talks_in: list[int], talks_each: int, seats: list[tuple[int, int]]
) -> None:
    sessions = [with_talks(count, number=n) for n, count in enumerate(talks_in, 1)]
    found = seats_in(sessions, talks_each)
    assert [(session.number, position) for session, position in found] == seats
