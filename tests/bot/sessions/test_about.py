"""A newcomer's card: what, when for them, who, what was last, and the way in."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from backstage import (
    BEN,
    CHANNEL,
    CLARA,
    FIRST,
    KENJI,
    MAYA,
    PATTERN,
    SECOND,
    START,
    Backstage,
    actor,
)

from bot.ballots.model import BallotForm
from bot.cards import Button, ButtonStyle, Card, Tone, action, stamp
from bot.errors import Refusal
from bot.groups.pattern import Break
from bot.groups.store import save_pattern
from bot.members.model import Place

FOLLOW = Button(label="Follow", action=action("follow", 1), style=ButtonStyle.PRIMARY, emoji="🔔")
RHYTHM = (
    "🗓️ Every 2 weeks on Saturday at 2:00\u202fPM in Denver, for 60 minutes.\n"
    f"📍 Stage 1 · at home in <#{CHANNEL}>"
)


async def test_newcomer_sees_what_when_who_and_the_way_in(house: Backstage) -> None:
    await house.found_group(about="We read *papers*.")
    card = await house.rooms.about.about(actor(BEN), None)
    assert card == Card(
        title="📚 ML Theory",
        body=(
            "We read \\*papers\\*.",
            RHYTHM.replace("\u202f", " "),
            f"**Next session, #1:** {stamp(FIRST)} · {stamp(FIRST, 'R')}\n"
            "No talks yet: `/pitch` one.",
            f"Led by <@{MAYA}> · 0 people follow it.",
        ),
        small="Pitch a topic with `/pitch`. Say where you live with `/me timezone`: I'll write "
        "your time.",
        tone=Tone.SESSION,
        buttons=(FOLLOW,),
    )


async def test_follower_with_a_zone_reads_the_next_session_in_their_time(
    house: Backstage,
) -> None:
    group = await house.found_group()
    await house.know(KENJI, Place(name="Tokyo", zone="Asia/Tokyo"))
    await house.follow(group, KENJI, CLARA)
    card = await house.rooms.about.about(actor(KENJI), None)
    assert "Sunday 6 November, 05:00 in Tokyo, in 1 week" in card.body[1]
    assert card.body[2] == f"Led by <@{MAYA}> · 2 people follow it, you too."
    assert (card.small, card.buttons) == ("Pitch a topic with `/pitch`.", ())


async def test_while_a_session_is_on_the_card_says_until_when(house: Backstage) -> None:
    await house.found_group()
    await house.know(KENJI, Place(name="Tokyo", zone="Asia/Tokyo"), locale="en-GB")
    house.now = FIRST + timedelta(minutes=30)
    began = f"began {stamp(FIRST, 'R')}\nNo talk is in it."
    told = [(await house.rooms.about.about(actor(who), None)).body[1] for who in (BEN, KENJI)]
    assert told == [
        f"**Now: #1**, until {stamp(FIRST + timedelta(hours=1), 't')} · {began}",
        f"**Now: #1**, until 06:00 in Tokyo · {began}",
    ]


async def test_a_pause_is_told_while_it_lasts(house: Backstage) -> None:
    group = await house.found_group()
    await house.follow(group, BEN)
    days_off = Break(first=date(2022, 11, 1))
    async with house.db.begin() as tx:
        await save_pattern(tx, group.id, PATTERN.with_days_off([days_off], ()))
    told = []
    for day in (START, START + timedelta(days=4)):
        house.now = day
        card = await house.rooms.about.about(actor(BEN), None)
        told.append("It is paused at the moment." in card.body[0])
    assert told == [False, True]
    async with house.db.begin() as tx:
        ended = replace(days_off, last=date(2022, 11, 20))
        await save_pattern(tx, group.id, PATTERN.with_days_off([ended], ()))
    card = await house.rooms.about.about(actor(BEN), None)
    break_line = "⏸️ A break from November 1, 2022 to November 20, 2022."
    house.now = START + timedelta(days=30)
    after = await house.rooms.about.about(actor(BEN), None)
    assert [break_line in one.body[0] for one in (card, after)] == [True, False]


async def test_a_move_to_another_city_is_told_ahead_and_then_taken_for_granted(
    house: Backstage,
) -> None:
    group = await house.found_group()
    in_tokyo = replace(
        PATTERN.newest, zone="Asia/Tokyo", city="", since_at=datetime.fromisoformat("2022-11-19")
    )
    async with house.db.begin() as tx:
        await save_pattern(tx, group.id, PATTERN.revised(in_tokyo))
    told = []
    for day in (START, SECOND):
        house.now = day
        told.append((await house.rooms.about.about(actor(BEN), None)).body[0].splitlines()[:-1])
    denver = "🗓️ Every 2 weeks on Saturday at 2:00 PM in Denver, for 60 minutes."
    tokyo = "🗓️ Every 2 weeks on Saturday at {} in Tokyo, for 60 minutes{}."
    assert told == [
        [denver, tokyo.format("2:00 PM", ", from November 19, 2022 on")],
        [tokyo.format("14:00", "")],
    ]


async def test_last_talks_are_named_with_their_discussions(house: Backstage) -> None:
    group = await house.found_group()
    await house.pitch(group, "Alpha *a*", speakers=(BEN,))
    await house.rooms.ballots.open(actor(), None, BallotForm(talks_each=1))
    await house.runner.run_due()
    [ballot] = house.messenger.places[CHANNEL].messages.values()
    house.messenger.vote(ballot.id, CLARA, "🇦")
    await house.advance_to(START + timedelta(days=3))
    await house.advance_to(SECOND - timedelta(days=1))
    [post] = [one for one in house.messenger.places.values() if "Alpha" in one.title]
    card = await house.rooms.about.about(actor(BEN), None)
    assert card.body[2] == f"**Last talks**\n- #1 Alpha \\*a\\* · <#{post.id}>"


async def test_group_of_another_server_is_not_shown(house: Backstage) -> None:

    await house.found_group()
    with pytest.raises(Refusal, match="There is no reading group here yet"):
        await house.rooms.about.about(actor(BEN, server_id=77), None)
