"""Who speaks when a session is skipped: the next in line, or the same ones next time."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.audit.model import ActKind
from bot.errors import Refusal
from bot.rescheduling.model import Ground, Plan
from bot.sessions.model import Session, SessionState, Talk
from bot.text import quote


def plan_drop(ground: Ground, session: Session) -> Plan:
    """No meeting, and the same speakers next time.

    The session's talks come first in the next session, in their order; what has no room there, or
    whose speaker is away that day, is first in the one after, and so on, until a session has room
    for all. A session holds as many talks as the group has seats, or as it has already. What is
    left after the last planned session is promised the next free seat.
    """
    seats = ground.group.talks_per_session
    coming = list(session.talks)
    changed = [replace(session, state=SessionState.CANCELLED, talks=())]
    for one in ground.later_than(session):
        if not coming:
            break
        absent = [talk for talk in coming if not ground.can_give(talk, one)]
        line = [*(talk for talk in coming if talk not in absent), *one.talks]
        room = max(seats, len(one.talks))
        if line[:room] != [*one.talks]:
            changed.append(_seated(one, line[:room]))
        # In their order: who was put off first is first in the session after.
        coming = [talk for talk in [*coming, *one.talks] if talk in absent or talk in line[room:]]
    for talk in coming:
        _require_pitch(talk)
    return Plan(
        kind=ActKind.SKIP,
        sessions=tuple(changed),
        waiting=tuple(talk.id for talk in coming),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Absence:
    """What becomes of a talk whose speaker is away.

    It goes to the session `to`, None where it is only promised a seat; `stand_in` is the talk
    from there that is given instead, None where its seat stays empty.
    """

    talk: Talk
    to: Session | None = None
    stand_in: Talk | None = None

    @property
    def is_possible(self) -> bool:
        """False for a talk that has no seat to go to, and no pitch to be promised one."""
        return self.to is not None or self.talk.pitch_id is not None


def absence_of(ground: Ground, session: Session, talk: Talk) -> Absence:
    """The next talk in line by another speaker steps in, and the two change places.

    Both have to be there on their new days. With nobody to step in, the talk goes to the first
    later session with a free seat at which its speaker is there, or is promised the next one.
    """
    later = [one for one in ground.later_than(session) if ground.can_give(talk, one)]
    for one in later:
        for other in one.talks:
            is_another = other.speaker_id not in (None, talk.speaker_id)
            if is_another and ground.can_give(other, session):
                return Absence(talk=talk, to=one, stand_in=other)
    for one in later:
        if len(one.talks) < ground.group.talks_per_session:
            return Absence(talk=talk, to=one)
    return Absence(talk=talk)


def plan_away(ground: Ground, session: Session, talk_id: int) -> Plan:
    """The meeting stays without this talk's speaker, and nobody moves but its stand-in."""
    absence = absence_of(ground, session, talk_of(session, talk_id))
    talk, to, other = absence.talk, absence.to, absence.stand_in
    if to is not None and other is not None:
        swap = {talk.id: other, other.id: talk}
        swapped = (_swapped(each, swap) for each in (session, to))
        return Plan(kind=ActKind.AWAY, sessions=tuple(swapped))
    without = _seated(session, [one for one in session.talks if one.id != talk.id])
    if to is not None:
        return Plan(kind=ActKind.AWAY, sessions=(without, _seated(to, [*to.talks, talk])))
    _require_pitch(talk)
    return Plan(kind=ActKind.AWAY, sessions=(without,), waiting=(talk.id,))


def talk_of(session: Session, talk_id: int) -> Talk:
    """The session's talk; refuses one that is not in it any more."""
    for talk in session.talks:
        if talk.id == talk_id:
            return talk
    raise Refusal(f"That talk is not in session #{session.number} any more.")


def _swapped(session: Session, swap: dict[int, Talk]) -> Session:
    return _seated(session, [swap.get(talk.id, talk) for talk in session.talks])


def _seated(session: Session, talks: Sequence[Talk]) -> Session:
    """The session with these talks, in this order."""
    seated = (
        replace(talk, session_id=session.id, position=position)
        for position, talk in enumerate(talks)
    )
    return replace(session, talks=tuple(seated))


def _require_pitch(talk: Talk) -> None:
    if talk.pitch_id is None:
        raise Refusal(
            f"{quote(talk.title)} was never pitched, so there is no backlog for it to go back to, "
            "and no later session has room: add one with `/session add` first."
        )
