"""A ballot that stays open longer keeps how many had voted, so that it says what was missing."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("ballot", sa.Column("voters_before", WHOLE, nullable=True))


def downgrade() -> None:
    op.drop_column("ballot", "voters_before")
