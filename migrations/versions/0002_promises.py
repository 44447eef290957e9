"""What keeping promises takes: shared pacing, quiet hours, direct channels, absence."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
DONE = sa.text("done_at IS NOT NULL")


def upgrade() -> None:
    op.create_table(
        "pace",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("full_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("strikes", WHOLE, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_pace")),
    )
    # One column at a time, not in a batch: that would rebuild the table on SQLite, and lose the
    # promise that a deleted row's number is never given again.
    op.add_column("member", sa.Column("direct_channel_id", WHOLE, nullable=True))
    op.add_column("member", sa.Column("quiet_from", WHOLE, nullable=True))
    op.add_column("member", sa.Column("quiet_until", WHOLE, nullable=True))
    op.add_column("reading_group", sa.Column("left_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("session", sa.Column("thread_id", WHOLE, nullable=True))
    op.create_index(
        "ix_delivery_done", "delivery", ["done_at"], postgresql_where=DONE, sqlite_where=DONE
    )
    if op.get_bind().dialect.name == "postgresql":
        # Their rows change state all day: room for updates on the page, and eager clearing up.
        for table in ("job", "delivery"):
            op.execute(
                f"ALTER TABLE {table} SET (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.01,"
                " autovacuum_vacuum_threshold = 1000)"
            )


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        for table in ("job", "delivery"):
            op.execute(
                f"ALTER TABLE {table} RESET (fillfactor, autovacuum_vacuum_scale_factor,"
                " autovacuum_vacuum_threshold)"
            )
    op.drop_index("ix_delivery_done", "delivery")
    op.drop_column("session", "thread_id")
    op.drop_column("reading_group", "left_at")
    op.drop_column("member", "quiet_until")
    op.drop_column("member", "quiet_from")
    op.drop_column("member", "direct_channel_id")
    op.drop_table("pace")
