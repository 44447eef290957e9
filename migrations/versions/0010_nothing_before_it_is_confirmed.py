"""What a lead proposes for the calendar is kept until it is confirmed, also over a restart."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "proposal",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("group_id", WHOLE, nullable=False),
        sa.Column("user_id", WHOLE, nullable=False),
        sa.Column("bend", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("session_id", WHOLE, nullable=True),
        sa.Column("wall", sa.DateTime(timezone=False), nullable=True),
        sa.Column("fold", WHOLE, nullable=False),
        sa.Column("minutes", WHOLE, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("ground", sa.Text(), nullable=False),
        sa.Column("act_id", WHOLE, nullable=True),
        sa.ForeignKeyConstraint(
            ["group_id"],
            ["reading_group.id"],
            name=op.f("fk_proposal_group_id_reading_group"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["session.id"],
            name=op.f("fk_proposal_session_id_session"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposal")),
        sqlite_autoincrement=True,
    )


def downgrade() -> None:
    # Its jobs name acts; an older version knows neither.
    op.execute(
        "DELETE FROM delivery WHERE job_id IN (SELECT id FROM job WHERE kind = 'act_notice')"
    )
    op.execute("DELETE FROM job WHERE kind = 'act_notice'")
    op.drop_table("proposal")
