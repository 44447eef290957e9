"""Days on which members are away, so that ballots do not seat them then."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "away",
        sa.Column("user_id", WHOLE, nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["member.user_id"],
            name=op.f("fk_away_user_id_member"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("user_id", "first_day", name=op.f("pk_away")),
    )


def downgrade() -> None:
    op.drop_table("away")
