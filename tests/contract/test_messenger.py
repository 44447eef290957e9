"""What every messenger promises: the fake of the tests, and discord.py's."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.cards import Button, Card, Picture, action
from bot.messenger import (
    POSTING,
    RECONCILE,
    DeliveryProblem,
    DirectMessagesClosed,
    EventPlan,
    MessageGone,
    NativeEvent,
    Need,
    NotAllowed,
    PlaceFull,
    PlaceGone,
    TryLater,
    Turn,
    Vote,
    close_at,
)
from tests.contract.worlds import FakeWorld, World, discord_world, standby_world

CARD = Card(
    title="Session #1 in 1 hour",
    body=("Meta-learning, by <@11>",),
    small="Not for me? `/me reminders`",
    buttons=(Button(label="Going", action=action("going", 7)),),
)
OTHER = Card(title="Session #1 in 10 minutes")
NONCE = "bzftuyhysazzjxceg5vww4p3"
OTHER_NONCE = "aaaaaaaaaaaaaaaaaaaaaaaa"
MINUTE = timedelta(minutes=1)
A, B = "🇦", "🇧"
NOBODY = 2**60
MOMENT = datetime(2022, 11, 5, 20, 0, tzinfo=UTC)


@pytest.fixture(params=["fake", "discord", "standby"])
async def world(request: pytest.FixtureRequest) -> AsyncIterator[World]:
    if request.param == "fake":
        yield FakeWorld()
        return
    async with discord_world() if request.param == "discord" else standby_world() as running:
        yield running


def event_plan(world: World, marker: str = "lectern:session:7") -> EventPlan:
    return EventPlan(
        name="ML Theory #1",
        description=f"Two talks.\n\n{marker}",
        starts_at=world.now() + timedelta(days=1),
        ends_at=world.now() + timedelta(days=1, hours=1),
        location="Stage 1",
    )


async def tell(world: World, who: str, card: Card = CARD, nonce: str = NONCE) -> int | None:
    channel_id = await world.messenger.open_direct(world.people[who])
    return await world.messenger.say(channel_id, card, nonce=nonce)


# Messages.


async def test_card_stands_in_its_channel_and_its_id_comes_back(world: World) -> None:
    message_id = await world.messenger.say(world.channel_id, CARD, nonce=NONCE)
    assert world.titles(world.channel_id) == ["Session #1 in 1 hour"]
    found = await world.messenger.find_message(world.channel_id, NONCE, since=world.now() - MINUTE)
    assert found == message_id


async def test_picture_stands_in_its_card_with_its_words(world: World) -> None:
    picture = Picture(name="result.png", content=b"png", alt="A Dune: 3 votes")
    await world.messenger.say(world.channel_id, replace(CARD, pictures=(picture,)), nonce=NONCE)
    assert world.titles(world.channel_id) == ["Session #1 in 1 hour"]
    assert world.pictures(world.channel_id) == [picture]


async def test_card_goes_out_without_its_picture_where_files_are_not_allowed(
    world: World,
) -> None:
    picture = Picture(name="result.png", content=b"png", alt="A Dune: 3 votes")
    await world.deny(world.channel_id, "Attach Files")
    await world.messenger.say(world.channel_id, replace(CARD, pictures=(picture,)), nonce=NONCE)
    assert world.titles(world.channel_id) == ["Session #1 in 1 hour"]
    assert world.pictures(world.channel_id) == []


async def test_only_the_people_named_are_pinged(world: World) -> None:
    ann, ben = world.people["ann"], world.people["ben"]
    card = Card(title="Going", body=(f"<@{ann}> <@{ben}> @everyone",))
    await world.messenger.say(world.channel_id, card, nonce=NONCE)
    await world.messenger.say(world.channel_id, card, nonce=OTHER_NONCE, mentions=[ann])
    assert world.pings(world.channel_id) == [set(), {ann}]


async def test_edited_card_is_another_under_the_same_id(world: World) -> None:
    message_id = await world.messenger.say(world.channel_id, CARD, nonce=NONCE)
    await world.messenger.edit(world.channel_id, message_id, OTHER)
    assert world.titles(world.channel_id) == ["Session #1 in 10 minutes"]


@pytest.mark.parametrize(("kept", "is_found"), [(NONCE, True), (OTHER_NONCE, False), (None, False)])
async def test_edited_card_is_found_by_the_nonce_it_was_edited_with(
    world: World, kept: str | None, is_found: bool
) -> None:
    message_id = await world.messenger.say(world.channel_id, CARD, nonce=NONCE)
    await world.messenger.edit(world.channel_id, message_id, OTHER, nonce=kept)
    found = await world.messenger.find_message(world.channel_id, NONCE, since=world.now() - MINUTE)
    assert found == (message_id if is_found else None)


async def test_message_is_found_by_its_own_nonce_in_its_own_channel(world: World) -> None:
    since = world.now() - MINUTE
    await world.messenger.say(world.channel_id, CARD, nonce=OTHER_NONCE)
    assert await world.messenger.find_message(world.channel_id, NONCE, since=since) is None
    message_id = await world.messenger.say(world.channel_id, CARD, nonce=NONCE)
    await world.messenger.say(world.channel_id, CARD, nonce="c" * 24)
    assert await world.messenger.find_message(world.channel_id, NONCE, since=since) == message_id
    post_id = await world.messenger.open_discussion(
        world.forum_id, "Dune", OTHER, nonce=OTHER_NONCE
    )
    assert await world.messenger.find_message(post_id, NONCE, since=since) is None


async def test_search_begins_where_it_is_told_to(world: World) -> None:
    await world.messenger.say(world.channel_id, CARD, nonce=NONCE)
    await world.wait(5 * MINUTE)
    since = world.now() - MINUTE
    assert await world.messenger.find_message(world.channel_id, NONCE, since=since) is None


async def test_direct_message_reaches_one_person_and_is_found_with_them(world: World) -> None:
    since = world.now() - MINUTE
    message_id = await tell(world, "ann")
    await tell(world, "ben", OTHER, OTHER_NONCE)
    assert world.direct_titles("ann") == ["Session #1 in 1 hour"]
    assert world.direct_titles("ben") == ["Session #1 in 10 minutes"]
    ann, ben = [await world.messenger.open_direct(world.people[who]) for who in ("ann", "ben")]
    assert await world.messenger.find_message(ann, NONCE, since=since) == message_id
    assert await world.messenger.find_message(ben, NONCE, since=since) is None


async def test_channel_with_a_person_is_the_same_each_time_it_is_opened(world: World) -> None:
    ann, ben = world.people["ann"], world.people["ben"]
    opened = [await world.messenger.open_direct(user_id) for user_id in (ann, ben, ann)]
    assert (opened[0] == opened[2], opened[0] == opened[1]) == (True, False)


async def test_empty_channel_with_a_person_is_searched_in_vain(world: World) -> None:
    channel_id = await world.messenger.open_direct(world.people["ann"])
    since = world.now() - MINUTE
    assert await world.messenger.find_message(channel_id, NONCE, since=since) is None


async def test_message_that_was_said_and_deleted_since_is_not_said_again(world: World) -> None:
    message_id = await world.messenger.say(world.channel_id, CARD, nonce=NONCE)
    await world.delete_message(world.channel_id, message_id or 0)
    world.meet_a_message_that_was_deleted()
    assert await world.messenger.say(world.channel_id, CARD, nonce=NONCE) is None
    assert world.titles(world.channel_id) == []


# Discussions.


async def test_forum_gets_a_post_that_is_found_again(world: World) -> None:
    ann = world.people["ann"]
    card = Card(title="Dune", body=(f"<@{ann}>",))
    post_id = await world.messenger.open_discussion(
        world.forum_id, "Dune, by ann", card, nonce=NONCE, mentions=[ann]
    )
    assert world.threads(world.forum_id) == {post_id: "Dune, by ann"}
    assert (world.titles(post_id), world.pings(post_id)) == (["Dune"], [{ann}])
    find = world.messenger.find_discussions
    assert await find(world.forum_id, "Dune, by ann", nonce=NONCE) == (post_id,)
    assert await find(world.forum_id, "Dune, by ann", nonce=OTHER_NONCE) == ()
    assert await find(world.forum_id, "Solaris", nonce=NONCE) == ()


async def test_archived_post_is_found_too(world: World) -> None:
    post_id = await world.messenger.open_discussion(world.forum_id, "Dune", CARD, nonce=NONCE)
    await world.archive(post_id)
    found = await world.messenger.find_discussions(world.forum_id, "Dune", nonce=NONCE)
    assert found == (post_id,)


async def test_post_whose_first_message_was_deleted_is_not_taken_for_ours(world: World) -> None:
    post_id = await world.messenger.open_discussion(world.forum_id, "Dune", CARD, nonce=NONCE)
    await world.delete_message(post_id, post_id)
    found = await world.messenger.find_discussions(world.forum_id, "Dune", nonce=NONCE)
    assert found == ()


async def test_twins_are_found_oldest_first_though_the_older_is_archived(world: World) -> None:
    twins = [
        await world.messenger.open_discussion(world.forum_id, "Dune", CARD, nonce=NONCE)
        for _ in range(3)
    ]
    await world.archive(twins[0])
    found = await world.messenger.find_discussions(world.forum_id, "Dune", nonce=NONCE)
    assert found == tuple(sorted(twins))


async def test_removed_post_is_not_found_and_removing_it_again_is_harmless(world: World) -> None:
    kept, removed = [
        await world.messenger.open_discussion(world.forum_id, "Dune", CARD, nonce=NONCE)
        for _ in range(2)
    ]
    await world.messenger.remove_discussion(removed)
    await world.messenger.remove_discussion(removed)
    await world.messenger.remove_discussion(NOBODY)
    found = await world.messenger.find_discussions(world.forum_id, "Dune", nonce=NONCE)
    assert found == (kept,)


async def test_threads_of_a_channel_are_not_looked_for(world: World) -> None:
    await world.messenger.open_discussion(world.channel_id, "Dune", CARD, nonce=NONCE)
    assert await world.messenger.find_discussions(world.channel_id, "Dune", nonce=NONCE) == ()


async def test_channel_gets_a_thread_under_its_announcement(world: World) -> None:
    thread_id = await world.messenger.open_discussion(world.channel_id, "Dune", CARD, nonce=NONCE)
    assert world.threads(world.channel_id) == {thread_id: "Dune"}
    assert world.titles(world.channel_id) == ["Session #1 in 1 hour"]
    since = world.now() - MINUTE
    assert await world.messenger.find_message(world.channel_id, NONCE, since=since) == thread_id


async def test_thread_that_is_open_already_is_no_failure_and_no_second_one(world: World) -> None:
    open_discussion = world.messenger.open_discussion
    first_id = await open_discussion(world.channel_id, "Dune", CARD, nonce=NONCE)
    world.meet_a_thread_that_exists()
    again_id = await open_discussion(world.channel_id, "Dune", CARD, nonce=NONCE)
    assert again_id == first_id
    assert world.threads(world.channel_id) == {first_id: "Dune"}
    assert world.titles(world.channel_id) == ["Session #1 in 1 hour"]


async def test_message_gets_one_thread_however_often_it_is_opened(world: World) -> None:
    open_thread = world.messenger.open_thread
    message_id = await world.messenger.say(world.channel_id, CARD, nonce=NONCE) or 0
    opened_id = await open_thread(world.channel_id, message_id, "Dune")
    world.meet_a_thread_that_exists()
    assert (opened_id, await open_thread(world.channel_id, message_id, "Dune")) == (
        message_id,
        message_id,
    )
    assert world.threads(world.channel_id) == {message_id: "Dune"}
    said_id = await world.messenger.say(opened_id, OTHER, nonce=OTHER_NONCE)
    assert (
        await world.messenger.find_message(opened_id, OTHER_NONCE, since=world.now() - MINUTE)
        == said_id
    )


async def test_two_discussions_of_one_title_are_two(world: World) -> None:
    open_discussion = world.messenger.open_discussion
    for place_id in (world.channel_id, world.forum_id):
        one = await open_discussion(place_id, "Dune", CARD, nonce=NONCE)
        other = await open_discussion(place_id, "Dune", CARD, nonce=OTHER_NONCE)
        assert world.threads(place_id) == {one: "Dune", other: "Dune"}


# Events.


async def test_event_is_made_and_brought_up_to_date(world: World) -> None:
    plan = event_plan(world)
    event_id = await world.messenger.mirror_event(world.server_id, None, plan)
    assert world.events() == {event_id: plan}
    moved = replace(
        plan,
        name="ML Theory #1: Dune",
        starts_at=plan.starts_at + timedelta(days=2),
        ends_at=plan.ends_at + timedelta(days=2, hours=1),
        location="Stage 2",
        description="One talk.\n\nlectern:session:7",
    )
    assert await world.messenger.mirror_event(world.server_id, event_id, moved) == event_id
    assert world.events() == {event_id: moved}


async def test_event_that_somebody_deleted_is_gone(world: World) -> None:
    event_id = await world.messenger.mirror_event(world.server_id, None, event_plan(world))
    await world.messenger.remove_event(world.server_id, event_id)
    with pytest.raises(MessageGone):
        await world.messenger.mirror_event(world.server_id, event_id, event_plan(world))


async def test_event_is_removed_once_and_removing_it_again_is_harmless(world: World) -> None:
    event_id = await world.messenger.mirror_event(world.server_id, None, event_plan(world))
    await world.messenger.remove_event(world.server_id, event_id)
    await world.messenger.remove_event(world.server_id, event_id)
    assert world.events() == {}


async def test_events_are_listed_as_they_stand_there_oldest_first(world: World) -> None:
    plans = [event_plan(world), event_plan(world, "lectern:session:77")]
    ids = [await world.messenger.mirror_event(world.server_id, None, plan) for plan in plans]
    found = await world.messenger.list_events(world.server_id)
    assert found == tuple(
        NativeEvent(id=event_id, shows=plan, is_ours=True)
        for event_id, plan in zip(ids, plans, strict=True)
    )


async def test_event_that_a_member_copied_from_ours_is_not_ours(world: World) -> None:
    copied_id = await world.add_event_of("ann", event_plan(world))
    [found] = await world.messenger.list_events(world.server_id)
    assert (found.id, found.shows, found.is_ours) == (copied_id, event_plan(world), False)


async def test_people_who_press_interested_are_known_by_name_and_number(world: World) -> None:
    event_id = await world.messenger.mirror_event(world.server_id, None, event_plan(world))
    assert await world.messenger.interested_in(world.server_id, event_id) == frozenset()
    for who in ("ann", "ben"):
        await world.show_interest(who, event_id)
    [found] = await world.messenger.list_events(world.server_id)
    people = await world.messenger.interested_in(world.server_id, event_id)
    assert (found.interested, people) == (2, {world.people["ann"], world.people["ben"]})
    await world.messenger.remove_event(world.server_id, event_id)
    with pytest.raises(MessageGone):
        await world.messenger.interested_in(world.server_id, event_id)


# Reactions and people.


async def test_letters_are_put_under_a_message_once(world: World) -> None:
    message_id = await world.messenger.say(world.channel_id, CARD, nonce=NONCE)
    assert await world.messenger.own_reactions(world.channel_id, message_id) == frozenset()
    await world.messenger.seed_reactions(world.channel_id, message_id, [A])
    await world.messenger.seed_reactions(world.channel_id, message_id, [A, B])
    assert await world.messenger.own_reactions(world.channel_id, message_id) == {A, B}


@pytest.mark.parametrize("turn", [close_at(MOMENT), POSTING, RECONCILE])
async def test_turn_in_line_changes_nothing_of_what_is_put_and_read(
    world: World, turn: Turn
) -> None:
    message_id = await world.messenger.say(world.channel_id, CARD, nonce=NONCE)
    await world.messenger.seed_reactions(world.channel_id, message_id, [A], turn=turn)
    await world.react("ann", message_id, A)
    own = await world.messenger.own_reactions(world.channel_id, message_id, turn=turn)
    read = await world.messenger.read_votes(world.channel_id, message_id, [A], turn=turn)
    people = {vote.user_id for vote in read if not vote.is_bot}
    assert (own, people) == ({A}, {world.people["ann"]})


async def test_reactions_of_others_are_not_our_own(world: World) -> None:
    message_id = await world.messenger.say(world.channel_id, CARD, nonce=NONCE)
    await world.react("ann", message_id, A)
    assert await world.messenger.own_reactions(world.channel_id, message_id) == frozenset()


async def test_votes_are_read_with_bots_told_apart(world: World) -> None:
    message_id = await world.messenger.say(world.channel_id, CARD, nonce=NONCE)
    await world.messenger.seed_reactions(world.channel_id, message_id, [A, B])
    for who, emoji in (("ann", A), ("ann", B), ("ben", B), ("robot", A), ("ben", "👍")):
        await world.react(who, message_id, emoji)
    read = await world.messenger.read_votes(world.channel_id, message_id, [A, B])
    votes = {replace(vote, is_super=False) for vote in read}  # simcord shows them as both
    people = {vote for vote in votes if not vote.is_bot}
    ann, ben, robot = (world.people[name] for name in ("ann", "ben", "robot"))
    assert people == {
        Vote(user_id=ann, emoji=A, is_bot=False),
        Vote(user_id=ann, emoji=B, is_bot=False),
        Vote(user_id=ben, emoji=B, is_bot=False),
    }
    assert Vote(user_id=robot, emoji=A, is_bot=True) in votes
    assert len(votes - people) == 3  # the robot's, and our own two letters


async def test_ballot_nobody_voted_in_has_no_votes_of_people(world: World) -> None:
    message_id = await world.messenger.say(world.channel_id, CARD, nonce=NONCE)
    assert await world.messenger.read_votes(world.channel_id, message_id, [A]) == frozenset()


async def test_members_who_are_there_are_told_from_those_who_left(world: World) -> None:
    people = world.people
    await world.leave("ben")
    asked = [*people.values(), *range(NOBODY, NOBODY + 250)]
    present = await world.messenger.present_members(world.server_id, asked)
    assert present == {people["ann"], people["robot"]}
    assert await world.messenger.present_members(world.server_id, []) == frozenset()


@pytest.mark.parametrize("others", [0, 120])
async def test_members_come_with_their_roles_and_since_when(world: World, others: int) -> None:
    role_id = await world.give_role("ann")
    people = world.people
    asked = [people["ann"], people["ben"], *range(NOBODY, NOBODY + others)]
    found = await world.messenger.memberships(world.server_id, asked)
    assert {user_id: (one.role_ids, one.is_bot) for user_id, one in found.items()} == {
        people["ann"]: (frozenset({role_id}), False),
        people["ben"]: (frozenset(), False),
    }
    assert all(one.joined_at and one.joined_at <= world.now() for one in found.values())
    [robot] = (await world.messenger.memberships(world.server_id, [people["robot"]])).values()
    assert robot.is_bot


# Permissions.


async def test_permissions_that_are_all_there_lack_nothing(world: World) -> None:
    needs = [Need.TALK, Need.VOTE, Need.THREADS, Need.EVENTS]
    assert await world.messenger.missing_permissions(world.channel_id, needs) == ()
    assert await world.messenger.missing_permissions(world.forum_id, [Need.POSTS]) == ()


@pytest.mark.parametrize(
    ("permission", "need"),
    [
        ("Send Messages", Need.TALK),
        ("Read Message History", Need.TALK),
        ("Add Reactions", Need.VOTE),
        ("Create Public Threads", Need.THREADS),
        ("Attach Files", Need.PICTURES),
    ],
)
async def test_missing_permission_is_named_where_it_is_needed(
    world: World, permission: str, need: Need
) -> None:
    await world.deny(world.channel_id, permission)
    missing = world.messenger.missing_permissions
    assert await missing(world.channel_id, [need, Need.EVENTS]) == (permission,)
    assert await missing(world.channel_id, [Need.EVENTS]) == ()


async def test_missing_right_to_make_events_is_named(world: World) -> None:
    await world.deny_events()
    missing = await world.messenger.missing_permissions(world.channel_id, [Need.EVENTS])
    assert missing == ("Create Events",)


async def test_channel_that_can_not_be_seen_lacks_just_that(world: World) -> None:
    await world.deny(world.channel_id, "View Channel")
    needs = [Need.TALK, Need.VOTE]
    assert await world.messenger.missing_permissions(world.channel_id, needs) == ("View Channel",)


async def test_channel_that_is_gone_is_no_matter_of_permissions(world: World) -> None:
    await world.delete_place(world.channel_id)
    with pytest.raises(PlaceGone):
        await world.messenger.missing_permissions(world.channel_id, [Need.TALK])


# Every problem.

Call = Callable[[World, int], Awaitable[object]]

ON_A_CHANNEL: dict[str, Call] = {
    "say": lambda world, _: world.messenger.say(world.channel_id, CARD, nonce=OTHER_NONCE),
    "find": lambda world, _: world.messenger.find_message(
        world.channel_id, OTHER_NONCE, since=world.now()
    ),
    "open": lambda world, _: world.messenger.open_discussion(
        world.channel_id, "Dune", CARD, nonce=OTHER_NONCE
    ),
}
ON_A_MESSAGE: dict[str, Call] = {
    "edit": lambda world, one: world.messenger.edit(world.channel_id, one, OTHER),
    "seed": lambda world, one: world.messenger.seed_reactions(world.channel_id, one, [A]),
    "own": lambda world, one: world.messenger.own_reactions(world.channel_id, one),
    "read": lambda world, one: world.messenger.read_votes(world.channel_id, one, [A]),
    "thread": lambda world, one: world.messenger.open_thread(world.channel_id, one, "Dune"),
}
ON_A_FORUM: dict[str, Call] = {
    "open": lambda world, _: world.messenger.open_discussion(
        world.forum_id, "Dune", CARD, nonce=NONCE
    ),
    "find": lambda world, _: world.messenger.find_discussions(world.forum_id, "Dune", nonce=NONCE),
}
ON_A_SERVER: dict[str, Call] = {
    "mirror": lambda world, _: world.messenger.mirror_event(
        world.server_id, None, event_plan(world)
    ),
    "find": lambda world, _: world.messenger.list_events(world.server_id),
    "remove": lambda world, _: world.messenger.remove_event(world.server_id, 5),
    "present": lambda world, _: world.messenger.present_members(
        world.server_id, [world.people["ann"]]
    ),
}


EVERY_CALL = {
    "channel": ON_A_CHANNEL,
    "message": ON_A_MESSAGE,
    "forum": ON_A_FORUM,
    "server": ON_A_SERVER,
}


async def problems(world: World, calls: dict[str, Call], message_id: int = 0) -> dict[str, object]:
    """The problem that each call ends in, or what it returned."""
    found: dict[str, object] = {}
    for name, call in calls.items():
        try:
            found[name] = await call(world, message_id)
        except DeliveryProblem as problem:
            found[name] = type(problem)
    return found


async def test_channel_that_is_gone_is_said_to_be_gone(world: World) -> None:
    message_id = await world.messenger.say(world.channel_id, CARD, nonce=NONCE)
    await world.delete_place(world.channel_id)
    calls = {**ON_A_CHANNEL, **ON_A_MESSAGE}
    assert await problems(world, calls, message_id) == dict.fromkeys(calls, PlaceGone)


async def test_forum_that_is_gone_is_said_to_be_gone(world: World) -> None:
    await world.delete_place(world.forum_id)
    assert await problems(world, ON_A_FORUM) == dict.fromkeys(ON_A_FORUM, PlaceGone)


async def test_server_that_is_gone_is_said_to_be_gone(world: World) -> None:
    await world.delete_server()
    assert await problems(world, ON_A_SERVER) == dict.fromkeys(ON_A_SERVER, PlaceGone)


async def test_message_that_is_gone_is_said_to_be_gone(world: World) -> None:
    message_id = await world.messenger.say(world.channel_id, CARD, nonce=NONCE)
    await world.delete_message(world.channel_id, message_id)
    found = await problems(world, ON_A_MESSAGE, message_id)
    assert found == dict.fromkeys(ON_A_MESSAGE, MessageGone)


@pytest.mark.parametrize(
    ("permission", "name"),
    [
        ("Send Messages", "say"),
        ("Read Message History", "find"),
        ("Create Public Threads", "open"),
        ("Add Reactions", "seed"),
        ("Read Message History", "own"),
        ("Read Message History", "read"),
        ("Create Public Threads", "thread"),
    ],
)
async def test_forbidden_act_names_the_permission(world: World, permission: str, name: str) -> None:
    message_id = await world.messenger.say(world.channel_id, CARD, nonce=NONCE)
    await world.deny(world.channel_id, permission)
    calls = {**ON_A_CHANNEL, **ON_A_MESSAGE}
    with pytest.raises(NotAllowed) as refused:
        await calls[name](world, message_id)
    assert permission in refused.value.permissions


async def test_forum_where_we_may_not_post_names_the_permission(world: World) -> None:
    await world.deny(world.forum_id, "Create Posts")
    with pytest.raises(NotAllowed) as refused:
        await ON_A_FORUM["open"](world, 0)
    assert refused.value.permissions == ("Create Posts",)
    assert str(refused.value) == "Create Posts"


async def test_server_where_we_may_not_make_events_names_the_permission(world: World) -> None:
    await world.deny_events()
    with pytest.raises(NotAllowed) as refused:
        await ON_A_SERVER["mirror"](world, 0)
    assert refused.value.permissions == ("Create Events",)


@pytest.mark.parametrize(
    ("what", "calls", "name"),
    [
        ("events", "server", "mirror"),
        ("threads", "forum", "open"),
        ("threads", "channel", "open"),
        ("threads", "message", "thread"),
        ("reactions", "message", "seed"),
    ],
)
async def test_place_that_is_full_is_said_to_be(
    world: World, what: str, calls: str, name: str
) -> None:
    message_id = await world.messenger.say(world.channel_id, CARD, nonce=NONCE)
    world.fill(what)
    with pytest.raises(PlaceFull):
        await EVERY_CALL[calls][name](world, message_id or 0)


async def test_person_who_closed_their_messages_is_said_to_have(world: World) -> None:
    await world.close_messages("ann")
    with pytest.raises(DirectMessagesClosed):
        await tell(world, "ann")
    await tell(world, "ben")
    assert world.direct_titles("ben") == ["Session #1 in 1 hour"]


@pytest.mark.parametrize("status", [429, 500, 503])
async def test_passing_fault_of_any_call_asks_to_try_later_and_then_it_works(
    world: World, status: int
) -> None:
    message_id = await world.messenger.say(world.channel_id, CARD, nonce=NONCE)
    direct = {"direct": lambda world, _: world.messenger.open_direct(world.people["ann"])}
    for calls in (ON_A_CHANNEL, ON_A_MESSAGE, ON_A_FORUM, ON_A_SERVER, direct):
        for name, call in calls.items():
            world.fail(status)
            with pytest.raises(TryLater):
                await call(world, message_id)
            await call(world, message_id)
            assert world.titles(world.channel_id), name
