"""How a group and its setting up look as cards."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time
from itertools import takewhile

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
    person_link,
    plural,
    spoken_list,
)
from bot.groups.model import HORIZON, Group, GroupState
from bot.groups.rhythm import Rhythm
from bot.groups.rhythm_text import DAY_NAMES, PLACES
from bot.places.spoken import (
    Habit,
    spoken_day_and_clock,
    spoken_full_date,
    spoken_hour,
    spoken_long_date,
)
from bot.places.wall import WallKind, offset_label, resolve
from bot.text import escape

WEEKS = (1, 2, 3, 4)
MINUTES = (30, 45, 60, 75, 90, 105, 120)
TALKS = (1, 2, 3, 4)
_CHANNEL = re.compile(r"<#\d{1,20}>")

AS_TYPED = 0
"""Stands among numbers of weeks for days of the month."""


def spoken_pattern(group: Group, habit: Habit | None = None) -> str:
    """ "Every 2 weeks on Saturday at 14:00 in Denver, for 60 minutes".

    As `habit` writes hours, the group's own where there is none.
    """
    return spoken_rhythm(group.pattern, habit or group.habit_in(group.pattern.home.clock))


def spoken_rhythms(group: Group, now: datetime, habit: Habit) -> str:
    """The rhythm that the group lives by, and a line for each that is to follow it.

    One that has no date left before the next begins is not spoken of, unless nobody knows a date.
    """
    pattern = group.pattern
    rhythms = pattern.rhythms
    own = rhythms.index(pattern.rhythm_in_force(now))
    dates = (pattern.rhythm_at(wall) for wall, _ in pattern.instants(now))
    held = list(takewhile(lambda one: one != rhythms[-1], dates))
    known = [*held, rhythms[-1]] if held or pattern.next_instants(now, 1) else rhythms
    lives_by = replace(rhythms[own], since_at=None)
    spoken = [lives_by if one is rhythms[own] else one for one in rhythms[own:] if one in known]
    return ".\n🗓️ ".join(spoken_rhythm(one, habit) for one in spoken)


def spoken_rhythm(pattern: Rhythm, habit: Habit) -> str:
    """The same of any rhythm."""
    hours: dict[time, list[str]] = {}
    for slot in pattern.slots:
        hours.setdefault(slot.at, []).append(DAY_NAMES[slot.weekday])
    said = ", ".join(f"{spoken_list(days)} at {_clock(at, habit)}" for at, days in hours.items())
    for at in pattern.turns:
        said += f", alternating with {_clock(at, habit)}"
    if pattern.nth:
        often = f"{_monthly(pattern)} {said}"
    else:
        often = f"{spoken_often(pattern.every_weeks)} on {said}"
    since = ""
    if pattern.since_at:
        since = f", from {spoken_long_date(pattern.since_at.date(), habit)} on"
    return f"{often} in {escape(pattern.home.name)}, for {pattern.minutes} minutes{since}"


def _clock(at: time, habit: Habit) -> str:
    # The clock on the wall, not an instant: that one may be an hour later, after a gap.
    return spoken_hour(datetime.combine(date.min, at), habit)


def _monthly(pattern: Rhythm) -> str:
    """ "Every month on the 2nd and 4th"."""
    return f"Every month on the {spoken_list([PLACES[place] for place in pattern.nth])}"


def spoken_often(every_weeks: int) -> str:
    """ "Every week", "Every 2 weeks"."""
    return "Every week" if every_weeks == 1 else f"Every {every_weeks} weeks"


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
        often = {AS_TYPED: f"{_monthly(pattern)} {DAY_NAMES[pattern.first_at.weekday()]}", **often}
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


def published_card(group: Group) -> Card:
    """What the lead sees once the group is public."""
    return Card(
        title=f"{escape(group.name)} is open",
        body=(
            f"Members can `/follow` it, `/pitch` topics and see `/next` in "
            f"{channel_link(group.channel_id)}. When pitches have come in, open a vote with "
            "`/ballot open`.",
        ),
        tone=Tone.DONE,
    )


def spoken_publishing(group: Group, user_id: int) -> str:
    """The act for the list of acts, to follow the name of whoever published."""
    lead_ids = sorted(group.lead_ids - {user_id})
    led = f", led by {spoken_list([person_link(one) for one in lead_ids])}" if lead_ids else ""
    return f"published the group{led}"


def welcome_card(group: Group) -> Card:
    """The group's first public words, in its home channel."""
    rhythm = spoken_pattern(group)
    if group.pattern.since_at is None:
        habit = group.habit_in(group.pattern.home.clock)
        rhythm += f", from {spoken_long_date(group.pattern.first_at.date(), habit)} on"
    place = [f"📍 {spoken_place(group.meeting_place)}"] if group.meeting_place else []
    body = [
        "\n".join([f"{rhythm}. `/next` says when it is for you.", *place]),
        "**Pitch** a topic with `/pitch`, **vote** by reaction when a ballot opens, "
        "**follow** to hear about every session.",
        "Say where you live with `/me timezone` and every time is written for you.",
    ]
    if group.about:
        body.insert(0, escape(group.about))
    return Card(
        title=f"📚 {escape(group.name)}",
        body=tuple(body),
        tone=Tone.SESSION,
        buttons=(follow_button(group),),
    )


def spoken_place(place: str) -> str:
    """Where a session meets, escaped; a channel's link leads there."""
    return place if _CHANNEL.fullmatch(place) else escape(place)


def follow_button(group: Group) -> Button:
    """Pressing it follows the group; it never ends that, whoever presses it twice."""
    return Button(
        label="Follow",
        action=action("follow", group.id),
        style=ButtonStyle.PRIMARY,
        emoji="🔔",
    )


def followed_card(group: Group, *, follows: bool, is_new: bool = True) -> Card:
    """Whether the member follows the group now, with the way back."""
    name = escape(group.name)
    if not follows:
        return Card(
            title="✅ Done",
            body=(f"You don't follow {name} any more.",),
            tone=Tone.DONE,
            buttons=(replace(follow_button(group), label="Follow again"),),
        )
    told = "Choose with `/me reminders` whether I write to you before each session."
    return Card(
        title="✅ Done",
        body=(f"You follow {name}{'' if is_new else ' already'}. {told}",),
        tone=Tone.DONE,
        buttons=(Button(label="Stop following", action=action("follow", group.id, "off")),),
    )


ANOTHER_CHANNEL = "another channel: "
"""How what a group lacks begins where it is no permission."""


def check_card(group: Group, lacks: Sequence[str]) -> Card:
    """The answer to "may the bot do everything it has to?"."""
    if not lacks:
        return Card(
            title=f"{escape(group.name)}: all is well",
            body=("I have every permission that the group needs.",),
            tone=Tone.DONE,
        )
    is_gone = any(one.startswith(ANOTHER_CHANNEL) for one in lacks)
    small = "Grant them in the channel's or the server's settings."
    return Card(
        title=f"{escape(group.name)}: {'a channel is' if is_gone else 'permissions are'} missing",
        body=("\n".join(f"- {name}" for name in lacks),),
        small="Choose one with `/group edit`, then look here again." if is_gone else small,
        tone=Tone.WARNING,
    )


def with_pictures_note(card: Card, missing: Sequence[str]) -> Card:
    """The card with what the `missing` permissions cost, which nothing depends on."""
    if not missing:
        return card
    note = f"🖼️ Without {' and '.join(missing)} a vote's result has no chart: all else works."
    return replace(card, body=(*card.body, note))


def alert_card(group: Group, alert: str) -> Card:
    """What leads are told when the group can't go on by itself."""
    return Card(
        title=f"{escape(group.name)} needs a lead",
        body=(alert,),
        small="You get this as a lead of the group, each trouble at most once a day. Commands work "
        "in the group's server, not here.",
        tone=Tone.WARNING,
    )
