"""What is asked back waits for its author, as typed, and goes on with the reading they choose."""

from datetime import UTC, date, datetime, timedelta

import pytest
from backstage import BEN, MAYA, Backstage, actor

from bot.cards import Card, Tone
from bot.errors import Refusal
from bot.members.model import Member, Place
from bot.members.unsent import KEPT
from bot.members.words import LABEL_LIMIT, clock_card, question_card
from bot.places.asking import AskBack, Choice, DayChoice
from bot.places.index import find_places

DAYS = AskBack(
    "3/12", "Either.", [DayChoice(day=date(2022, 12, 3)), DayChoice(day=date(2023, 3, 12))]
)
GONE = "What you typed is not here any more: start again."


def test_a_clock_that_several_places_keep_is_a_question_and_no_error() -> None:
    card = clock_card("CST", find_places("Chicago"), datetime(2022, 11, 5, tzinfo=UTC))
    assert (card.title, card.tone) == ("🕰️ Which clock is yours?", Tone.SESSION)


async def ask(house: Backstage, typed: dict[str, str], question: AskBack = DAYS) -> Card:
    return await house.rooms.questions.ask(actor(), "pause", typed, question, verb="when")


def number_of(card: Card) -> tuple[int, list[str]]:
    """The number that a question's buttons carry, and their answers."""
    actions = [button.action or "" for button in card.buttons]
    return int(actions[0].split(":")[1]), [one.split(":")[2] for one in actions]


async def test_the_chosen_reading_takes_the_place_of_the_words_after_a_restart(
    house: Backstage,
) -> None:
    typed = {"until": "24 Dec, 3/12", "from": "", "group": "3"}
    number, answers = number_of(await ask(house, typed))
    house.restart()
    assert answers == ["2022-12-03", "2023-03-12"]
    answered = house.rooms.questions.answered
    assert await answered(MAYA, number, answers[1]) == (
        "pause",
        {"until": "24 Dec, 2023-03-12", "from": "", "group": "3"},
    )
    # A second press chooses again: nothing is used up.
    assert (await answered(MAYA, number, answers[0]))[1]["until"] == "24 Dec, 2022-12-03"


async def test_of_two_fields_the_one_that_is_those_words_is_meant(house: Backstage) -> None:
    number, _ = number_of(await ask(house, {"from": "on 3/12", "until": "3/12"}))
    assert await house.rooms.questions.answered(MAYA, number, "2022-12-03") == (
        "pause",
        {"from": "on 3/12", "until": "2022-12-03"},
    )


async def test_an_instant_comes_back_as_a_timestamp(house: Backstage) -> None:
    moment = datetime(2022, 11, 6, 8, 30, tzinfo=UTC)
    question = AskBack("01:30", "Twice.", [Choice(at=moment)], "America/Denver", "Denver")
    number, [answer] = number_of(await ask(house, {"to": "01:30"}, question))
    _, typed = await house.rooms.questions.answered(MAYA, number, answer)
    assert typed == {"to": f"<t:{int(moment.timestamp())}>"}


@pytest.mark.parametrize("forged", ["2022-13-45", "soon", "", "<t:1>"])
async def test_what_no_button_carries_is_refused(house: Backstage, forged: str) -> None:
    number, _ = number_of(await ask(house, {"until": "3/12"}))
    with pytest.raises(Refusal, match="from an older version of me"):
        await house.rooms.questions.answered(MAYA, number, forged)


async def test_a_question_is_its_authors_and_gone_after_a_week(house: Backstage) -> None:
    number, answers = number_of(await ask(house, {"until": "3/12"}))
    with pytest.raises(Refusal, match=GONE):
        await house.rooms.questions.answered(BEN, number, answers[0])
    house.now += KEPT + timedelta(seconds=1)
    with pytest.raises(Refusal, match=GONE):
        await house.rooms.questions.answered(MAYA, number, answers[0])


async def test_a_refused_form_is_no_question(house: Backstage) -> None:
    number = await house.rooms.unsent.keep(MAYA, "pitch:new:1", {"title": "T"})
    with pytest.raises(Refusal, match="too long ago"):
        await house.rooms.questions.answered(MAYA, number, "2022-12-03")


@pytest.mark.parametrize("locale", ["en-US", "de", "vi", "hi", "uk", "ja"])
def test_labels_fit_buttons_and_hold_no_timestamp(locale: str) -> None:
    moment = datetime(2023, 9, 27, 20, 30, tzinfo=UTC)
    note = "14:00 in San Fernando del Valle de Catamarca, Dar es Salaam, Petropavlovsk-Kamchatsky"
    question = AskBack("x", "Why.", [Choice(at=moment, note=note)], "America/Denver", "Denver")
    member = Member(user_id=1, locale=locale, place=Place(name="Pune", zone="Asia/Kolkata"))
    card = question_card(question, member, datetime(2022, 11, 1, tzinfo=UTC), "when", 1)
    [button] = card.buttons
    assert len(button.label) <= LABEL_LIMIT
    assert "<t:" not in button.label + card.title
    assert f"<t:{int(moment.timestamp())}:R>" in card.text
    assert "Pune" in card.text
