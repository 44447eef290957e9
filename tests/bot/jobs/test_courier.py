"""A card is said once, though the attempt at saying it is repeated."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.cards import Card
from bot.database import Database
from bot.jobs.courier import CLOCK_SLACK, DIRECT, Courier
from bot.jobs.model import Delivery, Done, Outcome, make_nonce
from bot.jobs.runner import Runner
from bot.jobs.store import put_job
from bot.messenger import DirectMessagesClosed, MessageGone, TryLater
from tests.fakes.clock import START, HandClock
from tests.fakes.errands import Errand
from tests.fakes.messenger import NONCE_WINDOW, FakeMessenger

ADA, BEN = 11, 12
CARD = Card(title="Session #1 in 1 hour")
LONG_AFTER = NONCE_WINDOW + timedelta(hours=1)


class Directs:
    """What is remembered of channels with people."""

    def __init__(self) -> None:
        self.channel_ids: dict[int, int] = {}
        self.is_spent = False

    async def known(self, user_id: int) -> int | None:
        return self.channel_ids.get(user_id)

    async def keep(self, user_id: int, channel_id: int) -> None:
        self.channel_ids[user_id] = channel_id


class World:
    """A chat system with a channel and a forum, and a courier in front of it."""

    def __init__(self) -> None:
        self.clock = HandClock()
        self.chat = FakeMessenger(self.clock)
        server_id = self.chat.add_server([ADA])
        self.channel_id = self.chat.add_channel(server_id)
        self.forum_id = self.chat.add_channel(server_id, is_forum=True)
        self.directs = Directs()
        self.waits: list[str] = []
        self.courier = Courier(self.chat, self.directs, self._wait)

    async def _wait(self, budget: str) -> None:
        if self.directs.is_spent:
            raise TryLater("no budget is left")
        self.waits.append(budget)

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
        not_before=START,
        attempts=number,
        first_attempt_at=START,
    )


async def test_first_attempt_sends_without_looking(world: World) -> None:
    await world.courier.say(attempt(1), world.channel_id, CARD)
    await world.courier.tell(attempt(1), ADA, CARD)
    assert world.chat.calls == ["say", "open_direct", "say"]


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
    await world.directs.keep(ADA, await world.chat.open_direct(ADA))
    world.chat.fail(TryLater("connection dropped"), is_after=True)
    with pytest.raises(TryLater):
        await world.courier.tell(attempt(1), ADA, CARD)
    ((_, sent),) = world.chat.said()
    world.clock.move(later)
    assert await world.courier.tell(attempt(2), ADA, CARD) == sent.id
    assert world.titles == ["Session #1 in 1 hour"]


async def test_channel_with_a_person_is_opened_for_their_first_message_only(world: World) -> None:
    for number in (7, 8, 9):
        await world.courier.tell(replace(attempt(1), subject_id=number), ADA, CARD)
    assert world.chat.calls == ["open_direct", "say", "say", "say"]
    assert world.waits == [DIRECT]
    assert world.directs.channel_ids == world.chat.direct


async def test_channel_whose_opening_was_not_heard_of_is_opened_again(world: World) -> None:
    world.chat.fail(TryLater("connection dropped"), is_after=True)
    with pytest.raises(TryLater):
        await world.courier.tell(attempt(1), ADA, CARD)
    await world.courier.tell(attempt(2), ADA, CARD)
    assert world.chat.calls == ["open_direct", "open_direct", "find_message", "say"]
    assert (world.waits, len(world.chat.direct)) == ([DIRECT, DIRECT], 1)


@pytest.mark.parametrize("number", [1, 2])
@pytest.mark.parametrize("is_gone", [True, False])
async def test_remembered_channel_that_leads_nowhere_is_opened_anew_once(
    world: World, is_gone: bool, number: int
) -> None:
    old_id = await world.chat.open_direct(ADA)
    await world.directs.keep(ADA, old_id)
    world.chat.places[old_id].denied.add("View Channel")
    del world.chat.direct[ADA]
    if is_gone:
        del world.chat.places[old_id]
    message_id = await world.courier.tell(attempt(number), ADA, CARD)
    new_id = world.directs.channel_ids[ADA]
    assert new_id != old_id
    assert list(world.chat.places[new_id].messages) == [message_id]
    assert world.waits == [DIRECT]


async def test_person_whose_new_channel_leads_nowhere_either_can_not_be_told(
    world: World,
) -> None:
    channel_id = await world.chat.open_direct(ADA)
    world.chat.places[channel_id].denied.add("View Channel")
    with pytest.raises(DirectMessagesClosed):
        await world.courier.tell(attempt(1), ADA, CARD)
    assert world.chat.calls.count("say") == 1


async def test_person_who_closed_their_messages_is_tried_once(world: World) -> None:
    await world.directs.keep(ADA, await world.chat.open_direct(ADA))
    world.chat.closed.add(ADA)
    with pytest.raises(DirectMessagesClosed):
        await world.courier.tell(attempt(1), ADA, CARD)
    assert world.chat.calls == ["open_direct", "say"]


async def test_without_budget_no_channel_is_opened_but_open_ones_are_used(world: World) -> None:
    await world.directs.keep(BEN, await world.chat.open_direct(BEN))
    world.directs.is_spent = True
    with pytest.raises(TryLater, match="no budget is left"):
        await world.courier.tell(attempt(1), ADA, CARD)
    await world.courier.tell(attempt(1), BEN, CARD)
    assert world.chat.calls == ["open_direct", "say"]


async def test_without_a_memory_each_message_opens_the_channel(world: World) -> None:
    courier = Courier(world.chat)
    for number in (7, 8):
        await courier.tell(replace(attempt(1), subject_id=number), ADA, CARD)
    assert world.chat.calls == ["open_direct", "say"] * 2


async def test_message_that_was_sent_and_deleted_is_sent(world: World) -> None:
    world.chat.fail(TryLater("connection dropped"), is_after=True)
    with pytest.raises(TryLater):
        await world.courier.say(attempt(1), world.channel_id, CARD)
    ((_, sent),) = world.chat.said()
    world.chat.delete(world.channel_id, sent.id)
    assert await world.courier.say(attempt(2), world.channel_id, CARD) is None
    with pytest.raises(MessageGone):
        await world.courier.post(attempt(3), world.channel_id, CARD)
    assert world.titles == []


async def test_message_that_is_to_be_changed_later_comes_with_its_id(world: World) -> None:
    message_id = await world.courier.post(attempt(1), world.channel_id, CARD)
    ((_, sent),) = world.chat.said()
    assert message_id == sent.id


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
        not_before=START,
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


async def test_post_keeps_its_place_whatever_became_of_its_job(world: World) -> None:
    opened_id = await world.courier.open_discussion(attempt(1), world.forum_id, "Dune", CARD)
    moved = replace(attempt(1), rev=2, lead_minutes=-15)
    assert await world.courier.open_discussion(moved, world.forum_id, "Dune", CARD) == opened_id
    assert world.titles == ["Session #1 in 1 hour"]


class Twins(FakeMessenger):
    """Carries out each opening of a post twice, as a repeated call whose first answer was lost."""

    async def open_discussion(self, *where: Any, **how: Any) -> int:
        await super().open_discussion(*where, **how)
        return await super().open_discussion(*where, **how)


async def test_twin_that_came_of_one_call_is_taken_away(world: World) -> None:
    chat = Twins(world.clock)
    forum_id = chat.add_channel(chat.add_server(), is_forum=True)
    opened_id = await Courier(chat).open_discussion(attempt(1), forum_id, "Dune", CARD)
    posts = [one.id for one in chat.places.values() if one.parent_id == forum_id]
    assert (posts, chat.calls.count("open_post")) == ([opened_id], 2)


async def test_late_twins_are_taken_away_and_the_post_people_talk_in_stays(world: World) -> None:
    nonce = make_nonce("remind", 7, 0, "", 0)
    posts = [
        await world.chat.open_discussion(world.forum_id, "Dune", CARD, nonce=nonce)
        for _ in range(3)
    ]
    await world.courier.sweep_discussions(attempt(1), world.forum_id, "Dune", posts[1])
    found = await world.chat.find_discussions(world.forum_id, "Dune", nonce=nonce)
    assert found == (posts[1],)


@pytest.mark.parametrize("fails_after", [1, 2, 3, 4, 5])
async def test_thread_in_a_channel_is_opened_once_wherever_the_first_attempt_ended(
    world: World, fails_after: int
) -> None:
    """Looking, looking for the announcement, announcing, opening the thread and looking again."""
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


async def test_attempt_under_a_clock_that_was_ahead_is_found_when_it_is_right(
    db: Database, world: World
) -> None:
    """The process that tried is gone, and so is the chat system's memory of the nonce."""
    ahead = timedelta(hours=1)

    async def say(delivery: Delivery) -> Outcome:
        return Done(message_id=await world.courier.say(delivery, world.channel_id, CARD))

    early = Runner(db, lambda: world.clock() + ahead, skew=lambda: ahead)
    early.register(Errand(act=say))
    async with db.begin() as tx:
        await put_job(tx, "errand", 7, START)
    world.chat.fail(TryLater("the answer was lost"), is_after=True)
    await early.run_due()
    assert len(world.titles) == 1
    world.clock.move(LONG_AFTER + ahead)
    right = Runner(db, world.clock)
    errand = Errand(act=say)
    right.register(errand)
    await right.run_due()
    assert (len(errand.delivered), len(world.titles)) == (1, 1)
