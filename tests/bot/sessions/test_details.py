"""What follows when a group gets another name, other words or another place to meet."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from backstage import BEN, CHANNEL, CLARA, MAYA, START, Backstage, actor, die
from bent import acts_in, going, heard, labels, refusal_of, sessions_of
from fakes.messenger import Message
from scenery import GROUP, SESSION

from bot.ballots.model import BallotForm
from bot.calendars.service import calendar_event
from bot.cards import Card, Tone
from bot.groups.model import Group, GroupChange, GroupState
from bot.groups.store import add_group, group_of
from bot.jobs.model import LEASE
from bot.messenger import EventPlan
from bot.sessions.details import place_card
from bot.sessions.model import Session
from bot.sessions.store import save_place

LINK = "https://zoom.example/j/1_2_3"


async def edit(house: Backstage, **words: str) -> Card:
    return await house.rooms.groups.edit(actor(), None, GroupChange(**words))


async def kept(house: Backstage, group: Group) -> Group:
    async with house.db.read() as tx:
        return await group_of(tx, group.id)


async def elsewhere(house: Backstage, session: Session) -> None:
    """The session has a place of its own, as leads gave it in Discord's dialog."""
    async with house.db.begin() as tx:
        await save_place(tx, replace(session, place="Lab"))


def plans(house: Backstage) -> list[EventPlan]:
    """What native events show, the soonest first."""
    return sorted(house.messenger.events.values(), key=lambda plan: plan.starts_at)


async def notices(house: Backstage) -> list[Message]:
    return [one for one in await heard(house) if one.card.title[0] in "📍↩"]


async def calendar(house: Backstage, group: Group) -> list[tuple[str, str, int]]:
    """What calendar files say of the first two sessions: title, place, sequence."""
    group = await kept(house, group)
    events = [calendar_event(group, one) for one in (await sessions_of(house, group))[:2]]
    return [(one.title, one.location, one.sequence) for one in events]


async def test_a_new_place_is_in_events_and_calendars_and_told_once(house: Backstage) -> None:
    group = await house.found_group(is_mirrored=True)
    first, second, *_ = await sessions_of(house, group)
    await elsewhere(house, first)
    await going(house, second, BEN, CLARA)
    house.messenger.members.remove(CLARA)
    card = await edit(house, meeting_place=f" {LINK} ")
    assert (card.title, card.body[1]) == ("✅ ML Theory is changed", f"📍 Meeting place: {LINK}")
    card = place_card(await kept(house, group), second, "Stage 1", house.now)
    assert [(one.card, one.pings) for one in await notices(house)] == [
        (card.with_body(f"<@{BEN}>"), frozenset({BEN}))
    ]
    assert [plan.location for plan in plans(house)] == ["Lab", *[LINK] * 5]
    assert await calendar(house, group) == [
        ("ML Theory #1", "Lab", 0),
        ("ML Theory #2", LINK, 1),
    ]
    await house.advance_to(second.starts_at - timedelta(minutes=10))
    [reminder] = [one for one in await heard(house) if "🔔 ML Theory #2" in one.card.title][-1:]
    assert f"📍 {LINK}" in reminder.card.body
    assert len(await notices(house)) == 1


async def test_a_new_name_is_everywhere_and_the_channel_hears_nothing(house: Backstage) -> None:
    group = await house.found_group(is_mirrored=True, meeting_place="")
    await edit(house, name="*Theory*", about="")
    assert await heard(house) == []
    assert [(one.name, one.location) for one in plans(house)[:2]] == [
        ("*Theory* #1", "*Theory* on Discord"),
        ("*Theory* #2", "*Theory* on Discord"),
    ]
    assert await calendar(house, group) == [
        ("*Theory* #1", "*Theory* on Discord", 1),
        ("*Theory* #2", "*Theory* on Discord", 1),
    ]
    assert house.messenger.told(MAYA) == []


async def test_an_open_ballot_gets_the_new_name_and_keeps_its_votes(house: Backstage) -> None:
    group = await house.found_group()
    await house.pitch(group, "Alpha")
    await house.rooms.ballots.open(actor(), None, BallotForm())
    [ballot] = await heard(house)
    house.messenger.vote(ballot.id, BEN, "🇦")
    await edit(house, name="Theory")
    [renamed] = await heard(house)
    assert (renamed.id, renamed.card.title) == (ballot.id, "🗳️ Theory: what shall we hear next?")
    assert BEN in renamed.reactions["🇦", False]
    await house.undo()
    assert (await heard(house))[0].card.title == "🗳️ ML Theory: what shall we hear next?"


async def test_new_words_are_in_events_alone(house: Backstage) -> None:
    group = await house.found_group(is_mirrored=True)
    await edit(house, about="We read.\nYou too.")
    assert await heard(house) == []
    [described] = {plan.description[:18] for plan in plans(house)}
    assert described == "We read.\nYou too.\n"
    assert [sequence for *_, sequence in await calendar(house, group)] == [0, 0]


async def test_words_are_taken_back_and_that_again(house: Backstage) -> None:
    group = await house.found_group(is_mirrored=True)
    await edit(house, name="Theory [2]", about="We *read*.", meeting_place="Stage_2")
    edited = await kept(house, group)
    await house.runner.run_due()
    acts = await house.rooms.acts.acts_card(actor(), None)
    assert acts_in(acts)[0] == (
        "**1.** <@11> renamed the group from ML Theory to Theory \\[2\\], changed what the group "
        "is about and moved its meetings to Stage\\_2"
    )
    undone = await house.undo()
    assert (await kept(house, group), undone.title) == (group, "🗒️ What leads did in ML Theory")
    await house.runner.run_due()
    assert {plan.location for plan in plans(house)} == {"Stage 1"}
    assert await calendar(house, group) == [
        ("ML Theory #1", "Stage 1", 2),
        ("ML Theory #2", "Stage 1", 2),
    ]
    await house.undo()  # the undoing
    assert await kept(house, group) == edited
    assert [(one.card.title, one.card.body[0]) for one in await notices(house)] == [
        ("📍 Theory \\[2\\] meets in another place", "**Stage\\_2**"),
        ("↩️ ML Theory meets again in its earlier place", "Again in **Stage 1**"),
        ("↩️ Theory \\[2\\] meets again in its earlier place", "Again in **Stage\\_2**"),
    ]


async def test_a_name_that_another_group_has_is_refused_also_in_undoing(house: Backstage) -> None:
    group = await house.found_group()
    other = await house.found_group(name="Quantum", channel_id=955, forum_id=None)
    taken = "The name “{}” is taken in this server: choose another one."
    assert await refusal_of(edit(house, name="QUANTUM ")) == taken.format("QUANTUM")
    assert await kept(house, group) == group
    await edit(house, name="ML theory")  # as people read it, the same
    await edit(house, name="Theory")
    acts = await house.rooms.acts.acts_card(actor(), None)
    await house.rooms.groups.edit(actor(), str(other.id), GroupChange(name="ML Theory"))
    assert labels(acts) == ["Undo 1"]  # what the first edit changed, the second has changed again
    assert await refusal_of(house.press(acts, "Undo 1")) == taken.format("ML theory")
    assert labels(await house.rooms.acts.acts_card(actor(), None)) == []
    assert (await kept(house, group)).name == "Theory"


@pytest.mark.parametrize(("lain", "name"), [(timedelta(hours=25), "Draft"), (timedelta(0), None)])
async def test_a_draft_left_lying_keeps_its_name_from_nobody(
    house: Backstage, lain: timedelta, name: str | None
) -> None:
    group = await house.found_group()
    await leave_draft(house, group, "Draft", lain)
    if name is None:
        assert "is taken" in await refusal_of(edit(house, name="Draft"))
    else:
        await edit(house, name="Draft")
    assert (await kept(house, group)).name == (name or "ML Theory")


async def test_a_draft_left_lying_keeps_the_earlier_name_from_no_undoing(house: Backstage) -> None:
    group = await house.found_group()
    await edit(house, name="Theory")
    await leave_draft(house, group, "ML Theory", timedelta(hours=25))
    await house.undo()
    assert await kept(house, group) == group


async def leave_draft(house: Backstage, group: Group, name: str, lain: timedelta) -> None:
    draft = replace(group, name=name, state=GroupState.DRAFT, creator_id=CLARA)
    async with house.db.begin() as tx:
        await add_group(tx, draft, START - lain)


@pytest.mark.parametrize(
    "words",
    [{"name": " "}, {"name": "x" * 61}, {"about": "x" * 601}, {"meeting_place": "x" * 101}],
)
async def test_words_that_a_new_group_may_not_have_change_nothing(
    house: Backstage, words: dict[str, Any]
) -> None:
    group = await house.found_group()
    await refusal_of(edit(house, **words))
    assert "Only the leads" in await refusal_of(
        house.rooms.groups.edit(actor(BEN), None, GroupChange(name="Mine"))
    )
    assert "Only the leads" in await refusal_of(house.rooms.groups.edit_form(actor(BEN), "1"))
    assert await kept(house, group) == group
    assert labels(await house.rooms.acts.acts_card(actor(), None)) == []


async def test_a_place_that_changed_again_or_is_met_at_by_nobody_is_not_told(
    house: Backstage,
) -> None:
    group = await house.found_group()
    await edit(house, meeting_place="Stage 2")
    await edit(house, meeting_place="Stage 3")
    assert [one.card.body[0] for one in await notices(house)] == ["**Stage 3**"]
    for one in await sessions_of(house, group):
        await elsewhere(house, one)
    await edit(house, meeting_place="Stage 4")
    assert len(await notices(house)) == 1


async def test_a_process_that_dies_while_telling_tells_once(house: Backstage) -> None:
    await house.found_group()
    await edit(house, meeting_place="Stage 2")
    house.messenger.meanwhile["say"] = die
    await house.crash()
    await house.sleep_until(house.now + LEASE)
    assert len(await notices(house)) == 1


async def test_leads_hear_where_the_channel_does_not(house: Backstage) -> None:
    await house.found_group()
    await edit(house, meeting_place="Stage 2")
    house.messenger.places[CHANNEL].denied = {"Send Messages"}
    await house.runner.run_due()
    [told] = house.messenger.told(MAYA)
    assert told.body == (
        "Nobody heard from me that the group meets in another place: in the group's channel I "
        "need Send Messages.",
    )


@pytest.mark.parametrize(
    ("place", "was", "title", "body"),
    [
        (
            f"Stage [1] {LINK}",
            "Stage 1",
            "meets in another place",
            (f"**Stage \\[1\\] {LINK}**", "\nWhat was given before holds no longer."),
        ),
        ("<#905>", "", "has a meeting place", ("**<#905>**", "")),
        (
            "",
            "Stage 1",
            "has no meeting place now",
            (
                "Its leads have given no other yet.",
                "\nWhat was given before holds no longer.",
            ),
        ),
    ],
)
def test_the_notice_names_the_new_place_alone(
    place: str, was: str, title: str, body: tuple[str, str]
) -> None:
    since = "From session #2 on: <t:1668891600:F> · <t:1668891600:R>"
    assert place_card(replace(GROUP, meeting_place=place), SESSION, was, START) == Card(
        title=f"📍 ML \\*Theory\\* {title}",
        body=(body[0], f"{since}{body[1]}"),
        tone=Tone.WARNING,
    )


@pytest.mark.parametrize(
    ("place", "was", "title", "body"),
    [
        ("Stage_1", "Stage 2", "meets again in its earlier place", "Again in **Stage\\_1**"),
        ("Stage_1", "", "meets again in its earlier place", "Again in **Stage\\_1**"),
        ("", "Stage 2", "has no meeting place again", "As before, its leads have given none."),
    ],
)
def test_a_place_that_is_taken_back_is_told_as_going_back(
    place: str, was: str, title: str, body: str
) -> None:
    group = replace(GROUP, meeting_place=place)
    since = "From session #2 on: <t:1668891600:F> · <t:1668891600:R>"
    earlier = "\nWhat was given since holds no longer." if was else ""
    assert place_card(group, SESSION, was, START, is_back=True) == Card(
        title=f"↩️ ML \\*Theory\\* {title}", body=(body, since + earlier), tone=Tone.WARNING
    )


@pytest.mark.parametrize(
    ("minutes", "begins"),
    [
        (-1, "<t:1668891600:F> · <t:1668891600:R>"),
        (30, "now, until <t:1668895200:t> · began <t:1668891600:R>"),
    ],
)
def test_the_notice_says_of_a_session_that_is_on_that_it_is_now(minutes: int, begins: str) -> None:
    now = SESSION.starts_at + timedelta(minutes=minutes)
    card = place_card(replace(GROUP, meeting_place="Stage 2"), SESSION, "", now)
    assert card.body[1] == f"From session #2 on: {begins}"
