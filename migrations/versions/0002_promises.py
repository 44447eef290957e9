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
    with op.batch_alter_table("member") as batch_op:
        batch_op.add_column(sa.Column("direct_channel_id", WHOLE, nullable=True))
        batch_op.add_column(sa.Column("quiet_from", WHOLE, nullable=True))
        batch_op.add_column(sa.Column("quiet_until", WHOLE, nullable=True))
    with op.batch_alter_table("reading_group") as batch_op:
        batch_op.add_column(sa.Column("left_at", sa.DateTime(timezone=True), nullable=True))
    with op.batch_alter_table("session") as batch_op:
        batch_op.add_column(sa.Column("thread_id", WHOLE, nullable=True))
    with op.batch_alter_table("delivery") as batch_op:
        batch_op.create_index(
            "ix_delivery_done", ["done_at"], postgresql_where=DONE, sqlite_where=DONE
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
    with op.batch_alter_table("delivery") as batch_op:
        batch_op.drop_index("ix_delivery_done")
    with op.batch_alter_table("session") as batch_op:
        batch_op.drop_column("thread_id")
    with op.batch_alter_table("reading_group") as batch_op:
        batch_op.drop_column("left_at")
    with op.batch_alter_table("member") as batch_op:
        batch_op.drop_column("quiet_until")
        batch_op.drop_column("quiet_from")
        batch_op.drop_column("direct_channel_id")
    op.drop_table("pace")
