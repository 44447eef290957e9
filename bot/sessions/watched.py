"""The rows and columns of a calendar that an act may change, read before and after it.

Whoever changes a calendar in one transaction records it so:
`record_act(..., changes=changes_between(before, await read_calendar(...)))`.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select

from bot.audit.model import Change, Rows, Values
from bot.audit.store import choose_rows, number_column, read_rows
from bot.database import Row, Tx
from bot.groups.rhythms import EARLIER, EARLIER_COLUMNS, PATTERN_COLUMNS, EarlierRhythmRow
from bot.groups.store import GROUPS, GroupRow
from bot.pitches.store import PITCHES, PitchRow
from bot.sessions.mirror_store import MIRRORS, MirrorRow
from bot.sessions.store import LONGEST, SESSIONS, SessionRow
from bot.sessions.talks import TALKS, TalkRow

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
TABLES: Mapping[str, tuple[type[Row], tuple[str, ...]]] = {
    "session": (SessionRow, SESSION_COLUMNS),
    "session_event": (MirrorRow, EVENT_COLUMNS),
    "talk": (TalkRow, TALK_COLUMNS),
    "pitch": (PitchRow, PITCH_COLUMNS),
    "reading_group": (GroupRow, PATTERN_COLUMNS),
    "earlier_rhythm": (EarlierRhythmRow, EARLIER_COLUMNS),
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
_CHOSEN = {table: choose_rows(*TABLES[table], which) for table, which in _WATCHED.items()}


async def read_calendar(
    tx: Tx, group_id: int, now: datetime, pitch_ids: Collection[int] = ()
) -> Rows:
    """The watched columns of all that an act on the group's calendar may change."""
    asked = {"its_group": group_id, "its_moment": now - LONGEST, "pitch_ids": list(pitch_ids)}
    found: dict[tuple[str, int], Values] = {}
    for table, chosen in _CHOSEN.items():
        found |= await read_rows(tx, TABLES[table][0], chosen, asked)
    return found


async def read_changed(tx: Tx, changes: Collection[Change]) -> Rows:
    """The columns that an act has kept of the rows that it changed, as they are now."""
    found: dict[tuple[str, int], Any] = {}
    for table, (row, _) in TABLES.items():
        here = [one for one in changes if one.table == table]
        names = {name for one in here for side in (one.before, one.after) for name in side or ()}
        ids = [one.row_id for one in here]
        if ids:
            chosen = choose_rows(row, names, number_column(row).in_(ids))
            found |= await read_rows(tx, row, chosen)
    return found
