"""Says a delivery's card exactly once: searches before it repeats itself.

Within Discord's window the nonce makes a repeated call one message; what is older is found by
the marker that every sent card carries. Both are needed, and the lease that keeps others away.
"""

from collections.abc import Awaitable, Callable, Collection
from contextlib import suppress
from datetime import timedelta
from typing import Protocol

from bot.cards import Card
from bot.jobs.model import Delivery, make_nonce
from bot.messenger import (
    DirectMessagesClosed,
    MessageGone,
    Messenger,
    NotAllowed,
    PlaceGone,
)

CLOCK_SLACK = timedelta(minutes=2)
"""How far our clock may be ahead of Discord's when an earlier attempt is searched for."""

DIRECT = "direct"
"""The budget for opening channels with people: bots that open many at once are locked up."""


class DirectChannels(Protocol):
    """Remembers which channel leads to whom, so that it is opened once and not for each message."""

    async def known(self, user_id: int) -> int | None:
        """The channel with that person as it was last opened."""
        ...

    async def keep(self, user_id: int, channel_id: int) -> None:
        """Remember it in a transaction of its own."""
        ...


class Forgetful:
    """Opens the channel again for every message."""

    async def known(self, _user_id: int) -> int | None:
        return None

    async def keep(self, _user_id: int, _channel_id: int) -> None:
        return


async def at_once(_budget: str) -> None:
    """The wait of a courier that has all the budget it wants."""


class Courier:
    """`wait` returns when the budget of that name allows another call, or raises TryLater."""

    def __init__(
        self,
        messenger: Messenger,
        directs: DirectChannels | None = None,
        wait: Callable[[str], Awaitable[None]] = at_once,
    ) -> None:
        self._messenger = messenger
        self._directs = directs or Forgetful()
        self._wait = wait

    async def say(
        self, delivery: Delivery, channel_id: int, card: Card, *, mentions: Collection[int] = ()
    ) -> int | None:
        """The id of the message in the channel, sent now or by an earlier attempt.

        None when an earlier attempt has sent it and somebody has deleted it since: nothing is
        left to do.
        """
        if delivery.is_repeated:
            since = delivery.sought_since - CLOCK_SLACK
            found = await self._messenger.find_message(channel_id, delivery.nonce, since=since)
            if found is not None:
                return found
        return await self._messenger.say(channel_id, card, nonce=delivery.nonce, mentions=mentions)

    async def post(self, delivery: Delivery, channel_id: int, card: Card) -> int:
        """The id of a message that will be changed later; raises MessageGone for a deleted one."""
        message_id = await self.say(delivery, channel_id, card)
        if message_id is None:
            raise MessageGone("it was sent and deleted")
        return message_id

    async def tell(self, delivery: Delivery, user_id: int, card: Card) -> int | None:
        """The same as a direct message."""
        known_id = await self._directs.known(user_id)
        if known_id is not None:
            # Discord has forgotten the channel, or our token was another bot's then.
            with suppress(PlaceGone, NotAllowed):
                return await self.say(delivery, known_id, card)
        channel_id = await self._open_direct(user_id)
        try:
            return await self.say(delivery, channel_id, card)
        except (PlaceGone, NotAllowed) as problem:
            raise DirectMessagesClosed(str(user_id)) from problem

    async def _open_direct(self, user_id: int) -> int:
        await self._wait(DIRECT)
        channel_id = await self._messenger.open_direct(user_id)
        await self._directs.keep(user_id, channel_id)
        return channel_id

    async def open_discussion(
        self,
        delivery: Delivery,
        channel_id: int,
        title: str,
        card: Card,
        *,
        mentions: Collection[int] = (),
    ) -> int:
        """The id of the one forum post or thread for the delivery's subject.

        Forum posts have no nonce, and discord.py repeats a call whose answer got lost: so it
        looks before, and takes away afterwards all but the oldest.
        """
        nonce = _nonce_of_subject(delivery)
        found = await self._messenger.find_discussions(channel_id, title, nonce=nonce)
        if not found:
            opened_id = await self._messenger.open_discussion(
                channel_id, title, card, nonce=nonce, mentions=mentions
            )
            seen = await self._messenger.find_discussions(channel_id, title, nonce=nonce)
            found = tuple(sorted({opened_id, *seen}))
        await self._remove(found[1:])
        return found[0]

    async def sweep_discussions(
        self, delivery: Delivery, channel_id: int, title: str, kept_id: int
    ) -> None:
        """Take away every forum post for the delivery's subject but the one to be kept."""
        nonce = _nonce_of_subject(delivery)
        found = await self._messenger.find_discussions(channel_id, title, nonce=nonce)
        await self._remove([one for one in found if one != kept_id])

    async def _remove(self, discussion_ids: Collection[int]) -> None:
        for discussion_id in discussion_ids:
            await self._messenger.remove_discussion(discussion_id)


def _nonce_of_subject(delivery: Delivery) -> str:
    """The same for every revision: a session that is put off keeps the discussion it has."""
    return make_nonce(delivery.kind, delivery.subject_id, 0, "", 0)
