"""Taking an act back."""

from datetime import datetime

from sqlalchemy.exc import IntegrityError

from bot.audit.model import Act, ActKind, changes_between
from bot.database import Tx
from bot.groups.access import name_refusal
from bot.groups.edits import words_changed
from bot.groups.model import Group
from bot.groups.store import free_name
from bot.places.zones import zone_data_version
from bot.rescheduling import store
from bot.rescheduling.following import record
from bot.rescheduling.standing import read_standing
from bot.rescheduling.tellings import spoken_undo
from bot.sessions.watched import kept_of, read_changed


async def take_back(tx: Tx, group: Group, act: Act, user_id: int, now: datetime) -> int:
    """The number of the act that took this one back; whoever calls holds the group's lock.

    Sessions, talks, pitches, leads and the pattern are as they were, and what hangs on them
    follows. A session that the act had added is cancelled, unless it is also of the pattern that is
    back: its number and its place in calendars stay known. Refused once something of it has changed
    since, or a session of it has begun.
    """
    standing = await read_standing(tx, group, [act], now)
    standing.refuse_undo(act)
    name, _ = words_changed(act.changes).get("name", ("", ""))
    if name:
        await free_name(tx, group.server_id, name, now)
    staying = standing.staying(act)
    changes = [one for one in act.changes if one.table != "session" or one.row_id not in staying]
    try:
        await store.put_back(tx, changes, now, zone_data_version())
    except IntegrityError as error:
        # A draft, which only its creator sees, may have the name.
        raise name_refusal(error, name) from error
    after = await read_changed(tx, group.id, act.changes)
    undoing = Act(
        id=0,
        group_id=group.id,
        user_id=user_id,
        kind=ActKind.UNDO,
        what=spoken_undo(act),
        done_at=now,
        changes=changes_between(kept_of(act, standing.rows), kept_of(act, after)),
        undoes_id=act.id,
    )
    return await record(tx, group, undoing)
