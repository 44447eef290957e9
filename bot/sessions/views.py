"""What a session's cards show beside it: its answers, and the clocks of its people."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Select, bindparam, func, select, union

from bot.database import BigInt, Tx
from bot.groups.model import Group
from bot.groups.store import FOLLOWS
from bot.members.store import MEMBERS
from bot.places.zones import zone_names
from bot.sessions.answers import RSVPS, answers_to_all
from bot.sessions.mirror_store import undecided_of
from bot.sessions.model import Answer, Session, SessionView
from bot.sessions.radar import LOOK_BACK, meetings_around
from bot.sessions.stays import Occasion
from bot.sessions.store import SESSIONS, meetings_of

MOST_CLOCKS = 8


async def view_of(tx: Tx, group: Group, session: Session) -> SessionView:
    """The group's session with its answers and its people's clocks."""
    return (await views_of(tx, [group], [session]))[session.id]


async def views_of(
    tx: Tx, groups: Iterable[Group], sessions: Sequence[Session]
) -> dict[int, SessionView]:
    """The same for many sessions of these groups, by their ids."""
    if not sessions:
        return {}
    session_ids = [session.id for session in sessions]
    answers = await answers_to_all(tx, session_ids)
    undecided = await undecided_of(tx, session_ids)
    homes = await homes_of(tx, sessions)
    bare = await bare_views_of(tx, groups, sessions)
    return {
        session_id: replace(
            view,
            answers=answers[session_id],
            clocks=homes[session_id][:MOST_CLOCKS],
            homes=homes[session_id],
            undecided=undecided.get(session_id, 0),
        )
        for session_id, view in bare.items()
    }


async def bare_views_of(
    tx: Tx, groups: Iterable[Group], sessions: Sequence[Session]
) -> dict[int, SessionView]:
    """The sessions as one person sees them: without other people's answers and clocks."""
    meetings = await _meetings(tx, groups, sessions)
    return {
        session.id: SessionView(
            session=session, answers={}, clocks=(), meetings=meetings[session.id]
        )
        for session in sessions
    }


async def _meetings(
    tx: Tx, groups: Iterable[Group], sessions: Sequence[Session]
) -> dict[int, tuple[Occasion, ...]]:
    """The meetings of the group around each session."""
    if not sessions:
        return {}
    since = min(session.starts_at for session in sessions) - LOOK_BACK
    patterns = {group.id: group.pattern for group in groups}
    calendars = await meetings_of(tx, {session.group_id for session in sessions}, since)
    return {
        session.id: meetings_around(
            patterns[session.group_id],
            calendars[session.group_id],
            session.starts_at,
        )
        for session in sessions
    }


def _choose_homes() -> Select[Any]:
    these = bindparam("session_ids", type_=BigInt, expanding=True)
    followers = (
        select(SESSIONS.c.id.label("session_id"), FOLLOWS.c.user_id)
        .join(FOLLOWS, FOLLOWS.c.group_id == SESSIONS.c.group_id)
        .where(SESSIONS.c.id.in_(these))
    )
    going = select(RSVPS.c.session_id, RSVPS.c.user_id).where(
        RSVPS.c.session_id.in_(these), RSVPS.c.answer == Answer.GOING
    )
    people = union(followers, going).subquery()
    return (
        select(people.c.session_id, MEMBERS.c.place_name, MEMBERS.c.zone, func.count())
        .join(MEMBERS, MEMBERS.c.user_id == people.c.user_id)
        .where(MEMBERS.c.zone.is_not(None), MEMBERS.c.place_name.is_not(None))
        .group_by(people.c.session_id, MEMBERS.c.place_name, MEMBERS.c.zone)
    )


_HOMES = _choose_homes()
"""Made once: making it takes longer than running it."""


async def homes_of(tx: Tx, sessions: Sequence[Session]) -> dict[int, tuple[tuple[str, str], ...]]:
    """(city, zone) of followers and of those going, the commonest first, home left out."""
    session_ids = [session.id for session in sessions]
    rows = await tx.execute(_HOMES, {"session_ids": session_ids})
    counts: dict[int, Counter[tuple[str, str]]] = {one: Counter() for one in session_ids}
    for session_id, city, zone, count in rows:
        if zone in zone_names():
            counts[session_id][zone, city] = count
    return {session.id: _commonest(counts[session.id], session.zone) for session in sessions}


def _commonest(people: Counter[tuple[str, str]], home: str) -> tuple[tuple[str, str], ...]:
    """One city stands for a zone: the one that most of its people named."""
    zones: Counter[str] = Counter()
    for (zone, _), count in people.items():
        zones[zone] += count
    del zones[home]
    named = []
    for zone, _ in sorted(zones.items(), key=lambda pair: (-pair[1], pair[0])):
        cities = [(city, count) for (z, city), count in people.items() if z == zone]
        named.append((min(cities, key=lambda pair: (-pair[1], pair[0]))[0], zone))
    return tuple(named)
