"""What we wrote into native events, so that what leads change there is noticed and asked about."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "session_event",
        sa.Column("session_id", WHOLE, autoincrement=False, nullable=False),
        sa.Column("written", sa.JSON(), nullable=False),
        sa.Column("question", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("number", WHOLE, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("interested", WHOLE, nullable=False),
        sa.Column("undecided", WHOLE, nullable=False),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["session.id"],
            name=op.f("fk_session_event_session_id_session"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("session_id", name=op.f("pk_session_event")),
    )
    op.add_column("session", sa.Column("place", sa.Text(), server_default="", nullable=False))


def downgrade() -> None:
    # Jobs of kinds that the earlier version does not know would wait for ever.
    op.execute(
        "DELETE FROM delivery WHERE job_id IN"
        " (SELECT id FROM job WHERE kind IN ('ask_about_event', 'interest'))"
    )
    op.execute("DELETE FROM job WHERE kind IN ('ask_about_event', 'interest')")
    op.drop_column("session", "place")
    op.drop_table("session_event")
