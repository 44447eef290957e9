"""When seats that leads look at first are published, and which winners they have left out."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("ballot", sa.Column("publish_at", sa.DateTime(timezone=True)))
    op.add_column("ballot", sa.Column("left_out", sa.JSON(), nullable=False, server_default="[]"))
    op.drop_column("ballot", "allocation")


def downgrade() -> None:
    op.execute(
        "DELETE FROM delivery WHERE job_id IN"
        " (SELECT id FROM job WHERE kind IN ('ballot_review', 'ballot_publish'))"
    )
    op.execute("DELETE FROM job WHERE kind IN ('ballot_review', 'ballot_publish')")
    # The version before knows no seats that are still looked at: what was elected goes back.
    op.execute(
        "UPDATE pitch SET state = 'open', has_lost = true WHERE state = 'on_ballot' AND id IN"
        " (SELECT o.pitch_id FROM ballot_option o JOIN ballot b ON b.id = o.ballot_id"
        " WHERE b.state = 'closed' AND b.publish_at IS NOT NULL)"
    )
    op.add_column("ballot", sa.Column("allocation", sa.JSON()))
    op.drop_column("ballot", "left_out")
    op.drop_column("ballot", "publish_at")
