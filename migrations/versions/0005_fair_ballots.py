"""What fair, private and exact ballots take: conditions, credits, votes, events, records."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    # One column at a time, not in a batch: SQLite would make the table anew.
    for column in (
        sa.Column("mode", sa.Text(), nullable=False, server_default="open"),
        sa.Column("is_hidden", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("choice_limit", WHOLE, nullable=True),
        sa.Column("role_id", WHOLE, nullable=True),
        sa.Column("quorum", WHOLE, nullable=True),
        sa.Column("is_extended", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("cutoff", WHOLE, nullable=True),
        sa.Column("is_degraded", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("options_hash", sa.Text(), nullable=False, server_default=""),
    ):
        op.add_column("ballot", column)
    _create_credit()
    _create_votes()


def _create_credit() -> None:
    op.create_table(
        "credit",
        sa.Column("group_id", WHOLE, nullable=False),
        sa.Column("user_id", WHOLE, autoincrement=False, nullable=False),
        sa.Column("micro_talks", WHOLE, nullable=False),
        sa.Column("set_aside_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["group_id"],
            ["reading_group.id"],
            name=op.f("fk_credit_group_id_reading_group"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("group_id", "user_id", name=op.f("pk_credit")),
    )


def _create_votes() -> None:
    op.create_table(
        "private_vote",
        sa.Column("ballot_id", WHOLE, nullable=False),
        sa.Column("user_id", WHOLE, autoincrement=False, nullable=False),
        sa.Column("pitch_ids", sa.JSON(), nullable=False),
        sa.Column("voted_at", MOMENT, nullable=False),
        _of_a_ballot("private_vote"),
        sa.PrimaryKeyConstraint("ballot_id", "user_id", name=op.f("pk_private_vote")),
    )
    op.create_table(
        "vote_event",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("ballot_id", WHOLE, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("user_id", WHOLE, nullable=True),
        sa.Column("emoji", sa.Text(), nullable=True),
        sa.Column("is_super", sa.Boolean(), nullable=False),
        sa.Column("received_at", MOMENT, nullable=False),
        _of_a_ballot("vote_event"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vote_event")),
    )
    op.create_index("ix_vote_event_ballot_id", "vote_event", ["ballot_id"])
    op.create_table(
        "ballot_record",
        sa.Column("ballot_id", WHOLE, nullable=False),
        sa.Column("user_id", WHOLE, autoincrement=False, nullable=False),
        sa.Column("pitch_ids", sa.JSON(), nullable=False),
        sa.Column("exclusion", sa.Text(), nullable=True),
        sa.Column("credits_before", WHOLE, nullable=True),
        sa.Column("credits_after", WHOLE, nullable=True),
        _of_a_ballot("ballot_record"),
        sa.PrimaryKeyConstraint("ballot_id", "user_id", name=op.f("pk_ballot_record")),
    )


def _of_a_ballot(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["ballot_id"],
        ["ballot.id"],
        name=op.f(f"fk_{table}_ballot_id_ballot"),
        ondelete="CASCADE",
    )


def downgrade() -> None:
    for table in ("ballot_record", "vote_event", "private_vote", "credit"):
        op.drop_table(table)
    # The version before knows one rule, and counts letters under every message.
    op.execute("UPDATE reading_group SET rule = 'most_votes'")
    op.execute("UPDATE ballot SET rule = 'most_votes'")
    op.execute(
        "UPDATE pitch SET state = 'open' WHERE state = 'on_ballot' AND id IN (SELECT o.pitch_id"
        " FROM ballot_option o JOIN ballot b ON b.id = o.ballot_id"
        " WHERE b.mode = 'private' AND b.state IN ('posting', 'open', 'closing'))"
    )
    op.execute(
        "UPDATE ballot SET state = 'void'"
        " WHERE mode = 'private' AND state IN ('posting', 'open', 'closing')"
    )
    for column in (
        "options_hash",
        "is_degraded",
        "cutoff",
        "is_extended",
        "quorum",
        "role_id",
        "choice_limit",
        "is_hidden",
        "mode",
    ):
        op.drop_column("ballot", column)
