"""Which reminder somebody gets, and that an outage leaves one of them at most."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.members.model import STANDARD_LEADS, Member, Place, QuietHours
from bot.places.wall import local, resolve
from bot.reminders.model import (
    CHANNEL,
    LEAST_LEFT,
    MOST_MENTIONED,
    calls_for,
    calm_instant,
    moment_to_tell,
    people_of,
    people_targets,
    person_of,
    person_target,
    slot_of,
    told_at,
    wants_message,
)

STARTS = datetime(2022, 11, 19, 21, 0, tzinfo=UTC)
NIGHT = QuietHours(from_hour=22, until_hour=7)
BERLIN = "Europe/Berlin"

# Clocks that change at midnight, by half an hour, at a quarter to, in Ramadan, and as most do.
ODD_CLOCKS = (
    "Europe/Berlin",
    "America/New_York",
    "America/Havana",
    "America/Santiago",
    "America/St_Johns",
    "Africa/Cairo",
    "Africa/Casablanca",
    "Asia/Beirut",
    "Asia/Kathmandu",
    "Atlantic/Azores",
    "Australia/Lord_Howe",
    "Pacific/Chatham",
)


def changes_of(zone: str) -> list[datetime]:
    """Noon, UTC, of the days in five years on which the zone's clocks change, or any days."""
    days = [datetime(2022, 1, 1, 12, tzinfo=UTC) + timedelta(days=n) for n in range(5 * 365)]
    offsets = [local(day, zone).utcoffset() for day in days]
    changes = [
        day
        for day, one, next_one in zip(days, offsets, offsets[1:], strict=False)
        if one != next_one
    ]
    return changes or days[::100]


CHANGES = [(zone, day) for zone in ODD_CLOCKS for day in changes_of(zone)]

wishes = st.frozensets(st.sampled_from(STANDARD_LEADS)).map(
    lambda chosen: tuple(sorted(chosen, reverse=True))
)


def before(minutes: int) -> datetime:
    return STARTS - timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("leads", "lead_minutes", "minutes_left", "is_called_for"),
    [
        (STANDARD_LEADS, 60, 60, True),
        (STANDARD_LEADS, 60, 11, True),
        (STANDARD_LEADS, 60, 10, False),
        (STANDARD_LEADS, 10_080, 1_440, False),
        ((10_080,), 10_080, 1_440, True),
        ((10_080, 10), 10_080, 30, True),
        ((10,), 60, 60, False),
        ((), 60, 60, False),
    ],
)
def test_only_the_nearest_of_the_reminders_wished_for_is_sent(
    leads: tuple[int, ...], lead_minutes: int, minutes_left: int, is_called_for: bool
) -> None:
    assert calls_for(leads, STARTS, lead_minutes, before(minutes_left)) is is_called_for


@given(wishes, st.integers(0, 20_000))
def test_after_any_outage_exactly_one_overdue_reminder_is_left(
    leads: tuple[int, ...], minutes_left: int
) -> None:
    overdue = [lead for lead in leads if before(lead) <= before(minutes_left)]
    sent = [lead for lead in overdue if calls_for(leads, STARTS, lead, before(minutes_left))]
    assert sent == overdue[-1:]


hours = st.integers(0, 23)
quiets = st.builds(QuietHours, from_hour=hours, until_hour=hours).filter(
    lambda quiet: (quiet.until_hour - quiet.from_hour) % 24 <= 12
)
nights = st.sampled_from([(21, 7), (22, 7), (23, 8), (0, 8)]).map(
    lambda pair: QuietHours(from_hour=pair[0], until_hour=pair[1])
)


@st.composite
def starts(draw: st.DrawFn) -> tuple[str, datetime]:
    """A zone, and a session's start within two days of a change of its clocks."""
    zone, noon = draw(st.sampled_from(CHANGES))
    return zone, noon + timedelta(minutes=draw(st.integers(-2_880, 2_880)))


def is_quiet(moment: datetime, quiet: QuietHours, zone: str) -> bool:
    hour = local(moment, zone).hour
    if quiet.from_hour <= quiet.until_hour:
        return quiet.from_hour <= hour < quiet.until_hour
    return not quiet.until_hour <= hour < quiet.from_hour


@given(starts(), quiets, st.integers(10, 2_880))
def test_quiet_hours_are_kept_whatever_the_clocks_do(
    start: tuple[str, datetime], quiet: QuietHours, minutes: int
) -> None:
    zone, starts_at = start
    due_at = starts_at - timedelta(minutes=minutes)
    calm_at = calm_instant(due_at, starts_at, quiet, zone)
    is_silent = is_quiet(calm_at, quiet, zone)
    just_began = not is_quiet(calm_at - timedelta(microseconds=1), quiet, zone)
    is_impossible = due_at - calm_at == timedelta(hours=12)
    assert not is_silent or just_began or is_impossible
    assert due_at - timedelta(hours=12) <= calm_at < starts_at


@given(starts(), quiets, st.integers(10, 2_880))
def test_what_is_due_outside_of_quiet_hours_is_left_alone(
    start: tuple[str, datetime], quiet: QuietHours, minutes: int
) -> None:
    zone, starts_at = start
    due_at = starts_at - timedelta(minutes=minutes)
    calm_at = calm_instant(due_at, starts_at, quiet, zone)
    assert (calm_at == due_at) >= (not is_quiet(due_at, quiet, zone))


@given(starts(), nights, st.integers(10, 2_880))
def test_no_reminder_comes_in_an_offered_night_or_waits_longer_than_it_must(
    start: tuple[str, datetime], quiet: QuietHours, minutes: int
) -> None:
    zone, starts_at = start
    due_at = starts_at - timedelta(minutes=minutes)
    calm_at = calm_instant(due_at, starts_at, quiet, zone)
    if calm_at > due_at:
        assert not is_quiet(calm_at, quiet, zone)
        assert is_quiet(calm_at - timedelta(microseconds=1), quiet, zone)
        assert starts_at - calm_at >= LEAST_LEFT
    if calm_at < due_at:
        assert not is_quiet(calm_at - timedelta(microseconds=1), quiet, zone)


@pytest.mark.parametrize(
    ("due", "start", "calm"),
    [
        # Twenty hours before, in the small hours: after the night.
        ("2022-11-19 03:00", "2022-11-19 23:00", "2022-11-19 07:00"),
        # An hour before, with just enough left when the night is over.
        ("2022-11-19 06:10", "2022-11-19 07:10", "2022-11-19 07:00"),
        # A minute less: before the night.
        ("2022-11-19 06:09", "2022-11-19 07:09", "2022-11-18 22:00"),
        ("2022-11-19 02:50", "2022-11-19 03:00", "2022-11-18 22:00"),
        ("2022-11-18 22:00", "2022-11-18 23:00", "2022-11-18 22:00"),
        # The edges of the night.
        ("2022-11-18 21:59", "2022-11-18 22:59", "2022-11-18 21:59"),
        ("2022-11-19 07:00", "2022-11-19 07:10", "2022-11-19 07:00"),
        # A night that is an hour longer, and one that is an hour shorter.
        ("2022-10-30 05:00", "2022-10-30 06:00", "2022-10-29 22:00"),
        ("2023-03-26 05:00", "2023-03-26 20:00", "2023-03-26 07:00"),
    ],
)
def test_a_night_in_berlin_moves_reminders_to_its_ends(due: str, start: str, calm: str) -> None:
    instants = [
        resolve(datetime.fromisoformat(wall), BERLIN).starts_at for wall in (due, start, calm)
    ]
    due_at, starts_at, calm_at = instants
    assert calm_instant(due_at, starts_at, NIGHT, BERLIN) == calm_at
    assert calm_instant(due_at, starts_at, None, BERLIN) == due_at


@pytest.mark.parametrize(
    ("due", "start", "calm"),
    [
        ("2022-11-19 15:30", "2022-11-19 17:10", "2022-11-19 17:00"),
        ("2022-11-19 15:30", "2022-11-19 17:09", "2022-11-19 13:00"),
    ],
)
def test_quiet_hours_by_day_begin_and_end_on_that_day(due: str, start: str, calm: str) -> None:
    due_at, starts_at, calm_at = (
        resolve(datetime.fromisoformat(wall), BERLIN).starts_at for wall in (due, start, calm)
    )
    nap = QuietHours(from_hour=13, until_hour=17)
    assert calm_instant(due_at, starts_at, nap, BERLIN) == calm_at


def test_reminders_that_land_on_one_calm_instant_are_one_the_nearest() -> None:
    starts_at = resolve(datetime.fromisoformat("2022-11-19 03:00"), BERLIN).starts_at
    evening = resolve(datetime.fromisoformat("2022-11-18 22:00"), BERLIN).starts_at
    told = {lead: told_at(starts_at, lead, NIGHT, BERLIN) for lead in (60, 10)}
    kept = [
        lead
        for lead in STANDARD_LEADS
        if calls_for(STANDARD_LEADS, starts_at, lead, told[10], quiet=NIGHT, zone=BERLIN)
    ]
    assert (told, kept) == ({60: evening, 10: evening}, [10])


@given(starts(), st.one_of(st.none(), nights), wishes)
def test_each_calm_instant_brings_one_reminder(
    start: tuple[str, datetime], quiet: QuietHours | None, leads: tuple[int, ...]
) -> None:
    zone, starts_at = start
    told = [told_at(starts_at, lead, quiet, zone) for lead in leads]
    sent = [
        moment
        for lead, moment in zip(leads, told, strict=True)
        if calls_for(leads, starts_at, lead, moment, quiet=quiet, zone=zone)
    ]
    assert told == sorted(told)
    assert sent == sorted(set(told))


@given(
    starts(),
    st.one_of(st.none(), nights),
    wishes,
    st.sampled_from(STANDARD_LEADS),
    st.integers(0, 20_000),
)
def test_a_slot_says_for_many_what_the_rule_says_for_each(
    start: tuple[str, datetime],
    quiet: QuietHours | None,
    leads: tuple[int, ...],
    lead_minutes: int,
    minutes_left: int,
) -> None:
    zone, starts_at = start
    now = starts_at - timedelta(minutes=minutes_left)
    slot = slot_of(starts_at, lead_minutes, now, quiet, zone)
    is_overtaken = any(slot.overtaken_from <= lead < lead_minutes for lead in leads)
    assert (lead_minutes in leads and not is_overtaken) == calls_for(
        leads, starts_at, lead_minutes, now, quiet=quiet, zone=zone
    )


CLARA = Member(
    user_id=13,
    place=Place(name="Berlin", zone=BERLIN),
    wants_direct_messages=True,
    lead_minutes=(1_440, 60),
    quiet=NIGHT,
)


@pytest.mark.parametrize(
    ("start", "lead_minutes", "now", "moment"),
    [
        # In time, and late by day: now.
        ("2022-11-19 21:00", 60, "2022-11-19 20:00", "2022-11-19 20:00"),
        ("2022-11-19 21:00", 60, "2022-11-19 20:40", "2022-11-19 20:40"),
        # Planned for a time that has become too early, since she has changed her quiet hours.
        ("2022-11-19 21:00", 60, "2022-11-19 18:00", "2022-11-19 20:00"),
        # Late into the night: when it is over.
        ("2022-11-19 21:55", 1_440, "2022-11-18 23:30", "2022-11-19 07:00"),
        # Late into a night that is not over before the start: at once while it is young.
        ("2022-11-19 03:00", 60, "2022-11-18 22:00", "2022-11-18 22:00"),
        ("2022-11-19 03:00", 60, "2022-11-18 23:00", "2022-11-18 23:00"),
        ("2022-11-19 03:00", 60, "2022-11-18 23:01", None),
        ("2022-11-19 03:00", 60, "2022-11-19 02:30", None),
        # After the start.
        ("2022-11-19 21:00", 60, "2022-11-19 21:05", "2022-11-19 21:05"),
        ("2022-11-19 03:00", 60, "2022-11-19 03:05", None),
    ],
)
def test_what_is_late_waits_for_the_morning_or_is_dropped(
    start: str, lead_minutes: int, now: str, moment: str | None
) -> None:
    instants = [
        resolve(datetime.fromisoformat(wall), BERLIN).starts_at if wall else None
        for wall in (start, now, moment)
    ]
    starts_at, woken_at, told = instants
    assert starts_at
    assert woken_at
    assert moment_to_tell(CLARA, starts_at, lead_minutes, woken_at) == told


@pytest.mark.parametrize(
    ("member", "is_written_to"),
    [
        (Member(user_id=1, wants_direct_messages=True), True),
        (Member(user_id=1), False),
        (Member(user_id=1, wants_direct_messages=True, has_closed_messages=True), True),
        (Member(user_id=1, wants_direct_messages=True, lead_minutes=(1_440,)), False),
    ],
)
def test_only_those_who_asked_are_told(member: Member, is_written_to: bool) -> None:
    assert wants_message(member, STARTS, 60, before(60)) is is_written_to


@given(st.integers(1, 2**63 - 1))
def test_a_target_names_its_person(user_id: int) -> None:
    assert person_of(person_target(user_id)) == user_id


def test_the_channels_target_is_nobodys() -> None:
    assert person_of(CHANNEL) is None


@given(st.integers(1, 99), st.lists(st.integers(1, 2**63 - 1), unique=True, max_size=300))
def test_everybody_is_mentioned_once_in_messages_that_hold_them(
    rev: int, user_ids: list[int]
) -> None:
    targets = people_targets(rev, user_ids)
    batches = [people_of(target) for target in targets]
    assert [batch_rev for batch_rev, _ in batches] == [rev] * len(batches)
    assert [user_id for _, people in batches for user_id in people] == user_ids
    assert len(targets) == -(-len(user_ids) // MOST_MENTIONED)
    assert all(len(target) < 2_000 for target in targets)
