"""Setting a group up: a private draft that becomes public once, whole, and by a lead's wish."""

import asyncio
from collections.abc import Coroutine
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from backstage import BEN, CHANNEL, FORUM, MAYA, SERVER, START, Backstage, actor, manager
from bent import acts_in, refusal_of

from bot.database import Database
from bot.errors import Refusal
from bot.groups import store
from bot.groups.model import Group, GroupState, Pattern, SetupChange, SetupForm
from bot.members.model import Actor

FORM = SetupForm(
    name="ML Theory",
    city="Denver",
    first_session="2022-11-05 14:00",
    meeting_place="Stage 1",
    about="We read *theory*.",
)
OTHER_SERVER, NEW_HOME = 990, 955
ONLY_MANAGERS = "Only somebody with the Manage Server permission can set up a group here."
DISCARDED = "This draft was discarded: start again with `/group setup`."


async def drafted(house: Backstage, who: Actor | None = None, **changes: str) -> Group:
    """A draft as it is in the database."""
    who = who or manager()
    form = replace(FORM, **changes)
    card = await house.rooms.setup.start(who, form)
    group_id = int(card.buttons[0].action.rsplit(":", 1)[1])
    return await kept(house.db, group_id)


async def kept(db: Database, group_id: int) -> Group:
    async with db.read() as tx:
        return await store.group_of(tx, group_id)


async def test_a_draft_is_kept_whole_and_is_not_public(house: Backstage) -> None:
    draft = await drafted(house)
    house.restart()
    assert draft == Group(
        id=draft.id,
        server_id=SERVER,
        name="ML Theory",
        about="We read *theory*.",
        state=GroupState.DRAFT,
        creator_id=MAYA,
        pattern=Pattern(
            zone="America/Denver",
            city="Denver",
            first_at=draft.pattern.first_at,
            every_weeks=2,
            minutes=60,
        ),
        channel_id=CHANNEL,
        meeting_place="Stage 1",
        lead_ids=frozenset({MAYA}),
    )
    assert await house.rooms.setup.form(manager(), draft.id) == FORM
    assert await house.rooms.groups.groups_in(SERVER) == []
    await house.advance_to(START + timedelta(days=30))
    assert house.messenger.said() == []


def touches(house: Backstage, who: Actor, draft: Group) -> list[Coroutine[Any, Any, object]]:
    """Everything that can be done to a draft."""
    setup = house.rooms.setup
    return [
        setup.form(who, draft.id),
        setup.rhythm(who, draft.id),
        setup.retype(who, draft.id, FORM),
        setup.retype_rhythm(who, draft.id, "last Friday 20:30"),
        setup.change(who, draft.id, SetupChange(minutes=90)),
        setup.check(who, draft.id),
        setup.publish(who, draft.id),
        setup.discard(who, draft.id),
    ]


async def test_plain_members_can_touch_no_draft(house: Backstage) -> None:
    setup, ben = house.rooms.setup, actor(BEN)
    draft = await drafted(house)
    with pytest.raises(Refusal, match=ONLY_MANAGERS):
        setup.may_start(ben)
    for work in (setup.start(ben, FORM), *touches(house, ben, draft)):
        assert await refusal_of(work) == ONLY_MANAGERS
    assert await kept(house.db, draft.id) == draft


async def test_another_servers_managers_can_touch_no_draft(house: Backstage) -> None:
    stranger, draft = manager(BEN, OTHER_SERVER), await drafted(house)
    for work in touches(house, stranger, draft):
        assert await refusal_of(work) == DISCARDED
    assert await kept(house.db, draft.id) == draft


async def test_a_refused_form_leaves_nothing_behind(house: Backstage) -> None:
    setup = house.rooms.setup
    for form in (
        replace(FORM, name=""),
        replace(FORM, city="Atlantis-upon-Sea"),
        replace(FORM, city="MST"),
        replace(FORM, first_session="2021-11-05 14:00"),
        replace(FORM, about="x" * 601),
        replace(FORM, meeting_place="x" * 101),
    ):
        await refusal_of(setup.start(manager(), form))
    draft = await drafted(house, name="ML Theory")
    assert await refusal_of(setup.retype(manager(), draft.id, replace(FORM, name="7")))
    assert await kept(house.db, draft.id) == draft


async def test_typing_anew_keeps_what_was_picked(house: Backstage) -> None:
    setup = house.rooms.setup
    draft = await drafted(house)
    change = SetupChange(
        every_weeks=1, minutes=90, talks_per_session=3, channel_id=NEW_HOME, forum_id=FORUM
    )
    await setup.change(manager(), draft.id, change)
    form = replace(FORM, name="Quantum", city="Berlin", first_session="2022-11-06 09:30", about="")
    await setup.retype(manager(), draft.id, form)
    typed = await kept(house.db, draft.id)
    assert typed == replace(
        draft,
        name="Quantum",
        about="",
        pattern=Pattern(
            zone="Europe/Berlin",
            city="Berlin",
            first_at=draft.pattern.first_at.replace(day=6, hour=9, minute=30),
            every_weeks=1,
            minutes=90,
        ),
        talks_per_session=3,
        channel_id=NEW_HOME,
        forum_id=FORUM,
    )
    await setup.change(manager(), draft.id, SetupChange(forum_id=0))
    assert await kept(house.db, draft.id) == replace(typed, forum_id=None)


async def test_whatever_rhythm_is_typed_begins_on_the_day_that_was_named(house: Backstage) -> None:
    setup = house.rooms.setup
    draft = await drafted(house, first_session="2022-11-16 20:30")
    card = await setup.retype_rhythm(manager(), draft.id, "last Friday 20:30")
    dates = card.body[2].splitlines()
    assert (dates[1], dates[-1]) == (
        "- Friday, November 25, 8:30 PM (UTC−07:00)",
        "📌 You named Wednesday, November 16, 2022 for the start: this rhythm's first meeting is "
        "on Friday, November 25, 2022.",
    )
    card = await setup.change(manager(), draft.id, SetupChange(every_weeks=1))
    assert "- Friday, November 18, 8:30 PM" in card.body[2]
    form = await setup.form(manager(), draft.id)
    await setup.retype(manager(), draft.id, replace(form, about="Proofs."))
    card = await setup.retype_rhythm(manager(), draft.id, "every 2 weeks on Wednesday 20:30")
    assert "📌" not in card.text
    await setup.publish(manager(), draft.id)
    assert await kept(house.db, draft.id) == replace(
        draft, state=GroupState.ACTIVE, about="Proofs."
    )


async def test_a_city_that_stays_is_not_asked_about(house: Backstage) -> None:
    setup, form = house.rooms.setup, replace(FORM, city="Cambridge, GB")
    assert "“cambridge” is the name of several cities" in await refusal_of(
        setup.start(manager(), replace(FORM, city="cambridge"))
    )
    card = await setup.start(manager(), form)
    group_id = int(str(card.buttons[0].action).rpartition(":")[2])
    again = await setup.form(manager(), group_id)
    assert again.city == "Cambridge"
    retyped = await setup.retype(manager(), group_id, replace(again, about="Proofs."))
    assert "in Cambridge, for 60 minutes" in retyped.text
    assert "Europe/London" in retyped.text


@pytest.mark.both_databases
async def test_picks_made_at_once_are_all_kept(house: Backstage) -> None:
    setup = house.rooms.setup
    draft = await drafted(house)
    await asyncio.gather(
        setup.change(manager(), draft.id, SetupChange(every_weeks=4)),
        setup.change(manager(), draft.id, SetupChange(minutes=120)),
        setup.change(manager(), draft.id, SetupChange(talks_per_session=1)),
    )
    assert await kept(house.db, draft.id) == replace(
        draft,
        pattern=replace(draft.pattern, every_weeks=4, minutes=120),
        talks_per_session=1,
    )


async def test_a_name_is_free_again_for_its_drafter_but_not_for_others(house: Backstage) -> None:
    setup = house.rooms.setup
    first = await drafted(house)
    assert await refusal_of(setup.start(manager(BEN), replace(FORM, name="ml  theory"))) == (
        "The name “ml theory” is taken in this server: choose another one."
    )
    second = await drafted(house)
    assert await refusal_of(setup.check(manager(), first.id)) == DISCARDED
    await setup.publish(manager(), second.id)
    assert await refusal_of(setup.start(manager(), FORM)) == (
        "The name “ML Theory” is taken in this server: choose another one."
    )
    other = await drafted(house, name="Quantum")
    assert await refusal_of(setup.retype(manager(), other.id, FORM)) == (
        "The name “ML Theory” is taken in this server: choose another one."
    )
    assert await kept(house.db, other.id) == other
    assert (await drafted(house, manager(BEN, OTHER_SERVER))).name == "ML Theory"


async def test_a_draft_left_lying_for_a_day_gives_its_name_back(house: Backstage) -> None:
    setup = house.rooms.setup
    left = await drafted(house)
    house.now += timedelta(days=1)
    assert "is taken" in await refusal_of(setup.start(manager(BEN), FORM))
    house.now += timedelta(seconds=1)
    assert (await drafted(house, manager(BEN))).creator_id == BEN
    assert await refusal_of(setup.check(manager(), left.id)) == DISCARDED


@pytest.mark.both_databases
async def test_one_name_drafted_twice_at_once_is_one_draft(house: Backstage) -> None:
    tries = await asyncio.gather(
        *(house.rooms.setup.start(manager(who), FORM) for who in (MAYA, BEN)),
        return_exceptions=True,
    )
    refused = [one for one in tries if isinstance(one, Refusal)]
    assert [str(one) for one in refused] == [
        "The name “ML Theory” is taken in this server: choose another one."
    ]
    assert len(tries) == 2


async def test_nothing_is_public_while_a_permission_is_missing(house: Backstage) -> None:
    setup = house.rooms.setup
    draft = await drafted(house)
    house.messenger.places[CHANNEL].denied = {"Send Messages", "Add Reactions"}
    card = await setup.check(manager(), draft.id)
    assert card.body[-1] == (
        "⚠️ **I still need these permissions**\n"
        f"- Send Messages in <#{CHANNEL}>\n- Add Reactions in <#{CHANNEL}>"
    )
    assert await refusal_of(setup.publish(manager(), draft.id)) == (
        f"Nothing is public yet: I still need Send Messages in <#{CHANNEL}>; Add Reactions in "
        f"<#{CHANNEL}>. Grant that in the channel's or server's settings and press Publish again."
    )
    await house.runner.run_due()
    assert (await kept(house.db, draft.id), house.messenger.said()) == (draft, [])
    house.messenger.places[CHANNEL].denied = set()
    assert "⚠️" not in (await setup.check(manager(), draft.id)).text
    await setup.publish(manager(), draft.id)
    await house.runner.run_due()
    assert house.messenger.titles() == ["📚 ML Theory"]


@pytest.mark.both_databases
async def test_publish_pressed_by_two_leads_at_once_says_one_welcome(house: Backstage) -> None:
    setup = house.rooms.setup
    draft = await drafted(house)
    presses = await asyncio.gather(
        setup.publish(manager(), draft.id),
        setup.publish(manager(BEN), draft.id),
        return_exceptions=True,
    )
    assert sorted(one.title if not isinstance(one, Refusal) else str(one) for one in presses) == [
        "ML Theory is open",
        "ML Theory is published already.",
    ]
    await house.runner.run_due()
    house.restart()
    await house.runner.run_due()
    assert house.messenger.titles() == ["📚 ML Theory"]
    assert len(house.messenger.events) == 6
    assert await refusal_of(setup.publish(manager(), draft.id)) == "ML Theory is published already."
    acts = await house.rooms.acts.acts_card(actor(), None)
    first_was_maya = not isinstance(presses[0], Refusal)
    by_maya = f"**1.** <@{MAYA}> published the group"
    by_ben = f"**1.** <@{BEN}> published the group, led by <@{MAYA}>"
    assert acts_in(acts) == [by_maya if first_was_maya else by_ben]
    assert acts.buttons == ()  # what is public has been seen


@pytest.mark.both_databases
async def test_a_draft_is_published_or_discarded_but_never_both(house: Backstage) -> None:
    setup = house.rooms.setup
    draft = await drafted(house)

    async def discard_meanwhile() -> None:
        await setup.discard(manager(BEN), draft.id)

    house.messenger.meanwhile["missing_permissions"] = discard_meanwhile
    assert await refusal_of(setup.publish(manager(), draft.id)) == DISCARDED
    await house.runner.run_due()
    assert house.messenger.said() == []
    house.messenger.meanwhile.clear()
    again = await drafted(house)
    await setup.publish(manager(), again.id)
    for work in touches(house, manager(), again):
        assert await refusal_of(work) == "ML Theory is published already."
    assert await kept(house.db, again.id) == replace(again, state=GroupState.ACTIVE)
