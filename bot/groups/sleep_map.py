"""When a group's people are awake, as a picture."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from bot.cards import Card
from bot.groups.model import HORIZON, Group
from bot.groups.sleep import awake_by_hour, week_of
from bot.pictures.model import SleepMap, with_picture
from bot.pictures.studio import Draw
from bot.places.spoken import spoken_date
from bot.places.wall import local

HOUR = timedelta(hours=1)


def sleep_map(group: Group, people: Mapping[str, int], now: datetime) -> SleepMap | None:
    """The hours of the group's week, with its next meetings; None where too few can be counted."""
    ahead = group.pattern.next_instants(now, HORIZON)
    # The week of the next meeting: its clocks are those that matter.
    shown = ahead[0][1] if ahead else now
    home = group.home_at(shown)
    shares = awake_by_hour(people, home.zone, shown)
    if shares is None:
        return None
    week = week_of(shown, home.zone)
    slots: set[int] = set()
    for wall, starts_at in ahead:
        begin = local(starts_at, home.zone).replace(tzinfo=None)
        hour = begin.replace(minute=0)
        while hour < begin + timedelta(minutes=group.pattern.rhythm_at(wall).minutes):
            slots.add(24 * hour.weekday() + hour.hour)
            hour += HOUR
    return SleepMap(
        title=f"Who is awake, by the clock of {home.city}",
        note=f"{sum(people.values())} people counted, week of "
        f"{spoken_date(week, group.habit_in(home))}; "
        "night is 23:00 to 07:00.",
        shares=tuple(shares),
        slots=frozenset(slots),
    )


async def with_sleep_map(
    card: Card, group: Group, people: Mapping[str, int], now: datetime, draw: Draw
) -> Card:
    """The card with the map, where there is one and it could be drawn."""
    drawing = sleep_map(group, people, now)
    if drawing is None:
        return card
    return with_picture(card, "awake.png", drawing, await draw(drawing))
