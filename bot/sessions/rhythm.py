"""Changing when a group meets: shown first, done when a lead confirms, told once to the channel."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from bot.audit.model import ActKind, changes_between
from bot.audit.store import record_act
from bot.cards import Card
from bot.clock import Clock
from bot.database import Database, Tx
from bot.errors import Refusal
from bot.groups.access import find_group, require_lead
from bot.groups.model import HORIZON, WELCOME_REDRAW, Group
from bot.groups.revising import Revision, read_typed, revise, typed_before
from bot.groups.store import lock_group, save_pattern
from bot.jobs.store import put_job
from bot.members.model import Actor
from bot.members.store import get_member
from bot.members.unsent import UnsentForms
from bot.places.spoken import Habit
from bot.sessions import rhythm_words as words
from bot.sessions.away import read_days_away
from bot.sessions.onlookers import onlookers_of
from bot.sessions.refitting import read_refit, refit_calendar
from bot.sessions.rhythm_rows import Prospect
from bot.sessions.store import known_occurrences, sessions_ahead, sessions_to_come
from bot.sessions.watched import read_calendar

RHYTHM = "rhythm"
"""The job that tells a group's channel when it meets from now on."""

_SEEN = "seen"


class RhythmService:
    def __init__(self, db: Database, clock: Clock, unsent: UnsentForms) -> None:
        self._db = db
        self._clock = clock
        self._unsent = unsent

    async def form(self, actor: Actor, typed_group: str | None, what: Revision) -> dict[str, str]:
        """The form of a change, filled with what holds."""
        async with self._db.read() as tx:
            group = await find_group(tx, actor, typed_group)
        require_lead(group, actor)
        return typed_before(group.pattern, what, self._clock())

    async def propose(
        self, actor: Actor, typed_group: str | None, what: Revision, typed: Mapping[str, str]
    ) -> Card:
        """What the change would do, with the button that does it; nothing is changed yet.

        Asks (AskBack) where a day has several readings.
        """
        now = self._clock()
        async with self._db.read() as tx:
            group = await find_group(tx, actor, typed_group)
            require_lead(group, actor)
            lead = replace(await get_member(tx, actor.user_id), locale=actor.locale)
        # Before the calendar is looked at: reading words takes a while.
        habit = lead.habit_on(group.home_at(now).zone)
        typed = await asyncio.to_thread(read_typed, typed, what, group.pattern, now, habit)
        async with self._db.read() as tx:
            group = await find_group(tx, actor, f"{group.id}")
            require_lead(group, actor)
            prospect = await _look_ahead(tx, group, what, typed, now, habit)
            ahead = await sessions_ahead(tx, group.id, now, 1)
            who = await onlookers_of(tx, group, actor, ahead)
            who = replace(who, away=await read_days_away(tx, prospect.speaker_ids))
        kept = {**typed, _SEEN: prospect.digest}
        number = await self._unsent.keep(actor.user_id, f"{what}:{group.id}", kept)
        card = words.proposal_card(prospect, what, who, now)
        return replace(card, buttons=words.proposal_buttons(what, number))

    async def carry_out(self, actor: Actor, number: int) -> Card:
        """The group as it meets from now on; refused where the calendar has changed meanwhile."""
        form_id, typed = await self._unsent.take_back(actor.user_id, number)
        what, _, group_id = form_id.partition(":")
        now = self._clock()
        async with self._db.begin() as tx:
            found = await find_group(tx, actor, group_id)
            group = await lock_group(tx, found.id)
            require_lead(group, actor)
            lead = replace(await get_member(tx, actor.user_id), locale=actor.locale)
            habit = lead.habit_on(group.home_at(now).zone)
            prospect = await _look_ahead(tx, group, Revision(what), typed, now, habit)
            if prospect.digest != typed.get(_SEEN):
                raise Refusal(
                    "The calendar has changed since you were shown this: start again, and look at "
                    "what would happen now."
                )
            before = await read_calendar(tx, group.id, now)
            await save_pattern(tx, group.id, prospect.after.pattern)
            await refit_calendar(tx, prospect.after, group.pattern, now)
            await record_act(
                tx,
                group_id=group.id,
                user_id=actor.user_id,
                kind=ActKind.PATTERN,
                what=words.what_was_done(prospect.before, prospect.after, Revision(what), now),
                changes=changes_between(before, await read_calendar(tx, group.id, now)),
                now=now,
            )
            await put_job(tx, RHYTHM, group.id, now)
            await put_job(tx, WELCOME_REDRAW, group.id, now)
            ahead = await sessions_to_come(tx, group.id, now, HORIZON)
        return words.changed_card(prospect.after, ahead, habit)

    async def leave(self, actor: Actor, number: int) -> Card:
        """Forget what was typed under that number."""
        await self._unsent.take_back(actor.user_id, number)
        return words.left_card()


async def _look_ahead(  # noqa: PLR0913, PLR0917 - what is changed, when, and for whom
    tx: Tx, group: Group, what: Revision, typed: Mapping[str, str], now: datetime, habit: Habit
) -> Prospect:
    after = replace(group, pattern=revise(group.pattern, what, typed, now, habit))
    seats, refit = await read_refit(tx, after, group.pattern, now)
    taken = (await known_occurrences(tx, group.id)).dates
    return Prospect(before=group, after=after, seats=tuple(seats), refit=refit, taken=taken)
