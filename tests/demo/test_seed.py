"""What has happened before the visitor comes in."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio
from hypothesis import given
from hypothesis import strategies as st

from bot.demo.people import PEOPLE
from bot.demo.seed import control_in, first_session
from bot.errors import Refusal
from tests.demo.visitor import WEDNESDAY, Visitor, visiting

MAYA = PEOPLE[0]


@given(st.datetimes(datetime(2026, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_first_session_is_on_a_saturday_one_to_two_weeks_ahead(now: datetime) -> None:
    here = MAYA.local(now)
    start = datetime.strptime(first_session(here), "%Y-%m-%d %H:%M").replace(tzinfo=MAYA.zone)
    assert (start.weekday(), start.hour, start.minute) == (5, 14, 0)
    assert 8 <= (start.date() - here.date()).days <= 14
    assert start - here > timedelta(days=7)


def test_a_demo_that_its_bot_refuses_says_why() -> None:
    said = [{"type": 10, "content": words} for words in ("### No", "The index is missing.", "More")]
    card = [{"type": 17, "components": said}]
    with pytest.raises(Refusal, match=r"answered: The index is missing\.$"):
        control_in(card, "setup:forum")
    row = {"type": 1, "components": [{"type": 8, "custom_id": "setup:forum:1"}]}
    assert control_in([*card, row], "setup:forum") == "setup:forum:1"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def visitor(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Visitor]:
    """One for all, as nobody here leaves more than a private answer."""
    async with visiting(tmp_path_factory.mktemp("demo")) as visitor:
        yield visitor


@pytest.mark.asyncio(loop_scope="module")
async def test_members_have_said_where_they_live_and_how_they_want_to_be_told(
    visitor: Visitor,
) -> None:
    world = visitor.hub.stage.world
    shown = await world.members["devi"].slash(world.channels["ml-theory"], "next")
    text = str(shown.response.components)
    assert "For you: Sunday, 6 December, 02:30 in Kolkata, in 10 days" in text
    for city in ("Denver", "Boston", "Berlin", "Kolkata", "Tokyo"):
        assert f"in {city}" in text
    assert "2 people going" in text


@pytest.mark.asyncio(loop_scope="module")
async def test_the_backlog_has_grown_over_three_days(visitor: Visitor) -> None:
    world = visitor.hub.stage.world
    stored = world.env.backend.messages[world.channels["ml-theory"].id].values()
    assert [message.timestamp[:16] for message in stored if not message.is_ephemeral] == [
        "2026-11-22T09:30",
        "2026-11-22T14:30",
        "2026-11-23T07:30",
        "2026-11-24T03:30",
        "2026-11-24T17:30",
    ]
    assert visitor.hub.stage.now() == WEDNESDAY
