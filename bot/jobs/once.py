"""Work that is done once for its subject, however often it is asked for."""

from datetime import datetime

from sqlalchemy import and_

from bot.database import Tx, insert_for, note
from bot.jobs.model import JobState
from bot.jobs.store import JOBS, JOBS_WERE_PUT


async def put_once(tx: Tx, kind: str, subject_id: int, due_at: datetime) -> None:
    """Have `kind` done for the subject at `due_at`; one that waits is moved there.

    Unlike with `put_job`, what was planned or cancelled stays so: nobody is written to again.
    """
    statement = insert_for(tx)(JOBS).values(
        kind=kind,
        subject_id=subject_id,
        lead_minutes=0,
        due_at=due_at,
        plan_at=due_at,
        rev=1,
        state=JobState.WAITING,
        attempts=0,
    )
    await tx.execute(
        statement.on_conflict_do_update(
            index_elements=["kind", "subject_id", "lead_minutes"],
            set_={"due_at": due_at, "plan_at": due_at, "rev": JOBS.c.rev + 1},
            where=and_(JOBS.c.state == JobState.WAITING, JOBS.c.due_at != due_at),
        )
    )
    note(tx, JOBS_WERE_PUT)
