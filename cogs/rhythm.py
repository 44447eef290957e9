"""The forms and buttons by which leads change when a group meets."""

import discord

from bot.cards import Card, action
from bot.groups.revising import Revision
from cogs.answers import actor_of, redraw, show, think
from cogs.fields import Field, Typed
from cogs.presses import Act, Form, Routes
from cogs.rooms import Rooms


class RhythmDesk:
    """Answers to `rhythm:…` and takes in the forms of a rhythm and of holidays."""

    def __init__(self, rooms: Rooms, routes: Routes) -> None:
        self.rooms = rooms
        self.routes = routes
        routes.presses["rhythm"] = self.press
        for what in (Revision.PAUSE, Revision.RESUME):
            routes.acts[what] = self._act_of(what)
        routes.forms[Revision.RHYTHM] = Form(
            title="When the group meets", fields=rhythm_fields, take=self.take_rhythm
        )
        routes.forms[Revision.HOLIDAYS] = Form(
            title="Days without a meeting", fields=holiday_fields, take=self.take_holidays
        )

    async def press(
        self, interaction: discord.Interaction, _values: list[str], what: str, number: str
    ) -> None:
        settled = {"do": self.rooms.rhythms.carry_out, "leave": self.rooms.rhythms.leave}
        if settle := settled.get(what):
            await interaction.response.defer()
            await redraw(interaction, await settle(actor_of(interaction), int(number)))
            return
        typed = await self.rooms.rhythms.form(actor_of(interaction), number, Revision(what))
        await self.routes.ask(interaction, action(what, number), typed)

    async def take_rhythm(
        self, interaction: discord.Interaction, typed: Typed, group_id: str
    ) -> None:
        await self.propose(interaction, group_id, Revision.RHYTHM, typed)

    async def take_holidays(
        self, interaction: discord.Interaction, typed: Typed, group_id: str
    ) -> None:
        await self.propose(interaction, group_id, Revision.HOLIDAYS, typed)

    async def propose(
        self, interaction: discord.Interaction, group: str | None, what: Revision, typed: Typed
    ) -> None:
        """Show what the change would do."""
        await think(interaction)
        await show(interaction, await self._proposal(interaction, group, what, typed))

    async def propose_as_typed(
        self, interaction: discord.Interaction, what: Revision, typed: Typed
    ) -> None:
        """The same for a command's options, of which one is the group."""
        await think(interaction)
        await self.routes.act(interaction, what, typed)

    def _act_of(self, what: Revision) -> Act:
        async def propose(interaction: discord.Interaction, typed: Typed) -> Card:
            return await self._proposal(interaction, typed["group"] or None, what, typed)

        return propose

    async def _proposal(
        self, interaction: discord.Interaction, group: str | None, what: Revision, typed: Typed
    ) -> Card:
        return await self.rooms.rhythms.propose(actor_of(interaction), group, what, typed)


def rhythm_fields(typed: Typed) -> list[Field]:
    """The questions about a rhythm and its city."""
    return [
        Field(
            "rhythm",
            "Weekdays and hours",
            typed,
            hint="“Sat 14:00”, “every 2 weeks on Sat 14:00”, “Tue and Thu 9h00”, “2nd and 4th Sat "
            "14:00”.",
            example="Saturday 14:00, alternating with 08:00",
        ),
        Field(
            "since",
            "From which day on",
            typed,
            hint="“5 Dec” or year-month-day. What was before stays as it was.",
            example="tomorrow",
        ),
        Field("minutes", "How many minutes", typed, example="60"),
        Field(
            "city",
            "City whose clock the group keeps",
            typed,
            hint="Another one holds from that day on; meetings before it stay where they were.",
            example="Denver",
        ),
    ]


def holiday_fields(typed: Typed) -> list[Field]:
    """The days on which the group does not meet."""
    return [
        Field(
            "days",
            "Days without a meeting",
            typed,
            hint="“24 Dec” or year-month-day, with commas between. Taken out, the group meets.",
            example="24 Dec, 31 Dec",
            is_long=True,
        )
    ]
