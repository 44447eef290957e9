"""What is said to followers who have not voted, and once to the channel of those out of reach."""

from datetime import datetime

from bot.ballots.model import Ballot
from bot.ballots.words import secrecy
from bot.cards import Button, Card, Tone, action, channel_link, plural, stamp
from bot.groups.model import Group
from bot.members.model import Member
from bot.places.spoken import spoken_moment_and_left, spoken_until
from bot.text import escape


def vote_reminder(group: Group, ballot: Ballot, member: Member, now: datetime) -> Card:
    """The end of the vote in the member's own zone, date format and clock."""
    home = group.home_at(ballot.due_at)
    place_name = member.place.name if member.place else home.city
    habit = member.habit(home.zone)
    closes = spoken_moment_and_left(ballot.due_at, now, habit, place_name)
    how = (
        "React there with the letter of every topic you would come for."
        if ballot.has_letters
        else f"Press **Vote** there and choose every topic you would come for. {secrecy(ballot)}"
    )
    topics = plural(len(ballot.options), "topic")
    return Card(
        title=f"🗳️ {escape(group.name)}: the vote closes soon",
        body=(
            f"**{escape(closes)}**",
            f"{topics} for {plural(ballot.seats, 'seat')}, and you have not voted yet. {how}",
        ),
        small="You asked for direct messages; /me reminders in "
        f"{channel_link(group.channel_id)} changes that. I write once about each vote.",
        tone=Tone.BALLOT,
        buttons=(
            _to_the_vote(group, ballot),
            Button(label="Not about votes", action=action("remind", "novotes"), emoji="🔕"),
        ),
    )


def vote_call(group: Group, ballot: Ballot, now: datetime) -> Card:
    """The same for everybody, and about nobody."""
    left = spoken_until(ballot.due_at, now, group.habit_at(ballot.due_at))
    return Card(
        title=f"🗳️ {escape(group.name)}: the vote closes {left}",
        body=(f"{stamp(ballot.due_at)} · {stamp(ballot.due_at, 'R')}",),
        tone=Tone.BALLOT,
        buttons=(_to_the_vote(group, ballot),),
    )


def _to_the_vote(group: Group, ballot: Ballot) -> Button:
    path = f"{group.server_id}/{ballot.channel_id}/{ballot.message_id}"
    return Button(label="Go to the vote", url=f"https://discord.com/channels/{path}")
