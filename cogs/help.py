"""`/help` and `/privacy`."""

import discord
from discord import app_commands
from discord.ext import commands

from bot.cards import Card, Tone
from cogs.answers import answers, show
from cogs.presses import Routes
from cogs.rooms import Rooms

HELP = Card(
    title="📚 Lectern",
    body=(
        "**Members**\n"
        "`/pitch` a topic · `/topics` on the backlog · vote under the ballot · "
        "`/ballot status` how a vote stands or ended\n"
        "`/next` session in your time · `/sessions` ahead, with a calendar file\n"
        "`/talk` for speakers: confirm, swap, can't, links\n"
        "`/group about` it · `/follow` a group · "
        "`/me timezone` and `/me reminders` for your own times\n"
        "`/me away`, days on which you can't present · "
        "`/me profile` and `/privacy`: what I know of you",
        "**Leads**\n"
        "`/group setup` starts a group · `/group leads`, `/group edit`, `/group check` keep it\n"
        "`/group pause` leaves days out or stops for a while · `/group resume` goes on\n"
        "`/ballot open` lets members choose · `/ballot extend`, `/ballot close`, "
        "`/ballot cancel` while it is open\n"
        "`/session move`, `/session skip`, `/session cancel`, `/session add` when plans change\n"
        "`/audit` says who did what, and takes it back",
    ),
    small="Answers like this one are seen by you alone.",
    tone=Tone.SESSION,
)

PRIVACY = Card(
    title="🔏 What Lectern keeps",
    body=(
        "- What you tell it: your city, your reminder wishes, your days away, your "
        "pitches, your answers to "
        "sessions, and the groups you follow or lead.\n"
        "- Your Discord id and language, and for a week the text of a form refused or confirmed.\n"
        "- For a year, what leads did in a group, and how it was before.\n"
        "- Votes are reactions, which everybody in the channel can see. Lectern notes them as they "
        "come and go, for a month or as long as the ballot is open, and keeps what counted; leads "
        "can take that out as a file, by ids, and have it counted again.\n"
        "- In a private vote it keeps who chose what as soon as you choose. Nobody is shown it but "
        "you; afterwards what counted stays with the bot's operator, by ids. The file for leads "
        "names nobody, and its order is drawn. In a hidden vote nobody is shown it until the "
        "close; then leads can take it out like reactions.\n"
        "- In groups with fair turns, a number for how much of what you chose was elected.\n"
        "- Of your talks the links you gave, and your answers to offers of a seat.\n"
        "- It cannot read messages in your channels, nor who is online.",
        "Your city is shown in a group's times (“22:00 in Berlin”) without your name. Leads see "
        "that you are away where a talk of yours is, or would be, on that day; nobody else does.",
    ),
)


class HelpCog(commands.Cog):
    def __init__(self, rooms: Rooms, _routes: Routes) -> None:
        self.rooms = rooms

    @app_commands.command(name="help", description="What you can do here")
    @answers
    async def show_help(self, interaction: discord.Interaction) -> None:
        await show(interaction, HELP)

    @app_commands.command(description="What is kept about you")
    @answers
    async def privacy(self, interaction: discord.Interaction) -> None:
        await show(interaction, PRIVACY)
