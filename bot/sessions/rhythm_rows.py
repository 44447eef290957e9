"""What a changed pattern does to each session, and to the dates beyond those in the calendar."""

import hashlib
from bisect import bisect_left
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.groups.model import Group
from bot.places.wall import local, resolve
from bot.sessions.model import Talk
from bot.sessions.preview import Meeting, Row, meeting_of
from bot.sessions.refit import Refit, Seat

DATES_READ = 400
"""Of either pattern: enough for three meetings a week as far ahead as a change may be planned."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prospect:
    """What a change would do: the group before and after, and what becomes of its sessions.

    `taken` are the dates of any pattern that a session stands for, be it called off.
    """

    before: Group
    after: Group
    seats: tuple[Seat, ...]
    refit: Refit
    taken: frozenset[datetime]

    @property
    def digest(self) -> str:
        """Differs when the change would do something else."""
        pattern = self.after.pattern
        # A set is written in another order by each process.
        ruled = pattern.with_days_off(pattern.breaks, ())
        shown = f"{ruled!r}{sorted(pattern.holidays)!r}{self.refit!r}"
        return hashlib.sha256(shown.encode()).hexdigest()[:16]

    @property
    def speaker_ids(self) -> set[int | None]:
        """Those whose talks the sessions hold; None where a talk has no speaker yet."""
        return {talk.speaker_id for seat in self.seats for talk in seat.session.talks}

    def talks_of(self, talk_ids: Sequence[int]) -> tuple[Talk, ...]:
        """Those of these ids, in their order."""
        known = {talk.id: talk for seat in self.seats for talk in seat.session.talks}
        return tuple(known[talk_id] for talk_id in talk_ids)


def rhythm_rows(prospect: Prospect, now: datetime) -> list[Row]:
    """Sessions, and dates that none stands for, before and after."""
    before, after, refit = prospect.before, prospect.after, prospect.refit
    rows = [row for seat in prospect.seats if (row := _row(prospect, seat))]
    for wall, talk_ids in refit.added:
        rows.append(Row(after=_planned(after, wall, prospect.talks_of(talk_ids))))
    known = {*prospect.taken, *refit.moved.values(), *(wall for wall, _ in refit.added)}
    was, was_until = _dates(before, prospect.taken, now)
    will, will_until = _dates(after, known, now)
    until = min(was_until, will_until)
    return rows + pair_dates(
        [one for one in was if one.starts_at <= until],
        [one for one in will if one.starts_at <= until],
    )


def _row(prospect: Prospect, seat: Seat) -> Row | None:
    """The session's; None for one that is left out before and after."""
    before, after, refit = prospect.before, prospect.after, prospect.refit
    session = seat.session
    is_back = any(one.id == session.id for one in refit.revived)
    is_left_out = any(one.id == session.id for one in refit.dropped)
    was = meeting_of(before, session)
    if seat.is_dropped and not is_back:
        return None
    if is_left_out:
        return Row(number=session.number, before=was)
    talk_ids = refit.talks.get(session.id)
    wall = refit.moved.get(session.id)
    if wall is not None:
        will = _planned(after, wall)
    else:
        will = _taken_along(before, after, was) if seat.is_fixed else was
    is_usual = was.minutes == before.pattern.rhythm_at(will.wall).minutes
    will = replace(
        will,
        talks=session.talks if talk_ids is None else prospect.talks_of(talk_ids),
        minutes=after.pattern.rhythm_at(will.wall).minutes if is_usual else was.minutes,
    )
    return Row(number=session.number, before=None if is_back else was, after=will)


def _taken_along(before: Group, after: Group, was: Meeting) -> Meeting:
    """One that was set by hand, at its instant, on the clock of the group's new city."""
    rhythm = after.pattern.rhythm_in_force(was.starts_at)
    if rhythm.zone == before.pattern.rhythm_in_force(was.starts_at).zone:
        return was
    home = rhythm.home.clock
    wall = local(was.starts_at, home.zone).replace(tzinfo=None, fold=0)
    return replace(was, wall=wall, home=home)


def _planned(group: Group, wall: datetime, talks: tuple[Talk, ...] = ()) -> Meeting:
    """A meeting as the pattern has it at the naive `wall`."""
    rhythm = group.pattern.rhythm_at(wall)
    return Meeting(
        starts_at=resolve(wall, rhythm.zone).starts_at,
        wall=wall,
        home=rhythm.home.clock,
        minutes=rhythm.minutes,
        talks=talks,
    )


def _dates(
    group: Group, taken: Collection[datetime], now: datetime
) -> tuple[list[Meeting], datetime]:
    """The pattern's dates ahead that no session stands for, and until when they are all known."""
    ahead = group.pattern.next_instants(now, DATES_READ)
    is_all = len(ahead) < DATES_READ
    until = datetime.max.replace(tzinfo=now.tzinfo) if is_all else ahead[-1][1]
    return [_planned(group, wall) for wall, _ in ahead if wall not in taken], until


def pair_dates(before: Sequence[Meeting], after: Sequence[Meeting]) -> list[Row]:
    """Each date with what becomes of it; both soonest first.

    A date that is left becomes the one nearest to it, if none other is nearer to that: a group
    that meets more often has new dates beside those that move.
    """
    same = {_key(one) for one in before} & {_key(one) for one in after}
    rows = [Row(before=one, after=one) for one in after if _key(one) in same]
    was = [one for one in before if _key(one) not in same]
    will = [one for one in after if _key(one) not in same]
    heirs = {place: _nearest(one, will) for place, one in enumerate(was)}
    origins = {place: _nearest(one, was) for place, one in enumerate(will)}
    for place, one in enumerate(was):
        heir = heirs[place]
        is_paired = heir is not None and origins[heir] == place
        rows.append(Row(before=one, after=will[heir] if is_paired and heir is not None else None))
    return rows + [
        Row(after=one)
        for place, one in enumerate(will)
        if (origin := origins[place]) is None or heirs[origin] != place
    ]


def _key(meeting: Meeting) -> tuple[datetime, str]:
    return meeting.starts_at, meeting.home.zone


def _nearest(meeting: Meeting, others: Sequence[Meeting]) -> int | None:
    """The place of the one nearest in time among those, soonest first; None where there is none."""
    place = bisect_left(others, meeting.starts_at, key=lambda one: one.starts_at)
    near = range(max(place - 1, 0), min(place + 1, len(others)))
    return min(near, key=lambda one: abs(others[one].starts_at - meeting.starts_at), default=None)
