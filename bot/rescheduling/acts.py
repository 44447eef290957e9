"""What leads did to their calendars, and how they take it back."""

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

    async def acts_card(self, actor: Actor, typed_group: str | None, page: int = 1) -> Card:
        """A page of the acts on the group and its calendar, for its leads; 1 has the newest."""
        async with self._db.read() as tx:
            group = await find_group(tx, actor, typed_group)
            require_lead(group, actor)
            return await self._show(tx, group, page)

    async def undo(self, actor: Actor, act_id: int) -> Card:
        """The newest acts once that one is taken back."""
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
            return await self._show(tx, group, note=f"✅ You {tellings.spoken_undo(act)}")

    async def _show(self, tx: Tx, group: Group, page: int = 1, note: str = "") -> Card:
        size = tellings.ACTS_SHOWN
        acts = await last_acts(tx, group.id, size + 1, (page - 1) * size)
        standing = await read_standing(tx, group, acts[:size], self._clock())
        undoable = {act.id for act in acts[:size] if standing.allows_undo(act)}
        return tellings.acts_card(group, acts, undoable, page, note)
