"""Who was told of which clock change, so that everybody hears of it once."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
KEY = ("group_id", "user_id", "zone", "slot_minute", "changed_at")


def upgrade() -> None:
    op.create_table(
        "clock_notice",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("group_id", WHOLE, nullable=False),
        sa.Column("user_id", WHOLE, nullable=False),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("slot_minute", WHOLE, nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("delivery_id", WHOLE, nullable=False),
        sa.ForeignKeyConstraint(
            ["group_id"],
            ["reading_group.id"],
            name=op.f("fk_clock_notice_group_id_reading_group"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clock_notice")),
        sa.UniqueConstraint(
            *KEY, name=op.f("uq_clock_notice_group_id_user_id_zone_slot_minute_changed_at")
        ),
    )


def downgrade() -> None:
    op.drop_table("clock_notice")
