"""Telling the channel once what an act has changed, however many sessions it touched."""

from datetime import datetime

from bot.audit.model import Act, ActKind
from bot.audit.store import acts_after, get_act
from bot.cards import spoken_list
from bot.clock import Clock
from bot.database import Database, Tx
from bot.groups.edits import SETTINGS
from bot.groups.model import HORIZON
from bot.groups.store import group_of
from bot.jobs.courier import Courier
from bot.jobs.handler import NOTHING, ONE, Fanout
from bot.jobs.model import Delivery, Job, Outcome, Planned, Skipped
from bot.messenger import Messenger
from bot.rescheduling.model import ACT_NOTICE
from bot.rescheduling.tellings import Shift, act_card, shifts_of, taken_back_card
from bot.sessions.store import get_sessions, sessions_to_come
from bot.sessions.telling import ChannelTeller
from bot.sessions.views import views_of


class ActNoticeHandler:
    """Posts the change once; pings those who are going, and those whose talk has another time,
    another session, or none.
    """

    kind = ACT_NOTICE

    def __init__(self, db: Database, clock: Clock, messenger: Messenger, courier: Courier) -> None:
        self._db = db
        self._clock = clock
        self._teller = ChannelTeller(messenger, courier, clock)

    async def plan(self, tx: Tx, job: Job, now: datetime) -> Fanout:
        act = await get_act(tx, job.subject_id)
        shifts = await _read(tx, act) if act else []
        ends = [shift.view.session.ends_at for shift in shifts]
        if act and not ends and await _is_of_pattern_alone(tx, act):
            return ONE
        if not ends or max(ends) <= now:
            return NOTHING
        return Fanout(planned=(Planned(expires_at=max(ends)),))

    async def deliver(self, delivery: Delivery) -> Outcome:
        async with self._db.read() as tx:
            act = await get_act(tx, delivery.subject_id)
            shifts = await _read(tx, act) if act else []
            is_of_pattern = act is not None and await _is_of_pattern_alone(tx, act)
            if act is None or not (shifts or is_of_pattern):
                return Skipped(reason="there is nothing left to tell")
            if shifts and await _is_overtaken(tx, act):
                return Skipped(reason="a later act on the same sessions is told instead")
            group = await group_of(tx, act.group_id)
            ahead = await sessions_to_come(tx, group.id, self._clock(), HORIZON)
        if not shifts:
            card = taken_back_card(group, act, ahead, self._clock())
            return await self._teller.tell(delivery, group, card, (), "the group has new dates")
        people = frozenset().union(
            *(shift.view.going for shift in shifts),
            _speakers(act),
            _speakers_at_other_times(shifts),
        )
        card = act_card(group, act, shifts, self._clock())
        return await self._teller.tell(delivery, group, card, people, _spoken_change(shifts))


def _spoken_change(shifts: list[Shift]) -> str:
    numbers = [f"#{shift.view.session.number}" for shift in shifts]
    verb = "session {} has changed" if len(numbers) == 1 else "sessions {} have changed"
    return verb.format(spoken_list(numbers))


async def _read(tx: Tx, act: Act) -> list[Shift]:
    sessions = await get_sessions(tx, _touched(act))
    group = await group_of(tx, act.group_id)
    return shifts_of(act, await views_of(tx, [group], list(sessions.values())))


def _touched(act: Act) -> frozenset[int]:
    sides = [side for one in act.changes if one.table == "talk" for side in (one.before, one.after)]
    return act.ids_in("session") | {side["session_id"] for side in sides if side}


def _speakers(act: Act) -> set[int]:
    """Those whose talks went to another session, or in or out of the calendar."""
    found: set[int] = set()
    for one in act.changes:
        sides = [side for side in (one.before, one.after) if side and one.table == "talk"]
        if len(sides) == 1 or len({side["session_id"] for side in sides}) > 1:
            found |= {side["speaker_id"] for side in sides if side["speaker_id"]}
    return found


def _speakers_at_other_times(shifts: list[Shift]) -> set[int]:
    """Those whose talks are in a session that has moved, or does not take place."""
    moved = [shift.view.session for shift in shifts if shift.has_other_time]
    return {one.speaker_id for each in moved for one in each.talks if one.speaker_id is not None}


async def _is_of_pattern_alone(tx: Tx, act: Act) -> bool:
    """True where an edit of the pattern is taken back that no session was moved by, and holds."""
    if act.kind is not ActKind.UNDO or not _bends_pattern(act):
        return False
    return not any(_bends_pattern(one) for one in await acts_after(tx, act))


def _bends_pattern(act: Act) -> bool:
    """Whether it changes when the group meets, and not a setting that only leads hear of."""
    sides = [
        side
        for one in act.changes
        if one.table == "reading_group"
        for side in (one.before, one.after)
        if side
    ]
    return any(not side.keys() <= {*SETTINGS} for side in sides)


async def _is_overtaken(tx: Tx, act: Act) -> bool:
    """True when later acts have changed every one of the sessions again."""
    later = frozenset[int]().union(*(_touched(one) for one in await acts_after(tx, act)))
    return _touched(act) <= later
