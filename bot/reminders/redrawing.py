"""Brings reminders that stand in the channel and in people's messages up to date.

They say again what they said when they were sent, of the session as it is now: its time, place,
talks and group, or that it is cancelled. So do questions to speakers that wait for an answer.
Editing pings nobody.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import Select, Text, bindparam, case, cast, literal, select

from bot.cards import Card, stamp
from bot.clock import Clock
from bot.database import BigInt, Database, Tx, UTCDateTime
from bot.groups.model import Group
from bot.jobs.handler import NOTHING, Act, Fanout
from bot.jobs.model import (
    LEASE,
    Delivery,
    DeliveryState,
    Done,
    Job,
    Lane,
    Outcome,
    Skipped,
    lane_of,
    make_nonce,
)
from bot.jobs.store import DELIVERIES, JOBS, Due, put_jobs
from bot.members.model import Member
from bot.members.store import direct_channels
from bot.messenger import (
    DirectMessagesClosed,
    MessageGone,
    Messenger,
    NotAllowed,
    PlaceGone,
)
from bot.reminders import words
from bot.reminders.batch import Batch, read_batch
from bot.reminders.clock_notices import Key, told_by
from bot.reminders.model import CHANNEL, LATEST, people_of, person_of
from bot.sessions.change_words import changes_in
from bot.sessions.model import (
    MENTION,
    REMIND,
    REMIND_REDRAW,
    Session,
    SessionState,
    SessionView,
)
from bot.sessions.store import get_sessions
from bot.speakers.model import ASK_REDRAW
from bot.speakers.store import asks_waiting

_KINDS = (REMIND, MENTION)
_STATES = (
    select(JOBS.c.subject_id, DELIVERIES.c.state)
    .join(JOBS, JOBS.c.id == DELIVERIES.c.job_id)
    .where(JOBS.c.kind.in_(_KINDS))
    .where(JOBS.c.subject_id.in_(bindparam("session_ids", expanding=True)))
    .where(DELIVERIES.c.state.in_((DeliveryState.LEASED, DeliveryState.SENT)))
    .distinct()
)
_THESE = (
    select(
        DELIVERIES.c.id,
        DELIVERIES.c.target,
        DELIVERIES.c.rev,
        DELIVERIES.c.done_at,
        DELIVERIES.c.expires_at,
        DELIVERIES.c.message_id,
        JOBS.c.kind,
        JOBS.c.lead_minutes,
    )
    .join(JOBS, JOBS.c.id == DELIVERIES.c.job_id)
    .where(DELIVERIES.c.id.in_(bindparam("delivery_ids", expanding=True)))
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A reminder that was sent at `sent_at`, when the session was to start at `starts_at`."""

    id: int
    kind: str
    target: str
    lead_minutes: int
    rev: int
    message_id: int
    sent_at: datetime
    starts_at: datetime

    def nonce_of(self, session_id: int) -> str:
        """By which its message is found again."""
        return make_nonce(self.kind, session_id, self.lead_minutes, self.target, self.rev)


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What a batch needs: the reminders by their delivery's number, and what they are about.

    `told` are the clock changes that each has told of, `directs` the channels with people.
    """

    sent: Mapping[int, Sent]
    batch: Batch
    views: Mapping[int, SessionView]
    told: Mapping[int, frozenset[Key]]
    directs: Mapping[int, int]

    def card_of(self, sent: Sent, session: Session) -> Card:
        """What the reminder says now."""
        group, view = self.batch.groups[session.id], self.views[session.id]
        if session.state is SessionState.CANCELLED:
            return words.cancelled_reminder(group, session)
        user_id = person_of(sent.target)
        if sent.kind == MENTION:
            _, user_ids = people_of(sent.target)
            card = words.mention_card(group, session, user_ids, sent.sent_at)
        elif user_id is None:
            told = [
                one
                for one in changes_in(view, view.homes)
                if one[1].key in self.told.get(sent.id, ())
            ]
            card = words.channel_reminder(group, view, sent.sent_at, told)
        else:
            return self._personal(sent, group, view, self.batch.members[user_id])
        if sent.starts_at == session.starts_at:
            return card
        return words.with_earlier_time(card, stamp(sent.starts_at))

    def _personal(self, sent: Sent, group: Group, view: SessionView, member: Member) -> Card:
        homes = [(member.place.name, member.place.zone)] if member.place else []
        known = self.told.get(sent.id, ())
        told = [one for one in changes_in(view, homes) if one[1].key in known]
        card = words.personal_reminder(group, view, member, sent.sent_at, told)
        if sent.starts_at == view.session.starts_at:
            return card
        earlier = words.spoken_earlier(group, view.session, member, sent.starts_at)
        return words.with_earlier_time(card, earlier)

    def places_of(self, sent: Sent, session: Session) -> list[int]:
        """The channels in which the message may be."""
        user_id, group = person_of(sent.target), self.batch.groups[session.id]
        if user_id is not None:
            return [self.directs[user_id]] if user_id in self.directs else []
        thread = session.thread_id if sent.kind == MENTION else None
        return [*([thread] if thread is not None else []), group.channel_id]


class ReminderRedrawHandler:
    """Edits every reminder of a session that was sent and is not over."""

    kind = REMIND_REDRAW

    def __init__(self, db: Database, clock: Clock, messenger: Messenger) -> None:
        self._db = db
        self._clock = clock
        self._messenger = messenger

    async def plan(self, tx: Tx, job: Job, now: datetime) -> Fanout:
        return (await self.plan_all(tx, [job], now))[job.id]

    async def plan_all(self, tx: Tx, jobs: Sequence[Job], now: datetime) -> Mapping[int, Fanout]:
        """Once more after a lease: a reminder that is just being sent may say what is no more."""
        sessions = await get_sessions(tx, {one.subject_id for one in jobs})
        live_ids = [one.id for one in sessions.values() if not _is_over(one, now)]
        if not live_ids:
            return dict.fromkeys([one.id for one in jobs], NOTHING)
        asked_ids = await asks_waiting(tx, live_ids)
        await put_jobs(tx, [Due(kind=ASK_REDRAW, subject_id=one, due_at=now) for one in asked_ids])
        rows = await tx.execute(_STATES, {"session_ids": live_ids})
        states = {(session_id, state) for session_id, state in rows}

        def fanout_of(job: Job) -> Fanout:
            has_sent = (job.subject_id, DeliveryState.SENT) in states
            is_sending = (job.subject_id, DeliveryState.LEASED) in states
            later = job.due_at + LEASE
            return Fanout(
                chosen=_sent_of(sessions[job.subject_id], job, now) if has_sent else None,
                again_at=later if is_sending and now < later else None,
            )

        return {one.id: fanout_of(one) if one.subject_id in live_ids else NOTHING for one in jobs}

    async def deliver(self, delivery: Delivery) -> Outcome:
        acts = await self.prepare([delivery])
        return await acts[delivery.id]()

    async def prepare(self, deliveries: Sequence[Delivery]) -> Mapping[int, Act]:
        """An act for each, on what was read once for all of them."""
        async with self._db.read() as tx:
            known = await _read(tx, deliveries)
        return {one.id: partial(self._act, one, known) for one in deliveries}

    async def _act(self, delivery: Delivery, known: Known) -> Outcome:
        sent = known.sent.get(int(delivery.target))
        session = known.batch.sessions.get(delivery.subject_id)
        if sent is None or session is None or _is_over(session, self._clock()):
            return Skipped(reason="it is over")
        card, nonce = known.card_of(sent, session), sent.nonce_of(session.id)
        for place_id in known.places_of(sent, session):
            try:
                await self._messenger.edit(place_id, sent.message_id, card, nonce=nonce)
            except (MessageGone, PlaceGone, NotAllowed, DirectMessagesClosed):
                continue
            return Done(message_id=sent.message_id)
        return Skipped(reason="the message is not there any more")


def _is_over(session: Session, now: datetime) -> bool:
    return session.state is SessionState.HELD or session.ends_at <= now


def _sent_of(session: Session, job: Job, now: datetime) -> Select[Any]:
    """A delivery for each of the session's reminders that was sent: the channel's first."""
    lane = lane_of(max(session.starts_at - now, LEASE))
    is_public = DELIVERIES.c.target == CHANNEL
    return (
        select(
            cast(DELIVERIES.c.id, Text).label("target"),
            case((is_public, int(Lane.NOW)), else_=int(lane)).label("lane"),
            literal(job.due_at, UTCDateTime).label("not_before"),
            literal(session.ends_at, UTCDateTime).label("expires_at"),
        )
        .join(JOBS, JOBS.c.id == DELIVERIES.c.job_id)
        .where(JOBS.c.kind.in_(_KINDS), JOBS.c.subject_id == literal(session.id, BigInt))
        .where(DELIVERIES.c.state == DeliveryState.SENT)
        .where(DELIVERIES.c.message_id.is_not(None), DELIVERIES.c.expires_at.is_not(None))
    )


async def _read(tx: Tx, deliveries: Sequence[Delivery]) -> Known:
    sent = await _read_sent(tx, [int(one.target) for one in deliveries])
    about = [
        replace(one, target=sent[int(one.target)].target)
        for one in deliveries
        if int(one.target) in sent
    ]
    batch, views = await read_batch(tx, about)
    return Known(
        sent=sent,
        batch=batch,
        views=views,
        told=await told_by(tx, sent.keys()),
        directs=await direct_channels(tx, batch.members.keys()),
    )


async def _read_sent(tx: Tx, delivery_ids: Collection[int]) -> dict[int, Sent]:
    rows = await tx.execute(_THESE, {"delivery_ids": list(delivery_ids)})
    return {
        row.id: Sent(
            id=row.id,
            kind=row.kind,
            target=row.target,
            lead_minutes=row.lead_minutes,
            rev=row.rev,
            message_id=row.message_id,
            sent_at=row.done_at,
            # Every reminder is given up that long after the start.
            starts_at=row.expires_at - LATEST,
        )
        for row in rows
    }
