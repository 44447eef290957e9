"""Which elected talks leads have swapped before the seats are published."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("ballot", sa.Column("swaps", sa.JSON(), nullable=False, server_default="[]"))


def downgrade() -> None:
    op.drop_column("ballot", "swaps")
