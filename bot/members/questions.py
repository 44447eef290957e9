"""What was typed and has several readings waits here, as typed, until its author chooses one."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from bot.cards import Card
from bot.clock import Clock
from bot.database import Database
from bot.errors import Refusal
from bot.members.model import Actor
from bot.members.store import get_member
from bot.members.unsent import UnsentForms
from bot.members.words import question_card
from bot.places.asking import AskBack, written_answer

_ASKED = "asked"
_WORDS = "words"


class Questions:
    """Kept with the forms that a rule refused: for a week, and for their author alone."""

    def __init__(self, db: Database, clock: Clock, unsent: UnsentForms) -> None:
        self._db = db
        self._clock = clock
        self._unsent = unsent

    async def ask(
        self, actor: Actor, act: str, typed: Mapping[str, str], question: AskBack, *, verb: str
    ) -> Card:
        """The question about one of the things typed for `act`, with a button for each reading.

        The buttons carry `verb`, the question's number and the reading.
        """
        asked = _field_of(typed, question)
        kept = {**typed, _ASKED: asked, _WORDS: question.text}
        number = await self._unsent.keep(actor.user_id, act, kept)
        async with self._db.read() as tx:
            member = replace(await get_member(tx, actor.user_id), locale=actor.locale)
        return question_card(question, member, self._clock(), verb, number)

    async def answered(self, user_id: int, number: int, answer: str) -> tuple[str, dict[str, str]]:
        """The act and what was typed for it, with the chosen reading in its place."""
        _check(answer)
        act, typed = await self._unsent.take_back(user_id, number)
        asked, words = typed.pop(_ASKED, ""), typed.pop(_WORDS, "")
        if asked not in typed:
            raise Refusal("That was asked too long ago: start again.")
        typed[asked] = typed[asked].replace(words, written_answer(answer), 1)
        return act, typed


def _field_of(typed: Mapping[str, str], question: AskBack) -> str:
    """The field that holds the words in question: alone, or among others."""
    alone = [key for key, value in typed.items() if value == question.text]
    among = [key for key, value in typed.items() if question.text in value]
    return (alone or among)[0]


def _check(answer: str) -> None:
    """Refuses what no button of ours carries."""
    try:
        if not answer.isdecimal():
            datetime.strptime(answer, "%Y-%m-%d")  # noqa: DTZ007 - a day has no zone
    except ValueError:
        raise Refusal("This button is from an older version of me: start again.") from None
