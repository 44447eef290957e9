"""Who lives in the demo, and what a clock shows them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One member of the simulated server; `key` is how addresses name them."""

    key: str
    name: str
    city: str
    zone: ZoneInfo
    part: str
    twelve_hours: bool = False

    def local(self, moment: datetime) -> datetime:
        """The same instant on this person's clock."""
        return moment.astimezone(self.zone)


PEOPLE = (
    Person(
        key="maya",
        name="Maya",
        city="Denver",
        zone=ZoneInfo("America/Denver"),
        part="leads the group",
        twelve_hours=True,
    ),
    Person(
        key="ben",
        name="Ben",
        city="Boston",
        zone=ZoneInfo("America/New_York"),
        part="has an idea to pitch",
        twelve_hours=True,
    ),
    Person(
        key="clara",
        name="Clara",
        city="Berlin",
        zone=ZoneInfo("Europe/Berlin"),
        part="asks for reminders",
    ),
    Person(
        key="devi",
        name="Devi",
        city="Kolkata",
        zone=ZoneInfo("Asia/Kolkata"),
        part="joins in the evening",
    ),
    Person(
        key="kenji",
        name="Kenji",
        city="Tokyo",
        zone=ZoneInfo("Asia/Tokyo"),
        part="watches recordings",
    ),
)


def clock_time(moment: datetime, person: Person) -> str:
    """ "18:05" or "6:05 PM", as this person writes it."""
    local = person.local(moment)
    if person.twelve_hours:
        return local.strftime("%I:%M %p").lstrip("0")
    return local.strftime("%H:%M")


def day(moment: datetime, person: Person) -> str:
    """ "Saturday 14 March"."""
    local = person.local(moment)
    return f"{local:%A} {local.day} {local:%B}"


def short_moment(moment: datetime, person: Person, now: datetime) -> str:
    """The time alone on this person's today, else with the day: "Sat 14 Mar, 18:05"."""
    local = person.local(moment)
    time = clock_time(moment, person)
    if local.date() == person.local(now).date():
        return time
    year = "" if local.year == person.local(now).year else f" {local.year}"
    return f"{local:%a} {local.day} {local:%b}{year}, {time}"


def timestamp(moment: datetime, style: str, person: Person, now: datetime) -> str:
    """What Discord shows this person for `<t:…:style>`; unknown styles read as `f`.

    Twelve-hour people write dates the American way, the others the British.
    Styles: Discord's message formatting reference, "Timestamp Styles".
    """
    if style == "R":
        return relative(moment - now)
    local = person.local(moment)
    time = clock_time(moment, person)
    if person.twelve_hours:
        short_date, long_date = f"{local:%m/%d/%Y}", f"{local:%B} {local.day}, {local.year}"
        seconds = f"{local:%I:%M:%S %p}".lstrip("0")
    else:
        short_date, long_date = f"{local:%d/%m/%Y}", f"{local.day} {local:%B} {local.year}"
        seconds = f"{local:%H:%M:%S}"
    shown = {
        "t": time,
        "T": seconds,
        "d": short_date,
        "D": long_date,
        "F": f"{local:%A}, {long_date} at {time}",
    }
    return shown.get(style, f"{long_date} at {time}")


# Discord's own steps for relative times: the last unit that fits, rounded.
_UNITS = (
    ("year", timedelta(days=365)),
    ("month", timedelta(days=30)),
    ("day", timedelta(days=1)),
    ("hour", timedelta(hours=1)),
    ("minute", timedelta(minutes=1)),
)


def relative(distance: timedelta) -> str:
    """ "in 2 hours", "3 days ago", "now"."""
    for name, unit in _UNITS:
        count = round(abs(distance) / unit)
        if abs(distance) >= unit:
            words = f"{count} {name}{'' if count == 1 else 's'}"
            return f"in {words}" if distance > timedelta(0) else f"{words} ago"
    return "now"
