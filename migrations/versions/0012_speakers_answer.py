"""What speakers say: states and links of talks, promised pitches, questions put to people."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    # One column at a time, not in a batch: SQLite would make the tables anew.
    for name, default in (("state", "elected"), ("reading", ""), ("slides", ""), ("recording", "")):
        column = sa.Column(name, sa.Text(), nullable=False, server_default=default)
        op.add_column("talk", column)
    op.execute(
        "UPDATE talk SET state = 'delivered' WHERE session_id IN"
        " (SELECT id FROM session WHERE state = 'held')"
    )
    op.execute(
        "UPDATE talk SET state = 'deferred' WHERE session_id IN"
        " (SELECT id FROM session WHERE state = 'cancelled')"
    )
    op.add_column("ballot", sa.Column("reserved", WHOLE, nullable=False, server_default="0"))
    reviewed = sa.Column("is_reviewed", sa.Boolean(), nullable=False, server_default=sa.false())
    op.add_column("ballot", reviewed)
    op.add_column("ballot", sa.Column("allocation", sa.JSON(), nullable=True))
    op.add_column("pitch", sa.Column("promised_at", MOMENT, nullable=True))
    op.create_table(
        "ask",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("group_id", WHOLE, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("person_id", WHOLE, nullable=False),
        sa.Column("session_id", WHOLE, nullable=False),
        sa.Column("position", WHOLE, nullable=False),
        sa.Column("pitch_id", WHOLE, nullable=True),
        sa.Column("ballot_id", WHOLE, nullable=True),
        sa.Column("asked_by", WHOLE, nullable=True),
        sa.Column("talk_id", WHOLE, nullable=True),
        sa.Column("other_talk_id", WHOLE, nullable=True),
        sa.Column("other_session_id", WHOLE, nullable=True),
        sa.Column("asked_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("channel_id", WHOLE, nullable=True),
        sa.Column("message_id", WHOLE, nullable=True),
        _refers("group_id", "reading_group"),
        _refers("session_id", "session"),
        _refers("pitch_id", "pitch"),
        _refers("ballot_id", "ballot", "SET NULL"),
        _refers("talk_id", "talk"),
        _refers("other_talk_id", "talk"),
        _refers("other_session_id", "session"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ask")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_ask_group_id_state", "ask", ["group_id", "state"])


def _refers(column: str, table: str, on_delete: str = "CASCADE") -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], [f"{table}.id"], name=op.f(f"fk_ask_{column}_{table}"), ondelete=on_delete
    )


def downgrade() -> None:
    op.execute(
        "DELETE FROM delivery WHERE job_id IN"
        " (SELECT id FROM job WHERE kind IN ('ask', 'ask_redraw', 'ask_lapse'))"
    )
    op.execute("DELETE FROM job WHERE kind IN ('ask', 'ask_redraw', 'ask_lapse')")
    op.drop_table("ask")
    # The version before knows no promises: what was elected goes first among equals again.
    op.execute("UPDATE pitch SET state = 'open', has_lost = true WHERE state = 'promised'")
    op.drop_column("pitch", "promised_at")
    # Winners whose seats were being looked at are on the ballot still: they go back.
    op.execute(
        "UPDATE pitch SET state = 'open', has_lost = true WHERE state = 'on_ballot' AND id IN"
        " (SELECT o.pitch_id FROM ballot_option o JOIN ballot b ON b.id = o.ballot_id"
        " WHERE b.state = 'closed' AND b.allocation IS NOT NULL)"
    )
    for name in ("allocation", "is_reviewed", "reserved"):
        op.drop_column("ballot", name)
    # It takes every talk for one that is given.
    op.execute("DELETE FROM talk WHERE position < 0")
    for name in ("recording", "slides", "reading", "state"):
        op.drop_column("talk", name)
