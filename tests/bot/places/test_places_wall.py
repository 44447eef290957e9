"""Wall times become the right instants, on the pinned zone database."""

import zoneinfo
from datetime import UTC, datetime, timedelta

import pytest
from dateutil import tz
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import Refusal
from bot.places import use_pinned_zone_data, zone_data_version
from bot.places.wall import (
    Resolved,
    WallKind,
    local,
    offset_label,
    resolve,
    zone_info,
)
from bot.places.zones import zone_names

QUARTER = timedelta(minutes=15)
ZONES = sorted(zone_names())


def wall(text: str) -> datetime:
    return datetime.fromisoformat(text)


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_the_pinned_database_knows_alberta_stays_on_minus_six() -> None:
    december = instant("2026-12-05T12:00")
    assert zone_data_version() >= "2026f"
    assert offset_label(december, "America/Edmonton") == "UTC−06:00"
    assert december.astimezone(tz.gettz("America/Edmonton")).utcoffset() == timedelta(hours=-6)


def test_pinning_leaves_no_path_to_the_machines_database() -> None:
    use_pinned_zone_data()
    assert zoneinfo.TZPATH == ()
    assert zone_names() == zoneinfo.available_timezones()


@pytest.mark.parametrize(
    ("zone", "time", "fold", "resolved"),
    [
        (
            "America/Denver",
            "2022-11-19T14:00",
            0,
            Resolved(starts_at=instant("2022-11-19T21:00"), kind=WallKind.NORMAL, alternatives=()),
        ),
        (
            "Europe/Berlin",
            "2027-03-28T02:30",
            1,
            Resolved(
                starts_at=instant("2027-03-28T01:30"),
                kind=WallKind.GAP,
                alternatives=(instant("2027-03-28T00:30"), instant("2027-03-28T01:30")),
            ),
        ),
        (
            "America/New_York",
            "2022-11-06T01:30",
            0,
            Resolved(
                starts_at=instant("2022-11-06T05:30"),
                kind=WallKind.FOLD,
                alternatives=(instant("2022-11-06T05:30"), instant("2022-11-06T06:30")),
            ),
        ),
        (
            "America/New_York",
            "2022-11-06T01:30",
            1,
            Resolved(
                starts_at=instant("2022-11-06T06:30"),
                kind=WallKind.FOLD,
                alternatives=(instant("2022-11-06T05:30"), instant("2022-11-06T06:30")),
            ),
        ),
        (
            "Australia/Lord_Howe",
            "2026-10-04T02:15",
            0,
            Resolved(
                starts_at=instant("2026-10-03T15:45"),
                kind=WallKind.GAP,
                alternatives=(instant("2026-10-03T15:15"), instant("2026-10-03T15:45")),
            ),
        ),
    ],
)
def test_resolve_reads_gaps_late_and_folds_early(
    zone: str, time: str, fold: int, resolved: Resolved
) -> None:
    assert resolve(wall(time), zone, fold=fold) == resolved


def readings(time: datetime, zone: str) -> tuple[datetime, ...]:
    """Every instant at which the zone shows `time`, found by trying each offset in use nearby."""
    rules = zone_info(zone)
    middle = time.replace(tzinfo=UTC)
    steps = [middle + timedelta(hours=step) for step in range(-30, 31)]
    offsets = {step.astimezone(rules).utcoffset() or timedelta() for step in steps}
    shown = {middle - offset for offset in offsets}
    return tuple(sorted(at for at in shown if at.astimezone(rules).replace(tzinfo=None) == time))


@given(
    st.sampled_from(ZONES),
    st.datetimes(datetime(2015, 1, 1), datetime(2037, 12, 31)),  # noqa: DTZ001 (wall times)
)
def test_resolve_agrees_with_trying_every_offset(zone: str, time: datetime) -> None:
    found = readings(time, zone)
    resolved = resolve(time, zone)
    kind = {0: WallKind.GAP, 1: WallKind.NORMAL, 2: WallKind.FOLD}[len(found)]
    assert (resolved.kind, resolve(time, zone, fold=1).kind) == (kind, kind)
    if kind is not WallKind.GAP:
        assert (resolved.starts_at, resolve(time, zone, fold=1).starts_at) == (found[0], found[-1])


@pytest.mark.parametrize(
    ("zone", "day"),
    [
        ("Europe/Berlin", "2026-03-29T00:00"),
        ("Europe/Berlin", "2026-10-25T00:00"),
        ("America/Denver", "2026-03-08T00:00"),
        ("America/Denver", "2026-11-01T00:00"),
        ("Australia/Lord_Howe", "2026-04-05T00:00"),
        ("Australia/Lord_Howe", "2026-10-04T00:00"),
        ("Africa/Casablanca", "2026-02-15T00:00"),
        ("Africa/Casablanca", "2026-03-22T00:00"),
        ("America/Scoresbysund", "2024-03-31T00:00"),
        ("Asia/Kolkata", "2026-03-29T00:00"),
    ],
)
def test_every_quarter_of_a_changing_day_resolves_as_trying_every_offset(
    zone: str, day: str
) -> None:
    for step in range(96):
        time = wall(day) + step * QUARTER
        resolved, found = resolve(time, zone), readings(time, zone)
        if found:
            assert (resolved.starts_at, len(resolved.alternatives)) == (
                found[0],
                0 if len(found) == 1 else 2,
            )
        else:
            # The wall time, reckoned from the last moment before the gap as if no clock moved.
            before = (resolved.starts_at - timedelta(hours=3)).astimezone(zone_info(zone))
            assert time - before.replace(tzinfo=None) == timedelta(hours=3)


def test_every_zone_shows_the_resolved_wall_time() -> None:
    times = [datetime(2026, month, 15, 20, 0) for month in range(1, 13)]  # noqa: DTZ001 (wall times)
    shown = {zone: [shown_again(time, zone) for time in times] for zone in ZONES}
    assert {zone: kinds for zone, kinds in shown.items() if set(kinds) != {WallKind.NORMAL}} == {}


def shown_again(time: datetime, zone: str) -> WallKind | datetime:
    """How the zone's clocks show the time; what they show instead of it."""
    resolved = resolve(time, zone)
    shown = local(resolved.starts_at, zone).replace(tzinfo=None)
    return resolved.kind if shown == time else shown


@pytest.mark.parametrize(
    "zone",
    ["Mars/Olympus", "../../etc/passwd", "localtime", "Europe", "europe/berlin", "", "posixrules"],
)
def test_unknown_zones_are_refused_with_their_value(zone: str) -> None:
    with pytest.raises(Refusal) as refusal:
        zone_info(zone)
    assert str(refusal.value) == (
        f"“{zone}” is not a time zone I know: name one such as Europe/Berlin."
    )


def test_aware_wall_times_and_naive_instants_are_bugs() -> None:
    with pytest.raises(ValueError, match="carries no zone"):
        resolve(instant("2026-01-01T00:00"), "UTC")
    with pytest.raises(ValueError, match="naive datetime"):
        local(wall("2026-01-01T00:00"), "UTC")


@pytest.mark.parametrize(
    ("zone", "label"),
    [
        ("America/Denver", "UTC−07:00"),
        ("Asia/Kolkata", "UTC+05:30"),
        ("America/St_Johns", "UTC−03:30"),
        ("UTC", "UTC+00:00"),
    ],
)
def test_offset_label_has_a_real_minus(zone: str, label: str) -> None:
    assert offset_label(instant("2026-12-01T00:00"), zone) == label
