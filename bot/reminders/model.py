"""Who is told and when: pure rules over what members and followers said."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.jobs.model import Lane, lane_of
from bot.members.model import LEAD_NAMES, Member, QuietHours
from bot.places.wall import WallKind, local, resolve
from bot.sessions.model import REMIND_AHEAD, Session, SessionState

CHANNEL = "channel"
"""The target of the one message that the whole group sees."""

CLOSED = "direct messages are closed"
"""Why somebody was not written to who is therefore mentioned in the session's thread."""

LATEST = timedelta(minutes=15)
"""How long after a session's start it is still worth saying that it has begun."""

LEAST_LEFT = timedelta(minutes=10)
"""What quiet hours must leave before the start, or the reminder comes before them."""

INTO_QUIET = timedelta(hours=1)
"""How far into quiet hours what should have come just before them may still come."""

LAST_CALL = timedelta(seconds=60)
"""How long before it is due a reminder is planned for everybody who gets it no earlier."""

GATHER = timedelta(seconds=30)
"""How long people who can't be written to are gathered for one message that mentions them."""

MOST_MENTIONED = 86
"""A message holds this many people's names (2,000 characters, 23 for each of the longest)."""


PERSON = "person:"


def person_target(user_id: int) -> str:
    """The target of a direct message."""
    return f"{PERSON}{user_id}"


def person_of(target: str) -> int | None:
    """Whose direct message a target is, None for the channel's."""
    return int(target.removeprefix(PERSON)) if target.startswith(PERSON) else None


def people_targets(rev: int, user_ids: Sequence[int]) -> list[str]:
    """The targets of the messages that mention all these people for the reminder's `rev`.

    A target names its people, so that a repeated attempt mentions the same ones.
    """
    batches = (
        user_ids[start : start + MOST_MENTIONED]
        for start in range(0, len(user_ids), MOST_MENTIONED)
    )
    return [f"people:{rev}:{','.join(map(str, batch))}" for batch in batches]


def people_of(target: str) -> tuple[int, tuple[int, ...]]:
    """The reminder's rev and the people that a target of `people_targets` stands for."""
    _, rev, user_ids = target.split(":")
    return int(rev), tuple(int(user_id) for user_id in user_ids.split(","))


def lane_of_lead(lead_minutes: int) -> Lane:
    """The lane of what is sent this long before a session."""
    return lane_of(timedelta(minutes=lead_minutes))


def is_worth_telling(session: Session, now: datetime) -> bool:
    """True while the session is to take place, or has only just begun."""
    return session.state is SessionState.PLANNED and now < session.starts_at + LATEST


def calm_instant(
    due_at: datetime, starts_at: datetime, quiet: QuietHours | None, zone: str
) -> datetime:
    """When what is due at `due_at` is sent to somebody with these quiet hours on `zone`'s clock.

    Outside of them at once; else when they end, or where that leaves less than `LEAST_LEFT` to
    the start, when they begin: at most `REMIND_AHEAD` earlier than due.
    """
    if quiet is None or not _is_quiet(quiet, local(due_at, zone).hour):
        return due_at
    begins_at, ends_at = _quiet_around(due_at, quiet, zone)
    if starts_at - ends_at >= LEAST_LEFT:
        return ends_at
    return max(begins_at, due_at - REMIND_AHEAD)


def calm_from(moment: datetime, quiet: QuietHours | None, zone: str) -> datetime:
    """The first instant from `moment` on that lies outside of these quiet hours."""
    if quiet is None or not _is_quiet(quiet, local(moment, zone).hour):
        return moment
    return _quiet_around(moment, quiet, zone)[1]


def _is_quiet(quiet: QuietHours, hour: int) -> bool:
    if quiet.from_hour <= quiet.until_hour:
        return quiet.from_hour <= hour < quiet.until_hour
    return hour >= quiet.from_hour or hour < quiet.until_hour


def _quiet_around(moment: datetime, quiet: QuietHours, zone: str) -> tuple[datetime, datetime]:
    """The beginning and end of the quiet hours that `moment` lies in."""
    wall = local(moment, zone).replace(tzinfo=None)
    day = wall.replace(hour=0, minute=0, second=0, microsecond=0)
    spans_midnight = quiet.from_hour > quiet.until_hour
    is_evening = spans_midnight and wall.hour >= quiet.from_hour
    first = day - timedelta(days=1) if spans_midnight and not is_evening else day
    last = day + timedelta(days=1) if is_evening else day
    begins_at = _first_instant(first.replace(hour=quiet.from_hour), zone)
    ends = (resolve(last.replace(hour=quiet.until_hour), zone, fold=fold) for fold in (0, 1))
    return begins_at, next(end.starts_at for end in ends if end.starts_at > moment)


def _first_instant(wall: datetime, zone: str) -> datetime:
    """When `zone`'s clocks first show `wall` or later; all of them change at whole minutes."""
    found = resolve(wall, zone)
    if found.kind is not WallKind.GAP:
        return found.starts_at
    moment, _ = found.alternatives
    while local(moment, zone).replace(tzinfo=None) < wall:
        moment += timedelta(minutes=1)
    return moment


def told_at(
    starts_at: datetime, lead_minutes: int, quiet: QuietHours | None = None, zone: str = "UTC"
) -> datetime:
    """When somebody with these quiet hours is told, `lead_minutes` before or as near as can be."""
    due_at = starts_at - timedelta(minutes=lead_minutes)
    return calm_instant(due_at, starts_at, quiet, zone)


def calls_for(  # noqa: PLR0913 - a wish, a session and a clock have these parts
    leads: Collection[int],
    starts_at: datetime,
    lead_minutes: int,
    now: datetime,
    *,
    quiet: QuietHours | None = None,
    zone: str = "UTC",
) -> bool:
    """True when one of the wished `leads` is `lead_minutes`, and no nearer one comes by then.

    After an outage only the nearest of several overdue reminders is sent, and of those that
    quiet hours bring to one instant.
    """
    by_then = max(now, told_at(starts_at, lead_minutes, quiet, zone))
    is_overtaken = any(
        nearer < lead_minutes and told_at(starts_at, nearer, quiet, zone) <= by_then
        for nearer in leads
    )
    return lead_minutes in leads and not is_overtaken


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """When those who share a clock and quiet hours (None: all without) get one reminder.

    Who also wished for one from `overtaken_from` up to below this one gets that instead.
    """

    zone: str = "UTC"
    quiet: QuietHours | None = None
    told_at: datetime
    overtaken_from: int


def slot_of(
    starts_at: datetime,
    lead_minutes: int,
    now: datetime,
    quiet: QuietHours | None = None,
    zone: str = "UTC",
) -> Slot:
    """The slot of everybody with these quiet hours, by the rule of `calls_for`."""
    own = told_at(starts_at, lead_minutes, quiet, zone)
    overtaking = (
        nearer
        for nearer in LEAD_NAMES
        if nearer < lead_minutes and told_at(starts_at, nearer, quiet, zone) <= max(now, own)
    )
    return Slot(
        zone=zone,
        quiet=quiet,
        told_at=own,
        overtaken_from=min(overtaking, default=lead_minutes),
    )


def wants_message(member: Member, starts_at: datetime, lead_minutes: int, now: datetime) -> bool:
    """True when the member asked to be written to, this long before."""
    return member.wants_direct_messages and calls_for(
        member.lead_minutes,
        starts_at,
        lead_minutes,
        now,
        quiet=member.known_quiet,
        zone=zone_of(member),
    )


def moment_to_tell(
    member: Member, starts_at: datetime, lead_minutes: int, now: datetime
) -> datetime | None:
    """When to write to the member: now, or later, or not at all (None).

    What is late must not break quiet hours: it waits for their end where that leaves time, and
    is dropped where it doesn't, unless they have only just begun.
    """
    quiet, zone = member.known_quiet, zone_of(member)
    wished_at = told_at(starts_at, lead_minutes, quiet, zone)
    if wished_at > now:
        return wished_at
    calm_at = calm_instant(now, starts_at, quiet, zone)
    if calm_at >= now:
        return calm_at
    return now if now - calm_at <= INTO_QUIET else None


def zone_of(member: Member) -> str:
    """The zone on whose clock the member's quiet hours are."""
    return member.place.zone if member.place else "UTC"
