"""The rows and columns of a calendar that an act may change, read before and after it.

Whoever changes a calendar in one transaction records it so:
`record_act(..., changes=changes_between(before, await read_calendar(...)))`.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Table, bindparam, select

from bot.audit.model import Act, Change, Rows, Values
from bot.audit.store import choose_rows, number_column, read_rows
from bot.database import Tx
from bot.groups.edits import SETTINGS
from bot.groups.rhythms import EARLIER, EARLIER_COLUMNS, PATTERN_COLUMNS
from bot.groups.store import GROUPS, LEADS
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
    "group_lead": (LEADS, ("group_id",)),
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
_CHANGED = {
    name: choose_rows(
        table,
        (*columns, *SETTINGS) if table is GROUPS else columns,
        number_column(table).in_(bindparam("row_ids", expanding=True)),
        *([table.c["group_id"] == bindparam("its_group")] if table is LEADS else []),
    )
    for name, (table, columns) in TABLES.items()
}


async def read_calendar(
    tx: Tx, group_id: int, now: datetime, pitch_ids: Collection[int] = ()
) -> Rows:
    """The watched columns of all that an act on the group's calendar may change."""
    asked = {"its_group": group_id, "its_moment": now - LONGEST, "pitch_ids": list(pitch_ids)}
    found: dict[tuple[str, int], Values] = {}
    for name, chosen in _CHOSEN.items():
        found |= await read_rows(tx, TABLES[name][0], chosen, asked)
    return found


async def read_changed(tx: Tx, group_id: int, changes: Collection[Change]) -> Rows:
    """The rows that acts of the group have changed, with all their columns that acts may keep."""
    found: dict[tuple[str, int], Values] = {}
    for name, chosen in _CHANGED.items():
        ids = {one.row_id for one in changes if one.table == name}
        if ids:
            table = TABLES[name][0]
            asked = {"row_ids": [*ids]} | ({"its_group": group_id} if table is LEADS else {})
            found |= await read_rows(tx, table, chosen, asked)
    return found


async def read_pattern(tx: Tx, group_id: int) -> Rows:
    """The rows of the group's pattern."""
    found: dict[tuple[str, int], Values] = {}
    for name in ("reading_group", "earlier_rhythm"):
        found |= await read_rows(tx, TABLES[name][0], _CHOSEN[name], {"its_group": group_id})
    return found


def kept_of(act: Act, rows: Rows) -> Rows:
    """What the act has kept of its rows: these of their columns, and no other row."""
    found = {}
    for one in act.changes:
        names = (one.after or one.before or {}).keys()
        if values := rows.get((one.table, one.row_id)):
            found[one.table, one.row_id] = {name: values[name] for name in names}
    return found
