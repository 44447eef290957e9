"""`/ballot`, and the buttons under ballots and their counts."""

import discord
from discord import app_commands
from discord.ext import commands

from bot.ballots.extending import PastASession
from bot.ballots.model import (
    MOST_OPTIONS,
    MOST_SESSIONS,
    MOST_TALKS,
    Ballot,
    BallotForm,
    BallotMode,
)
from bot.ballots.words import RULE_NAMES
from bot.cards import Card, channel_link, stamp
from bot.errors import Refusal
from bot.groups.model import BallotRule
from cogs.answers import actor_of, answers, note, redraw, show, think
from cogs.choosing import choose_ballot, choose_group
from cogs.fields import Typed
from cogs.presses import OUTDATED, Routes
from cogs.rooms import Rooms

RULES = [app_commands.Choice(name=name, value=str(rule)) for rule, name in RULE_NAMES.items()]


class BallotCog(commands.GroupCog, group_name="ballot", group_description="Vote on topics"):
    def __init__(self, rooms: Rooms, routes: Routes) -> None:
        self.rooms = rooms
        self.routes = routes
        routes.presses["vote"] = self.press_vote
        routes.presses["seats"] = self.press_seats
        routes.acts["open"] = self.open_as_typed
        routes.presses["record"] = self.press_record
        routes.presses["count"] = self.press_count
        routes.presses["reopen"] = self.press_again
        routes.presses["calloff"] = self.press_calloff
        routes.presses["extend"] = self.press_extend

    @app_commands.command(name="open", description="Open a vote on the topics of the backlog")
    @app_commands.describe(
        sessions="How many sessions it fills (1)",
        talks="How many talks in each (the group's usual number)",
        days="How many days it stays open (3)",
        closes="Or when it closes, in the group's time: “Sat 20:00”, or year-month-day 20:00",
        rule="How winners are found (the group's usual rule)",
        private="Choose in a list that only you see; leads never see who chose what",
        hidden="Choose in a list; no counts until the close, then leads can see who chose what",
        review="Leads see the seats before everybody does (yes)",
        limit="How many of each person's choices count (all)",
        role="Count only people with this role",
        quorum="How many have to vote, like 8, or a share of the followers, like 30%",
        group="Which group",
    )
    @app_commands.choices(rule=RULES)
    @app_commands.autocomplete(group=choose_group)
    @answers
    async def open_ballot(
        self,
        interaction: discord.Interaction,
        sessions: app_commands.Range[int, 1, MOST_SESSIONS] = 1,
        talks: app_commands.Range[int, 1, MOST_TALKS] | None = None,
        days: app_commands.Range[int, 1, 60] | None = None,
        closes: str | None = None,
        rule: str | None = None,
        private: bool = False,
        hidden: bool = False,
        review: bool = True,
        limit: app_commands.Range[int, 1, MOST_OPTIONS] | None = None,
        role: discord.Role | None = None,
        quorum: str | None = None,
        group: str | None = None,
    ) -> None:
        await think(interaction)
        options = {
            "sessions": sessions,
            "talks": talks,
            "days": days,
            "closes": closes,
            "rule": rule,
            "private": "yes" if private else None,
            "hidden": "yes" if hidden else None,
            "review": None if review else "no",
            "limit": limit,
            "role": role.id if role and not role.is_default() else None,
            "quorum": quorum,
            "group": group,
        }
        typed = {name: "" if value is None else str(value) for name, value in options.items()}
        await self.routes.act(interaction, "open", typed)

    async def open_as_typed(self, interaction: discord.Interaction, typed: Typed) -> Card:
        """What a lead sees after opening a ballot."""
        actor = actor_of(interaction)
        form = ballot_form(typed, actor.locale)
        return await self.rooms.ballots.open(actor, typed["group"] or None, form)

    @app_commands.command(description="Close the vote now and count it")
    @app_commands.describe(group="Which group")
    @app_commands.autocomplete(group=choose_group)
    @answers
    async def close(self, interaction: discord.Interaction, group: str | None = None) -> None:
        await think(interaction)
        ballot = await self.rooms.ballots.close(actor_of(interaction), group)
        place = channel_link(ballot.channel_id)
        text = f"I'm counting; the result appears in {place} in a moment."
        if ballot.is_reviewed:
            text = (
                "I'm counting. The leads get the seats by direct message in a moment, and with "
                f"`/ballot status`: publish them there, and the result appears in {place}. "
                "Where there are no seats to give, the channel hears at once why."
            )
        await show(interaction, note(text))

    @app_commands.command(description="Keep the vote open longer")
    @app_commands.describe(days="How many days longer", group="Which group")
    @app_commands.autocomplete(group=choose_group)
    @answers
    async def extend(
        self,
        interaction: discord.Interaction,
        days: app_commands.Range[int, 1, 30] = 1,
        group: str | None = None,
    ) -> None:
        await think(interaction)
        try:
            ballot = await self.rooms.ballots.extend(actor_of(interaction), group, days)
        except PastASession as question:
            await show(interaction, question.card)
            return
        await show(interaction, extended_note(ballot))

    async def press_extend(
        self,
        interaction: discord.Interaction,
        _values: list[str],
        group_id: str,
        days: str,
        end: str,
    ) -> None:
        """A lead has been asked whether a session may go by, and means it."""
        await interaction.response.defer()
        ballot = await self.rooms.ballots.extend(
            actor_of(interaction), group_id, int(days), sure_of=int(end)
        )
        await redraw(interaction, extended_note(ballot))

    @app_commands.command(
        description="Call the vote off: asks first; nothing counts, the topics go back"
    )
    @app_commands.describe(group="Which group")
    @app_commands.autocomplete(group=choose_group)
    @answers
    async def cancel(self, interaction: discord.Interaction, group: str | None = None) -> None:
        await think(interaction)
        await show(interaction, await self.rooms.cancelling.propose(actor_of(interaction), group))

    async def press_calloff(
        self, interaction: discord.Interaction, _values: list[str], ballot_id: str, seen: str
    ) -> None:
        """A lead has been asked, and means it."""
        await interaction.response.defer()
        card = await self.rooms.cancelling.confirm(actor_of(interaction), int(ballot_id), seen)
        await redraw(interaction, card)

    @app_commands.command(description="See how the vote stands, or how the last one ended")
    @app_commands.describe(past="One that is over, newest first", group="Which group")
    @app_commands.autocomplete(group=choose_group)
    @app_commands.autocomplete(past=choose_ballot)
    @answers
    async def status(
        self,
        interaction: discord.Interaction,
        past: int | None = None,
        group: str | None = None,
    ) -> None:
        await think(interaction)
        actor = actor_of(interaction)
        held = await self.rooms.review.held_card(actor, group) if past is None else None
        await show(interaction, held or await self.rooms.history.status(actor, group, past))

    async def press_record(
        self, interaction: discord.Interaction, _values: list[str], ballot_id: str
    ) -> None:
        """The record of a closed ballot, for leads."""
        await think(interaction)
        card = await self.rooms.history.export(actor_of(interaction), int(ballot_id))
        await show(interaction, card)

    async def press_again(
        self, interaction: discord.Interaction, _values: list[str], ballot_id: str
    ) -> None:
        """A lead opens a ballot that was called off once more."""
        await think(interaction)
        card = await self.rooms.ballots.open_again(actor_of(interaction), int(ballot_id))
        await show(interaction, card)

    async def press_vote(
        self, interaction: discord.Interaction, values: list[str], what: str, ballot_id: str
    ) -> None:
        """The button under a private ballot, its list, or the question what counted."""
        if what == "enter":
            await think(interaction)
            card = await self.rooms.booth.enter(actor_of(interaction), int(ballot_id))
            await show(interaction, card)
            return
        if what == "mine":
            await think(interaction)
            card = await self.rooms.history.explain_vote(actor_of(interaction), int(ballot_id))
            await show(interaction, card)
            return
        await interaction.response.defer()
        card = await self.rooms.booth.choose(actor_of(interaction), int(ballot_id), values)
        await redraw(interaction, card)

    async def press_seats(
        self,
        interaction: discord.Interaction,
        values: list[str],
        what: str,
        ballot_id: str,
        seen: str = "",
    ) -> None:
        """The button and the lists on what leads see before everybody does."""
        await interaction.response.defer()
        actor, chosen = actor_of(interaction), [int(value) for value in values]
        if what == "publish":
            card = await self.rooms.review.publish(actor, int(ballot_id), seen)
        elif what == "swap":
            card = await self.rooms.review.swap(actor, int(ballot_id), chosen, seen)
        else:
            card = await self.rooms.review.leave_out(actor, int(ballot_id), chosen)
        await redraw(interaction, card)

    async def press_count(
        self,
        interaction: discord.Interaction,
        _values: list[str],
        choice: str,
        ballot_id: str,
        number: str,
    ) -> None:
        """A lead decides about a count that can't be vouched for."""
        counts = self.rooms.counts
        decisions = {
            "accept": counts.accept,
            "reopen": counts.reopen,
            "cancel": counts.call_off,
        }
        if choice not in decisions:
            raise Refusal(OUTDATED.format("button"))
        await interaction.response.defer()
        told = await decisions[choice](actor_of(interaction), int(ballot_id), int(number))
        await redraw(interaction, note(told))


def extended_note(ballot: Ballot) -> Card:
    """What a lead sees whose ballot stays open longer."""
    return note(f"The ballot now closes {stamp(ballot.due_at)}.")


def ballot_form(typed: Typed, locale: str) -> BallotForm:
    """What was asked for, for the ballots' room."""

    def number(key: str) -> int | None:
        return int(typed[key]) if typed[key] else None

    return BallotForm(
        sessions=number("sessions") or 1,
        talks_each=number("talks"),
        days=number("days"),
        closes=typed["closes"] or None,
        rule=BallotRule(typed["rule"]) if typed["rule"] else None,
        mode=BallotMode.PRIVATE if typed["private"] else BallotMode.OPEN,
        is_hidden=bool(typed.get("hidden")),
        is_reviewed=typed["review"] != "no",
        choice_limit=number("limit"),
        role_id=number("role"),
        quorum=typed["quorum"] or None,
        locale=locale,
    )
