"""Telling a group's channel what has changed, with the people concerned pinged."""

from collections.abc import Collection

from bot.cards import Card
from bot.clock import Clock
from bot.groups.alerts import alerting
from bot.groups.model import Group
from bot.jobs.courier import Courier
from bot.jobs.model import Delivery, Done, Outcome
from bot.messenger import Messenger, NotAllowed, PlaceGone
from bot.sessions.words import mention_line, mentioned


class ChannelTeller:
    """Says a card once in the group's channel; where it can't, the leads hear of that."""

    def __init__(self, messenger: Messenger, courier: Courier, clock: Clock) -> None:
        self._messenger = messenger
        self._courier = courier
        self._clock = clock

    async def tell(
        self, delivery: Delivery, group: Group, card: Card, people: Collection[int], what: str
    ) -> Outcome:
        """How it ended; pings those of the people who are still in the server.

        `what` says what nobody hears of where it can't be said: "session #2 has changed".
        """
        present = await self._messenger.present_members(group.server_id, frozenset(people))
        if present:
            card = card.with_body(mention_line(present))
        try:
            return Done(
                message_id=await self._courier.say(
                    delivery, group.channel_id, card, mentions=mentioned(present)
                )
            )
        except PlaceGone:
            why = "the group's channel was deleted"
        except NotAllowed as problem:
            why = f"in the group's channel I need {problem}"
        return alerting(group.id, f"Nobody heard from me that {what}: {why}.", self._clock)
