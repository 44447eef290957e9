"""Puts questions to speakers, keeps what stands in the channel true, and lets them lapse."""

from datetime import datetime, timedelta

from bot.clock import Clock
from bot.database import Database, Tx
from bot.groups.alerts import alert_leads, alerting
from bot.groups.store import group_of, lock_group
from bot.jobs.courier import Courier
from bot.jobs.handler import NOTHING, ONE, Fanout
from bot.jobs.model import Delivery, Done, Job, Outcome, Planned, Skipped
from bot.jobs.store import put_job
from bot.messenger import MessageGone, Messenger, NotAllowed, PlaceGone, TryLater
from bot.sessions.away import read_days_away
from bot.speakers import store, words
from bot.speakers.model import ASK, ASK_LAPSE, ASK_REDRAW, AskKind, AskState
from bot.speakers.offers import pass_on
from bot.speakers.views import view_of_ask
from bot.speakers.words import AskView

WHILE_BARRED = timedelta(minutes=5)
"""How long to wait for a lead who has to grant a permission before trying again."""


class AskHandler:
    """Asks one person in the group's channel; who has left is passed over, and for a free seat who
    is away that day by now.
    """

    kind = ASK

    def __init__(self, db: Database, clock: Clock, messenger: Messenger, courier: Courier) -> None:
        self._db = db
        self._clock = clock
        self._messenger = messenger
        self._courier = courier

    async def plan(self, tx: Tx, job: Job, _now: datetime) -> Fanout:
        ask = await store.get_ask(tx, job.subject_id)
        return Fanout(planned=[Planned(expires_at=ask.expires_at)]) if ask else NOTHING

    async def deliver(self, delivery: Delivery) -> Outcome:
        view = await _read(self._db, delivery)
        if view is None or view.ask.state is not AskState.OPEN:
            return Skipped(reason="it is settled")
        group, ask = view.group, view.ask
        if not await self._messenger.present_members(group.server_id, [ask.person_id]):
            return self._pass_over(view, "they have left the server")
        if await self._is_away(view):
            return self._pass_over(view, "they are away that day")
        try:
            message_id = await self._courier.say(
                delivery, group.channel_id, words.ask_card(view), mentions=[ask.person_id]
            )
        except NotAllowed as problem:
            text = f"I can't ask a speaker in the group's channel: I need {problem}."
            await alert_leads(self._db, group.id, text, self._clock())
            raise TryLater("the channel can't be written to", WHILE_BARRED) from problem
        except PlaceGone:
            text = (
                "The group's channel was deleted, so I can't ask a speaker to take a free seat. "
                "Choose another with `/group edit`."
            )
            return alerting(group.id, text, self._clock)

        async def record(tx: Tx) -> None:
            await store.note_ask(tx, ask.id, group.channel_id, message_id)
            states = await store.states_of(tx, [ask.id])
            if states.get(ask.id) is not AskState.OPEN:
                await put_job(tx, ASK_REDRAW, ask.id, self._clock())

        return Done(message_id=message_id, record=record)

    async def _is_away(self, view: AskView) -> bool:
        """A swap is asked for by somebody who knows why: only the next in line is passed over."""
        ask, session = view.ask, view.session
        async with self._db.read() as tx:
            away = await read_days_away(tx, [ask.person_id])
        is_missed = away.misses(ask.person_id, session.starts_at, session.zone)
        return ask.kind is AskKind.SEAT and is_missed

    def _pass_over(self, view: AskView, why: str) -> Outcome:
        async def record(tx: Tx) -> None:
            await lock_group(tx, view.group.id)
            await pass_on(tx, view.group, view.ask, AskState.LAPSED, self._clock())

        return Skipped(reason=why, record=record)


class AskRedrawHandler:
    """Writes under a question how it was settled."""

    kind = ASK_REDRAW

    def __init__(self, db: Database, messenger: Messenger) -> None:
        self._db = db
        self._messenger = messenger

    async def plan(self, _tx: Tx, _job: Job, _now: datetime) -> Fanout:
        return ONE

    async def deliver(self, delivery: Delivery) -> Outcome:
        view = await _read(self._db, delivery)
        if view is None or view.ask.message_id is None or view.ask.channel_id is None:
            return Skipped(reason="it was not put yet")
        channel_id, message_id = view.ask.channel_id, view.ask.message_id
        try:
            await self._messenger.edit(channel_id, message_id, words.ask_card(view))
        except (MessageGone, PlaceGone):
            return Skipped(reason="the message was deleted")
        return Done(message_id=message_id)


class AskLapseHandler:
    """Takes silence for a no when the time for an answer is over."""

    kind = ASK_LAPSE

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def plan(self, tx: Tx, job: Job, now: datetime) -> Fanout:
        ask = await store.get_ask(tx, job.subject_id)
        if ask is not None:
            group = await lock_group(tx, ask.group_id)
            await pass_on(tx, group, ask, AskState.LAPSED, now)
        return NOTHING

    async def deliver(self, _delivery: Delivery) -> Outcome:
        return Skipped(reason="nothing to send")


async def _read(db: Database, delivery: Delivery) -> AskView | None:
    async with db.read() as tx:
        ask = await store.get_ask(tx, delivery.subject_id)
        if ask is None:
            return None
        return await view_of_ask(tx, await group_of(tx, ask.group_id), ask)
