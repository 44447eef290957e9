"""The days that a phrase may mean: one where it is certain, several where it is to be asked."""

import re
from dataclasses import dataclass
from datetime import date, timedelta

from bot.errors import Refusal
from bot.places.phrases import WORD, day_in_words, language_of, weekday_in
from bot.places.spoken import Habit, spoken_full_date
from bot.places.strict import parse_day
from bot.text import quote

_SATURDAY = 5
_MONTHS = 12

_SURE = timedelta(days=270)
"""A date without its year that is further ahead may as well be one that has just passed."""

_ISO = re.compile(r"\d{4}-\d{1,2}-\d{1,2}")
_NUMERIC = re.compile(
    r"(?<![\d/.])(\d{1,2})\s?([/.])\s?(\d{1,2})(?:\s?\2\s?(\d{4}|\d{2}))?\.?(?![\d/])"
)
_EAST_ASIAN = re.compile(
    r"(?:(?P<year>\d{4})\s?[年년]\s?)?(?P<month>\d{1,2})\s?[月월]\s?(?P<day>\d{1,2})\s?[日号號일]"
    r"(?P<rest>\D*)"
)
_VIETNAMESE = re.compile(
    r"(?:ngày\s)?(?P<day>\d{1,2})\s?tháng\s?(?P<month>\d{1,2})"
    r"(?:,?\s(?:năm\s)?(?P<year>\d{4}))?(?P<rest>\D*)",
    re.IGNORECASE,
)
_VIETNAMESE_WEEKDAY = re.compile(r"\bthứ\s?([2-7])\b", re.IGNORECASE)
_VIETNAMESE_NAMES = ("Hai", "Ba", "Tư", "Năm", "Sáu", "Bảy")
_TRADITIONAL = str.maketrans({"週": "周", "禮": "礼", "後": "后"})
"""dateparser has the names of days in simplified characters only."""

_WORD = re.compile(WORD)
_NEXT = re.compile(
    r"\b(?:next|nächste[nrs]?|prochaine?|(?:el )?pr[óo]xim[oa]|prossim[oa]|volgende)\b",
    re.IGNORECASE,
)
_SMALL_WORDS = frozenset({"on", "the", "le", "am", "den", "el", "il", "em", "op", "de"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Days:
    """The days, soonest first, and why there is more than one."""

    days: tuple[date, ...]
    why: str = ""


def days_meant(
    text: str, words: str, today: date, habit: Habit, moved_from: date | None = None
) -> Days:
    """The days that `words` may mean, seen from `today`, in the language of `habit`.

    `text` is what a refusal quotes: the same where a day alone was asked for. Where something is
    `moved_from` its day, a weekday may also be the one nearest to that.
    """
    language = language_of(habit.locale)
    words = _as_known(words, language)
    if _ISO.fullmatch(words):
        return Days(days=(parse_day(words),))
    if (found := _NUMERIC.search(words)) is not None:
        return _in_either_order(text, words, found, today, habit)
    named = weekday_in(words, language)
    if named is not None and not re.search(r"\d", words):
        next_words = _NEXT.sub("", words).strip() if _NEXT.search(words) else words
        first = today + timedelta(days=(named - today.weekday()) % 7)
        if _WORD.fullmatch(next_words.rstrip(".")) is not None:
            near = _nearest(named, moved_from) if moved_from else first
            if next_words == words and near > first:
                said = f"{quote(text, 40)} may be the one that comes next"
                why = f"{said}, or the one nearest to the day that is moved."
                return Days(days=(first, near), why=why)
            if next_words == words and first != today:
                return Days(days=(first,))
            why = f"{quote(text, 40)} may be the one that comes next, or the one a week later."
            return Days(days=(first, first + timedelta(days=7)), why=why)
    if re.fullmatch(r"\W*\d+\W*(?:st|nd|rd|th)?", words):
        raise Refusal(
            f"{quote(words)} alone is no day: name the month too. {_advice(text, words, today)}"
        )
    day = _day_by_month_word(words, today, language) or day_in_words(words, today, language)
    if day is None:
        raise Refusal(_unsure(text, words, today))
    if str(day.year) not in words and day - today > _SURE:
        said = spoken_full_date(day, habit)
        raise Refusal(
            f"{quote(text, 40)} has passed this year, or is {said}: write the year. "
            f"{_advice(text, words, today)}"
        )
    return Days(days=(day,))


def _nearest(weekday: int, day: date) -> date:
    """The day of that weekday nearest to `day`, at most three days away."""
    return day + timedelta(days=(weekday - day.weekday() + 3) % 7 - 3)


def _as_known(words: str, language: str) -> str:
    """The words with their names of days as dateparser has them."""
    if language == "zh":
        return words.translate(_TRADITIONAL)
    if language == "vi":
        return _VIETNAMESE_WEEKDAY.sub(
            lambda found: f"Thứ {_VIETNAMESE_NAMES[int(found[1]) - 2]}", words
        )
    return words


def _unsure(text: str, words: str, today: date) -> str:
    what = "day" if text == words else "moment"
    return f"I can't read {quote(text, 40)} as one certain {what}. {_advice(text, words, today)}"


def _advice(text: str, words: str, today: date) -> str:
    example = example_day(today) if text == words else example_moment(today)
    return f"Write it like {example}."


def example_day(today: date) -> str:
    """A day that is surely ahead, in figures of which none but the month can be one."""
    day = today + timedelta(days=7 + (_SATURDAY - today.weekday()) % 7)
    while day.day <= _MONTHS:
        day += timedelta(days=7)
    return f"{day}"


def example_moment(today: date) -> str:
    """Such a day, and an hour."""
    return f"{example_day(today)} 14:00"


def _in_either_order(
    text: str, words: str, found: re.Match[str], today: date, habit: Habit
) -> Days:
    """A day and a month in figures; a weekday beside them, or a month past 12, may tell which."""
    rest = f"{words[: found.start()]} {words[found.end() :]}"
    beside = [word.casefold() for word in _WORD.findall(rest)]
    named = weekday_in(rest, language_of(habit.locale))
    strange = [word for word in beside if word not in _SMALL_WORDS]
    if re.search(r"\d", rest) or len(strange) > (named is not None):
        raise Refusal(_unsure(text, words, today))
    first, second = int(found[1]), int(found[3])
    days = {
        day
        for number, month in ((first, second), (second, first))
        if (day := _day_of(number, month, found[4], today)) is not None
    }
    if not days:
        raise Refusal(f"{quote(found[0].strip())} is not a day of any calendar: check it.")
    if named is not None and not any(day.weekday() == named for day in days):
        said = " or ".join(spoken_full_date(day, habit) for day in sorted(days))
        raise Refusal(f"{quote(text, 40)} has another weekday than {said}: check it.")
    days = {day for day in days if named in (None, day.weekday())}
    why = f"{quote(found[0].strip())} may be a day and a month in either order."
    return Days(days=tuple(sorted(days)), why=why)


def _day_by_month_word(words: str, today: date, language: str) -> date | None:
    """The day of "12月3日" or "3 tháng 12", maybe with year and weekday; None for anything else."""
    found = _EAST_ASIAN.fullmatch(words) or _VIETNAMESE.fullmatch(words)
    if found is None:
        return None
    day = _day_of(int(found["day"]), int(found["month"]), found["year"], today)
    named = weekday_in(found["rest"], language)
    has_other_words = named is None and _WORD.search(found["rest"]) is not None
    is_certain = day is not None and named in {None, day.weekday()} and not has_other_words
    return day if is_certain else None


def _day_of(day: int, month: int, year: str | None, today: date) -> date | None:
    """The day in that year, else the next of its kind; None where no calendar has it."""
    years = [int(year) + 2000 * (len(year) == 2)] if year else range(today.year, today.year + 9)
    for number in years:
        try:
            found = date(number, month, day)
        except ValueError:
            continue
        if year or found >= today:
            return found
    return None
