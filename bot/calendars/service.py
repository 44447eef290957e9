"""The group's sessions as a calendar file."""

from datetime import timedelta

from bot.calendars.model import CalendarEvent, render_calendar
from bot.cards import Attachment
from bot.clock import Clock
from bot.database import Database
from bot.errors import Refusal
from bot.groups.model import Group
from bot.groups.store import groups_named
from bot.sessions.model import Session, SessionState
from bot.sessions.store import calendar_of

DOMAIN = "lectern.invalid"
"""Makes our UIDs unlike anybody else's; the top level is reserved, so it is nobody's address.

The server's id stands before it: every installation of Lectern has a session 1, and who imports
files of two would see one session take the other's place (RFC 5545 3.8.4.7 asks for UIDs that are
unique in the world).
"""

KEPT = timedelta(days=30)
"""How long past and cancelled sessions stay in the file."""


class CalendarService:
    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def group_file(self, group: Group) -> Attachment:
        """An .ics file with the group's sessions of the last month and all that are ahead."""
        return await self._file(group)

    async def feed(self, named: str) -> Attachment:
        """The same sessions, of a group named at the command line, with a UID for the whole."""
        async with self._db.read() as tx:
            groups = await groups_named(tx, named)
        if not groups:
            raise Refusal(f"There is no group “{named}” in this database.")
        if len(groups) > 1:
            numbers = ", ".join(str(group.id) for group in groups)
            raise Refusal(f"Several groups are called “{named}”: give a number ({numbers}).")
        return await self._file(groups[0], f"group-{groups[0].id}@{_domain(groups[0])}")

    async def _file(self, group: Group, calendar_uid: str | None = None) -> Attachment:
        async with self._db.read() as tx:
            sessions = await calendar_of(tx, group.id, self._clock() - KEPT)
        events = [calendar_event(group, one) for one in sessions]
        content = render_calendar(group.name, events, calendar_uid=calendar_uid)
        return Attachment(name="sessions.ics", content=content)


def _domain(group: Group) -> str:
    return f"{group.server_id}.{DOMAIN}"


def calendar_event(group: Group, session: Session) -> CalendarEvent:
    """One session as calendars show it; the same UID through every change."""
    titles = " · ".join(talk.title for talk in session.talks)
    lines = [" ".join([talk.title, *talk.sources]) for talk in session.talks]
    return CalendarEvent(
        uid=f"session-{session.id}@{_domain(group)}",
        starts_at=session.starts_at,
        ends_at=session.ends_at,
        title=f"{group.name} #{session.number}" + (f": {titles}" if titles else ""),
        description="\n".join(lines),
        location=session.place or group.where,
        url=f"https://discord.com/channels/{group.server_id}/{group.channel_id}",
        sequence=session.sequence,
        changed_at=session.changed_at,
        is_cancelled=session.state is SessionState.CANCELLED,
    )
