"""Who is told: pure rules over what members and followers said."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from bot.members.model import STANDARD_LEADS, Member

CHANNEL = "channel"
"""The target of the one message that the whole group sees."""


def person_target(user_id: int) -> str:
    """The target of a direct message."""
    return f"person:{user_id}"


def person_of(target: str) -> int | None:
    """Whose direct message a target is, None for the channel's."""
    return int(target.removeprefix("person:")) if target.startswith("person:") else None


def wants_message(member: Member, lead_minutes: int) -> bool:
    """True when the member asked to be written to, this long before, and can be."""
    return (
        member.wants_direct_messages
        and not member.has_closed_messages
        and lead_minutes in member.lead_minutes
    )


def is_overtaken(
    starts_at: datetime, lead_minutes: int, leads: Iterable[int], now: datetime
) -> bool:
    """True when a nearer reminder of the session is due as well.

    After an outage only the nearest of several overdue reminders is sent.
    """
    return any(
        nearer < lead_minutes and starts_at - timedelta(minutes=nearer) <= now for nearer in leads
    )


def all_leads(group_leads: Iterable[int]) -> tuple[int, ...]:
    """Every lead time that somebody may have asked for, longest first."""
    return tuple(sorted({*STANDARD_LEADS, *group_leads}, reverse=True))
