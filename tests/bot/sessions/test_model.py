"""Wall times typed for one session, and the places that a ballot fills."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.sessions.model import (
    Session,
    SessionState,
    Talk,
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
    ("talks", "talks_each", "free"),
    [(0, 2, [0, 1]), (1, 2, [1]), (2, 2, []), (3, 2, []), (0, 1, [0])],
)
def test_places_are_filled_from_the_first_on(talks: int, talks_each: int, free: list[int]) -> None:
    assert list(with_talks(talks).free_positions(talks_each)) == free
