"""The rows and columns of a calendar that an act may change, read before and after it.

Whoever changes a calendar in one transaction records it so:
`record_act(..., changes=changes_between(before, await read_calendar(...)))`.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Table, bindparam, select

from bot.audit.model import Change, Rows, Values
from bot.audit.store import choose_rows, number_column, read_rows
from bot.database import Tx
from bot.groups.rhythms import EARLIER, EARLIER_COLUMNS, PATTERN_COLUMNS
from bot.groups.store import GROUPS
from bot.pitches.store import PITCHES
from bot.sessions.mirror_store import MIRRORS
from bot.sessions.store import LONGEST, SESSIONS
from bot.sessions.talks import TALKS

SESSION_COLUMNS = (
    "occurrence",
    "wall_start",
    "zone",
    "fold",
    "starts_at",
    "minutes",
    "state",
    "reason",
    "is_dropped",
    "place",
)
EVENT_COLUMNS = ("name", "about")
TALK_COLUMNS = (
    "session_id",
    "position",
    "title",
    "pitch_id",
    "speaker_id",
    "sources",
    "minutes",
    "thread_id",
    "state",
)
PITCH_COLUMNS = ("state", "has_lost", "promised_at")
TABLES: Mapping[str, tuple[Table[Any], tuple[str, ...]]] = {
    "session": (SESSIONS, SESSION_COLUMNS),
    "session_event": (MIRRORS, EVENT_COLUMNS),
    "talk": (TALKS, TALK_COLUMNS),
    "pitch": (PITCHES, PITCH_COLUMNS),
    "reading_group": (GROUPS, PATTERN_COLUMNS),
    "earlier_rhythm": (EARLIER, EARLIER_COLUMNS),
}
"""The tables that acts on a calendar change, with the columns that are put back."""


_AHEAD = select(SESSIONS.c.id).where(
    SESSIONS.c.group_id == bindparam("its_group"), SESSIONS.c.starts_at > bindparam("its_moment")
)
_WATCHED = {
    "session": SESSIONS.c.id.in_(_AHEAD),
    "session_event": MIRRORS.c.session_id.in_(_AHEAD),
    "talk": TALKS.c.session_id.in_(_AHEAD),
    "pitch": PITCHES.c.id.in_(bindparam("pitch_ids", expanding=True)),
    "reading_group": GROUPS.c.id == bindparam("its_group"),
    "earlier_rhythm": EARLIER.c.group_id == bindparam("its_group"),
}
# Made once: making them takes longer than running them.
_CHOSEN = {name: choose_rows(*TABLES[name], which) for name, which in _WATCHED.items()}


async def read_calendar(
    tx: Tx, group_id: int, now: datetime, pitch_ids: Collection[int] = ()
) -> Rows:
    """The watched columns of all that an act on the group's calendar may change."""
    asked = {"its_group": group_id, "its_moment": now - LONGEST, "pitch_ids": list(pitch_ids)}
    found: dict[tuple[str, int], Values] = {}
    for name, chosen in _CHOSEN.items():
        found |= await read_rows(tx, TABLES[name][0], chosen, asked)
    return found


async def read_changed(tx: Tx, changes: Collection[Change]) -> Rows:
    """The columns that an act has kept of the rows that it changed, as they are now."""
    found: dict[tuple[str, int], Any] = {}
    for name, (table, _) in TABLES.items():
        here = [one for one in changes if one.table == name]
        names = {key for one in here for side in (one.before, one.after) for key in side or ()}
        ids = [one.row_id for one in here]
        if ids:
            chosen = choose_rows(table, names, number_column(table).in_(ids))
            found |= await read_rows(tx, table, chosen)
    return found
