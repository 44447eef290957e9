"""The questions of a form, and what was answered."""

from collections.abc import Mapping
from typing import Any, ClassVar

import discord
from discord import ui

from bot.errors import Refusal

Typed = Mapping[str, str]
"""What was typed or chosen in a form, by the keys of its fields; "" for nothing."""

INPUT_LIMIT = 4_000
"""Discord's limit for one text input."""


class Field:
    """One question, filled with what was typed before.

    Nothing is required and no length is set here: our rules say what is wrong, and keep it.
    `is_text` is False where something is chosen instead of typed.
    """

    is_text: ClassVar[bool] = True

    def __init__(
        self,
        key: str,
        label: str,
        typed: Typed,
        *,
        hint: str | None = None,
        is_long: bool = False,
        example: str | None = None,
    ) -> None:
        self.key = key
        self.label = label
        self.hint = hint
        self.value = typed.get(key, "")
        self.is_long = is_long
        self.example = example

    def draw(self) -> ui.Label[Any]:
        """The question as Discord shows it."""
        style = discord.TextStyle.paragraph if self.is_long else discord.TextStyle.short
        box: ui.TextInput[Any] = ui.TextInput(
            custom_id=self.key,
            style=style,
            required=False,
            default=self.value[:INPUT_LIMIT] or None,
            placeholder=self.example,
        )
        return ui.Label(text=self.label, description=self.hint, component=box)


class PersonField(Field):
    """A question whose answer is one of the server's people, or nobody."""

    is_text = False

    def draw(self) -> ui.Label[Any]:
        """The question as Discord shows it."""
        kind = discord.SelectDefaultValueType.user
        chosen = [discord.SelectDefaultValue(id=int(self.value), type=kind)] if self.value else []
        people: ui.UserSelect[Any] = ui.UserSelect(
            custom_id=self.key, required=False, min_values=0, max_values=1, default_values=chosen
        )
        return ui.Label(text=self.label, description=self.hint, component=people)


def require_people(interaction: discord.Interaction) -> None:
    """Refuses a bot among those who were chosen in the form: Discord's lists offer them, too."""
    data: Any = interaction.data or {}
    for user in data.get("resolved", {}).get("users", {}).values():
        if user.get("bot"):
            name = user.get("global_name") or user["username"]
            raise Refusal(f"{name} is a bot and can't speak: choose a person, or nobody.")


def typed_fields(interaction: discord.Interaction) -> dict[str, str]:
    """What was typed or chosen in the form; of several choices the first."""
    data: Any = interaction.data or {}
    found: dict[str, str] = {}
    waiting: list[Any] = list(data.get("components", ()))
    while waiting:
        component = waiting.pop(0)
        inner = component.get("component")
        waiting += [*component.get("components", ()), *([inner] if inner else ())]
        if "custom_id" in component:
            values = component.get("values") or [component.get("value") or ""]
            found[component["custom_id"]] = str(values[0])
    return found
