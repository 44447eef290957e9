"""What is kept of a member, and how they are reminded, as cards."""

from collections.abc import Collection
from datetime import UTC, datetime

from bot.cards import Card, Option, Pick, Tone, action
from bot.members.model import (
    LEAD_NAMES,
    NO_QUIET,
    QUIET_HOURS,
    Member,
    spoken_leads,
    spoken_quiet,
)
from bot.members.words import place_hint
from bot.places.spoken import HourCycle, spoken_clock
from bot.places.wall import offset_label
from bot.text import escape

VOTES = "votes"
"""What the list of reminders sends back for the one about votes that end."""

CLOCKS = {HourCycle.TWENTY_FOUR: "22:00", HourCycle.TWELVE: "10:00 PM"}
"""What can be chosen, shown by an hour."""

TEN_AT_NIGHT = datetime(2001, 1, 8, 22, tzinfo=UTC)
"""An hour that shows how a clock is read."""


def place_card(member: Member, now: datetime, title: str = "") -> Card:
    """Where the member lives, with the clock there as the proof.

    `title` is the place as it was found, with its country: there is an Atlantis in South Africa.
    """
    return Card(
        title="🏠 Your place",
        body=(_spoken_place(member, now, title),),
        small="Groups that you follow or go to also spell their times for your city; nobody is "
        "named.",
        tone=Tone.DONE,
    )


def _spoken_place(member: Member, now: datetime, title: str = "") -> str:
    if member.lost_zone:
        return place_hint(member)
    if member.place is None:
        return "I don't know where you live: `/me timezone` tells me."
    clock = spoken_clock(now, member.habit(member.place.zone))
    place = f"**{escape(title or member.place.name)}** ({escape(member.place.zone)})"
    return f"{place}, where it is {clock} now, {offset_label(now, member.place.zone)}."


def _sample(member: Member) -> str:
    clock = spoken_clock(TEN_AT_NIGHT, member.habit_on("UTC"))
    return f" Times look like **{clock}**."


def reminders_card(member: Member) -> Card:
    """The member's wishes, with the lists that change them."""
    chosen = member.lead_minutes if member.wants_direct_messages else ()
    hears_of_votes = member.wants_direct_messages and member.wants_vote_reminders
    if member.has_closed_messages:
        text = (
            "Your direct messages are closed to me, so I mention you in the session's thread: open "
            "them in this server's privacy settings, then choose again."
        )
    elif chosen:
        text = (
            f"I write to you **{spoken_leads(chosen)}** before each session of the groups you "
            "follow, and before those you go to; never before one that you said you can't come to."
        )
        if hears_of_votes:
            text += " Once more where a vote of theirs ends and you have not voted."
    elif hears_of_votes:
        text = (
            "I write to you once where a vote of the groups you follow ends and you have not "
            "voted, and not before sessions."
        )
    else:
        text = "I don't write to you. The group's channel is reminded all the same."
    if member.hour_cycle:
        text += _sample(member)
    small = "Choose none to be left alone."
    if member.place is None:
        small += " For quiet hours I have to know where you live: `/me timezone` tells me."
    return Card(
        title="🔔 Your reminders",
        body=(text, *_spoken_silence(member)),
        small=small,
        tone=Tone.SESSION,
        picks=(_leads_pick(chosen, hears_of_votes=hears_of_votes), *_quiet_picks(member)),
    )


def _leads_pick(chosen: Collection[int], *, hears_of_votes: bool) -> Pick:
    leads = (
        Option(label=f"{name} before", value=str(minutes), is_chosen=minutes in chosen)
        for minutes, name in LEAD_NAMES.items()
    )
    votes = Option(label="When a vote ends soon", value=VOTES, is_chosen=hears_of_votes)
    options = (*leads, votes)
    return Pick(
        action=action("remind", "choose"),
        prompt="Write to me…",
        options=options,
        least=0,
        most=len(options),
    )


def _quiet_picks(member: Member) -> list[Pick]:
    """The list of quiet hours, for somebody whose clock we know."""
    if member.place is None:
        return []
    habit = member.habit(member.place.zone)
    none = Option(label="No quiet hours", value=NO_QUIET, is_chosen=member.quiet is None)
    offered = (
        Option(
            label=f"Quiet from {spoken_quiet(quiet, habit)}",
            value=quiet.choice,
            is_chosen=quiet == member.quiet,
        )
        for quiet in QUIET_HOURS
    )
    pick = Pick(action=action("remind", "quiet"), prompt="Quiet hours…", options=(none, *offered))
    return [pick]


def _spoken_silence(member: Member) -> list[str]:
    if member.quiet is None or member.place is None:
        return []
    span = spoken_quiet(member.quiet, member.habit(member.place.zone))
    return [
        f"From **{span}** your time I stay silent: what would come then comes afterwards, or "
        "before, where afterwards would be too late."
    ]


def profile_card(member: Member, now: datetime) -> Card:
    """All that is kept of the member, in words."""
    if member.wants_direct_messages and member.lead_minutes:
        leads = spoken_leads(member.lead_minutes)
        wish = f"I write to you {leads} before sessions of the groups you follow, or you go to."
        if member.wants_vote_reminders:
            wish += " Once when a vote ends and you have not voted."
    elif member.wants_direct_messages and member.wants_vote_reminders:
        wish = "I write to you once when a vote ends and you have not voted, not before sessions."
    else:
        wish = "I don't write to you before sessions: `/me reminders` changes that."
    if member.hour_cycle:
        wish += _sample(member)
    return Card(
        title="👤 What I know of you",
        body=(_spoken_place(member, now), wish, *_spoken_silence(member)),
        small="Besides: your Discord language, your days away, your pitches, your answers to "
        "sessions, what counted of your votes, and the groups you follow or lead.",
    )
