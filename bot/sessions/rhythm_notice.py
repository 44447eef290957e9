"""Telling the channel once that a group meets at other times."""

from collections.abc import Sequence
from datetime import datetime

from bot.audit.model import ActKind, Change
from bot.audit.store import last_acts
from bot.clock import Clock
from bot.database import Database, Tx
from bot.groups.pattern import Break
from bot.groups.rhythms import breaks_of
from bot.groups.store import group_of
from bot.jobs.courier import Courier
from bot.jobs.handler import ONE, Fanout
from bot.jobs.model import Delivery, Job, Outcome
from bot.messenger import Messenger
from bot.sessions.answers import answers_to_all
from bot.sessions.model import Answer, Session, SessionState
from bot.sessions.rhythm import RHYTHM
from bot.sessions.rhythm_words import News, rhythm_card
from bot.sessions.store import calendar_of
from bot.sessions.telling import ChannelTeller

ACTS_READ = 8
"""How many of the last acts are looked through for the edit: leads may have done more since."""


def news_of(changes: Sequence[Change], ahead: Sequence[Session]) -> News:
    """What is new by an edit's changes, for those who know the sessions that are `ahead`."""
    breaks: tuple[Break, ...] = ()
    has_days_off = False
    for one in changes:
        if one.table == "reading_group" and one.before and one.after:
            was, will = (breaks_of(side.get("breaks", ())) for side in (one.before, one.after))
            # One that has another end now has not come: the group goes on earlier.
            begun = {each.first for each in was}
            breaks = tuple(each for each in will if each.first not in begun)
            has_days_off = bool(breaks) or _other(one, "reading_group", "holidays")
    # Of a talk that waited for long in a session that is over, the act knows only where it is now.
    moved = {
        one.row_id
        for one in changes
        if _other(one, "talk", "session_id") or (one.table == "talk" and one.before is None)
    }
    talks = [
        (talk, session.number) for session in ahead for talk in session.talks if talk.id in moved
    ]
    return News(breaks=breaks, has_days_off=has_days_off, talks=tuple(talks))


def _other(change: Change, table: str, column: str) -> bool:
    """Whether it is of that table, and gave the row's column another value."""
    was, will = change.before, change.after
    return change.table == table and bool(was and will and was.get(column) != will.get(column))


class RhythmHandler:
    """Posts the next dates; pings those who are going to what has changed, or speak another day."""

    kind = RHYTHM

    def __init__(self, db: Database, clock: Clock, messenger: Messenger, courier: Courier) -> None:
        self._db = db
        self._clock = clock
        self._teller = ChannelTeller(messenger, courier, clock)

    async def plan(self, _tx: Tx, _job: Job, _now: datetime) -> Fanout:
        return ONE

    async def deliver(self, delivery: Delivery) -> Outcome:
        async with self._db.read() as tx:
            group = await group_of(tx, delivery.subject_id)
            acts = await last_acts(tx, group.id, ACTS_READ)
            sessions = await calendar_of(tx, group.id, delivery.due_at)
            # The edit's own instant: sessions that changed with it, not those that it added.
            changed = [
                one for one in sessions if one.changed_at == delivery.due_at and one.sequence
            ]
            answers = await answers_to_all(tx, [one.id for one in changed])
        edits = [
            one for one in acts if one.kind is ActKind.PATTERN and one.done_at == delivery.due_at
        ]
        changes = edits[0].changes if edits else ()
        # One that was left out before may have changed as well: its talks have gone on.
        gone = {one.row_id for one in changes if _other(one, "session", "state")}
        dropped = [one for one in changed if one.state is SessionState.CANCELLED and one.id in gone]
        now = self._clock()
        ahead = [
            one for one in sessions if one.state is SessionState.PLANNED and one.starts_at > now
        ]
        news = news_of(changes, ahead)
        speakers = {talk.speaker_id for talk, _ in news.talks if talk.speaker_id is not None}
        people = frozenset(speakers).union(*(one[Answer.GOING] for one in answers.values()))
        card = rhythm_card(group, ahead, dropped, now, news)
        return await self._teller.tell(delivery, group, card, people, "the group has new dates")
