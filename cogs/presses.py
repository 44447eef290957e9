"""Buttons, lists and forms are routed by the id they carry, so they answer after a restart."""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Self

import discord
from discord import ui

from bot.cards import OVERRULED, Button, ButtonStyle, Card, Objection, action
from bot.errors import Refusal
from bot.members.questions import Questions
from bot.members.unsent import UnsentForms
from bot.places.asking import AskBack
from bot.text import clean_block, escape, shorten
from cogs.answers import actor_of, guard, note, redraw, refusal_card, refuse, refuse_with, show
from cogs.fields import Field, Typed, typed_fields

PressHandler = Callable[..., Awaitable[None]]
"""Called with the interaction, the values chosen in a list, and the subjects of the action."""

Act = Callable[[discord.Interaction, Typed], Awaitable[Card]]
"""What a command does with what was typed; its card is the answer."""

OUTDATED = "This {} is from an older version of me: use the command instead."

ECHO_LIMIT = 300
"""How much of each field is shown again when a form is refused; the form itself keeps it all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """A form: its questions, filled with what was typed before, and who takes it in.

    `take` is called with the interaction, what was typed, and the subjects of the form's id.
    `titles` are those by the first of these subjects, where `title` would not fit.
    """

    title: str
    fields: Callable[[Typed], Sequence[Field]]
    take: Callable[..., Awaitable[None]]
    titles: Mapping[str, str] = field(default_factory=dict)

    def title_of(self, form_id: str) -> str:
        """What stands above the form of that id."""
        _, what, *_ = [*form_id.split(":"), ""]
        return self.titles.get(what, self.title)


class Routes:
    """Which cog answers to which verb, and where refused forms and open questions are kept.

    An act in `acts`, and a form, is asked back where a date in it has several readings (AskBack):
    the reading that is chosen takes the place of the words, and the very act goes on with it.
    """

    def __init__(self, unsent: UnsentForms, questions: Questions) -> None:
        self.presses: dict[str, PressHandler] = {
            "again": self._ask_again,
            "anyway": self._take_anyway,
            "leave": self._leave,
            "when": self._go_on,
            "when_form": self._take_again,
        }
        self.forms: dict[str, Form] = {}
        self.acts: dict[str, Act] = {}
        self._unsent = unsent
        self._questions = questions

    async def act(self, interaction: discord.Interaction, act: str, typed: Typed) -> None:
        """Show what the act answers to what was typed, or what has to be asked before."""
        await show(interaction, await self._answer(interaction, act, typed))

    async def _answer(self, interaction: discord.Interaction, act: str, typed: Typed) -> Card:
        try:
            return await self.acts[act](interaction, typed)
        except AskBack as question:
            who = actor_of(interaction)
            return await self._questions.ask(who, act, typed, question, verb="when")

    async def _go_on(
        self, interaction: discord.Interaction, _values: list[str], number: str, answer: str
    ) -> None:
        """Go on with a command, now that one reading is chosen."""
        await interaction.response.defer()
        act, typed = await self._questions.answered(interaction.user.id, int(number), answer)
        await redraw(interaction, await self._answer(interaction, act, typed))

    async def _take_again(
        self, interaction: discord.Interaction, _values: list[str], number: str, answer: str
    ) -> None:
        """Go on with a form, now that one reading is chosen."""
        form_id, typed = await self._questions.answered(interaction.user.id, int(number), answer)
        await self._take(interaction, form_id, typed)

    async def ask(
        self, interaction: discord.Interaction, form_id: str, typed: Typed | None = None
    ) -> None:
        """Open a form. Its answer comes back by `form_id`, even to a process started since.

        One that comes of a kept form carries that one's number (`_with_number`).
        """
        form = self.forms[form_id.partition(":")[0]]
        modal = ui.Modal(title=form.title_of(form_id)[:45], custom_id=form_id, timeout=None)
        for question in form.fields(typed or {}):
            modal.add_item(question.draw())
        modal.stop()
        await interaction.response.send_modal(modal)

    async def press(
        self, interaction: discord.Interaction, pressed: str, values: list[str]
    ) -> None:
        """Hand a press to the cog whose verb it carries."""
        verb, *subjects = pressed.split(":")
        handler = self.presses.get(verb)
        if handler is None:
            raise Refusal(OUTDATED.format("button"))
        await handler(interaction, values, *subjects)

    async def take(self, interaction: discord.Interaction) -> None:
        """Hand a submitted form to the cog that asked for it; keep it where a rule refuses it."""
        data: Any = interaction.data or {}
        form_id = str(data.get("custom_id", ""))
        if form_id.partition(":")[0] not in self.forms:
            await refuse(interaction, Refusal(OUTDATED.format("form")))
            return
        await guard(interaction, self._take(interaction, form_id, typed_fields(interaction)))

    async def _take(self, interaction: discord.Interaction, marked_id: str, typed: Typed) -> None:
        """Let the form's cog take it in; what came of a kept form is not sent a second time."""
        form_id, _, kept = marked_id.partition(_NUMBERED)
        verb, *subjects = form_id.split(":")
        form, user_id = self.forms[verb], interaction.user.id
        number = int(kept) if kept.isdecimal() else None
        try:
            await form.take(interaction, typed, *subjects)
        except AskBack as question:
            who = actor_of(interaction)
            card = await self._questions.ask(who, marked_id, typed, question, verb="when_form")
            await refuse_with(interaction, card)
        except Refusal as refusal:
            number = await self._unsent.keep(user_id, form_id, typed, number)
            texts = [typed.get(one.key, "") for one in form.fields(typed) if one.is_text]
            await refuse_with(interaction, _refused_card(refusal, texts, number))
        else:
            if number is not None:
                await self._unsent.drop(user_id, number)

    async def _ask_again(
        self, interaction: discord.Interaction, _values: list[str], number: str
    ) -> None:
        form_id, typed = await self._unsent.take_back(interaction.user.id, int(number))
        await self.ask(interaction, _with_number(form_id, number), typed)

    async def _take_anyway(
        self, interaction: discord.Interaction, _values: list[str], number: str
    ) -> None:
        """Send a form as it is, now that its author has overruled the objection."""
        form_id, typed = await self._unsent.take_back(interaction.user.id, int(number))
        overruled = {**typed, OVERRULED: "yes"}
        await self._take(interaction, _with_number(form_id, number), overruled)

    async def _leave(
        self, interaction: discord.Interaction, _values: list[str], number: str
    ) -> None:
        """Forget a form that its author does not want to send after all."""
        await interaction.response.defer()
        await self._unsent.drop(interaction.user.id, int(number))
        await redraw(interaction, note("You leave it: nothing was sent."))


_NUMBERED = "~"
"""What stands in a form's id before the number of the kept form that it came of."""


def _with_number(form_id: str, number: str) -> str:
    return f"{form_id}{_NUMBERED}{number}"


def _refused_card(refusal: Refusal, texts: Sequence[str], number: int) -> Card:
    """Why it was refused, what was typed, and the form again with all of it."""
    again = Button(
        label="Edit and send again",
        action=action("again", number),
        style=ButtonStyle.PRIMARY,
        emoji="✏️",
    )
    if isinstance(refusal, Objection):
        anyway = Button(label=refusal.label, action=action("anyway", number))
        leave = Button(label="Leave it", action=action("leave", number))
        return replace(refusal.card, buttons=(anyway, again, leave))
    echoes = [echo for text in texts if (echo := shorten(clean_block(text), ECHO_LIMIT))]
    card = refusal_card(refusal)
    if echoes:
        card = card.with_body("**Nothing is lost. You wrote:**\n" + escape("\n".join(echoes)))
    return replace(card, buttons=(again,))


class Press(ui.DynamicItem[ui.Item[Any]], template=r"[a-z_]+(?::[^:]*)*"):
    """Any button or list of ours, whichever message it sits under."""

    routes: ClassVar[Routes]

    @classmethod
    async def from_custom_id(
        cls, _interaction: discord.Interaction, item: ui.Item[Any], _match: re.Match[str], /
    ) -> Self:
        """The pressed item, ready to be routed."""
        return cls(item)

    async def callback(self, interaction: discord.Interaction) -> None:
        """Route the press; every way it may end is an answer to the presser."""
        data: Any = interaction.data or {}
        values = [str(value) for value in data.get("values", ())]
        await guard(interaction, self.routes.press(interaction, self.custom_id, values))


def press_class(routes: Routes) -> type[Press]:
    """A `Press` bound to one bot's routes: several bots may live in one process."""

    class BoundPress(Press, template=Press.__discord_ui_compiled_template__):
        pass

    BoundPress.routes = routes
    return BoundPress
