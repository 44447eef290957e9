"""`/group about`: what a group is, on one card for a newcomer."""

from dataclasses import dataclass
from datetime import datetime

from bot.cards import Card, Tone, channel_link, person_link, plural, spoken_list, stamp
from bot.clock import Clock
from bot.database import Database
from bot.groups.access import find_group
from bot.groups.model import Group
from bot.groups.revising import spoken_break
from bot.groups.sleep import zones_of_followers
from bot.groups.sleep_map import with_sleep_map
from bot.groups.spoken import spoken_place, spoken_rhythms
from bot.groups.store import follower_ids
from bot.groups.words import follow_button
from bot.members.model import Actor, Member
from bot.members.store import get_member
from bot.members.words import place_hint
from bot.pictures.studio import Draw, draw_nothing
from bot.places.wall import local
from bot.sessions.model import Session
from bot.sessions.store import sessions_ahead, sessions_past
from bot.sessions.words import (
    place_lines,
    spoken_end_for,
    spoken_for,
    spoken_talks,
)
from bot.text import escape, shorten

LATEST_TALKS = 3
PAST_LOOKED_AT = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What the card tells of a group; `past` is the latest first."""

    group: Group
    ahead: Session | None
    past: tuple[Session, ...]
    followers: int
    follows: bool


class AboutService:
    def __init__(self, db: Database, clock: Clock, draw: Draw = draw_nothing) -> None:
        self._db = db
        self._clock = clock
        self._draw = draw

    async def about(self, actor: Actor, typed_group: str | None) -> Card:
        """The group's card for one reader, with the hours at which its people are awake."""
        now = self._clock()
        async with self._db.read() as tx:
            group = await find_group(tx, actor, typed_group)
            ahead = await sessions_ahead(tx, group.id, now, 1)
            past = await sessions_past(tx, group.id, now, PAST_LOOKED_AT)
            followers = await follower_ids(tx, group.id)
            member = await get_member(tx, actor.user_id)
            people = await zones_of_followers(tx, group.id)
        about = About(
            group=group,
            ahead=ahead[0] if ahead else None,
            past=tuple(past),
            followers=len(followers),
            follows=actor.user_id in followers,
        )
        card = about_card(about, member, now)
        return await with_sleep_map(card, group, people, now, self._draw)


def about_card(about: About, member: Member, now: datetime) -> Card:
    """What, when for the reader, who leads, what was last, and the way in."""
    group = about.group
    body = [escape(group.about)] if group.about else []
    zone = group.home_at(now).zone
    habit = member.habit_on(zone)
    rhythm = f"🗓️ {spoken_rhythms(group, now, habit)}."
    today = local(now, zone).date()
    held_off = [one for one in group.pattern.breaks if one.covers(today)]
    if any(one.is_open for one in held_off):
        rhythm += " It is paused at the moment."
    elif held_off:
        rhythm += f"\n⏸️ A break {spoken_break(held_off[0], habit)}."
    home = channel_link(group.channel_id)
    body.append(f"{rhythm}\n📍 {spoken_place(group.where)} · at home in {home}")
    body.append(_next(group, about.ahead, member, now))
    if latest := _latest(about.past):
        body.append(f"**Last talks**\n{latest}")
    leads = spoken_list([person_link(one) for one in sorted(group.lead_ids)] or ["nobody"])
    followed = plural(about.followers, "person follows", "people follow")
    body.append(f"Led by {leads} · {followed} it{', you too' if about.follows else ''}.")
    hint = place_hint(member)
    return Card(
        title=f"📚 {escape(group.name)}",
        body=tuple(body),
        small=f"Pitch a topic with `/pitch`. {hint}".rstrip(),
        tone=Tone.SESSION,
        buttons=() if about.follows else (follow_button(group),),
    )


def _next(group: Group, ahead: Session | None, member: Member, now: datetime) -> str:
    if ahead is None:
        return "**Next session:** none is in the calendar yet."
    own = place_lines(group, ahead) if ahead.place else []
    if ahead.starts_at <= now:
        end = spoken_end_for(member, group, ahead)
        told = [f"**Now: #{ahead.number}**, {end}", *own, spoken_talks(ahead, "No talk is in it.")]
        return "\n".join(told)
    when = f"{stamp(ahead.starts_at)} · {stamp(ahead.starts_at, 'R')}"
    if member.place is not None:
        when = f"{escape(spoken_for(member, group, ahead, now))}\n{stamp(ahead.starts_at)}"
    heading = f"**Next session, #{ahead.number}:** {when}"
    return "\n".join([heading, *own, spoken_talks(ahead)])


def _latest(past: tuple[Session, ...]) -> str:
    """A line for each of the last talks, with its discussion where there is one."""
    lines = [
        f"- #{session.number} {escape(shorten(talk.title, 90))}"
        f"{f' · {channel_link(talk.thread_id)}' if talk.thread_id else ''}"
        for session in past
        for talk in session.talks
    ]
    return "\n".join(lines[:LATEST_TALKS])
