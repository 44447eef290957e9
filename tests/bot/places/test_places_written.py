"""Moments as people write them: read where they are certain, asked back or refused elsewhere."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import Refusal
from bot.places.asking import AskBack, Choice, written_answer
from bot.places.hours import clock_said, without_doubt
from bot.places.phrases import language_of
from bot.places.spoken import Habit
from bot.places.wall import WallKind, local, resolve
from bot.places.written import (
    LONGEST,
    Way,
    read_day,
    read_moment,
)

DENVER = "America/Denver"
NOW = datetime(2026, 11, 18, 22, 30, tzinfo=UTC)
"""Wednesday, 15:30 in Denver."""


def writer(locale: str = "en-US") -> Habit:
    return Habit(locale=locale, hour_cycle=None, zone=DENVER)


def read(text: str, locale: str = "en-US") -> str:
    """The wall time that is understood in Denver."""
    return f"{read_moment(text, writer(locale), 'Denver', NOW).wall:%Y-%m-%d %H:%M}"


CLEAR = [
    ("2026-12-05 14:00", "2026-12-05 14:00"),
    ("2026-12-05T14:00", "2026-12-05 14:00"),
    ("2026-12-05, 9h00", "2026-12-05 09:00"),
    ("2026-12-05 2:00 pm", "2026-12-05 14:00"),
    ("<t:1795546800:F>", "2026-11-24 12:00"),
    ("<t:1795546800>", "2026-11-24 12:00"),
    ("Sat 14:00", "2026-11-21 14:00"),
    ("saturday at 2pm", "2026-11-21 14:00"),
    ("Saturday 2:30 p.m.", "2026-11-21 14:30"),
    ("Sat 09:00", "2026-11-21 09:00"),
    ("Sat 9h00", "2026-11-21 09:00"),
    ("Thursday, 20:00", "2026-11-19 20:00"),
    ("3 Dec 14:00", "2026-12-03 14:00"),
    ("Dec 3 at 2pm", "2026-12-03 14:00"),
    ("Dec 3rd, 2:30 pm", "2026-12-03 14:30"),
    ("5th Dec 14:00", "2026-12-05 14:00"),
    ("Dec 4th at 2pm", "2026-12-04 14:00"),
    ("14:00 on 3 December", "2026-12-03 14:00"),
    ("Thu 3 Dec 2026, 14:00", "2026-12-03 14:00"),
    ("3 Dec 2026, 14h", "2026-12-03 14:00"),
    ("24 November 2026 20:00", "2026-11-24 20:00"),
    ("today 18:00", "2026-11-18 18:00"),
    ("tonight 20:00", "2026-11-18 20:00"),
    ("tomorrow 18:30", "2026-11-19 18:30"),
    ("tomorrow at 9am", "2026-11-19 09:00"),
    ("in 3 weeks 14:00", "2026-12-09 14:00"),
    ("in 10 days at 14:00", "2026-11-28 14:00"),
    ("2026-12-05 2pm", "2026-12-05 14:00"),
    ("19/11 14:00", "2026-11-19 14:00"),
    ("3/3/2027 14:00", "2027-03-03 14:00"),
    ("Thu 3/12 14:00", "2026-12-03 14:00"),
    ("tomorrow at 14", "2026-11-19 14:00"),
    ("Sat noon", "2026-11-21 12:00"),
    ("tomorrow at noon", "2026-11-19 12:00"),
    ("noon on 3 Dec", "2026-12-03 12:00"),
    ("Sat 12 noon", "2026-11-21 12:00"),
    ("Sat midday 12:00", "2026-11-21 12:00"),
    ("Sat half past two pm", "2026-11-21 14:30"),
    ("Sat quarter to 3 in the afternoon", "2026-11-21 14:45"),
    ("3 Dec 8 in the evening", "2026-12-03 20:00"),
    ("in 90 minutes", "2026-11-18 17:00"),
    ("in 2 hours", "2026-11-18 17:30"),
]
CLEAR_ELSEWHERE = [
    ("morgen um 18 Uhr", "de", "2026-11-19 18:00"),
    ("Samstag 14 Uhr", "de", "2026-11-21 14:00"),
    ("3. Dezember 14:00", "de", "2026-12-03 14:00"),
    ("übermorgen 20:00", "de", "2026-11-20 20:00"),
    ("in 90 Minuten", "de", "2026-11-18 17:00"),
    ("demain à 18h30", "fr", "2026-11-19 18:30"),
    ("samedi 14h", "fr", "2026-11-21 14:00"),
    ("le 3 décembre à 14h00", "fr", "2026-12-03 14:00"),
    ("mañana a las 18:30", "es-ES", "2026-11-19 18:30"),
    ("sábado 14:00", "es-419", "2026-11-21 14:00"),
    ("amanhã às 18:30", "pt-BR", "2026-11-19 18:30"),
    ("завтра в 18:30", "ru", "2026-11-19 18:30"),
    ("суббота 14:00", "ru", "2026-11-21 14:00"),
    ("lördag 14:00", "sv-SE", "2026-11-21 14:00"),
    ("i morgen 18:00", "no", "2026-11-19 18:00"),
    ("土曜日 14:00", "ja", "2026-11-21 14:00"),
    ("明日 18:30", "ja", "2026-11-19 18:30"),
    ("내일 18:30", "ko", "2026-11-19 18:30"),
    ("tomorrow 18:30", "ja", "2026-11-19 18:30"),
    ("morgen um 18", "de", "2026-11-19 18:00"),
    ("Samstag 19/12 14:00", "de", "2026-12-19 14:00"),
    ("12月3日 14:00", "ja", "2026-12-03 14:00"),
    ("12月3日14時", "ja", "2026-12-03 14:00"),
    ("明日18時", "ja", "2026-11-19 18:00"),
    ("土曜日の午後2時半", "ja", "2026-11-21 14:30"),
    ("明天下午3点半", "zh-CN", "2026-11-19 15:30"),
    ("토요일 오후 2시", "ko", "2026-11-21 14:00"),
    ("내일 오후 3시 반", "ko", "2026-11-19 15:30"),
    ("Sonntag 20.30 Uhr", "de", "2026-11-22 20:30"),
    ("2026年12月3日(木) 14:00", "ja", "2026-12-03 14:00"),
    ("12月3日星期四 14:00", "zh-CN", "2026-12-03 14:00"),
    ("12월 3일 14:00", "ko", "2026-12-03 14:00"),
    ("Samstag 12 Uhr", "de", "2026-11-21 12:00"),
    ("Samstag 12 Uhr mittags", "de", "2026-11-21 12:00"),
    ("Samstag um halb drei nachmittags", "de", "2026-11-21 14:30"),
    ("morgen um acht Uhr abends", "de", "2026-11-19 20:00"),
    ("samedi midi", "fr", "2026-11-21 12:00"),
    ("samedi à 14 heures", "fr", "2026-11-21 14:00"),
    ("samedi 8 heures du soir", "fr", "2026-11-21 20:00"),
    ("dans deux heures", "fr", "2026-11-18 17:30"),
    ("sábado a las 8 de la tarde", "es-ES", "2026-11-21 20:00"),
    ("sabato a mezzogiorno", "it", "2026-11-21 12:00"),
    ("sábado ao meio-dia", "pt-BR", "2026-11-21 12:00"),
    ("sábado às 14 horas", "pt-BR", "2026-11-21 14:00"),
    ("zaterdag 14 uur", "nl", "2026-11-21 14:00"),
    ("over 2 uur", "nl", "2026-11-18 17:30"),
    ("zaterdag 's avonds om 8 uur", "nl", "2026-11-21 20:00"),
    ("lördag klockan 14", "sv-SE", "2026-11-21 14:00"),
    ("lørdag kl. 14", "da", "2026-11-21 14:00"),
    ("lauantai klo 14", "fi", "2026-11-21 14:00"),
    ("sobota w południe", "pl", "2026-11-21 12:00"),
    ("v sobotu v poledne", "cs", "2026-11-21 12:00"),
    ("subota u podne", "hr", "2026-11-21 12:00"),
    ("szombat délben", "hu", "2026-11-21 12:00"),
    ("sâmbătă ora 14", "ro", "2026-11-21 14:00"),
    ("в субботу в полдень", "ru", "2026-11-21 12:00"),
    ("суббота 8 часов вечера", "ru", "2026-11-21 20:00"),
    ("через 2 часа", "ru", "2026-11-18 17:30"),
    ("субота опівдні", "uk", "2026-11-21 12:00"),
    ("събота 14 часа", "bg", "2026-11-21 14:00"),
    ("šeštadienis 14 val.", "lt", "2026-11-21 14:00"),
    ("Cumartesi saat 14", "tr", "2026-11-21 14:00"),
    ("ngày mai 3 giờ chiều", "vi", "2026-11-19 15:00"),
    ("besok jam 14", "id", "2026-11-19 14:00"),
    ("วันเสาร์ 14 นาฬิกา", "th", "2026-11-21 14:00"),
    ("शनिवार 14:00", "hi", "2026-11-21 14:00"),
    ("शनिवार 14 बजे", "hi", "2026-11-21 14:00"),
    ("3 Aralık 14:00", "tr", "2026-12-03 14:00"),
    ("3 Mart 14:00", "tr", "2027-03-03 14:00"),
    ("thứ 7 14:00", "vi", "2026-11-21 14:00"),
    ("3 tháng 12 14:00", "vi", "2026-12-03 14:00"),
    ("ngày 3 tháng 12 năm 2026 14:00", "vi", "2026-12-03 14:00"),
    ("週六 14:00", "zh-TW", "2026-11-21 14:00"),
    ("後天 14:00", "zh-TW", "2026-11-20 14:00"),
    ("明天下午3点", "zh-CN", "2026-11-19 15:00"),
    ("明天中午12点", "zh-TW", "2026-11-19 12:00"),
    ("明日午後3時", "ja", "2026-11-19 15:00"),
    ("土曜日 正午", "ja", "2026-11-21 12:00"),
    ("내일 오후 3시", "ko", "2026-11-19 15:00"),
]
ASKED_ELSEWHERE = [
    ("nächsten Samstag 14 Uhr", "de", ["2026-11-21 14:00", "2026-11-28 14:00"]),
    ("samedi prochain 14h", "fr", ["2026-11-21 14:00", "2026-11-28 14:00"]),
    ("el próximo sábado 14:00", "es-ES", ["2026-11-21 14:00", "2026-11-28 14:00"]),
    ("Samstag mittags", "de", ["2026-11-21 12:00"]),
    ("gegen 14 Uhr Samstag", "de", ["2026-11-21 14:00"]),
    ("Samstag 12", "de", ["2026-11-21 00:00", "2026-11-21 12:00"]),
    ("Samstag halb drei", "de", ["2026-11-21 02:30", "2026-11-21 14:30"]),
    ("samedi à deux heures et demie", "fr", ["2026-11-21 02:30", "2026-11-21 14:30"]),
    ("sábado al mediodía", "es-419", ["2026-11-21 12:00"]),
    ("zaterdag half drie", "nl", ["2026-11-21 02:30", "2026-11-21 14:30"]),
    ("lördag halv tre", "sv-SE", ["2026-11-21 02:30", "2026-11-21 14:30"]),
    ("суббота полночь", "ru", ["2026-11-21 00:00", "2026-11-22 00:00"]),
    ("明天中午", "zh-CN", ["2026-11-19 12:00"]),
]
ASKED = [
    ("next Sat 2pm", ["2026-11-21 14:00", "2026-11-28 14:00"]),
    ("next friday 18:00", ["2026-11-20 18:00", "2026-11-27 18:00"]),
    ("Wed 18:00", ["2026-11-18 18:00", "2026-11-25 18:00"]),
    ("Wed 14:00", ["2026-11-25 14:00"]),
    ("Sat 2:00", ["2026-11-21 02:00", "2026-11-21 14:00"]),
    ("9h00", ["2026-11-19 09:00"]),
    ("20:00", ["2026-11-18 20:00", "2026-11-19 20:00"]),
    ("2pm", ["2026-11-19 14:00"]),
    ("3/12 14:00", ["2026-12-03 14:00", "2027-03-12 14:00"]),
    ("04.03.2027 14:00", ["2027-03-04 14:00", "2027-04-03 14:00"]),
    ("3.12. 14:00", ["2026-12-03 14:00", "2027-03-12 14:00"]),
    ("on 3/12/27 at 2pm", ["2027-03-12 14:00", "2027-12-03 14:00"]),
    ("Sat at 2", ["2026-11-21 02:00", "2026-11-21 14:00"]),
    ("noon", ["2026-11-19 12:00"]),
    ("noon-ish", ["2026-11-19 12:00"]),
    ("Sat noon-ish", ["2026-11-21 12:00"]),
    ("Sat midday", ["2026-11-21 12:00"]),
    ("around 2pm Sat", ["2026-11-21 14:00"]),
    ("Sat 2ish", ["2026-11-21 02:00", "2026-11-21 14:00"]),
    ("Sat 12", ["2026-11-21 00:00", "2026-11-21 12:00"]),
    ("Sat 14", ["2026-11-21 14:00"]),
    ("Sat half past two", ["2026-11-21 02:30", "2026-11-21 14:30"]),
    ("tomorrow at two", ["2026-11-19 02:00", "2026-11-19 14:00"]),
    ("Sat 8 o'clock", ["2026-11-21 08:00", "2026-11-21 20:00"]),
    ("tonight at 8", ["2026-11-18 20:00"]),
    ("midnight", ["2026-11-19 00:00", "2026-11-20 00:00"]),
    ("Sat midnight", ["2026-11-21 00:00", "2026-11-22 00:00"]),
    ("tomorrow 14:00 UTC+5:30", ["2026-11-20 01:30"]),
    ("tomorrow 14:00 +0530", ["2026-11-20 01:30"]),
    ("Sat 14:00Z", ["2026-11-21 07:00"]),
    ("Sat 14:00 UTC", ["2026-11-21 07:00"]),
    ("2027-03-14 02:30", ["2027-03-14 01:30", "2027-03-14 03:30"]),
    ("14 March 2027 02:30", ["2027-03-14 01:30", "2027-03-14 03:30"]),
    ("2027-11-07 01:30", ["2027-11-07 01:30", "2027-11-07 01:30"]),
]
CLOCKS = [
    ("Sat 14:00 CST", "Chicago", "2026-11-21 13:00"),
    ("Sat 14:00 CST", "Shanghai", "2026-11-20 23:00"),
    ("Sat 14:00 CST", "Havana", "2026-11-21 11:00"),
    ("6pm IST", "Kolkata", "2026-11-19 05:30"),
    ("6pm IST", "Jerusalem", "2026-11-19 09:00"),
    ("6pm IST", "Dublin", "2026-11-19 11:00"),
    ("sat 14:00 est", "New York City", "2026-11-21 12:00"),
    ("1 July 2027 14:00 EST", "New York City", "2027-07-01 12:00"),
    ("1 July 2027 14:00 EST", "Panama City", "2027-07-01 13:00"),
    ("Sat 14:00 MST", "Phoenix", "2026-11-21 14:00"),
    ("15 May 2027 14:00 MST", "Phoenix", "2027-05-15 15:00"),
    ("15 May 2027 14:00 BST", "London", "2027-05-15 07:00"),
    ("15 May 2027 14:00 BST", "Dhaka", "2027-05-15 02:00"),
]
REFUSED = [
    ("", "I need a date and a time"),
    ("Sat 3/12 14:00", "another weekday than Thursday, December 3, 2026 or Friday, March 12, 2027"),
    ("30/2 14:00", "“30/2” is not a day of any calendar"),
    ("3/12/2020 14:00", "“3/12/2020 14:00” has passed already"),
    ("3/12 or so 14:00", "not one certain moment"),
    ("3/12 sharp 14:00", "one certain moment"),
    ("14:00 UTC+25", "“UTC\\+25” in .* is no clock on earth"),
    ("tomorrow UTC", "can't find one time of day"),
    ("in 3 weeks", "can't find one time of day"),
    ("tomorrow", "can't find one time of day"),
    ("3 Dec", "can't find one time of day"),
    ("10", "can't find one time of day"),
    ("around Saturday", "not one certain moment"),
    ("Sat noon 14:00", "can't find one time of day"),
    ("Sat 12 in the morning", "can't find one time of day"),
    ("Sat quarter to", "can't find one time of day"),
    ("Sat 32", "can't find one time of day"),
    ("2-3pm Saturday", "not one certain moment"),
    ("Sat 14:00-15:00", "not one certain moment"),
    ("Sat 14:00 or 15:00", "not one certain moment"),
    ("every Tuesday 14:00", "not one certain moment"),
    ("Tuesdays 14:00", "one certain moment"),
    ("Sat Sun 14:00", "one certain moment"),
    ("Mon 24 Nov 2026 20:00", "one certain moment"),
    ("now", "“now” is this very moment, and I need one that is ahead"),
    ("right now", "“right now” is this very moment"),
    ("25:00", "can't find one time of day"),
    ("Sat 25:00", "can't find one time of day"),
    ("Sat 13pm", "can't find one time of day"),
    ("2026-12-05 25:00", "not a moment that exists"),
    ("2026-02-30 14:00", "not a moment that exists"),
    ("30 Feb 14:00", "one certain moment"),
    ("9999-01-01 10:00", "more than two years away"),
    ("3 Dec 9999 14:00", "more than two years away"),
    ("year 9999", "can't find one time of day"),
    ("3 Dec 2030 at 8", "“3 Dec 2030 at 8” is more than two years away .I read Tuesday, December"),
    ("3 Dec 2030 14:00 CST", "more than two years away"),
    ("yesterday 2pm", "passed already|one certain moment"),
    ("today 9:00", "already .I read Wednesday, November 18, 2026, 9:00 AM in Denver."),
    ("2026-11-18 15:30", "has passed already .I read .* in Denver"),
    ("Nov 3 14:00", "write the year"),
    ("next week 14:00", "one certain moment"),
    ("12月3日(土) 14:00", "one certain moment"),
    ("2月30日 14:00", "one certain moment"),
    ("June 14:00", "one certain moment"),
    ("10 14:00", "name the month too"),
    ("12-05 14:00", "one certain moment"),
    ("<t:99999999999:F>", "outside of any calendar|two years"),
    ("5 minutes ago", "can't find one time of day"),
    ("x" * (LONGEST + 1), "has 65 characters"),
]


@pytest.mark.parametrize(("text", "understood"), CLEAR)
def test_what_is_certain_is_read(text: str, understood: str) -> None:
    assert read(text) == understood


@pytest.mark.parametrize(("text", "locale", "understood"), CLEAR_ELSEWHERE)
def test_members_write_in_their_own_language(text: str, locale: str, understood: str) -> None:
    assert read(text, locale) == understood


def asked(text: str, locale: str = "en-US") -> AskBack:
    with pytest.raises(AskBack) as question:
        read(text, locale)
    return question.value


def in_denver(choice: Choice) -> str:
    return f"{local(choice.at, DENVER):%Y-%m-%d %H:%M}"


@pytest.mark.parametrize(("text", "ways"), ASKED)
def test_what_has_several_readings_is_asked_back(text: str, ways: list[str]) -> None:
    question = asked(text)
    assert [in_denver(choice) for choice in question.choices] == ways
    assert all(way in str(question) for way in ways)


@pytest.mark.parametrize(("text", "locale", "ways"), ASKED_ELSEWHERE)
def test_what_is_doubtful_in_ones_own_language_is_asked_back(
    text: str, locale: str, ways: list[str]
) -> None:
    assert [in_denver(choice) for choice in asked(text, locale).choices] == ways


def usual(day: date) -> tuple[time, ...]:
    """20:15 on Saturdays, else two hours in turn."""
    return (time(20, 15),) if day.weekday() == 5 else (time(9), time(21))


def test_a_day_alone_gets_the_usual_hour_of_such_a_day_and_says_so() -> None:
    texts = ("Sat", "2026-12-05", "Sat 14:00", "in 2 hours")
    found = [read_moment(text, writer(), "Denver", NOW, usual=usual) for text in texts]
    assert [(f"{one.wall:%m-%d %H:%M}", one.way) for one in found] == [
        ("11-21 20:15", Way.DAY),
        ("12-05 20:15", Way.DAY),
        ("11-21 14:00", Way.WORDS),
        ("11-18 17:30", Way.SPAN),
    ]


def test_of_several_usual_hours_one_is_asked_for() -> None:
    with pytest.raises(AskBack) as question:
        read_moment("3 Dec", writer(), "Denver", NOW, usual=usual)
    assert question.value.why == "“3 Dec” names no hour, and the group has several."
    at = [in_denver(choice) for choice in question.value.choices]
    assert at == ["2026-12-03 09:00", "2026-12-03 21:00"]


def test_a_part_of_the_day_chooses_the_hour_on_the_dial() -> None:
    words = ("in the morning", "in the afternoon", "in the evening", "at night")
    hours = (8, 3, 7, 10)
    read_at = [read(f"Sat {hour} {part}")[-5:] for hour, part in zip(hours, words, strict=True)]
    assert read_at == ["08:00", "15:00", "19:00", "22:00"]


@pytest.mark.parametrize(("text", "city", "at"), CLOCKS)
def test_the_cities_of_an_abbreviated_clock_are_asked_about(text: str, city: str, at: str) -> None:
    [meant] = [one for one in asked(text).choices if city in one.note][:1]
    assert in_denver(meant) == at


@pytest.mark.parametrize("text", [text for text, _ in ASKED] + [text for text, *_ in CLOCKS])
def test_each_reading_is_read_with_certainty_once_it_is_chosen(text: str) -> None:
    for choice in asked(text).choices:
        found = read_moment(written_answer(choice.answer), writer(), "Denver", NOW)
        assert found.starts_at == choice.at
        assert resolve(found.wall, DENVER, fold=found.fold).starts_at == choice.at


MOVED = [
    ("3 Dec", ["2026-12-03 20:15"]),
    ("Sat", ["2026-11-21 20:15"]),
    ("2026-12-05", ["2026-12-05 20:15"]),
    ("in 3 weeks", ["2026-12-09 20:15"]),
    ("3/12", ["2026-12-03 20:15", "2027-03-12 20:15"]),
    ("next Sat", ["2026-11-21 20:15", "2026-11-28 20:15"]),
    ("18:00", ["2026-11-24 18:00"]),
    ("2pm", ["2026-11-24 14:00"]),
    ("at 8", ["2026-11-24 08:00", "2026-11-24 20:00"]),
    ("midnight", ["2026-11-24 00:00", "2026-11-25 00:00"]),
    ("noon", ["2026-11-24 12:00"]),
    ("noon-ish", ["2026-11-24 12:00"]),
    ("Sat 9", ["2026-11-21 09:00", "2026-11-21 21:00"]),
    ("Sat 12", ["2026-11-21 00:00", "2026-11-21 12:00", "2026-12-12 20:15"]),
    ("3 Dec 14:00", ["2026-12-03 14:00"]),
    ("in 2 hours", ["2026-11-18 17:30"]),
    (
        "14:00 CST",
        ["2026-11-23 23:00", "2026-11-24 11:00", "2026-11-24 12:00", "2026-11-24 13:00"],
    ),
]
UNMOVED = [
    ("today 14:00", "has passed already"),
    ("yesterday", "passed already|one certain day"),
    ("9", "name the month too"),
    ("30 February", "one certain day"),
    ("2026-02-30", "not a day of any calendar"),
    ("9999-01-01", "years from 1975 to 2100"),
    ("next week", "one certain day"),
    ("banana", "one certain day"),
    ("around Sat", "not one certain moment"),
    ("Sat 25:00", "can't find one time of day"),
    ("3/12 CST", "can't find one time of day"),
]


@pytest.mark.parametrize(("text", "ways"), MOVED)
def test_what_is_moved_keeps_what_is_not_said(text: str, ways: list[str]) -> None:
    was = datetime.fromisoformat("2026-11-24T20:15")
    try:
        found = [f"{read_moment(text, writer(), 'Denver', NOW, stays=was).wall:%Y-%m-%d %H:%M}"]
    except AskBack as question:
        found = [in_denver(choice) for choice in question.choices]
    assert found == ways


@pytest.mark.parametrize(
    ("text", "was", "ways"),
    [
        ("Sun 13:00", "2026-12-19T14:00", ["2026-11-22 13:00", "2026-12-20 13:00"]),
        ("Fri", "2026-12-19T14:00", ["2026-11-20 14:00", "2026-12-18 14:00"]),
        ("Wed", "2026-12-19T14:00", ["2026-11-18 14:00", "2026-12-16 14:00"]),
        ("Fri", "2026-11-21T14:00", ["2026-11-20 14:00"]),
        ("Tue", "2026-11-20T14:00", ["2026-11-24 14:00"]),
    ],
)
def test_a_weekday_may_be_the_one_nearest_to_what_is_moved(
    text: str, was: str, ways: list[str]
) -> None:
    """Of a session in a month, the Sunday that comes next would be a month too early."""
    try:
        stays = datetime.fromisoformat(was)
        found = [f"{read_moment(text, writer(), 'Denver', NOW, stays=stays).wall:%Y-%m-%d %H:%M}"]
    except AskBack as question:
        found = [in_denver(choice) for choice in question.choices]
    assert found == [one for one in ways if one > "2026-11-18 15:30"]


@pytest.mark.parametrize(("text", "reason"), UNMOVED)
def test_what_is_moved_keeps_no_hour_of_what_is_unclear(text: str, reason: str) -> None:
    was = datetime.fromisoformat("2026-11-24T20:15")
    with pytest.raises(Refusal, match=reason) as refused:
        read_moment(text, writer(), "Denver", NOW, stays=was)
    assert not isinstance(refused.value, AskBack)


@pytest.mark.parametrize(("text", "reason"), REFUSED)
def test_what_cannot_be_meant_is_refused_in_a_sentence(text: str, reason: str) -> None:
    with pytest.raises(Refusal, match=reason) as refused:
        read(text)
    assert not isinstance(refused.value, AskBack)


@pytest.mark.parametrize(
    ("text", "locale"),
    [("now", "de"), ("jetzt", "de"), ("maintenant", "fr"), ("Сейчас", "ru"), ("今すぐ", "ja")],
)
def test_now_is_this_moment_also_where_a_day_alone_has_an_hour(text: str, locale: str) -> None:
    was = datetime.fromisoformat("2026-11-24T20:15")
    for kept in ({"stays": was}, {"usual": lambda _: [time(14)]}):
        with pytest.raises(Refusal, match=f"“{text}” is this very moment"):
            read_moment(text, writer(locale), "Denver", NOW, **kept)


def test_an_hour_that_comes_twice_is_asked_about_with_both_offsets() -> None:
    first, second = asked("7 Nov 2027 01:30").choices
    assert (first.note, second.note) == ("the first, UTC−06:00", "the second, UTC−07:00")
    assert second.at - first.at == timedelta(hours=1)


def test_of_an_hour_that_comes_twice_only_what_is_ahead_is_offered() -> None:
    between = datetime(2027, 11, 7, 8, 0, tzinfo=UTC)
    with pytest.raises(AskBack) as question:
        read_moment("2027-11-07 01:30", writer(), "Denver", between)
    assert [choice.note for choice in question.value.choices] == ["the second, UTC−07:00"]


def test_the_way_it_was_written_is_told() -> None:
    ways = [
        read_moment(text, writer(), "Denver", NOW).way
        for text in ("2026-12-05 14:00", "<t:1795546800:F>", "3 Dec 14:00", "in 2 hours")
    ]
    assert ways == [Way.FIGURES, Way.STAMP, Way.WORDS, Way.SPAN]


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-12-05", date(2026, 12, 5)),
        ("3 Dec", date(2026, 12, 3)),
        ("tomorrow", date(2026, 11, 19)),
        ("Sat", date(2026, 11, 21)),
        ("in 2 weeks", date(2026, 12, 2)),
    ],
)
def test_days_are_read_alike(text: str, day: date) -> None:
    assert read_day(text, date(2026, 11, 18), writer()) == day


@pytest.mark.parametrize("text", ["", "30 Feb", "2026-02-30", "June", "10", "9999-01-01"])
def test_days_that_are_not_certain_are_refused(text: str) -> None:
    with pytest.raises(Refusal) as refused:
        read_day(text, date(2026, 11, 18), writer())
    assert not isinstance(refused.value, AskBack)


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("3/12", [date(2026, 12, 3), date(2027, 3, 12)]),
        ("next Sat", [date(2026, 11, 21), date(2026, 11, 28)]),
    ],
)
def test_days_with_several_readings_are_asked_back(text: str, days: list[date]) -> None:
    with pytest.raises(AskBack) as question:
        read_day(text, date(2026, 11, 18), writer())
    assert [written_answer(choice.answer) for choice in question.value.choices] == [
        day.isoformat() for day in days
    ]


_SCRAPS = (
    "Sat next tomorrow in 3 weeks Dec 14:00 2pm at 3/12 noon CST every 30 Feb 2027 25:00 today or"
    " half past - . +05 minutes 9h00 Monday 12 am <t:1795546800:F> morgen 土曜日 1:30"
)
WORDS = st.sampled_from(_SCRAPS.split())


@given(st.lists(WORDS, max_size=6).map(" ".join) | st.text(max_size=70))
def test_nothing_raises_anything_but_a_refusal_and_what_is_read_lies_ahead(text: str) -> None:
    try:
        found = read_moment(text, writer(), "Denver", NOW)
    except Refusal:
        return
    resolved = resolve(found.wall, DENVER)
    assert found.starts_at == resolved.starts_at
    assert found.way is Way.STAMP or resolved.kind is WallKind.NORMAL
    assert NOW < found.starts_at <= NOW + timedelta(days=731)
    if found.way is Way.WORDS:
        phrase = clock_said(without_doubt(text), "en")
        assert phrase is not None
        assert [found.wall.time()] == list(phrase.clocks)


@given(st.dates(date(2026, 11, 19), date(2028, 11, 1)), st.times())
def test_figures_are_read_as_they_stand_where_such_a_time_comes_once(day: date, at: time) -> None:
    wall = datetime.combine(day, at).replace(second=0, microsecond=0)
    if resolve(wall, DENVER).kind is WallKind.NORMAL:
        assert read(f"{wall:%Y-%m-%d %H:%M}") == f"{wall:%Y-%m-%d %H:%M}"


def test_discords_norwegian_is_bokmal() -> None:
    assert [language_of(locale) for locale in ("no", "en-US", "zh-TW")] == ["nb", "en", "zh"]


@given(st.integers(0, 40_000))
def test_the_example_in_a_refusal_is_ahead_and_can_be_read_in_one_way_only(hours: int) -> None:
    now = NOW + timedelta(hours=hours)
    with pytest.raises(Refusal, match="Write it like ") as refused:
        read_moment("soon", writer(), "Denver", now)
    example = str(refused.value).partition("Write it like ")[2].rstrip(".")
    reading = read_moment(example, writer(), "Denver", now)
    assert timedelta(days=6) < reading.starts_at - now < timedelta(days=30)
    assert reading.wall.day > 12


def test_an_empty_text_gets_the_same_example() -> None:
    with pytest.raises(Refusal, match="I need a date and a time, like 2026-11-28 14:00"):
        read_moment(" ", writer(), "Denver", NOW)
    with pytest.raises(Refusal, match="I need a day, like 2026-11-28"):
        read_day("", NOW.date(), writer())
