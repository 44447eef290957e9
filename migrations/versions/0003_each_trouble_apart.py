"""A row for each trouble of a group: one must not keep another from being told."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "alert",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("group_id", WHOLE, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["group_id"],
            ["reading_group.id"],
            name=op.f("fk_alert_group_id_reading_group"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert")),
        sa.UniqueConstraint("group_id", "text", name=op.f("uq_alert_group_id_text")),
    )
    # The group's id for its trouble: a job on its way to the leads still finds what to say.
    op.execute(
        "INSERT INTO alert (id, group_id, text, raised_at)"
        " SELECT id, id, alert, alerted_at FROM reading_group"
        " WHERE alert IS NOT NULL AND alerted_at IS NOT NULL"
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "SELECT setval(pg_get_serial_sequence('alert', 'id'),"
            " (SELECT coalesce(max(id), 0) + 1 FROM alert), false)"
        )
    # Not in a batch: SQLite would make the table anew and forget which numbers it has given.
    op.drop_column("reading_group", "alert")
    op.drop_column("reading_group", "alerted_at")


def downgrade() -> None:
    alerted_at = sa.Column("alerted_at", sa.DateTime(timezone=True), nullable=True)
    op.add_column("reading_group", alerted_at)
    op.add_column("reading_group", sa.Column("alert", sa.Text(), nullable=True))
    # A job for a trouble would be taken for one of a group; troubles that go on are raised again.
    op.execute("DELETE FROM delivery WHERE job_id IN (SELECT id FROM job WHERE kind = 'alert')")
    op.execute("DELETE FROM job WHERE kind = 'alert'")
    op.drop_table("alert")
