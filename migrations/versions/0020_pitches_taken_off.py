"""A lead may take a pitch off the backlog, and change what a group is called, what it is about and
where it meets. No table changes; of these acts older versions know nothing.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

ACT = sa.table(
    "act", sa.column("id"), sa.column("kind"), sa.column("undoes_id"), sa.column("changes", sa.JSON)
)
WORDS = {"name", "about", "meeting_place"}


def upgrade() -> None:
    """Nothing that was there means anything else."""


def downgrade() -> None:
    op.execute("UPDATE pitch SET state = 'withdrawn' WHERE state = 'taken_off'")
    connection, gone = op.get_bind(), set()
    for row in connection.execute(sa.select(ACT).order_by(ACT.c.id)).all():
        # What took these back, and did them again, has a higher number.
        if row.kind == "pitch" or row.undoes_id in gone or _is_of_words(row.changes):
            gone.add(row.id)
    connection.execute(sa.delete(ACT).where(ACT.c.id.in_(gone)))


def _is_of_words(changes: Any) -> bool:
    return isinstance(changes, list) and any(
        one["table"] == "reading_group" and not WORDS.isdisjoint(one["after"] or {})
        for one in changes
    )
