"""Says a delivery's card exactly once: searches before it repeats itself.

Within Discord's window the nonce makes a repeated call one message; what is older is found by
the marker that every sent card carries. Both are needed, and the lease that keeps others away.
"""

from collections.abc import Collection
from datetime import timedelta

from bot.cards import Card
from bot.jobs.model import Delivery
from bot.messenger import Messenger

CLOCK_SLACK = timedelta(minutes=2)
"""How far our clock may be ahead of Discord's when an earlier attempt is searched for."""


class Courier:
    def __init__(self, messenger: Messenger) -> None:
        self._messenger = messenger

    async def say(
        self, delivery: Delivery, channel_id: int, card: Card, *, mentions: Collection[int] = ()
    ) -> int:
        """The id of the message in the channel, sent now or by an earlier attempt."""
        if delivery.is_repeated:
            since = delivery.first_attempt_at - CLOCK_SLACK
            found = await self._messenger.find_message(channel_id, delivery.nonce, since=since)
            if found is not None:
                return found
        return await self._messenger.say(channel_id, card, nonce=delivery.nonce, mentions=mentions)

    async def tell(self, delivery: Delivery, user_id: int, card: Card) -> int:
        """The id of the direct message, sent now or by an earlier attempt."""
        if delivery.is_repeated:
            since = delivery.first_attempt_at - CLOCK_SLACK
            found = await self._messenger.find_told(user_id, delivery.nonce, since=since)
            if found is not None:
                return found
        return await self._messenger.tell(user_id, card, nonce=delivery.nonce)

    async def open_discussion(
        self,
        delivery: Delivery,
        channel_id: int,
        title: str,
        card: Card,
        *,
        mentions: Collection[int] = (),
    ) -> int:
        """The id of the forum post or thread; forum posts have no nonce, so it always looks."""
        found = await self._messenger.find_discussion(channel_id, title, nonce=delivery.nonce)
        if found is not None:
            return found
        return await self._messenger.open_discussion(
            channel_id, title, card, nonce=delivery.nonce, mentions=mentions
        )
