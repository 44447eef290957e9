"""Which sessions a speaker can't come to, by the days that they are away."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from bot.database import Tx
from bot.groups.home import Home
from bot.members.away import Away, is_away
from bot.members.store import away_spans, get_members
from bot.places.wall import local
from bot.sessions.model import Session, Talk


@dataclass(frozen=True, slots=True, kw_only=True)
class DaysAway:
    """When people are away, by their ids, and the zones of those whose place is known.

    A day is a person's own, or home's while it is not known where they live.
    """

    spans: Mapping[int, Sequence[Away]] = field(default_factory=dict)
    zones: Mapping[int, str] = field(default_factory=dict)

    def misses(self, user_id: int | None, starts_at: datetime, home_zone: str) -> bool:
        """Whether that person is away on the day of a session; nobody never is."""
        spans = self.spans.get(user_id, ()) if user_id is not None else ()
        return bool(spans) and is_away(spans, starts_at, self._zone(user_id, home_zone))

    def day_of(self, user_id: int, session: Session) -> date:
        """The day of the session on that person's calendar."""
        return local(session.starts_at, self._zone(user_id, session.zone)).date()

    def _zone(self, user_id: int | None, home_zone: str) -> str:
        zone = self.zones.get(user_id) if user_id is not None else None
        return zone or Home(city="", zone=home_zone).clock.zone


def talks_missed(away: DaysAway, session: Session) -> list[Talk]:
    """The session's talks whose speakers are away that day."""
    return [
        talk
        for talk in session.talks
        if away.misses(talk.speaker_id, session.starts_at, session.zone)
    ]


async def read_days_away(tx: Tx, user_ids: Collection[int | None]) -> DaysAway:
    """When these people are away; None stands for nobody."""
    known = {user_id for user_id in user_ids if user_id is not None}
    spans = {user_id: found for user_id, found in (await away_spans(tx, known)).items() if found}
    members = await get_members(tx, spans.keys())
    zones = {one.user_id: one.place.zone for one in members.values() if one.place is not None}
    return DaysAway(spans=spans, zones=zones)


async def sessions_missed(
    tx: Tx, speakers: Mapping[int, int | None], sessions: Sequence[Session]
) -> dict[int, frozenset[int]]:
    """For each pitch the sessions that its speaker is away from; `speakers` are by pitch."""
    away = await read_days_away(tx, speakers.values())
    return {
        pitch_id: frozenset(
            session.id
            for session in sessions
            if away.misses(user_id, session.starts_at, session.zone)
        )
        for pitch_id, user_id in speakers.items()
        if user_id is not None
    }
