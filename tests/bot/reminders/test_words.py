"""Reminders as whole cards: for the channel, and for one person."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import scenery
from scenery import SESSION, STARTS, occasions

from bot.cards import Button, ButtonStyle, Card, Tone
from bot.members.model import Member, Place
from bot.places.spoken import HourCycle
from bot.reminders.model import MOST_MENTIONED
from bot.reminders.words import (
    channel_reminder,
    mention_card,
    personal_reminder,
    thread_title,
    unconfirmed_speakers,
)
from bot.sessions.change_words import changes_in
from bot.sessions.model import Answer, SessionView, Talk, TalkState

GROUP = replace(scenery.GROUP, meeting_place="Stage [1]")
VIEW = SessionView(
    session=replace(
        SESSION,
        talks=(Talk(id=1, session_id=7, position=0, title="Alpha", speaker_id=12, minutes=30),),
    ),
    answers={
        Answer.GOING: frozenset({12, 13}),
        Answer.RECORDING: frozenset(),
        Answer.NOT_GOING: frozenset({14}),
    },
    clocks=(("Berlin", "Europe/Berlin"), ("Kolkata", "Asia/Kolkata")),
    meetings=occasions(
        (datetime(2022, 8, 27, 14, 0) + timedelta(weeks=2 * n) for n in range(13)),  # noqa: DTZ001
        "America/Denver",
    ),
)
BERLIN = Place(name="Berlin", zone="Europe/Berlin")
CLARA = Member(user_id=13, place=BERLIN, locale="en-GB")
KOLKATA = ("Kolkata", "Asia/Kolkata")
CHANGE = "⏰ Clocks change: 2:30 AM instead of 1:30 AM in Kolkata, from now on."


@pytest.mark.parametrize(
    ("minutes", "until"),
    [
        (10_080, "in 1 week"),
        (1_440, "in 1 day"),
        (60, "in 1 hour"),
        (10, "in 10 minutes"),
        (23 * 60 + 50, "in 23 hours and 50 minutes"),
    ],
)
def test_the_channel_reads_every_clock_at_once(minutes: int, until: str) -> None:
    asked = ("❔ <@12>, will you present? `/talk` confirms, swaps, or says that you can't.",)
    told = changes_in(VIEW, [KOLKATA, ("Berlin", "Europe/Berlin")])
    assert channel_reminder(GROUP, VIEW, STARTS - timedelta(minutes=minutes), told) == Card(
        title=f"🔔 ML \\*Theory\\* #2 {until}",
        body=(
            "<t:1668891600:F> · <t:1668891600:R>",
            "🕑 Saturday 2:00 PM in Denver · Saturday 10:00 PM in Berlin · Sunday 2:30 AM in "
            "Kolkata",
            CHANGE,
            "1. **Alpha** · <@12>",
            *(asked if minutes > 12 * 60 else ()),
            "📍 Stage \\[1\\]",
        ),
        tone=Tone.SESSION,
        buttons=(
            Button(label="Going · 2", action="rsvp:going:7", style=ButtonStyle.GOOD, emoji="✅"),
            Button(label="Recording only", action="rsvp:recording:7", emoji="📼"),
            Button(label="Can't come · 1", action="rsvp:not_going:7"),
        ),
    )


def test_only_who_has_not_confirmed_is_asked_to_and_in_time() -> None:
    states = zip(TalkState, (12, 13, 14, 12, None, 16), strict=True)
    talks = tuple(
        replace(VIEW.session.talks[0], id=n, state=state, speaker_id=speaker_id)
        for n, (state, speaker_id) in enumerate(states)
    )
    session = replace(VIEW.session, talks=talks)
    assert unconfirmed_speakers(session, STARTS - timedelta(days=1)) == [12]
    assert unconfirmed_speakers(session, STARTS - timedelta(hours=1)) == []


def test_the_channel_hears_in_time_which_talk_nobody_presents() -> None:
    [alpha] = VIEW.session.talks
    beta = replace(alpha, id=2, title="*Beta*", speaker_id=None)
    talks = (alpha, beta, replace(beta, id=3, title="Gamma"))
    view = replace(VIEW, session=replace(VIEW.session, talks=talks))
    asked = (
        "🙋 Nobody presents **\\*Beta\\*** and **Gamma** yet: whoever would chooses it in `/talk`."
    )
    early, late = (
        channel_reminder(GROUP, view, STARTS - timedelta(hours=hours)).body for hours in (24, 1)
    )
    assert (asked in early, [line for line in late if "🙋" in line]) == (True, [])


def test_a_person_reads_their_own_clock_and_can_stop() -> None:
    assert personal_reminder(GROUP, VIEW, CLARA, STARTS - timedelta(hours=1)) == Card(
        title="🔔 ML \\*Theory\\* #2",
        body=(
            "**Saturday 19 November, 22:00 in Berlin, in 1 hour**",
            "1. **Alpha** · <@12>",
            "📍 Stage \\[1\\]",
        ),
        small=f"You asked for this; /me reminders in <#{GROUP.channel_id}> changes it.",
        tone=Tone.SESSION,
        buttons=(
            Button(label="Going", action="rsvp:going:7", style=ButtonStyle.GOOD, emoji="✅"),
            Button(label="Recording only", action="rsvp:recording:7", emoji="📼"),
            Button(label="Can't come", action="rsvp:not_going:7"),
            Button(label="Stop reminding me", action="remind:stop", emoji="🔕"),
        ),
    )


@pytest.mark.parametrize(
    ("member", "moment"),
    [
        (replace(CLARA, locale="de"), "Samstag, 19. November, 22:00 (Berlin) · in 1 Stunde"),
        (
            replace(CLARA, hour_cycle=HourCycle.TWELVE),
            "Saturday 19 November, 10:00 pm in Berlin, in 1 hour",
        ),
        (
            Member(user_id=15, place=Place(name="Kolkata", zone="Asia/Kolkata")),
            "Sunday, 20 November, 2:30 am in Kolkata, in 1 hour",
        ),
        (Member(user_id=16), "Saturday, November 19, 2:00 PM in Denver, in 1 hour"),
    ],
)
def test_each_person_reads_their_own_language_zone_and_hours(member: Member, moment: str) -> None:
    card = personal_reminder(GROUP, VIEW, member, STARTS - timedelta(hours=1))
    assert card.body[0] == f"**{moment}**"


def test_a_person_hears_of_a_change_in_their_own_words() -> None:
    devi = Member(user_id=15, place=Place(name="Pune", zone="Asia/Kolkata"))
    told = changes_in(VIEW, [("Pune", "Asia/Kolkata")])
    card = personal_reminder(GROUP, VIEW, devi, STARTS - timedelta(hours=1), told)
    assert card.body[:2] == (
        "**Sunday, 20 November, 2:30 am in Pune, in 1 hour**",
        "⏰ Clocks change: 2:30 am instead of 1:30 am in Pune, from now on.",
    )


def test_a_bare_session_has_no_place_and_no_change() -> None:
    bare = replace(VIEW, session=replace(VIEW.session, talks=()), meetings=())
    group = replace(GROUP, meeting_place="")
    card = personal_reminder(group, bare, CLARA, STARTS - timedelta(days=1))
    assert card.body[1:] == (f"No talks yet: `/pitch` one in <#{GROUP.channel_id}>.",)


def test_nobody_is_asked_to_pitch_for_a_session_that_is_near() -> None:
    bare = replace(VIEW, session=replace(VIEW.session, talks=()), meetings=())
    near, far = STARTS - timedelta(hours=1), STARTS - timedelta(days=1)
    said = [channel_reminder(GROUP, bare, now).body[2:-1] for now in (far, near)]
    assert said == [("No talks yet: `/pitch` one.",), ()]
    assert ["/pitch" in personal_reminder(GROUP, bare, CLARA, now).text for now in (far, near)] == [
        True,
        False,
    ]


@pytest.mark.parametrize("minutes", [0, 3, 15])
def test_after_the_start_everybody_reads_that_it_has_begun(minutes: int) -> None:
    now = STARTS + timedelta(minutes=minutes)
    title = "🔔 ML \\*Theory\\* #2 has begun"
    ago = f"{minutes} minutes ago" if minutes else "now"
    personal = personal_reminder(GROUP, VIEW, CLARA, now)
    assert channel_reminder(GROUP, VIEW, now).title == title
    assert mention_card(GROUP, VIEW.session, [12], now).title == title
    assert (personal.title, personal.body[0]) == (
        title,
        f"**Saturday 19 November, 22:00 in Berlin, {ago}**",
    )


def test_those_without_direct_messages_are_named_in_one_card() -> None:
    assert mention_card(GROUP, VIEW.session, [12, 13], STARTS - timedelta(hours=1)) == Card(
        title="🔔 ML \\*Theory\\* #2 in 1 hour",
        body=("<t:1668891600:F> · <t:1668891600:R>", "<@12> <@13>"),
        small="You asked to be reminded, and I can't write to you directly: open your direct "
        "messages to this server's members, then choose again with /me reminders.",
        tone=Tone.SESSION,
        buttons=(
            Button(label="Going", action="rsvp:going:7", style=ButtonStyle.GOOD, emoji="✅"),
            Button(label="Recording only", action="rsvp:recording:7", emoji="📼"),
            Button(label="Can't come", action="rsvp:not_going:7"),
        ),
    )


def test_a_thread_is_called_after_its_session_without_markdown() -> None:
    assert thread_title(GROUP, VIEW.session) == "ML *Theory* #2"


def test_as_many_names_as_one_message_may_hold_fit_its_text() -> None:
    longest = [2**63 - 1 - number for number in range(MOST_MENTIONED)]
    names = mention_card(GROUP, VIEW.session, longest, STARTS).body[1]
    assert (len(names), names.count("<@")) == (1_977, 86)
