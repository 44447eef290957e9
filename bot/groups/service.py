"""What leads do to a group and what members do with it."""

from dataclasses import replace

from sqlalchemy.exc import IntegrityError

from bot.cards import Card
from bot.clock import Clock
from bot.database import Database
from bot.groups import store, words
from bot.groups.access import (
    find_group,
    name_refusal,
    refuse_leadless,
    require_lead,
)
from bot.groups.edit_words import edit_card
from bot.groups.edits import save_edit, save_leads
from bot.groups.lacks import lacks_of, lost_pictures
from bot.groups.model import (
    Group,
    GroupChange,
)
from bot.groups.setup_words import with_neighbours
from bot.members.model import Actor, check_leads
from bot.messenger import Messenger


class GroupService:
    def __init__(self, db: Database, clock: Clock, messenger: Messenger) -> None:
        self._db = db
        self._clock = clock
        self._messenger = messenger

    async def check(self, actor: Actor, typed: str | None) -> Card:
        """Whether the group has every permission it needs, and which it lacks."""
        group = await self.find(actor, typed)
        require_lead(group, actor)
        lacks = await lacks_of(self._messenger, group)
        missing = await lost_pictures(self._messenger, group, lacks)
        return words.with_pictures_note(words.check_card(group, lacks), missing)

    async def groups_in(self, server_id: int) -> list[Group]:
        """The server's published groups by name."""
        async with self._db.read() as tx:
            return await store.groups_in(tx, server_id)

    async def find(self, actor: Actor, typed: str | None) -> Group:
        """The group that the actor means; see `find_group`."""
        async with self._db.read() as tx:
            return await find_group(tx, actor, typed)

    async def follow(self, actor: Actor, typed: str | None) -> Card:
        """What the actor sees who follows the group from now on: a second call takes it back."""
        async with self._db.begin() as tx:
            group = await find_group(tx, actor, typed)
            follows = await store.toggle_follow(tx, group.id, actor.user_id, self._clock())
        return words.followed_card(group, follows=follows)

    async def press_follow(self, actor: Actor, typed: str, *, follows: bool) -> Card:
        """What the actor sees after a button that says which of the two it does."""
        is_new = True
        async with self._db.begin() as tx:
            group = await find_group(tx, actor, typed)
            if follows:
                is_new = await store.add_follow(tx, group.id, actor.user_id, self._clock())
            else:
                await store.remove_follow(tx, group.id, actor.user_id)
        return words.followed_card(group, follows=follows, is_new=is_new)

    async def appoint_lead(
        self, actor: Actor, typed: str | None, user_id: int, *, is_lead: bool
    ) -> Group:
        """The group with its leads changed; leads and those who manage the server may do it."""
        async with self._db.begin() as tx:
            found = await find_group(tx, actor, typed)
            group = await store.lock_group(tx, found.id)
            if not actor.manages_server:
                require_lead(group, actor)
            leads = group.lead_ids | {user_id} if is_lead else group.lead_ids - {user_id}
            after = replace(group, lead_ids=leads)
            refuse_leadless(after)
            await save_leads(tx, group, after, actor.user_id, self._clock())
        return after

    async def edit(self, actor: Actor, typed: str | None, change: GroupChange) -> Card:
        """The group after a lead changed what `change` names, and what it lacks now."""
        check_leads(change.lead_minutes or ())
        now = self._clock()
        async with self._db.begin() as tx:
            found = await find_group(tx, actor, typed)
            before = await store.lock_group(tx, found.id)
            require_lead(before, actor)
            group = change.apply_to(before)
            if group.name != before.name:
                await store.free_name(tx, group.server_id, group.name, now)
            try:
                await save_edit(tx, before, group, actor.user_id, now)
            except IntegrityError as error:
                raise name_refusal(error, group.name) from error
            others = await store.groups_in(tx, group.server_id)
        card = edit_card(group, await lacks_of(self._messenger, group), before)
        is_moved = group.channel_id != before.channel_id
        return with_neighbours(card, group, others) if is_moved else card

    async def edit_form(self, actor: Actor, typed: str) -> GroupChange:
        """The words of the group, to be typed over."""
        async with self._db.read() as tx:
            group = await find_group(tx, actor, typed)
        require_lead(group, actor)
        return GroupChange(name=group.name, about=group.about, meeting_place=group.meeting_place)
