"""What leads did to their calendars is kept with the rows before and after, to be taken back."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "act",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("group_id", WHOLE, nullable=False),
        sa.Column("user_id", WHOLE, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changes", sa.JSON(), nullable=False),
        sa.Column("undoes_id", WHOLE, nullable=True),
        sa.ForeignKeyConstraint(
            ["group_id"],
            ["reading_group.id"],
            name=op.f("fk_act_group_id_reading_group"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["undoes_id"], ["act.id"], name=op.f("fk_act_undoes_id_act"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_act")),
        sa.UniqueConstraint("undoes_id", name=op.f("uq_act_undoes_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_act_group_id_done_at"), "act", ["group_id", "done_at"])


def downgrade() -> None:
    op.drop_index(op.f("ix_act_group_id_done_at"), table_name="act")
    op.drop_table("act")
