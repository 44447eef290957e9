"""Which winner speaks in which session: pure, and the same whoever computes it.

Of the allocations that seat most winners and respect the dates on which their speakers are away,
the one whose sessions, in election order, come first. Without absences that is each winner in
turn in the earliest session that has a place.
"""

from collections.abc import Collection, Mapping, Sequence

Away = Mapping[int, Collection[int]]
"""The sessions that each pitch can't be given in; a pitch that is not named can be in all."""


def allocate(winners: Sequence[int], places: Mapping[int, int], away: Away) -> dict[int, int]:
    """The session of each winner who has one. `places` are free ones by session, soonest first."""
    left, seated = dict(places), {}
    most = _most(winners, left, away)
    for turn, winner in enumerate(winners):
        rest = winners[turn + 1 :]
        for session_id in _open_to(winner, left, away):
            left[session_id] -= 1
            if 1 + _most(rest, left, away) == most:
                seated[winner] = session_id
                most -= 1
                break
            left[session_id] += 1
    return seated


def fill_up(
    seated: Mapping[int, int], reserves: Sequence[int], places: Mapping[int, int], away: Away
) -> dict[int, int]:
    """The sessions of the reserves that take what the winners have left, each in turn."""
    left, added = dict(places), {}
    for session_id in seated.values():
        left[session_id] -= 1
    for reserve in reserves:
        for session_id in _open_to(reserve, left, away)[:1]:
            left[session_id] -= 1
            added[reserve] = session_id
    return added


def exchange(
    seated: Mapping[int, int], swaps: Sequence[tuple[int, int]], away: Away
) -> dict[int, int]:
    """The same seats after the talks of each pair have changed places, one pair after the other.

    A pair stays where it is unless both have a seat, and can come where the other's is.
    """
    moved = dict(seated)
    for one, other in swaps:
        if one not in moved or other not in moved:
            continue
        if moved[other] not in away.get(one, ()) and moved[one] not in away.get(other, ()):
            moved[one], moved[other] = moved[other], moved[one]
    return moved


def _open_to(winner: int, left: Mapping[int, int], away: Away) -> list[int]:
    shut = away.get(winner, ())
    return [session_id for session_id, free in left.items() if free and session_id not in shut]


def _most(winners: Sequence[int], places: Mapping[int, int], away: Away) -> int:
    """How many of the winners can be seated: a matching, enlarged along alternating paths."""
    holders: dict[int, list[int]] = {session_id: [] for session_id in places}

    def find_place(winner: int, tried: set[int]) -> bool:
        for session_id in _open_to(winner, places, away):
            if session_id in tried:
                continue
            tried.add(session_id)
            inside = holders[session_id]
            if len(inside) < places[session_id]:
                inside.append(winner)
                return True
            for index, other in enumerate(inside):
                if find_place(other, tried):
                    inside[index] = winner
                    return True
        return False

    return sum(find_place(winner, set()) for winner in winners)
