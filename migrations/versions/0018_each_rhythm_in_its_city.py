"""Each rhythm has a city and its zone, so that a group can move without rewriting its past."""

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

HOME = ("zone", "city")
GROUP = sa.table("reading_group", sa.column("id"), sa.column("zone"), sa.column("city"))
RHYTHM = sa.table("earlier_rhythm", *map(sa.column, ("group_id", *HOME)))
ACT = sa.table("act", sa.column("id"), sa.column("group_id"), sa.column("changes", sa.JSON()))


def upgrade() -> None:
    for name in HOME:
        op.add_column(
            "earlier_rhythm", sa.Column(name, sa.Text(), nullable=False, server_default="")
        )
        own = sa.select(GROUP.c[name]).where(GROUP.c.id == RHYTHM.c.group_id).scalar_subquery()
        op.execute(sa.update(RHYTHM).values({name: own}))
    op.add_column("proposal", sa.Column("zone", sa.Text(), nullable=False, server_default=""))
    homes = {row.id: {"zone": row.zone, "city": row.city} for row in _rows(GROUP)}
    _rewrite_acts(lambda values, group_id: {**values, **homes[group_id]})


def downgrade() -> None:
    _rewrite_acts(lambda values, _: {key: one for key, one in values.items() if key not in HOME})
    op.drop_column("proposal", "zone")
    for name in reversed(HOME):
        op.drop_column("earlier_rhythm", name)


def _rewrite_acts(rewritten: Callable[[dict[str, Any], int], dict[str, Any]]) -> None:
    """What an act says of earlier rhythms is what undoing it writes: all columns, and no other."""
    for act in _rows(ACT):
        changes = act.changes if isinstance(act.changes, list) else []
        ours = [one for one in changes if one["table"] == "earlier_rhythm"]
        for one in ours:
            for side in ("before", "after"):
                one[side] = one[side] and rewritten(one[side], act.group_id)
        if ours:
            op.execute(sa.update(ACT).where(ACT.c.id == act.id).values(changes=changes))


def _rows(table: sa.TableClause) -> list[Any]:
    return list(op.get_bind().execute(sa.select(table)))
