"""A group's new name, words or meeting place: where they show, and who hears of another place."""

from datetime import datetime

from bot.audit.model import ActKind
from bot.audit.store import get_act
from bot.cards import Card, Tone, stamp
from bot.clock import Clock
from bot.database import Database, Tx
from bot.groups.edits import words_changed
from bot.groups.model import DETAILS, Group
from bot.groups.spoken import spoken_place
from bot.groups.store import group_of, lock_group
from bot.jobs.courier import Courier
from bot.jobs.handler import NOTHING, Fanout
from bot.jobs.model import Delivery, Job, Outcome, Planned, Skipped
from bot.jobs.store import Due, put_jobs
from bot.messenger import Messenger
from bot.sessions import store
from bot.sessions.calendar import redrawing
from bot.sessions.model import EVENT, Session
from bot.sessions.telling import ChannelTeller
from bot.sessions.views import view_of
from bot.sessions.words import spoken_end
from bot.text import escape

MOST_AHEAD = 100


class DetailsHandler:
    """Has native events written anew and calendars told; the channel hears of another place once.

    Cards read the group as it is when they are made; reminders that were sent are drawn anew.
    """

    kind = DETAILS

    def __init__(self, db: Database, clock: Clock, messenger: Messenger, courier: Courier) -> None:
        self._db = db
        self._clock = clock
        self._teller = ChannelTeller(messenger, courier, clock)

    async def plan(self, tx: Tx, job: Job, now: datetime) -> Fanout:
        act = await get_act(tx, job.subject_id)
        changed = words_changed(act.changes) if act else {}
        if act is None or not changed:
            return NOTHING
        group = await lock_group(tx, act.group_id)
        ahead = await store.sessions_ahead(tx, group.id, now, MOST_AHEAD)
        here = _meeting_there(ahead)
        # Calendar files and reminders show the name and the place alone.
        shown = ahead if "name" in changed else here if "meeting_place" in changed else []
        for one in shown:
            await store.touch(tx, one.id, now)
        events = [Due(kind=EVENT, subject_id=one.id, due_at=now) for one in ahead]
        await put_jobs(tx, [*events, *(redrawing(one.id, now) for one in shown)])
        if "meeting_place" not in changed or not here:
            return NOTHING
        return Fanout(planned=(Planned(expires_at=here[-1].ends_at),))

    async def deliver(self, delivery: Delivery) -> Outcome:
        async with self._db.read() as tx:
            act = await get_act(tx, delivery.subject_id)
            changed = words_changed(act.changes) if act else {}
            if act is None or "meeting_place" not in changed:
                return Skipped(reason="nobody knows any more what has changed")
            now = self._clock()
            was, place = changed["meeting_place"]
            group = await group_of(tx, act.group_id)
            ahead = await store.sessions_ahead(tx, group.id, now, MOST_AHEAD)
            here = _meeting_there(ahead)
            if group.meeting_place != place or not here:
                return Skipped(reason="it has changed again since, or no session is ahead")
            view = await view_of(tx, group, here[0])
        is_back = act.kind is ActKind.UNDO
        card = place_card(group, here[0], was, now, is_back=is_back)
        what = f"the group meets {'where it did before' if is_back else 'in another place'}"
        return await self._teller.tell(delivery, group, card, view.going, what)


def _meeting_there(ahead: list[Session]) -> list[Session]:
    """The sessions that have no place of their own."""
    return [one for one in ahead if not one.place]


def place_card(
    group: Group, first: Session, was: str, now: datetime, *, is_back: bool = False
) -> Card:
    """What the channel hears of another meeting place; the earlier one is not named again.

    `is_back` where a lead has taken another place back.
    """
    title, where = _meeting_now(group, was, is_back=is_back)
    begins = f"{stamp(first.starts_at)} · {stamp(first.starts_at, 'R')}"
    if first.starts_at <= now < first.ends_at:
        begins = f"now, {spoken_end(first)}"
    since = f"From session #{first.number} on: {begins}"
    earlier = f"What was given {'since' if is_back else 'before'} holds no longer."
    body = (where, "\n".join([since, earlier] if was else [since]))
    return Card(title=title, body=body, tone=Tone.WARNING)


def _meeting_now(group: Group, was: str, *, is_back: bool) -> tuple[str, str]:
    """The title of the news, and the place itself."""
    name, place = escape(group.name), f"**{spoken_place(group.meeting_place)}**"
    if not group.meeting_place:
        if is_back:
            return f"↩️ {name} has no meeting place again", "As before, its leads have given none."
        return f"📍 {name} has no meeting place now", "Its leads have given no other yet."
    if is_back:
        return f"↩️ {name} meets again in its earlier place", f"Again in {place}"
    return f"📍 {name} {'meets in another place' if was else 'has a meeting place'}", place
