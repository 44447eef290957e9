"""What leads did to their calendars, and how they take it back."""

from dataclasses import replace

from bot.audit.store import get_act, last_acts
from bot.cards import Card
from bot.clock import Clock
from bot.database import Database, Tx
from bot.errors import Refusal
from bot.groups.access import find_group, require_lead
from bot.groups.model import Group
from bot.groups.store import get_group, group_of, lock_group
from bot.members.model import Actor
from bot.rescheduling import tellings
from bot.rescheduling.standing import read_standing
from bot.rescheduling.undo import take_back


class ActService:
    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def acts_card(self, actor: Actor, typed_group: str | None) -> Card:
        """The last acts on the group's calendar, for its leads."""
        async with self._db.read() as tx:
            group = await find_group(tx, actor, typed_group)
            require_lead(group, actor)
            return await self._shown(tx, group)

    async def undo(self, actor: Actor, act_id: int) -> Card:
        """The last acts once that one is taken back."""
        now = self._clock()
        async with self._db.begin() as tx:
            act = await get_act(tx, act_id)
            group = await get_group(tx, actor.server_id, act.group_id) if act else None
            if act is None or group is None:
                raise Refusal("That is too long ago: nobody remembers how it was before.")
            require_lead(group, actor)
            group = await lock_group(tx, group.id)
            act = await get_act(tx, act_id) or act
            await take_back(tx, group, act, actor.user_id, now)
            group = await group_of(tx, group.id)  # by the name that it has now
            card = await self._shown(tx, group)
        return replace(card, body=(f"✅ Taken back: {act.what}.", *card.body))

    async def _shown(self, tx: Tx, group: Group) -> Card:
        acts = await last_acts(tx, group.id, tellings.ACTS_SHOWN)
        standing = await read_standing(tx, group, acts, self._clock())
        undoable = {act.id for act in acts if standing.allows_undo(act)}
        return tellings.acts_card(group, acts, undoable)
