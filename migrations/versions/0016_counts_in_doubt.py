"""A count that can't be exact is kept until a lead decides; one begun anew says so."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    # One column at a time, not in a batch: SQLite would make the table anew.
    op.add_column(
        "ballot",
        sa.Column("is_recounted", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    op.add_column("ballot", sa.Column("doubt", sa.Text(), nullable=True))
    op.add_column("ballot", sa.Column("accepted_by", WHOLE, nullable=True))


def downgrade() -> None:
    # The version before counts anew; choices that were kept of an open ballot are none of its.
    op.execute(
        "DELETE FROM private_vote WHERE ballot_id IN (SELECT id FROM ballot WHERE mode = 'open')"
    )
    op.execute("UPDATE ballot SET is_degraded = false WHERE state = 'closing'")
    for column in ("accepted_by", "doubt", "is_recounted"):
        op.drop_column("ballot", column)
