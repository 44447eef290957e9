"""Setting up a group: a draft that its lead fills in, looks at and publishes."""

import asyncio
from dataclasses import replace

from sqlalchemy.exc import IntegrityError

from bot.audit.model import ActKind
from bot.audit.store import record_act
from bot.cards import Card
from bot.clock import Clock
from bot.database import Database
from bot.errors import Refusal
from bot.groups import setup_words as words
from bot.groups import store
from bot.groups.access import (
    lock_draft,
    name_refusal,
    require_draft,
    require_manager,
)
from bot.groups.lacks import lacks_of, lost_pictures
from bot.groups.model import (
    MATERIALISE,
    Group,
    GroupState,
    Pattern,
    SetupChange,
    SetupForm,
    check_about,
    check_first_session,
    check_meeting_place,
    check_name,
)
from bot.groups.revising import read_home
from bot.groups.rhythm_text import begun_anew, spell_rhythm
from bot.groups.sleep import zones_in_server
from bot.groups.sleep_map import with_sleep_map
from bot.groups.welcome import WELCOME
from bot.groups.words import published_card, spoken_publishing, with_pictures_note
from bot.jobs.store import put_job
from bot.members.model import Actor
from bot.messenger import Messenger
from bot.pictures.studio import Draw, draw_nothing
from bot.text import quote


class SetupService:
    def __init__(
        self, db: Database, clock: Clock, messenger: Messenger, draw: Draw = draw_nothing
    ) -> None:
        self._db = db
        self._clock = clock
        self._messenger = messenger
        self._draw = draw

    def may_start(self, actor: Actor) -> None:
        """Refuses before the form is opened whom `start` would refuse after it."""
        require_manager(actor)

    async def start(self, actor: Actor, form: SetupForm, forum_id: int | None = None) -> Card:
        """The setup card of a new draft, talks to be discussed in the forum unless the lead picks
        another or none; an earlier draft of the same name by the actor goes.
        """
        require_manager(actor)
        group = await asyncio.to_thread(self._read_form, actor, form, None)
        group = replace(group, forum_id=forum_id)
        now = self._clock()
        async with self._db.begin() as tx:
            await store.free_name(tx, group.server_id, group.name, now, group.creator_id)
            try:
                group = replace(group, id=await store.add_group(tx, group, now))
            except IntegrityError as error:
                raise name_refusal(error, group.name) from error
        return await self._card(group)

    def _read_form(self, actor: Actor, form: SetupForm, known: Pattern | None) -> Group:
        name = check_name(form.name)
        home = read_home(form.city, known)
        first_at = check_first_session(form.first_session, home.zone, self._clock(), actor.locale)
        pattern = Pattern(
            zone=home.zone, city=home.city, first_at=first_at, every_weeks=2, minutes=60
        )
        return Group(
            id=0,
            server_id=actor.server_id,
            name=name,
            about=check_about(form.about),
            state=GroupState.DRAFT,
            creator_id=actor.user_id,
            pattern=pattern,
            channel_id=actor.channel_id,
            meeting_place=check_meeting_place(form.meeting_place),
        )

    async def form(self, actor: Actor, group_id: int) -> SetupForm:
        """What was typed for the draft, to be typed over."""
        async with self._db.read() as tx:
            group = await require_draft(tx, actor, group_id)
        return SetupForm(
            name=group.name,
            city=group.pattern.home.name,
            first_session=f"{group.pattern.first_at:%Y-%m-%d %H:%M}",
            meeting_place=group.meeting_place,
            about=group.about,
        )

    async def rhythm(self, actor: Actor, group_id: int) -> str:
        """How the draft meets, in the line that `retype_rhythm` reads."""
        async with self._db.read() as tx:
            return spell_rhythm((await require_draft(tx, actor, group_id)).pattern)

    async def retype_rhythm(self, actor: Actor, group_id: int, text: str) -> Card:
        """The setup card after the lead typed another rhythm, from the first session's day on.

        That day is kept: whatever is typed next begins there as well.
        """
        async with self._db.begin() as tx:
            group = await lock_draft(tx, actor, group_id)
            group = replace(group, pattern=begun_anew(group.pattern, text))
            if next(group.pattern.instants(self._clock()), None) is None:
                raise Refusal(f"{quote(text)} gives no meeting ahead: check the days.")
            await store.save_group(tx, group)
        return await self._card(group)

    async def retype(self, actor: Actor, group_id: int, form: SetupForm) -> Card:
        """The setup card after the lead typed the form anew; what was picked stays."""
        async with self._db.read() as tx:
            known = (await require_draft(tx, actor, group_id)).pattern
        typed = await asyncio.to_thread(self._read_form, actor, form, known)
        async with self._db.begin() as tx:
            group = await lock_draft(tx, actor, group_id)
            pattern = replace(
                typed.pattern,
                every_weeks=group.pattern.every_weeks,
                minutes=group.pattern.minutes,
            )
            if pattern.first_at == group.pattern.first_at:
                # What was typed as a rhythm stays; another first session begins a plain one.
                pattern = replace(group.pattern, zone=pattern.zone, city=pattern.city)
            group = replace(
                group,
                name=typed.name,
                about=typed.about,
                meeting_place=typed.meeting_place,
                pattern=pattern,
            )
            try:
                await store.save_group(tx, group)
            except IntegrityError as error:
                raise name_refusal(error, group.name) from error
        return await self._card(group)

    async def change(self, actor: Actor, group_id: int, change: SetupChange) -> Card:
        """The setup card after the lead picked something."""
        async with self._db.begin() as tx:
            group = await lock_draft(tx, actor, group_id)
            pattern = replace(
                group.pattern,
                every_weeks=change.every_weeks or group.pattern.every_weeks,
                minutes=change.minutes or group.pattern.minutes,
                nth=() if change.every_weeks else group.pattern.nth,
            )
            if change.every_weeks and pattern.since_at is not None:
                pattern = begun_anew(pattern, spell_rhythm(pattern))
            forum_id = group.forum_id if change.forum_id is None else change.forum_id or None
            group = replace(
                group,
                pattern=pattern,
                talks_per_session=change.talks_per_session or group.talks_per_session,
                channel_id=change.channel_id or group.channel_id,
                forum_id=forum_id,
            )
            await store.save_group(tx, group)
        return await self._card(group)

    async def check(self, actor: Actor, group_id: int) -> Card:
        """The setup card with the permissions looked at again."""
        async with self._db.read() as tx:
            group = await require_draft(tx, actor, group_id)
        return await self._card(group)

    async def discard(self, actor: Actor, group_id: int) -> None:
        """Forget a draft."""
        async with self._db.begin() as tx:
            group = await lock_draft(tx, actor, group_id)
            await store.delete_group(tx, group.id)

    async def publish(self, actor: Actor, group_id: int) -> Card:
        """The card of the group that is now public, with its calendar and welcome under way.

        Refused while a permission is missing: the draft stays as it is.
        """
        async with self._db.read() as tx:
            group = await require_draft(tx, actor, group_id)
        lacks = await lacks_of(self._messenger, group)
        if lacks:
            raise Refusal(
                "Nothing is public yet: I still need " + "; ".join(lacks) + ". Grant that in the "
                "channel's or server's settings and press Publish again."
            )
        async with self._db.begin() as tx:
            draft = await lock_draft(tx, actor, group_id)
            # The first meeting is known now; the day that was named for it has done its work.
            pattern = replace(draft.pattern, since_at=None)
            group = replace(draft, state=GroupState.ACTIVE, pattern=pattern)
            await store.save_group(tx, group)
            now = self._clock()
            await put_job(tx, WELCOME, group.id, now)
            await put_job(tx, MATERIALISE, group.id, now)
            await record_act(
                tx,
                group_id=group.id,
                user_id=actor.user_id,
                kind=ActKind.SETUP,
                what=spoken_publishing(group, actor.user_id),
                now=now,
            )
        return published_card(group)

    async def _card(self, group: Group) -> Card:
        now = self._clock()
        lacks = await lacks_of(self._messenger, group)
        card = words.setup_card(group, now, lacks)
        card = with_pictures_note(card, await lost_pictures(self._messenger, group, lacks))
        async with self._db.read() as tx:
            # Nobody follows a draft yet: those who follow the server's other groups are counted.
            people = await zones_in_server(tx, group.server_id)
            card = words.with_neighbours(card, group, await store.groups_in(tx, group.server_id))
        return await with_sleep_map(card, group, people, now, self._draw)
