"""A second look at what was made without a nonce: a lost request may be carried out late."""

from datetime import datetime, timedelta

from bot.database import Tx
from bot.jobs.model import Delivery
from bot.jobs.store import put_job

LATER = timedelta(minutes=15)
"""Longer than Discord is known to sit on a request."""

LEAD_MINUTES = -15
"""What sets the job of the second look apart from the first, which it must not put off."""


async def look_again(tx: Tx, delivery: Delivery, now: datetime) -> None:
    """Have the delivery's kind and subject looked at once more, a quarter of an hour from now."""
    await put_job(tx, delivery.kind, delivery.subject_id, now + LATER, lead_minutes=LEAD_MINUTES)


def is_second_look(delivery: Delivery) -> bool:
    """True when there is nothing to make, only twins to take away."""
    return delivery.lead_minutes == LEAD_MINUTES
