"""How many attempts at a delivery met a bug: passing faults must not count towards giving up."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    # With a constant default PostgreSQL rewrites nothing, however many rows there are.
    failures = sa.Column("failures", WHOLE, server_default=sa.text("0"), nullable=False)
    op.add_column("delivery", failures)


def downgrade() -> None:
    op.drop_column("delivery", "failures")
