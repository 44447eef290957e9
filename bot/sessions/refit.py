"""What becomes of the calendar when the pattern changes: no talk is lost, and few sessions move."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from bot.sessions.model import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """A session that has not begun, with the pattern's date that it stands for.

    `is_dropped` says that an earlier change of the pattern left it without a date, `is_fixed` that
    a lead moved or added it by hand.
    """

    session: Session
    occurrence: datetime
    is_dropped: bool = False
    is_fixed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Refit:
    """`moved` to other wall times or another city's clock, `dropped` without a date, `revived` at
    the date it had.

    `talks` says which talks a session holds then, by id and in order, where these are others than
    now; `added` are further meetings, with the talks that they take. Talks of a session that is
    dropped and in none of these stay with it until the group has dates again.
    """

    moved: Mapping[int, datetime] = field(default_factory=dict)
    dropped: tuple[Session, ...] = ()
    revived: tuple[Session, ...] = ()
    talks: Mapping[int, tuple[int, ...]] = field(default_factory=dict)
    added: tuple[tuple[datetime, tuple[int, ...]], ...] = ()


def plan_refit(
    seats: Sequence[Seat],
    dates: Sequence[datetime],
    taken: Collection[datetime],
    zones: Mapping[datetime, str] | None = None,
    *,
    talks_per_session: int = 1,
) -> Refit:
    """How the sessions fit the new `dates` (naive walls ahead, soonest first).

    `zones` say on which clock a date is, where that is not every session's own. `taken` are dates
    that sessions beside these stand for. A session keeps its date where the pattern still has it,
    and where a lead moved it by hand. Another goes to the nearest free date between its
    neighbours; where there is none it is dropped, and its talks go on as where a lead skips it:
    first in the next session, be it one that was set by hand; what has no room there is first in
    the one after. A session holds `talks_per_session`, or as many as it has already.
    """
    seats = sorted(seats, key=lambda seat: seat.session.wall_start)
    free = [date for date in dates if date not in taken]
    auto = [seat for seat in seats if not seat.is_dropped and not seat.is_fixed]
    by_hand = {seat.occurrence for seat in seats if not seat.is_dropped and seat.is_fixed}
    revived = [seat for seat in seats if seat.is_dropped and seat.occurrence in free]
    walls = {seat.session.id: seat.occurrence for seat in revived}
    walls |= {seat.session.id: seat.occurrence for seat in auto if seat.occurrence in free}
    used = by_hand | set(walls.values())
    moved: dict[int, datetime] = {}
    for seat in auto:
        if seat.session.id in walls:
            continue
        target = _nearest(seat, auto, walls, [date for date in free if date not in used])
        if target is not None:
            moved[seat.session.id] = walls[seat.session.id] = target
            used.add(target)
    for seat in [*auto, *revived]:
        wall = walls.get(seat.session.id)
        if zones and wall and zones.get(wall, seat.session.zone) != seat.session.zone:
            moved[seat.session.id] = wall
    last = max(walls.values(), default=None)
    later = [date for date in free if date not in used and (last is None or date > last)]
    fixed = [seat for seat in seats if seat.is_fixed and not seat.is_dropped]
    held = walls | {seat.session.id: seat.session.wall_start for seat in fixed}
    talks, added = _passed_on(_in_line(seats, fixed, later, held), held, talks_per_session)
    return Refit(
        moved=moved,
        dropped=tuple(seat.session for seat in auto if seat.session.id not in walls),
        revived=tuple(seat.session for seat in revived),
        talks=talks,
        added=tuple(added),
    )


def _nearest(
    seat: Seat, auto: Sequence[Seat], walls: Mapping[int, datetime], free: Sequence[datetime]
) -> datetime | None:
    """The free date nearest to the session's, between those of the sessions before and after."""
    place = auto.index(seat)
    before = [walls[one.session.id] for one in auto[:place] if one.session.id in walls]
    after = [walls[one.session.id] for one in auto[place + 1 :] if one.session.id in walls]
    between = [
        date
        for date in free
        if (not before or date > max(before)) and (not after or date < min(after))
    ]
    return min(
        between, key=lambda date: (abs(date - seat.occurrence), -date.toordinal()), default=None
    )


def _in_line(
    seats: Sequence[Seat],
    fixed: Sequence[Seat],
    later: Sequence[datetime],
    held: Mapping[int, datetime],
) -> list[Seat | datetime]:
    """The sessions in the order in which talks go from one to the next, then the `later` dates.

    Those of the pattern follow each other as before; one that was set by hand comes where it is.
    """

    def when(one: Seat | datetime) -> datetime:
        if isinstance(one, datetime):
            return one
        return held.get(one.session.id, one.session.wall_start)

    line: list[Seat | datetime] = [*(seat for seat in seats if seat not in fixed), *later]
    for seat in fixed:
        after = (place for place, one in enumerate(line) if when(one) > when(seat))
        line.insert(next(after, len(line)), seat)
    return line


def _passed_on(
    line: Sequence[Seat | datetime], held: Mapping[int, datetime], talks_per_session: int
) -> tuple[dict[int, tuple[int, ...]], list[tuple[datetime, tuple[int, ...]]]]:
    """Which talks a session gets that has others now, and those for which a meeting is added.

    Where there is not room for all, the latest of the dropped sessions keep theirs: nobody who
    has a date loses it to somebody without one.
    """
    homeless = [
        seat.session.id
        for seat in line
        if isinstance(seat, Seat) and seat.session.id not in held and seat.session.talks
    ]
    while True:
        talks, added, is_full = _cascade(line, held, homeless, talks_per_session)
        if not is_full or not homeless:
            return talks, added
        homeless.pop()


def _cascade(
    line: Sequence[Seat | datetime],
    held: Mapping[int, datetime],
    homeless: Collection[int],
    talks_per_session: int,
) -> tuple[dict[int, tuple[int, ...]], list[tuple[datetime, tuple[int, ...]]], bool]:
    """The talks of the `homeless` come first in the next session, what has no room goes on.

    Comes back with whether some are left without a place.
    """
    talks: dict[int, tuple[int, ...]] = {}
    added: list[tuple[datetime, tuple[int, ...]]] = []
    coming: list[int] = []
    for seat in line:
        own = [] if isinstance(seat, datetime) else [talk.id for talk in seat.session.talks]
        if isinstance(seat, Seat) and seat.session.id not in held:
            coming += own if seat.session.id in homeless else []
            continue
        if not coming:
            continue
        room = max(talks_per_session, len(own))
        here, coming = tuple([*coming, *own][:room]), [*coming, *own][room:]
        if isinstance(seat, datetime):
            added.append((seat, here))
        else:
            talks[seat.session.id] = here
    return talks, added, bool(coming)
