"""Rows of acts, and the rows that they change: read before and after, and put back."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    ColumnElement,
    DateTime,
    ForeignKey,
    Index,
    Named,
    Select,
    Table,
    Text,
    TypedColumns,
    UniqueConstraint,
    and_,
    bindparam,
    delete,
    insert,
    select,
)

from bot.audit.model import Act, ActKind, Change, Rows, Values
from bot.database import METADATA, BigInt, OneOf, Tx, UTCDateTime

KEPT = timedelta(days=366)
"""How long acts are remembered: a year of a group's meetings, and a day."""


class ActColumns(TypedColumns):
    id: Named[int] = Column(BigInt, primary_key=True)
    group_id: Named[int] = Column(BigInt, ForeignKey("reading_group.id", ondelete="CASCADE"))
    user_id: Named[int] = Column(BigInt)
    kind: Named[ActKind] = Column(OneOf(ActKind))
    what: Named[str] = Column(Text)
    done_at: Named[datetime] = Column(UTCDateTime)
    changes: Named[list[dict[str, Any]]] = Column(JSON)
    undoes_id: Named[int | None] = Column(BigInt, ForeignKey("act.id", ondelete="CASCADE"))


# No act is taken back twice. Numbers are never given again: buttons and jobs name them.
ACTS = Table(
    "act",
    METADATA,
    ActColumns,
    UniqueConstraint("undoes_id"),
    Index("ix_act_group_id_done_at", "group_id", "done_at"),
    sqlite_autoincrement=True,
)


_UNDOING = ACTS.alias("undoing")

# Each statement is made once: making it takes longer than running it.
_OF_GROUP = ACTS.c.group_id == bindparam("its_group")
_FORGETTING = delete(ACTS).where(_OF_GROUP, ACTS.c.done_at < bindparam("its_moment"))
_ADDING = insert(ACTS).returning(ACTS.c.id)
_ALL = select(ACTS, _UNDOING.c.id.label("undone_by")).outerjoin(
    _UNDOING, _UNDOING.c.undoes_id == ACTS.c.id
)
_THAT = _ALL.where(ACTS.c.id == bindparam("its_id"))
_LAST = (
    _ALL.where(_OF_GROUP)
    .order_by(ACTS.c.id.desc())
    .limit(bindparam("most"))
    .offset(bindparam("newer"))
)
_AFTER = _ALL.where(_OF_GROUP, ACTS.c.id > bindparam("its_id")).order_by(ACTS.c.id)


async def record_act(  # noqa: PLR0913 - an act has these parts
    tx: Tx,
    *,
    group_id: int,
    user_id: int,
    kind: ActKind,
    what: str,
    now: datetime,
    changes: Sequence[Change] = (),
    undoes_id: int | None = None,
) -> int:
    """The number of a new act; call it last in the transaction that acts.

    `what` is Markdown of one line, members' words in it escaped. `changes` come of
    `changes_between` two readings by `read_rows`; an act without any is noted, and can't be taken
    back. The group's acts of over a year ago are forgotten.
    """
    await tx.execute(_FORGETTING, {"its_group": group_id, "its_moment": now - KEPT})
    row = {
        "group_id": group_id,
        "user_id": user_id,
        "kind": kind,
        "what": what,
        "done_at": now,
        "changes": [asdict(change) for change in changes],
        "undoes_id": undoes_id,
    }
    return (await tx.scalars(_ADDING, row)).one()


async def get_act(tx: Tx, act_id: int) -> Act | None:
    """The act, None where it is forgotten."""
    found = await _read(tx, _THAT, {"its_id": act_id})
    return found[0] if found else None


async def last_acts(tx: Tx, group_id: int, limit: int, newer: int = 0) -> list[Act]:
    """The group's last acts, the newest first, without the `newer` newest ones."""
    return await _read(tx, _LAST, {"its_group": group_id, "most": limit, "newer": newer})


async def acts_after(tx: Tx, act: Act) -> list[Act]:
    """The group's acts since that one, the oldest first."""
    return await _read(tx, _AFTER, {"its_group": act.group_id, "its_id": act.id})


async def _read(tx: Tx, chosen: Select[Any], asked: Mapping[str, object]) -> list[Act]:
    rows = await tx.execute(chosen, asked)
    return [
        Act(
            id=row.id,
            group_id=row.group_id,
            user_id=row.user_id,
            kind=row.kind,
            what=row.what,
            done_at=row.done_at,
            changes=tuple(Change(**one) for one in row.changes),
            undoes_id=row.undoes_id,
            is_undone=row.undone_by is not None,
        )
        for row in rows
    ]


def choose_rows(
    table: Table[Any], columns: Collection[str], *conditions: ColumnElement[bool]
) -> Select[Any]:
    """What `read_rows` reads: the watched columns of the rows that meet the conditions."""
    watched = [table.c[name] for name in sorted(columns)]
    return select(number_column(table), *watched).where(*conditions)


async def read_rows(
    tx: Tx, table: Table[Any], chosen: Select[Any], asked: Mapping[str, object] | None = None
) -> Rows:
    """The chosen rows' watched columns as they are in the database."""
    found = await tx.execute(chosen, asked)
    names = [*found.keys()][1:]
    return {
        (table.name, values[0]): {
            name: _encoded(value) for name, value in zip(names, values[1:], strict=True)
        }
        for values in found
    }


def number_column(table: Table[Any]) -> ColumnElement[int]:
    """The column that numbers the rows: their primary key, within the group where it names one."""
    (column,) = [one for one in table.primary_key if one.name != "group_id"]
    return column


def is_row(table: Table[Any], change: Change) -> ColumnElement[bool]:
    """What the changed row meets, and no other."""
    is_it = number_column(table) == change.row_id
    if "group_id" in table.primary_key:
        values = change.after or change.before or {}
        is_it = and_(is_it, table.c["group_id"] == values["group_id"])
    return is_it


def decoded(table: Table[Any], values: Values) -> dict[str, Any]:
    """Watched columns as the table takes them."""
    return {name: _decoded(table.c[name].type, value) for name, value in values.items()}


def _encoded(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def _decoded(kind: Any, value: Any) -> Any:
    is_moment = isinstance(kind, (UTCDateTime, DateTime)) and value is not None
    return datetime.fromisoformat(value) if is_moment else value
