"""Times in each of the languages that Discord has: what holds in all of them."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from bot.places.spoken import (
    Habit,
    HourCycle,
    spoken_clock,
    spoken_day,
    spoken_moment,
    spoken_moment_and_left,
    spoken_until,
)

LOCALES = (
    *("id", "da", "de", "en-GB", "en-US", "es-ES", "es-419", "fr", "hr", "it", "lt"),
    *("hu", "nl", "no", "pl", "pt-BR", "ro", "fi", "sv-SE", "vi", "tr", "cs"),
    *("el", "bg", "ru", "uk", "hi", "th", "zh-CN", "ja", "zh-TW", "ko"),
)
"""Discord's developer documentation, "Reference": Locales."""

TWELVE_HOURS = {"en-US", "es-419", "el", "hi", "ko", "zh-TW"}
"""Whose clocks count to twelve (CLDR 47), where en-US is read in New York."""

NEW_YORK = "America/New_York"
MORNING = datetime(2026, 3, 10, 12, 5, tzinfo=UTC)
EVENING = datetime(2026, 10, 28, 1, 5, tzinfo=UTC)
"""Tuesday 10 March, 08:05, and Tuesday 27 October, 21:05, in New York."""

ENGLISH_WORDS = re.compile(
    r"\b(Tuesday|March|October|in \d+ (minutes?|hours?|days?|weeks?)|ago|now|at|and)\b"
)
ZONE_WORDS = re.compile(r"\b(GMT|UTC|EST|EDT|ET|Eastern|Time)\b|zeit")

SPANS = (
    (timedelta(minutes=1), 1),
    (timedelta(minutes=10), 10),
    (timedelta(minutes=59, seconds=58), 1),
    (timedelta(hours=2), 2),
    (timedelta(hours=25), 25),
    (timedelta(hours=47), 47),
    (timedelta(days=3), 3),
    (timedelta(days=6, hours=20), 1),
    (timedelta(days=10), 10),
    (timedelta(weeks=2), 2),
)
"""What is left, and the number that says so."""


def habit_of(locale: str, hour_cycle: HourCycle | None = None) -> Habit:
    return Habit(locale=locale, hour_cycle=hour_cycle, zone=NEW_YORK)


def numbers(text: str) -> list[int]:
    """The numbers in a text, in whatever script its digits are."""
    return [int(found) for found in re.findall(r"\d+", text)]


def test_there_are_thirty_two_languages() -> None:
    assert len(set(LOCALES)) == 32


@pytest.mark.parametrize("locale", LOCALES)
def test_clocks_count_to_twelve_where_people_do(locale: str) -> None:
    habit = habit_of(locale)
    hour = 9 if locale in TWELVE_HOURS else 21
    assert numbers(spoken_clock(EVENING, habit)) == [hour, 5]
    assert numbers(spoken_clock(MORNING, habit)) == [8, 5]


@pytest.mark.parametrize("locale", LOCALES)
def test_a_choice_of_hours_wins_in_every_language(locale: str) -> None:
    twelve, twenty_four = (habit_of(locale, cycle) for cycle in HourCycle)
    assert numbers(spoken_clock(EVENING, twelve)) == [9, 5]
    assert numbers(spoken_clock(EVENING, twenty_four)) == [21, 5]
    # Twelve hours alone would leave open which half of the day is meant.
    assert spoken_clock(EVENING, twelve) != spoken_clock(EVENING + timedelta(hours=12), twelve)


@pytest.mark.parametrize("locale", LOCALES)
def test_a_day_says_its_date_and_weekday_and_no_year(locale: str) -> None:
    habit = habit_of(locale)
    days = [spoken_day(EVENING + timedelta(days=after), habit) for after in range(7)]
    # Chinese, Japanese and Korean number their months, and so does Vietnamese.
    assert [set(numbers(day)) - {10, 11} for day in days] == [
        {27},
        {28},
        {29},
        {30},
        {31},
        {1},
        {2},
    ]
    assert len({re.sub(r"\d+", "", day) for day in days}) == 7


@pytest.mark.parametrize("locale", LOCALES)
def test_no_language_has_odd_spaces_zone_names_or_english_words(locale: str) -> None:
    habit = habit_of(locale)
    for moment in (MORNING, EVENING):
        for left, _ in SPANS:
            text = spoken_moment_and_left(moment, moment - left, habit, "Boston")
            assert "\u202f" not in text
            assert "'" not in text
            assert text.count("Boston") == 1
            assert ZONE_WORDS.search(text) is None
            found = ENGLISH_WORDS.search(text)
            assert (found is not None) == locale.startswith("en"), text


@pytest.mark.parametrize("locale", LOCALES)
def test_only_vietnamese_says_the_clock_before_the_day(locale: str) -> None:
    habit = habit_of(locale)
    clock, day = spoken_clock(EVENING, habit), spoken_day(EVENING, habit)
    text = spoken_moment(EVENING, habit, "Boston")
    assert (text.index(clock) < text.index(day)) == (locale == "vi")


@pytest.mark.parametrize("locale", LOCALES)
def test_what_is_left_is_counted_in_the_readers_language(locale: str) -> None:
    habit = habit_of(locale)
    for left, number in SPANS:
        ahead = spoken_until(EVENING, EVENING - left, habit)
        past = spoken_until(EVENING, EVENING + left, habit)
        assert numbers(ahead) == numbers(past) == [number]
        assert ahead != past


@pytest.mark.parametrize("locale", LOCALES)
def test_a_little_less_than_a_day_is_not_a_day(locale: str) -> None:
    habit = habit_of(locale)
    day, less = (
        spoken_until(EVENING, EVENING - left, habit)
        for left in (timedelta(days=1), timedelta(hours=23, minutes=50))
    )
    assert numbers(day) == [1]
    assert numbers(less) == ([23, 50] if locale.startswith("en") else [24])


@pytest.mark.parametrize(
    ("locale", "text"),
    [
        ("de", "Dienstag, 27. Oktober, 21:05 (Boston) · in 1 Woche"),
        ("fr", "mardi 27 octobre, 21:05 (Boston) · dans 1 semaine"),
        ("ja", "10月27日火曜日 21:05 (Boston) · 1 週間後"),
        ("ko", "10월 27일 화요일 오후 9:05 (Boston) · 1주 후"),
        ("vi", "21:05 Thứ Ba, 27 tháng 10 (Boston) · sau 1 tuần nữa"),
        ("pl", "wtorek, 27 października, 21:05 (Boston) · za 1 tydzień"),
        ("en-US", "Tuesday, October 27, 9:05 PM in Boston, in 1 week"),
        ("en-GB", "Tuesday 27 October, 21:05 in Boston, in 1 week"),
    ],
)
def test_moment_and_span_read_as_one(locale: str, text: str) -> None:
    week = timedelta(weeks=1)
    assert spoken_moment_and_left(EVENING, EVENING - week, habit_of(locale), "Boston") == text


def test_a_zone_without_a_name_of_its_own_is_called_by_its_city_in_the_language() -> None:
    moscow = Habit(locale="de", hour_cycle=None, zone="Europe/Moscow")
    assert spoken_moment(EVENING, moscow).endswith(" (Moskau)")
