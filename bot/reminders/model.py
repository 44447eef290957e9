"""Who is told: pure rules over what members and followers said."""

from collections.abc import Collection
from datetime import datetime, timedelta

from bot.members.model import Member

CHANNEL = "channel"
"""The target of the one message that the whole group sees."""


def person_target(user_id: int) -> str:
    """The target of a direct message."""
    return f"person:{user_id}"


def person_of(target: str) -> int | None:
    """Whose direct message a target is, None for the channel's."""
    return int(target.removeprefix("person:")) if target.startswith("person:") else None


def calls_for(
    leads: Collection[int], starts_at: datetime, lead_minutes: int, now: datetime
) -> bool:
    """True when one of the wished `leads` is `lead_minutes`, and no nearer one is due as well.

    After an outage only the nearest of several overdue reminders is sent.
    """
    is_overtaken = any(
        nearer < lead_minutes and starts_at - timedelta(minutes=nearer) <= now for nearer in leads
    )
    return lead_minutes in leads and not is_overtaken


def wants_message(member: Member, starts_at: datetime, lead_minutes: int, now: datetime) -> bool:
    """True when the member asked to be written to, this long before, and can be."""
    return (
        member.wants_direct_messages
        and not member.has_closed_messages
        and calls_for(member.lead_minutes, starts_at, lead_minutes, now)
    )
