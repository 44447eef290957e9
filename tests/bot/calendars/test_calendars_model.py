"""Calendars say exactly what the session says, whatever its text."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar

from bot.calendars.model import CalendarEvent, render_calendar
from bot.text import clean_block, clean_line

TALK = CalendarEvent(
    uid="session-7@example.org",
    starts_at=datetime(2022, 11, 19, 21, 0, tzinfo=UTC),
    ends_at=datetime(2022, 11, 19, 22, 0, tzinfo=UTC),
    title="Meta-learning; quantum probability",
    description="Two talks,\nthen questions",
    location="https://meet.example/x",
    url="https://example.org/g/cohere?a=1,2;3",
    sequence=2,
    changed_at=datetime(2022, 11, 1, 8, 30, 15, 999, tzinfo=UTC),
    is_cancelled=False,
)
EXPECTED = """\
BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//Lectern//Reading group calendar//EN
X-WR-CALNAME:Cohere\\, Saturdays
REFRESH-INTERVAL;VALUE=DURATION:PT1H
UID:group-1@example.org
X-PUBLISHED-TTL:PT1H
BEGIN:VEVENT
SUMMARY:Meta-learning\\; quantum probability
DTSTART:20221119T210000Z
DTEND:20221119T220000Z
DTSTAMP:20221101T083015Z
UID:session-7@example.org
SEQUENCE:2
DESCRIPTION:Two talks\\,\\nthen questions
LAST-MODIFIED:20221101T083015Z
LOCATION:https://meet.example/x
STATUS:CONFIRMED
URL:https://example.org/g/cohere?a=1,2;3
END:VEVENT
END:VCALENDAR
"""


def event(**changes: Any) -> CalendarEvent:
    values = {name: getattr(TALK, name) for name in CalendarEvent.__slots__}
    return CalendarEvent(**values | changes)


def read(rendered: bytes) -> list[dict[str, Any]]:
    """Each event of the file as a stranger's calendar reads it."""
    return [
        {name: getattr(value, "dt", value) for name, value in component.property_items()[1:-1]}
        for component in Calendar.from_ical(rendered).events
    ]


def test_a_session_is_written_as_every_calendar_reads_it() -> None:
    rendered = render_calendar("Cohere, Saturdays", [TALK], calendar_uid="group-1@example.org")
    assert rendered.decode() == EXPECTED.replace("\n", "\r\n")


def test_a_cancelled_session_stays_and_says_so() -> None:
    [cancelled] = read(render_calendar("Cohere", [event(is_cancelled=True, sequence=3)]))
    assert (cancelled["SUMMARY"], cancelled["STATUS"], cancelled["SEQUENCE"], cancelled["UID"]) == (
        "Cancelled: Meta-learning; quantum probability",
        "CANCELLED",
        3,
        "session-7@example.org",
    )


def test_an_empty_calendar_holds_a_lone_utc_zone() -> None:
    calendar = Calendar.from_ical(render_calendar("Cohere", []))
    assert [(part.name, str(part["TZID"])) for part in calendar.subcomponents] == [
        ("VTIMEZONE", "UTC")
    ]


def test_other_zones_are_written_in_utc() -> None:
    mountain = TALK.starts_at.astimezone(datetime.fromisoformat("2022-11-19T14:00-07:00").tzinfo)
    assert render_calendar("x", [event(starts_at=mountain)]) == render_calendar("x", [TALK])


def test_the_order_of_events_does_not_change_the_bytes() -> None:
    later = event(uid="session-8@example.org", starts_at=TALK.starts_at + timedelta(days=14))
    same_time = event(uid="session-9@example.org")
    events = [TALK, later, same_time]
    assert render_calendar("x", events) == render_calendar("x", reversed(events))


@pytest.mark.parametrize(
    "title", [r"C:\New \n \N \; \,", "BEGIN:VEVENT", 'a:b;c=d,"e"', "%2C %3A ^n ^'", "ü" * 300]
)
def test_a_title_reads_back_as_it_was(title: str) -> None:
    [found] = read(render_calendar("x", [event(title=title)]))
    assert str(found["SUMMARY"]) == title


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "file:///etc/passwd", "https://a b", "", "x https://a"]
)
def test_a_link_that_is_not_http_is_left_out(url: str) -> None:
    [found] = read(render_calendar("x", [event(url=url)]))
    assert "URL" not in found


def test_a_link_keeps_only_what_a_uri_may_hold() -> None:
    [found] = read(render_calendar("x", [event(url='https://x.org/ü\\N"?a=%20')]))
    assert str(found["URL"]) == "https://x.org/%C3%BC%5CN%22?a=%20"


def test_a_naive_time_is_a_bug() -> None:
    with pytest.raises(ValueError, match="naive datetime"):
        render_calendar("x", [event(starts_at=datetime(2022, 11, 19, 21, 0))])  # noqa: DTZ001


hostile = st.text(
    st.one_of(
        st.sampled_from("\r\n\x00\x0b\x1f\x7f\x85\u2028\u2029\u202e\\;:,\"'%^nN=ü👩\u200d \tEND"),
        st.characters(),
    ),
    max_size=120,
)


@given(hostile, hostile, hostile, hostile, hostile)
def test_hostile_text_reads_back_cleaned_and_injects_nothing(
    name: str, title: str, description: str, location: str, uid: str
) -> None:
    hostile_event = event(
        title=title,
        description=description,
        location=location,
        uid=f"session-{uid}",
        url=f"https://example.org/{uid}",
    )
    rendered = render_calendar(name, [hostile_event])
    [found] = read(rendered)
    assert {
        key: str(found.get(key, "")) for key in ("SUMMARY", "DESCRIPTION", "LOCATION", "UID")
    } == {
        "SUMMARY": clean_line(title),
        "DESCRIPTION": clean_block(description),
        "LOCATION": clean_line(location),
        "UID": clean_line(f"session-{uid}"),
    }
    assert (found["DTSTART"], found["DTEND"]) == (TALK.starts_at, TALK.ends_at)
    assert max(len(line) for line in rendered.split(b"\r\n")) <= 75
    assert rendered.replace(b"\r\n", b"").translate(None, bytes(range(32))) == rendered.replace(
        b"\r\n", b""
    )
    assert render_calendar(name, [hostile_event]) == rendered
