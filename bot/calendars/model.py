"""Sessions as an iCalendar file that Google, Apple and Outlook all read the same way.

What to emit and what to avoid was measured on eleven parsers: one UTC VEVENT per session, no
VTIMEZONE, METHOD or RRULE, and nothing that depends on when the file was asked for.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

from icalendar import Calendar, Event, Timezone, TimezoneStandard, vDuration, vText, vUri

from bot.clock import require_aware
from bot.text import clean_block, clean_line

PRODUCT_ID = "-//Lectern//Reading group calendar//EN"
_URI_CHARACTERS = ":/?#[]@!$&'()*+,;=%-._~"
REFRESH = timedelta(hours=1)
"""How often subscribers are asked to look again; the large ones choose for themselves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarEvent:
    """One session as calendars see it.

    `uid` must stay the same for the session's whole life, and `sequence` must rise with each
    change of time, place or cancellation (RFC 5545 3.8.7.4). `changed_at` is the row's last
    change. Empty texts are left out, and so is a `url` that is not a plain http(s) one.
    """

    uid: str
    starts_at: datetime
    ends_at: datetime
    title: str
    description: str
    location: str
    url: str
    sequence: int
    changed_at: datetime
    is_cancelled: bool


class _ExactText(vText):
    """TEXT escaped by RFC 5545 3.3.11 alone; vText also breaks the line at the N of "C:\\New"."""

    def to_ical(self) -> bytes:
        """The text with backslash, semicolon, comma and line break escaped."""
        return _escaped(self).encode()


def render_calendar(
    name: str, events: Iterable[CalendarEvent], *, calendar_uid: str | None = None
) -> bytes:
    """The .ics file: the same calendar gives the same bytes, whatever the order of `events`.

    UTF-8, CRLF, lines of at most 75 octets. `calendar_uid` names a feed for good (RFC 7986 5.3);
    a file handed out once has none. Raises ValueError for a naive instant.
    """
    calendar = Calendar()
    calendar.add("version", "2.0")
    calendar.add("prodid", PRODUCT_ID)
    calendar.add("x-wr-calname", _ExactText(clean_line(name)))
    # Without VALUE=DURATION some readers take the text for a date (RFC 7986 5.7 demands it).
    calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", vDuration(REFRESH))
    if calendar_uid is not None:
        calendar.add("uid", _ExactText(clean_line(calendar_uid)))
    for event in sorted(events, key=lambda event: (event.starts_at, event.uid)):
        calendar.add_component(_component(event))
    if not calendar.subcomponents:
        calendar.add_component(_utc_zone())
    return bytes(calendar.to_ical())


def _component(event: CalendarEvent) -> Event:
    title = clean_line(event.title)
    component = Event()
    component.add("uid", _ExactText(clean_line(event.uid)))
    component.add("dtstart", _instant(event.starts_at))
    component.add("dtend", _instant(event.ends_at))
    component.add("summary", _ExactText(f"Cancelled: {title}" if event.is_cancelled else title))
    component.add("dtstamp", _instant(event.changed_at))
    component.add("last-modified", _instant(event.changed_at))
    component.add("sequence", event.sequence)
    component.add("status", "CANCELLED" if event.is_cancelled else "CONFIRMED")
    if description := clean_block(event.description):
        component.add("description", _ExactText(description))
    if location := clean_line(event.location):
        component.add("location", _ExactText(location))
    if url := _safe_url(event.url):
        component.add("url", vUri(url))
    return component


def _escaped(text: str) -> str:
    backslashed = text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return backslashed.replace("\n", "\\n")


def _instant(moment: datetime) -> datetime:
    return require_aware(moment).astimezone(UTC).replace(microsecond=0)


def _safe_url(url: str) -> str:
    """`url` in RFC 3986's characters where it is one http(s) word, else nothing.

    A URI is written without escaping, yet some readers unescape it, so no backslash may stay.
    """
    cleaned = clean_line(url)
    is_plain = cleaned.startswith(("https://", "http://")) and " " not in cleaned
    return quote(cleaned, safe=_URI_CHARACTERS) if is_plain else ""


def _utc_zone() -> Timezone:
    """What an empty calendar holds, since RFC 5545 3.6 asks for one component at least."""
    standard = TimezoneStandard()
    standard.add("dtstart", datetime(1970, 1, 1))  # noqa: DTZ001 (RFC 5545 3.6.5: local time)
    standard.add("tzoffsetfrom", timedelta())
    standard.add("tzoffsetto", timedelta())
    standard.add("tzname", "UTC")
    zone = Timezone()
    zone.add("tzid", "UTC")
    zone.add_component(standard)
    return zone
