"""What a session's cards show beside it: its answers, and the clocks of its people."""

from collections import Counter

from sqlalchemy import select

from bot.database import Tx
from bot.groups.store import FollowRow
from bot.members.store import MemberRow
from bot.sessions.answers import answers_to
from bot.sessions.model import Answer, Session, SessionView
from bot.sessions.store import session_before


async def view_of(tx: Tx, session: Session) -> SessionView:
    """The session with its answers and its people's clocks."""
    answers = await answers_to(tx, session.id)
    before = await session_before(tx, session)
    return SessionView(
        session=session,
        answers=answers,
        clocks=await _clocks(tx, session, answers[Answer.GOING]),
        last_starts_at=before.starts_at if before else None,
    )


MOST_CLOCKS = 8


async def _clocks(tx: Tx, session: Session, going: frozenset[int]) -> tuple[tuple[str, str], ...]:
    """(city, zone) of followers and of those going, the commonest first, home left out.

    One city stands for a zone: the one that most of its people named.
    """
    followers = select(FollowRow.user_id).where(FollowRow.group_id == session.group_id)
    rows = await tx.execute(
        select(MemberRow.place_name, MemberRow.zone)
        .where(MemberRow.zone.is_not(None))
        .where(MemberRow.user_id.in_(followers) | MemberRow.user_id.in_(going))
    )
    people: Counter[tuple[str, str]] = Counter(
        (zone, city) for city, zone in rows if zone and city and zone != session.zone
    )
    zones: Counter[str] = Counter()
    for (zone, _), count in people.items():
        zones[zone] += count
    named = []
    for zone, _ in sorted(zones.items(), key=lambda pair: (-pair[1], pair[0])):
        cities = [(city, count) for (z, city), count in people.items() if z == zone]
        named.append((min(cities, key=lambda pair: (-pair[1], pair[0]))[0], zone))
    return tuple(named[:MOST_CLOCKS])
