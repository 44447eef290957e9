"""Patterns: several weekdays, days of the month, hours in turn, days off, and earlier rhythms."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
LISTS = ("nth", "also", "turns", "breaks", "holidays")


def upgrade() -> None:
    for name in LISTS:
        op.add_column(
            "reading_group", sa.Column(name, sa.JSON(), nullable=False, server_default="[]")
        )
    op.add_column("reading_group", sa.Column("since_at", sa.DateTime(), nullable=True))
    op.create_table(
        "earlier_rhythm",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("group_id", WHOLE, nullable=False),
        sa.Column("first_at", sa.DateTime(), nullable=False),
        sa.Column("every_weeks", WHOLE, nullable=False),
        sa.Column("minutes", WHOLE, nullable=False),
        sa.Column("nth", sa.JSON(), nullable=False),
        sa.Column("also", sa.JSON(), nullable=False),
        sa.Column("turns", sa.JSON(), nullable=False),
        sa.Column("since_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["group_id"],
            ["reading_group.id"],
            name=op.f("fk_earlier_rhythm_group_id_reading_group"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_earlier_rhythm")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_earlier_rhythm_group_id"), "earlier_rhythm", ["group_id"])


def downgrade() -> None:
    op.drop_index(op.f("ix_earlier_rhythm_group_id"), table_name="earlier_rhythm")
    op.drop_table("earlier_rhythm")
    op.drop_column("reading_group", "since_at")
    for name in reversed(LISTS):
        op.drop_column("reading_group", name)
