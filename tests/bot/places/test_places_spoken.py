"""Instants read as people in each place would say them."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.places.regions import regional_locale
from bot.places.spoken import (
    Habit,
    HourCycle,
    hour_cycle,
    spoken_clock,
    spoken_clocks,
    spoken_day,
    spoken_day_and_clock,
    spoken_full_date,
    spoken_long_date,
    spoken_moment,
    spoken_until,
    spoken_wall,
    zone_city,
    zone_country,
)
from bot.places.zones import zone_names

MEETING = datetime(2022, 11, 19, 21, 0, tzinfo=UTC)
ENGLISH = Habit(locale="en-US", hour_cycle=None, zone="Europe/Berlin")


@pytest.mark.parametrize(
    ("zone", "spoken"),
    [
        ("Europe/Berlin", "Saturday 19 November, 22:00 in Berlin"),
        ("America/New_York", "Saturday, November 19, 4:00 PM in New York"),
        ("America/Denver", "Saturday, November 19, 2:00 PM in Denver"),
        ("America/Toronto", "Saturday, November 19, 4:00 p.m. in Toronto"),
        ("Europe/London", "Saturday 19 November, 21:00 in London"),
        ("Asia/Kolkata", "Sunday, 20 November, 2:30 am in Kolkata"),
        ("Asia/Calcutta", "Sunday, 20 November, 2:30 am in Kolkata"),
        ("Asia/Tokyo", "Sunday 20 November, 06:00 in Tokyo"),
        ("Australia/Sydney", "Sunday 20 November, 8:00 am in Sydney"),
        ("America/Mexico_City", "Saturday 19 November, 3:00 pm in Mexico City"),
        ("UTC", "Saturday 19 November, 21:00 in UTC"),
    ],
)
def test_the_clients_default_locale_follows_the_zones_country(zone: str, spoken: str) -> None:
    assert spoken_moment(MEETING, Habit(locale="en-US", hour_cycle=None, zone=zone)) == spoken


@pytest.mark.parametrize(
    ("locale", "spoken"),
    [
        ("id", "Sabtu, 19 November 22.00"),
        ("da", "lørdag den 19. november 22.00"),
        ("de", "Samstag, 19. November, 22:00"),
        ("en-GB", "Saturday 19 November, 22:00"),
        ("es-ES", "sábado, 19 de noviembre, 22:00"),
        ("es-419", "sábado, 19 de noviembre, 10:00 p.m."),
        ("fr", "samedi 19 novembre, 22:00"),
        ("hr", "subota, 19. studenoga 22:00"),
        ("it", "sabato 19 novembre, 22:00"),
        ("lt", "lapkričio 19 d., šeštadienis 22:00"),
        ("hu", "november 19., szombat 22:00"),
        ("nl", "zaterdag 19 november, 22:00"),
        ("no", "lørdag 19. november, 22:00"),
        ("pl", "sobota, 19 listopada, 22:00"),
        ("pt-BR", "sábado, 19 de novembro 22:00"),
        ("ro", "sâmbătă, 19 noiembrie, 22:00"),
        ("fi", "lauantai 19. marraskuuta 22.00"),
        ("sv-SE", "lördag 19 november 22:00"),
        ("vi", "22:00 Thứ Bảy, 19 tháng 11"),
        ("tr", "19 Kasım Cumartesi 22:00"),
        ("cs", "sobota 19. listopadu 22:00"),
        ("el", "Σάββατο 19 Νοεμβρίου, 10:00 μ.μ."),
        ("bg", "събота, 19 ноември, 22:00"),
        ("ru", "суббота, 19 ноября, 22:00"),
        ("uk", "субота, 19 листопада, 22:00"),
        ("hi", "शनिवार, 19 नवंबर, 10:00 pm"),
        ("th", "วันเสาร์ที่ 19 พฤศจิกายน 22:00"),
        ("zh-CN", "11月19日星期六 22:00"),
        ("ja", "11月19日土曜日 22:00"),
        ("zh-TW", "11月19日 星期六 晚上10:00"),
        ("ko", "11월 19일 토요일 오후 10:00"),
        ("xx-unknown", "Saturday 19 November, 22:00"),
        ("", "Saturday 19 November, 22:00"),
    ],
)
def test_a_chosen_locale_keeps_its_own_order_without_the_year(locale: str, spoken: str) -> None:
    habit = Habit(locale=locale, hour_cycle=None, zone="Europe/Berlin")
    is_english = locale in {"en-GB", "xx-unknown", ""}
    place = " in Berlin" if is_english else " (Berlin)"
    assert spoken_moment(MEETING, habit, "Berlin") == f"{spoken}{place}"


@pytest.mark.parametrize(
    ("locale", "cycle", "zone", "spoken"),
    [
        ("en-US", HourCycle.TWENTY_FOUR, "America/New_York", "16:00"),
        ("en-US", HourCycle.TWELVE, "Europe/Berlin", "10:00 pm"),
        ("de", HourCycle.TWELVE, "Europe/Berlin", "10:00 PM"),
        ("de", None, "America/New_York", "16:00"),
        ("ko", HourCycle.TWENTY_FOUR, "Asia/Seoul", "06:00"),
        ("ko", None, "Asia/Seoul", "오전 6:00"),
        ("th", HourCycle.TWELVE, "Asia/Bangkok", "4:00 ก่อนเที่ยง"),
        ("bg", HourCycle.TWELVE, "Europe/Sofia", "11:00 ч. сл.об."),
        ("zh-TW", HourCycle.TWENTY_FOUR, "Asia/Taipei", "05:00"),
        ("en-US", None, "Asia/Kolkata", "2:30 am"),
    ],
)
def test_an_explicit_hour_cycle_wins(
    locale: str, cycle: HourCycle | None, zone: str, spoken: str
) -> None:
    assert spoken_clock(MEETING, Habit(locale=locale, hour_cycle=cycle, zone=zone)) == spoken


@pytest.mark.parametrize(
    ("zone", "home", "spoken"),
    [
        ("America/New_York", "Europe/Berlin", "Saturday 19 November, 16:00 in New York"),
        ("Europe/Berlin", "America/New_York", "Saturday, November 19, 10:00 PM in Berlin"),
    ],
)
def test_another_zones_clock_is_written_in_the_readers_habit(
    zone: str, home: str, spoken: str
) -> None:
    habit = Habit(locale="en-US", hour_cycle=None, zone=zone, home=home)
    assert spoken_moment(MEETING, habit) == spoken


@pytest.mark.parametrize(
    ("zone", "cycle"),
    [
        ("Asia/Tokyo", HourCycle.TWENTY_FOUR),
        ("America/Denver", HourCycle.TWELVE),
        ("Antarctica/Troll", HourCycle.TWENTY_FOUR),
        ("UTC", HourCycle.TWENTY_FOUR),
    ],
)
def test_hour_cycle_follows_the_country(zone: str, cycle: HourCycle) -> None:
    assert hour_cycle(Habit(locale="en-US", hour_cycle=None, zone=zone)) == cycle


@pytest.mark.parametrize(
    ("left", "spoken"),
    [
        (timedelta(weeks=1), "in 1 week"),
        (timedelta(weeks=2), "in 2 weeks"),
        (timedelta(days=10), "in 10 days"),
        (timedelta(days=3), "in 3 days"),
        (timedelta(days=1), "in 1 day"),
        (timedelta(hours=25), "in 25 hours"),
        (timedelta(hours=23, minutes=50), "in 23 hours and 50 minutes"),
        (timedelta(hours=1), "in 1 hour"),
        (timedelta(minutes=90), "in 1 hour and 30 minutes"),
        (timedelta(minutes=10), "in 10 minutes"),
        (timedelta(minutes=1), "in 1 minute"),
        (timedelta(seconds=20), "now"),
        (timedelta(hours=1) - timedelta(seconds=3), "in 1 hour"),
        (timedelta(days=1) - timedelta(minutes=2), "in 1 day"),
        (timedelta(weeks=1) - timedelta(minutes=4), "in 1 week"),
        (timedelta(hours=-2), "2 hours ago"),
    ],
)
def test_spoken_until_says_what_is_left(left: timedelta, spoken: str) -> None:
    assert spoken_until(MEETING, MEETING - left, ENGLISH) == spoken


def test_each_clock_has_its_weekday_where_their_dates_differ() -> None:
    others = [
        ("Boston", "America/New_York"),
        ("Kolkata", "Asia/Kolkata"),
        ("Berlin", "Europe/Berlin"),
    ]
    home = Habit(locale="en-US", hour_cycle=HourCycle.TWENTY_FOUR, zone="America/Denver")
    assert spoken_clocks(MEETING, home, others) == (
        "Saturday 14:00 in Denver · Saturday 16:00 in Boston · Sunday 02:30 in Kolkata · "
        "Saturday 22:00 in Berlin"
    )


def test_spoken_clocks_keep_the_groups_hours_everywhere() -> None:
    home = Habit(locale="en-US", hour_cycle=None, zone="America/Denver")
    assert spoken_clocks(MEETING, home, [("Berlin", "Europe/Berlin")], home_name="Boulder") == (
        "2:00 PM in Boulder · 10:00 PM in Berlin"
    )


@given(st.sampled_from(sorted(zone_names() - {"Factory"})), st.sampled_from(["en-US", "ja", "pl"]))
def test_every_zone_can_be_spoken_without_odd_spaces(zone: str, locale: str) -> None:
    habit = Habit(locale=locale, hour_cycle=None, zone=zone)
    spoken = spoken_moment(MEETING, habit)
    city = zone_city(zone, regional_locale(locale, zone))
    assert spoken.endswith(f" in {city}" if locale == "en-US" else f" ({city})")
    assert "\u202f" not in spoken
    assert "2022" not in spoken_day(MEETING, habit)


@pytest.mark.parametrize(
    ("zone", "city", "country"),
    [
        ("America/Argentina/Buenos_Aires", "Buenos Aires", "AR"),
        ("America/Edmonton", "Edmonton", "CA"),
        ("Asia/Calcutta", "Kolkata", "IN"),
        ("Antarctica/Troll", "Troll", "AQ"),
        ("America/Coyhaique", "Coyhaique", "CL"),
        ("UTC", "UTC", None),
        ("Etc/GMT+5", "GMT+5", None),
    ],
)
def test_zones_have_a_city_and_usually_a_country(zone: str, city: str, country: str | None) -> None:
    assert (zone_city(zone), zone_country(zone)) == (city, country)


def test_a_naive_moment_is_a_bug() -> None:
    with pytest.raises(ValueError, match="naive datetime"):
        spoken_day(datetime(2022, 11, 19), ENGLISH)  # noqa: DTZ001 (that is the point)


@pytest.mark.parametrize(
    ("locale", "zone", "full", "long"),
    [
        ("en-US", "America/Denver", "Friday, March 12, 2027", "March 12, 2027"),
        ("en-US", "Europe/Berlin", "Friday, 12 March 2027", "12 March 2027"),
        ("de", "Asia/Kolkata", "Freitag, 12. März 2027", "12. März 2027"),
        ("vi", "Asia/Ho_Chi_Minh", "Thứ Sáu, 12 tháng 3, 2027", "12 tháng 3, 2027"),
        ("ja", "Asia/Tokyo", "2027年3月12日金曜日", "2027年3月12日"),
    ],
)
def test_a_year_stands_where_the_language_puts_it(
    locale: str, zone: str, full: str, long: str
) -> None:
    habit, day = Habit(locale=locale, hour_cycle=None, zone=zone), date(2027, 3, 12)
    assert (spoken_full_date(day, habit), spoken_long_date(day, habit)) == (full, long)


def test_a_year_is_told_where_it_is_not_this_one() -> None:
    denver = Habit(locale="en-US", hour_cycle=None, zone="America/Denver")
    moments = (MEETING, MEETING + timedelta(days=364))
    assert [spoken_day_and_clock(moment, denver, MEETING) for moment in moments] == [
        "Saturday, November 19, 2:00 PM",
        "Saturday, November 18, 2023, 2:00 PM",
    ]


def test_a_wall_time_that_no_clock_shows_can_be_told() -> None:
    gap = datetime(2027, 3, 28, 2, 30)  # noqa: DTZ001 - a wall time has no zone
    assert spoken_wall(gap, ENGLISH) == "Sunday, 28 March 2027, 02:30"
