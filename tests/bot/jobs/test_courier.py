"""A card is said once, though the attempt at saying it is repeated."""

from datetime import timedelta

import pytest

from bot.cards import Card
from bot.jobs.courier import CLOCK_SLACK, Courier
from bot.jobs.model import Delivery
from bot.messenger import TryLater
from tests.fakes.clock import START, HandClock
from tests.fakes.messenger import NONCE_WINDOW, FakeMessenger

ADA = 11
CARD = Card(title="Session #1 in 1 hour")
LONG_AFTER = NONCE_WINDOW + timedelta(hours=1)


class World:
    """A chat system with a channel and a forum, and a courier in front of it."""

    def __init__(self) -> None:
        self.clock = HandClock()
        self.chat = FakeMessenger(self.clock)
        server_id = self.chat.add_server([ADA])
        self.channel_id = self.chat.add_channel(server_id)
        self.forum_id = self.chat.add_channel(server_id, is_forum=True)
        self.courier = Courier(self.chat)

    @property
    def titles(self) -> list[str]:
        return [message.card.title for _, message in self.chat.said()]


@pytest.fixture
def world() -> World:
    return World()


def attempt(number: int) -> Delivery:
    return Delivery(
        id=9,
        kind="remind",
        subject_id=7,
        lead_minutes=60,
        target="channel",
        rev=1,
        due_at=START,
        attempts=number,
        first_attempt_at=START,
    )


async def test_first_attempt_sends_without_looking(world: World) -> None:
    await world.courier.say(attempt(1), world.channel_id, CARD)
    await world.courier.tell(attempt(1), ADA, CARD)
    assert world.chat.calls == ["say", "tell"]


@pytest.mark.parametrize("later", [timedelta(seconds=1), LONG_AFTER])
async def test_message_whose_answer_was_lost_is_found_and_not_repeated(
    world: World, later: timedelta
) -> None:
    world.chat.fail(TryLater("connection dropped"), is_after=True)
    with pytest.raises(TryLater):
        await world.courier.say(attempt(1), world.channel_id, CARD)
    ((_, sent),) = world.chat.said()
    world.clock.move(later)
    assert await world.courier.say(attempt(2), world.channel_id, CARD) == sent.id
    assert world.chat.calls == ["say", "find_message"]
    assert world.titles == ["Session #1 in 1 hour"]


@pytest.mark.parametrize("later", [timedelta(seconds=1), LONG_AFTER])
async def test_direct_message_whose_answer_was_lost_is_found_and_not_repeated(
    world: World, later: timedelta
) -> None:
    world.chat.fail(TryLater("connection dropped"), is_after=True)
    with pytest.raises(TryLater):
        await world.courier.tell(attempt(1), ADA, CARD)
    ((_, sent),) = world.chat.said()
    world.clock.move(later)
    assert await world.courier.tell(attempt(2), ADA, CARD) == sent.id
    assert world.titles == ["Session #1 in 1 hour"]


async def test_message_that_never_arrived_is_sent_by_the_next_attempt(world: World) -> None:
    world.chat.fail(TryLater("500"))
    with pytest.raises(TryLater):
        await world.courier.say(attempt(1), world.channel_id, CARD)
    assert world.titles == []
    await world.courier.say(attempt(2), world.channel_id, CARD, mentions=[ADA])
    assert [(one.card, one.pings) for _, one in world.chat.said()] == [(CARD, frozenset({ADA}))]


async def test_clock_that_runs_ahead_of_the_chat_systems_still_finds_it(world: World) -> None:
    world.clock.now = START - CLOCK_SLACK
    sent_id = await world.courier.say(attempt(1), world.channel_id, CARD)
    world.clock.now = START + LONG_AFTER
    assert await world.courier.say(attempt(2), world.channel_id, CARD) == sent_id
    assert world.titles == ["Session #1 in 1 hour"]


async def test_other_deliveries_are_not_taken_for_this_one(world: World) -> None:
    await world.courier.say(attempt(1), world.channel_id, CARD)
    other = Delivery(
        id=10,
        kind="remind",
        subject_id=8,
        lead_minutes=60,
        target="channel",
        rev=1,
        due_at=START,
        attempts=2,
        first_attempt_at=START,
    )
    await world.courier.say(other, world.channel_id, CARD)
    assert world.titles == ["Session #1 in 1 hour"] * 2


async def test_forum_post_is_looked_for_even_at_the_first_attempt(world: World) -> None:
    """Forum posts have no nonce, and a library may repeat a call whose answer got lost."""
    opened_id = await world.courier.open_discussion(attempt(1), world.forum_id, "Dune", CARD)
    again_id = await world.courier.open_discussion(attempt(1), world.forum_id, "Dune", CARD)
    assert (again_id, world.titles) == (opened_id, ["Session #1 in 1 hour"])


@pytest.mark.parametrize("fails_after", [1, 2, 3])
async def test_thread_in_a_channel_is_opened_once_wherever_the_first_attempt_ended(
    world: World, fails_after: int
) -> None:
    """Looking, announcing and opening the thread are calls of their own."""
    effects = 0

    def die(step: str) -> None:
        nonlocal effects
        effects += step.startswith("after")
        if effects == fails_after:
            raise TryLater(step)

    world.chat.on_step = die
    with pytest.raises(TryLater):
        await world.courier.open_discussion(attempt(1), world.channel_id, "Dune", CARD)
    world.chat.on_step = lambda _step: None
    world.clock.move(LONG_AFTER)
    thread_id = await world.courier.open_discussion(attempt(2), world.channel_id, "Dune", CARD)
    assert world.titles == ["Session #1 in 1 hour"]
    assert [one.id for one in world.chat.places.values() if one.title == "Dune"] == [thread_id]
