"""What members and leads do with sessions."""

from dataclasses import replace

from bot.audit.model import ActKind, changes_between
from bot.audit.store import record_act
from bot.cards import Card, stamp
from bot.clock import Clock
from bot.database import Database, Tx
from bot.errors import Refusal
from bot.groups.access import find_group, require_lead
from bot.groups.model import Group
from bot.groups.store import get_group, lock_group
from bot.jobs.store import put_job
from bot.members.model import Actor
from bot.members.store import get_member
from bot.pitches.model import PitchState
from bot.pitches.store import set_state
from bot.places.written import AskWhich
from bot.places.zones import zone_data_version
from bot.sessions import store, words
from bot.sessions.answers import save_answer
from bot.sessions.calendar import arm_as_it_is, disarm, resolved
from bot.sessions.model import (
    NOTICE,
    Answer,
    Session,
    SessionState,
    choose_instant,
)
from bot.sessions.views import view_of
from bot.sessions.watched import read_calendar
from bot.text import clean_line

SHOWN = 6
REASON_LIMIT = 300


class SessionService:
    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def next_card(self, actor: Actor, typed_group: str | None) -> tuple[Group, Card]:
        """The group and a card of its next session, in the actor's own time."""
        async with self._db.read() as tx:
            group = await find_group(tx, actor, typed_group)
            ahead = await store.sessions_ahead(tx, group.id, self._clock(), 1)
            if not ahead:
                return group, words.no_session_card(group)
            view = await view_of(tx, ahead[0])
            member = await get_member(tx, actor.user_id)
        return group, words.session_card(group, view, member, self._clock())

    async def calendar_card(
        self, actor: Actor, typed_group: str | None, *, past: bool
    ) -> tuple[Group, Card]:
        """The group and a list of its sessions: those ahead, or the last ones held."""
        async with self._db.read() as tx:
            group = await find_group(tx, actor, typed_group)
            read = store.sessions_past if past else store.sessions_ahead
            sessions = await read(tx, group.id, self._clock(), SHOWN)
            views = [await view_of(tx, session) for session in sessions]
        return group, words.sessions_card(group, views, past=past)

    async def choices(self, actor: Actor, typed_group: str | None) -> list[tuple[int, str]]:
        """(number, label) of the sessions that a lead can mean, soonest first."""
        async with self._db.read() as tx:
            group = await find_group(tx, actor, typed_group)
            ahead = await store.sessions_ahead(tx, group.id, self._clock(), SHOWN)
        return [(one.number, words.spoken_choice(group, one)) for one in ahead]

    async def move(
        self,
        actor: Actor,
        typed_group: str | None,
        number: int | None,
        when: str,
        fold: int | None = None,
    ) -> Card:
        """The card of the session at its new time; everything that hangs on it follows.

        When the time comes twice that day and `fold` does not say which, the card asks.
        """
        now = self._clock()
        async with self._db.begin() as tx:
            group, session = await self._led_session(tx, actor, typed_group, number)
            try:
                wall = choose_instant(when, session.zone, group.city, now, fold)
            except AskWhich as question:
                return words.which_card(session, question.wall, question.choices)
            starts_at = resolved(wall, session.zone, fold or 0)
            if starts_at == session.starts_at:
                raise Refusal(f"Session #{session.number} is at that time already.")
            moved = replace(
                session,
                wall_start=wall,
                starts_at=starts_at,
                moved_from=session.starts_at,
                sequence=session.sequence + 1,
                changed_at=now,
            )
            await self._refuse_clash(tx, moved)
            before = await read_calendar(tx, group.id, now)
            await store.save_time(tx, moved, zone_data_version(), fold or 0)
            await arm_as_it_is(tx, group, moved, now)
            await put_job(tx, NOTICE, session.id, now)
            was, becomes = stamp(session.starts_at), stamp(starts_at)
            what = f"moved #{session.number} from {was} to {becomes}"
            await record_act(
                tx,
                group_id=group.id,
                user_id=actor.user_id,
                kind=ActKind.MOVE,
                what=what,
                changes=changes_between(before, await read_calendar(tx, group.id, now)),
                now=now,
            )
            view = await view_of(tx, moved)
            member = await get_member(tx, actor.user_id)
        return words.moved_card(group, view, member, now)

    async def _refuse_clash(self, tx: Tx, moved: Session) -> None:
        for other in await store.sessions_ahead(tx, moved.group_id, self._clock(), 100):
            is_apart = other.ends_at <= moved.starts_at or moved.ends_at <= other.starts_at
            if other.id != moved.id and not is_apart:
                raise Refusal(
                    f"Session #{other.number} of the group is at that time: move or cancel it "
                    "first."
                )

    async def cancel(
        self, actor: Actor, typed_group: str | None, number: int | None, reason: str
    ) -> tuple[Group, Session]:
        """The session that will not take place; its talks go back to the backlog."""
        now = self._clock()
        reason = clean_line(reason)
        if len(reason) > REASON_LIMIT:
            raise Refusal(f"The reason has {len(reason):,} characters; keep it to {REASON_LIMIT}.")
        async with self._db.begin() as tx:
            group, session = await self._led_session(tx, actor, typed_group, number)
            session = replace(
                session,
                state=SessionState.CANCELLED,
                reason=reason,
                sequence=session.sequence + 1,
                changed_at=now,
            )
            pitch_ids = [talk.pitch_id for talk in session.talks if talk.pitch_id is not None]
            before = await read_calendar(tx, group.id, now, pitch_ids)
            await store.save_state(tx, session)
            await set_state(tx, pitch_ids, PitchState.OPEN, has_lost=True)
            await disarm(tx, session, now)
            await put_job(tx, NOTICE, session.id, now)
            after = await read_calendar(tx, group.id, now, pitch_ids)
            await record_act(
                tx,
                group_id=group.id,
                user_id=actor.user_id,
                kind=ActKind.CANCEL,
                what=f"cancelled #{session.number} ({stamp(session.starts_at, 'D')})",
                changes=changes_between(before, after),
                now=now,
            )
        return group, session

    async def _led_session(
        self, tx: Tx, actor: Actor, typed_group: str | None, number: int | None
    ) -> tuple[Group, Session]:
        group = await find_group(tx, actor, typed_group)
        require_lead(group, actor)
        await lock_group(tx, group.id)
        now = self._clock()
        ahead = await store.sessions_ahead(tx, group.id, now, 100)
        if number is None and ahead:
            # The next one: a session that is running now has to be named by its number.
            to_come = [one for one in ahead if one.starts_at > now] or ahead
            number = to_come[0].number
        found = next((one for one in ahead if one.number == number), None)
        session = await store.lock_session(tx, found.id) if found else None
        if session is None or session.state is not SessionState.PLANNED:
            planned = ", ".join(f"#{one.number}" for one in ahead)
            if not planned:
                raise Refusal(f"{group.name} has no session planned.")
            raise Refusal(
                f"Session #{number} of {group.name} is not planned (any more). "
                f"Planned are: {planned}."
            )
        return group, session

    async def answer(self, actor: Actor, session_id: int, answer: Answer) -> str:
        """What the member is told after pressing an RSVP button."""
        now = self._clock()
        async with self._db.begin() as tx:
            session = await store.lock_session(tx, session_id)
            group = await get_group(tx, actor.server_id, session.group_id) if session else None
            if session is None or (group is None and actor.server_id):
                raise Refusal("That session is not here any more.")
            if session.state is SessionState.CANCELLED:
                raise Refusal(f"Session #{session.number} is cancelled: nothing to answer.")
            if session.ends_at <= now:
                raise Refusal(f"Session #{session.number} is over.")
            await save_answer(tx, session_id, actor.user_id, answer, now)
        return words.answered(session, answer)
