"""For whom it is night: shares of a group's followers, never of so few that one could be told."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta

from sqlalchemy import bindparam, func, select

from bot.database import Tx
from bot.groups.store import FOLLOWS, GROUPS
from bot.members.store import MEMBERS
from bot.places.wall import first_instant, local, zone_info
from bot.places.zones import zone_names

NIGHT_FROM_HOUR = 23
NIGHT_UNTIL_HOUR = 7
"""Night on anybody's own clock: 23:00 up to 07:00 (chosen: eight hours, the same for all)."""

LEAST_COUNTED = 5
"""Shares of fewer members with a known zone would give single people away."""

HOURS_A_WEEK = 168

_QUARTERS = range(0, 60, 15)
"""Every zone in use differs from the others by whole quarters of an hour."""


def is_night(hour: int) -> bool:
    """True for the hours of the day (0 to 23) at which people are taken to sleep."""
    return hour >= NIGHT_FROM_HOUR or hour < NIGHT_UNTIL_HOUR


def night_share(people: Mapping[str, int], moment: datetime) -> float | None:
    """The share, 0 to 1, of `people` (zone to how many) for whom it is night at `moment`.

    None for fewer than `LEAST_COUNTED`.
    """
    counted = sum(people.values())
    if counted < LEAST_COUNTED:
        return None
    asleep = sum(count for zone, count in people.items() if is_night(local(moment, zone).hour))
    return asleep / counted


def night_flag(share: float | None) -> str | None:
    """ "🌙 night for 40% of followers"; None where that is nobody, or not to be told."""
    if not share:
        return None
    return f"🌙 night for {max(1, round(share * 100))}% of followers"


def awake_by_hour(people: Mapping[str, int], home: str, moment: datetime) -> list[float] | None:
    """The share of `people` awake in each hour of the week on `home`'s clock, Monday 00:00 first.

    168 shares, 0 to 1, of the week of home that holds `moment`, each hour with the clocks as they
    are then; an hour of which a zone wakes for a half counts half. None for fewer than
    `LEAST_COUNTED`.
    """
    counted = sum(people.values())
    if counted < LEAST_COUNTED:
        return None
    return [
        sum(count * _awake_part(there[zone]) for zone, count in people.items()) / counted
        for there in _minutes_there(people, home, moment)
    ]


def _minutes_there(
    people: Mapping[str, int], home: str, moment: datetime
) -> Iterator[dict[str, int]]:
    """For each hour of home's week, at which minute of a day it begins in every zone."""
    monday = week_of(moment, home)
    zones = {zone: zone_info(zone) for zone in people}
    for hour in range(HOURS_A_WEEK):
        wall = datetime.combine(monday, time()) + timedelta(hours=hour)
        begin = first_instant(wall, zone_info(home))
        there = {zone: begin.astimezone(info) for zone, info in zones.items()}
        yield {zone: 60 * at.hour + at.minute for zone, at in there.items()}


def week_of(moment: datetime, home: str) -> date:
    """The Monday of home's week that holds `moment`."""
    today = local(moment, home).date()
    return today - timedelta(days=today.weekday())


def _awake_part(minute: int) -> float:
    """How much of the hour that begins at this minute of a day is not night."""
    hours = [(minute + quarter) // 60 % 24 for quarter in _QUARTERS]
    return sum(not is_night(hour) for hour in hours) / len(hours)


_NUMBER = func.count()
_ZONES = (
    select(MEMBERS.c.zone, _NUMBER)
    .where(MEMBERS.c.zone.is_not(None))
    .group_by(MEMBERS.c.zone)
    .order_by(_NUMBER.desc(), MEMBERS.c.zone)
)
_OF_FOLLOWERS = _ZONES.join(FOLLOWS, FOLLOWS.c.user_id == MEMBERS.c.user_id).where(
    FOLLOWS.c.group_id == bindparam("its_group")
)
_PEOPLE = (
    select(FOLLOWS.c.user_id)
    .join(GROUPS, GROUPS.c.id == FOLLOWS.c.group_id)
    .where(GROUPS.c.server_id == bindparam("its_server"))
    .distinct()
    .subquery()
)
_IN_SERVER = _ZONES.join(_PEOPLE, _PEOPLE.c.user_id == MEMBERS.c.user_id)


async def zones_of_followers(tx: Tx, group_id: int) -> dict[str, int]:
    """How many of the group's followers live in each zone, the commonest first.

    Those whose zone is not known, or not any more, are left out.
    """
    rows = await tx.execute(_OF_FOLLOWERS, {"its_group": group_id})
    return {zone: number for zone, number in rows if zone in zone_names()}


async def zones_in_server(tx: Tx, server_id: int) -> dict[str, int]:
    """The same for everybody who follows any of the server's groups, each person once."""
    rows = await tx.execute(_IN_SERVER, {"its_server": server_id})
    return {zone: number for zone, number in rows if zone in zone_names()}
