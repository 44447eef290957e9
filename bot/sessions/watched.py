"""The rows and columns of a calendar that an act may change, read before and after it.

Whoever changes a calendar in one transaction records it so:
`record_act(..., changes=changes_between(before, await read_calendar(...)))`.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select

from bot.audit.model import Change, Rows
from bot.audit.store import number_column, read_rows
from bot.database import Row, Tx
from bot.groups.rhythms import EARLIER_COLUMNS, PATTERN_COLUMNS, EarlierRhythmRow
from bot.groups.store import GroupRow
from bot.pitches.store import PitchRow
from bot.sessions.mirror_store import MirrorRow
from bot.sessions.store import LONGEST, SessionRow
from bot.sessions.talks import TalkRow

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


async def read_calendar(
    tx: Tx, group_id: int, now: datetime, pitch_ids: Collection[int] = ()
) -> Rows:
    """The watched columns of all that an act on the group's calendar may change."""
    ahead = select(SessionRow.id).where(
        SessionRow.group_id == group_id, SessionRow.starts_at > now - LONGEST
    )
    return {
        **await _watched(tx, "session", SessionRow.id.in_(ahead)),
        **await _watched(tx, "session_event", MirrorRow.session_id.in_(ahead)),
        **await _watched(tx, "talk", TalkRow.session_id.in_(ahead)),
        **await _watched(tx, "pitch", PitchRow.id.in_(pitch_ids)),
        **await _watched(tx, "reading_group", GroupRow.id == group_id),
        **await _watched(tx, "earlier_rhythm", EarlierRhythmRow.group_id == group_id),
    }


async def read_changed(tx: Tx, changes: Collection[Change]) -> Rows:
    """The columns that an act has kept of the rows that it changed, as they are now."""
    found: dict[tuple[str, int], Any] = {}
    for table, (row, _) in TABLES.items():
        here = [one for one in changes if one.table == table]
        names = {name for one in here for side in (one.before, one.after) for name in side or ()}
        ids = [one.row_id for one in here]
        found |= await read_rows(tx, row, names, number_column(row).in_(ids)) if ids else {}
    return found


async def _watched(tx: Tx, table: str, *conditions: Any) -> Rows:
    row, columns = TABLES[table]
    return await read_rows(tx, row, columns, *conditions)
