"""A lead may take a pitch off the backlog: a state and a kind of act of which older versions know
nothing. No table changes.
"""

from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing that was there means anything else."""


def downgrade() -> None:
    op.execute("UPDATE pitch SET state = 'withdrawn' WHERE state = 'taken_off'")
    # With what took these back, and did them again.
    op.execute(
        "DELETE FROM act WHERE id IN (WITH RECURSIVE gone (id) AS ("
        "SELECT id FROM act WHERE kind = 'pitch' "
        "UNION SELECT act.id FROM act JOIN gone ON act.undoes_id = gone.id"
        ") SELECT id FROM gone)"
    )
