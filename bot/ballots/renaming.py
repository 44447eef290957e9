"""A ballot that stands in the channel while its group's name or sessions change."""

from datetime import datetime

from bot.ballots import store
from bot.ballots.model import BallotState
from bot.ballots.service import REDRAW, REVIEW_REDRAW
from bot.database import Tx
from bot.groups.model import ON_BALLOT
from bot.jobs.handler import NOTHING, Fanout
from bot.jobs.model import Delivery, Job, Outcome, Skipped
from bot.jobs.store import put_job


class RenamingHandler:
    """Has the open ballot drawn anew, or the seats that leads look at; a ballot that is over says
    what it was held under.
    """

    kind = ON_BALLOT

    async def plan(self, tx: Tx, job: Job, now: datetime) -> Fanout:
        ballot = await store.last_ballot(tx, job.subject_id)
        if ballot is not None and ballot.state is BallotState.OPEN:
            await put_job(tx, REDRAW, ballot.id, now)
        if ballot is not None and ballot.publish_at is not None:
            await put_job(tx, REVIEW_REDRAW, ballot.id, now)
        return NOTHING

    async def deliver(self, _delivery: Delivery) -> Outcome:
        return Skipped(reason="nothing to send")
