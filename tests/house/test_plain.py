"""The guard that every card and event of the tests goes through bites."""

from datetime import UTC, datetime

import pytest
from fakes.clock import HandClock
from fakes.messenger import FakeMessenger
from plain import plain_texts_of_component, require_plain

from bot.cards import Button, Card, Option, Pick, stamp
from bot.messenger import EventPlan

NOW = datetime(2022, 11, 5, 20, tzinfo=UTC)
TIME = f"at {stamp(NOW)}"
EVENT = EventPlan(name="N", description="D", starts_at=NOW, ends_at=NOW, location="L")
MARRED = [
    Card(title="T", buttons=(Button(label=TIME, action="x"),)),
    Card(title="T", picks=(Pick(action="x", prompt=TIME),)),
    Card(
        title="T", picks=(Pick(action="x", prompt="P", options=(Option(label=TIME, value="1"),)),)
    ),
]


@pytest.mark.parametrize("card", MARRED)
async def test_a_card_with_a_time_where_none_is_shown_is_refused(card: Card) -> None:
    messenger = FakeMessenger(HandClock())
    channel_id = messenger.add_channel(messenger.add_server([1]))
    assert await messenger.say(channel_id, Card(title=TIME, body=(TIME,)), nonce="a")
    with pytest.raises(AssertionError, match="shows no times"):
        await messenger.say(channel_id, card, nonce="b")


async def test_an_event_with_a_time_in_its_words_is_refused() -> None:
    messenger = FakeMessenger(HandClock())
    server_id = messenger.add_server([1])
    assert await messenger.mirror_event(server_id, None, EVENT)
    marred = EventPlan(name=TIME, description="D", starts_at=NOW, ends_at=NOW, location="L")
    with pytest.raises(AssertionError, match="shows no times"):
        await messenger.mirror_event(server_id, None, marred)


def test_a_component_as_discord_gets_it_is_looked_at() -> None:
    require_plain(plain_texts_of_component({"type": 2, "label": "Going"}))
    with pytest.raises(AssertionError):
        require_plain(plain_texts_of_component({"type": 2, "label": TIME}))
    with pytest.raises(AssertionError):
        require_plain(plain_texts_of_component({"type": 3, "options": [{"label": TIME}]}))
