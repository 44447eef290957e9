"""How the setting up of a group reads: the draft, what it lacks, and the choices."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from bot.cards import (
    Button,
    ButtonStyle,
    Card,
    Option,
    Pick,
    PickKind,
    Tone,
    action,
    channel_link,
    plural,
    spoken_list,
)
from bot.groups.model import HORIZON, Group, GroupState
from bot.groups.rhythm_text import DAY_NAMES
from bot.groups.spoken import spoken_monthly, spoken_often, spoken_rhythm
from bot.groups.words import published_card
from bot.places.spoken import spoken_day_and_clock, spoken_full_date, spoken_hour
from bot.places.wall import WallKind, offset_label, resolve
from bot.text import escape

WEEKS = (1, 2, 3, 4)
MINUTES = (30, 45, 60, 75, 90, 105, 120)
TALKS = (1, 2, 3, 4)

AS_TYPED = 0
"""Stands among numbers of weeks for days of the month."""


def spoken_dates(group: Group, now: datetime) -> list[str]:
    """A line for each of a draft's next six meetings, with clock changes and odd hours marked."""
    home = group.pattern.home.clock
    habit = group.habit_in(home)
    lines: list[str] = []
    offset_before = ""
    for wall, starts_at in group.pattern.next_instants(now, HORIZON):
        offset = offset_label(starts_at, home.zone)
        notes = [offset]
        if offset_before not in ("", offset):
            notes.append("⏰ clocks change before this one")
        offset_before = offset
        kind = resolve(wall, home.zone).kind
        if kind is WallKind.GAP:
            notes.append(f"{spoken_hour(wall, habit)} does not exist that day, so an hour later")
        elif kind is WallKind.FOLD:
            notes.append(f"{spoken_hour(wall, habit)} comes twice that day: the first")
        lines.append(f"- {spoken_day_and_clock(starts_at, habit)} ({', '.join(notes)})")
    return lines


def _spoken_start(group: Group) -> list[str]:
    """What became of the day that was named for a draft's start, where the rhythm has another."""
    named, first_at = group.pattern.since_at, group.pattern.first_at
    if named is None or named.date() == first_at.date():
        return []
    habit = group.habit_in(group.pattern.home.clock)
    days = [spoken_full_date(one.date(), habit) for one in (named, first_at)]
    return [f"📌 You named {days[0]} for the start: this rhythm's first meeting is on {days[1]}."]


def setup_card(group: Group, now: datetime, lacks: Sequence[str]) -> Card:
    """The draft of a group: what it will be, what is missing, and the way to publish it."""
    if group.state is not GroupState.DRAFT:
        return published_card(group)
    home = channel_link(group.channel_id)
    forum = channel_link(group.forum_id) if group.forum_id else f"a thread in {home} for each talk"
    habit = group.habit_in(group.pattern.home.clock)
    rhythm = spoken_rhythm(replace(group.pattern, since_at=None), habit)
    meets = group.meeting_place or f"not said: events will show “{group.where}”"
    body = [
        f"{rhythm}, {plural(group.talks_per_session, 'talk')} each.",
        "\n".join(["**The next six dates**", *spoken_dates(group, now), *_spoken_start(group)]),
        f"**Home** {home}\n**Discussions** {forum}\n**Meets at** {escape(meets)}\n"
        f"**Time zone** {escape(group.pattern.zone)}",
    ]
    if group.about:
        body.insert(0, escape(group.about))
    if lacks:
        body.append("⚠️ **I still need these permissions**\n" + "\n".join(f"- {n}" for n in lacks))
    return Card(
        title=f"New group: {escape(group.name)}",
        body=tuple(body),
        small="Only you see this. Nothing is public before you press Publish.",
        tone=Tone.WARNING if lacks else Tone.PLAIN,
        picks=_setup_picks(group),
        buttons=(
            Button(
                label="Publish",
                action=action("setup", "publish", group.id),
                style=ButtonStyle.GOOD,
                emoji="✅",
            ),
            Button(label="Edit", action=action("setup", "edit", group.id), emoji="✏️"),
            Button(label="Rhythm", action=action("setup", "rhythm", group.id), emoji="🗓️"),
            Button(label="Check again", action=action("setup", "check", group.id), emoji="🔄"),
            Button(
                label="Discard",
                action=action("setup", "discard", group.id),
                style=ButtonStyle.DANGER,
            ),
        ),
    )


def _setup_picks(group: Group) -> tuple[Pick, ...]:
    pattern = group.pattern

    def choose(name: str, prompt: str, labels: Mapping[int, str], chosen: int) -> Pick:
        return Pick(
            # With what is chosen: a client shows what was chosen first for as long as its id stays.
            action=action("setup", name, group.id, chosen),
            prompt=prompt,
            options=tuple(
                Option(label=label, value=str(n), is_chosen=n == chosen)
                for n, label in labels.items()
            ),
        )

    often = {n: spoken_often(n) for n in WEEKS}
    if pattern.nth:
        # Chosen, it changes nothing: without it the list would say "Every week".
        often = {
            AS_TYPED: f"{spoken_monthly(pattern)} {DAY_NAMES[pattern.first_at.weekday()]}",
            **often,
        }
    long = {n: f"{n} minutes a session" for n in MINUTES}
    talks = {n: f"{plural(n, 'talk')} a session" for n in TALKS}
    return (
        choose("weeks", "How often", often, AS_TYPED if pattern.nth else pattern.every_weeks),
        choose("minutes", "How long", long, pattern.minutes),
        choose("talks", "How many talks", talks, group.talks_per_session),
        Pick(
            action=action("setup", "channel", group.id),
            prompt="Home channel",
            kind=PickKind.TEXT_CHANNEL,
            chosen_id=group.channel_id,
        ),
        Pick(
            action=action("setup", "forum", group.id),
            prompt="Forum for discussions (optional)",
            kind=PickKind.FORUM,
            chosen_id=group.forum_id,
            least=0,
        ),
    )


def with_neighbours(card: Card, group: Group, groups: Sequence[Group]) -> Card:
    """The card, with what it means that others of the server's groups share the home channel."""
    names = [
        f"**{escape(one.name)}**"
        for one in groups
        if one.id != group.id and one.channel_id == group.channel_id
    ]
    if not names:
        return card
    verb = "is" if len(names) == 1 else "are"
    return card.with_body(
        f"👥 {spoken_list(names)} {verb} at home in {channel_link(group.channel_id)}, too: "
        "commands there have to name the group that they mean. A channel of its own saves that."
    )
