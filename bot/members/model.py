"""A member as Lectern knows them; somebody it has never met is a member with defaults."""

from dataclasses import dataclass, replace
from datetime import datetime

from bot.cards import spoken_list
from bot.errors import Refusal
from bot.places.index import find_place, find_places
from bot.places.model import Place as FoundPlace
from bot.places.spoken import Habit, HourCycle, spoken_clock
from bot.places.wall import zone_info
from bot.text import quote

STANDARD_LEADS = (10_080, 1_440, 60, 10)
"""When people are reminded unless they change it: a week, a day, an hour and ten minutes before."""

LEAD_NAMES = {10_080: "1 week", 1_440: "1 day", 60: "1 hour", 10: "10 minutes"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a member lives, in their own words, and the zone that follows from it."""

    name: str
    zone: str


CHOICE_LIMIT = 100
"""Discord's limit for the value of an autocomplete choice."""


def choice_of(place: FoundPlace) -> str:
    """What an offered place sends back: its zone too, for there are two Portlands in the US."""
    choice = f"{place.title}|{place.zone}"
    return choice if len(choice) <= CHOICE_LIMIT else place.zone


def find_home(typed: str) -> FoundPlace:
    """The place that was chosen (see `choice_of`), else the likeliest of what was typed."""
    title, bar, zone = typed.partition("|")
    offered = find_places(title) if bar else []
    chosen = [place for place in offered if choice_of(place) == typed]
    # An earlier Lectern offered namesakes without what tells them apart.
    chosen += [place for place in offered if place.zone == zone]
    return chosen[0] if chosen else find_place(typed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who does something, where, and what the server lets them do there."""

    user_id: int
    server_id: int
    channel_id: int
    locale: str = "en-US"
    manages_server: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class QuietHours:
    """When nothing is written, in whole hours (0 to 23) on the member's own clock.

    From 22 until 7 spans midnight.
    """

    from_hour: int
    until_hour: int

    @property
    def choice(self) -> str:
        """What a list of quiet hours sends back, such as "22-7"."""
        return f"{self.from_hour}-{self.until_hour}"


QUIET_HOURS = tuple(
    QuietHours(from_hour=first, until_hour=last)
    for first, last in ((21, 7), (22, 7), (22, 8), (23, 7), (23, 8), (0, 7), (0, 8), (0, 9))
)
"""Those that Lectern offers: shorter than the 12 hours by which reminders are planned ahead."""

NO_QUIET = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """`lead_minutes` are in descending order; `place` is None until the member says it.

    `wants_vote_reminders` holds only together with `wants_direct_messages`. `lost_zone` is where
    they lived, had that zone not left the zone data: they count as if they had never said.
    """

    user_id: int
    place: Place | None = None
    locale: str = "en-US"
    hour_cycle: HourCycle | None = None
    wants_direct_messages: bool = False
    lead_minutes: tuple[int, ...] = STANDARD_LEADS
    wants_vote_reminders: bool = True
    has_closed_messages: bool = False
    quiet: QuietHours | None = None
    lost_zone: str = ""

    @property
    def known_quiet(self) -> QuietHours | None:
        """The quiet hours, None while nobody knows on which clock they are."""
        return self.quiet if self.place else None

    def habit(self, default_zone: str) -> Habit:
        """How this member reads a time; `default_zone` stands in while theirs is unknown."""
        zone = self.place.zone if self.place else default_zone
        return Habit(locale=self.locale, hour_cycle=self.hour_cycle, zone=zone)

    def habit_on(self, zone: str) -> Habit:
        """How this member reads the clock of that zone: as they read their own."""
        return replace(self.habit(zone), zone=zone, home=self.place.zone if self.place else "")


def check_leads(lead_minutes: tuple[int, ...]) -> tuple[int, ...]:
    """The lead times, longest first; refuses any that Lectern does not offer."""
    for minutes in lead_minutes:
        if minutes not in LEAD_NAMES:
            raise Refusal(
                f"{minutes} minutes is not one of the times I remind at: "
                f"{', '.join(LEAD_NAMES.values())}."
            )
    return tuple(sorted(set(lead_minutes), reverse=True))


def spoken_leads(lead_minutes: tuple[int, ...]) -> str:
    """ "1 day, 1 hour and 10 minutes", or "never"."""
    names = [LEAD_NAMES[minutes] for minutes in lead_minutes]
    return spoken_list(names) if names else "never"


def find_quiet(choice: str) -> QuietHours | None:
    """The quiet hours that were chosen (see `QuietHours.choice`), None for none at all."""
    for quiet in QUIET_HOURS:
        if quiet.choice == choice:
            return quiet
    if choice == NO_QUIET:
        return None
    raise Refusal(f"{quote(choice)} are not quiet hours I know: choose from the list.")


def spoken_quiet(quiet: QuietHours, habit: Habit) -> str:
    """ "22:00 to 07:00", or "10:00 PM to 7:00 AM", as the member reads clocks."""
    # No zone changes its clocks on this day, so each hour comes once.
    day = datetime(2001, 1, 8, tzinfo=zone_info(habit.zone))
    first, last = (day.replace(hour=hour) for hour in (quiet.from_hour, quiet.until_hour))
    return f"{spoken_clock(first, habit)} to {spoken_clock(last, habit)}"
