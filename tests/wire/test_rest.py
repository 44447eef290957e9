"""The messenger against HTTP on loopback: every page of votes, and answers that get lost."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import discord
import pytest
from aiohttp import web
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.cards import Card
from bot.messenger import Barred, MessageGone, RouteLimited, TokenRefused, TryLater, Vote
from cogs.faults import CALL_SECONDS
from cogs.messenger import DiscordMessenger
from tests.fakes.clock import hurried
from tests.wire.rest_double import (
    BALLOT_ID,
    BOT_ID,
    CHANNEL_ID,
    TOKEN,
    Loss,
    RestDouble,
    answer,
    serving,
)

A, B = "🇦", "🇧"
CARD = Card(title="Session #1 in 1 hour", body=("<@11> and @everyone",))
NONCE = "bzftuyhysazzjxceg5vww4p3"
LONG_AGO = datetime(2015, 1, 1, tzinfo=UTC)
HURRY = 20


@pytest.fixture
def double() -> RestDouble:
    return RestDouble()


@pytest.fixture
async def client(
    double: RestDouble, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[discord.Client]:
    async with serving(double, monkeypatch) as running:
        yield running


@pytest.fixture
def messenger(client: discord.Client) -> DiscordMessenger:
    return DiscordMessenger(client)


def votes(emoji: str, people: set[int], *, is_super: bool = False) -> set[Vote]:
    return {Vote(user_id=one, emoji=emoji, is_bot=False, is_super=is_super) for one in people}


# Reading votes.


async def test_votes_past_the_first_page_and_of_both_kinds_are_read_exactly(
    double: RestDouble, messenger: DiscordMessenger
) -> None:
    """The ballot's own count says 1, as stale counts do; 60 people used both kinds."""
    normal, super_ = set(range(1_000, 1_254)), set(range(1_194, 1_324))
    double.react(A, normal)
    double.react(A, super_, is_super=True)
    double.react(B, {1_000, 5})
    found = await messenger.read_votes(CHANNEL_ID, BALLOT_ID, [A, B])
    assert (len(normal), len(super_), len(normal & super_)) == (254, 130, 60)
    assert found == votes(A, normal) | votes(A, super_, is_super=True) | votes(B, {1_000, 5})


async def test_each_list_is_read_page_by_page_after_the_highest_id(
    double: RestDouble, messenger: DiscordMessenger
) -> None:
    double.react(A, range(1, 255))
    await messenger.read_votes(CHANNEL_ID, BALLOT_ID, [A])
    path = f"/channels/{CHANNEL_ID}/messages/{BALLOT_ID}"
    reading = f"GET {path}/reactions/%F0%9F%87%A6?limit=100"
    assert double.requests == [
        f"GET {path}",
        f"{reading}&type=0",
        f"{reading}&after=100&type=0",
        f"{reading}&after=200&type=0",
        f"{reading}&after=254&type=0",
        f"{reading}&type=1",
    ]


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    normal=st.integers(0, 405).map(lambda count: set(range(7, 7 + 3 * count, 3))),
    super_=st.sampled_from([0, 1, 99, 100, 101, 200]).map(lambda count: set(range(1, 1 + count))),
)
async def test_lists_of_any_length_are_read_exactly(
    double: RestDouble, messenger: DiscordMessenger, normal: set[int], super_: set[int]
) -> None:
    double.reactions.clear()
    double.react(A, normal)
    double.react(A, super_, is_super=True)
    found = await messenger.read_votes(CHANNEL_ID, BALLOT_ID, [A])
    assert found == votes(A, normal) | votes(A, super_, is_super=True)


async def test_server_that_repeats_its_first_page_is_not_read_for_ever(
    double: RestDouble, messenger: DiscordMessenger
) -> None:
    double.pages_by_after = False
    double.react(A, range(1, 255))
    found = await messenger.read_votes(CHANNEL_ID, BALLOT_ID, [A])
    assert found == votes(A, set(range(1, 101)))


async def test_bots_are_told_apart(double: RestDouble, messenger: DiscordMessenger) -> None:
    double.react(A, {BOT_ID, 11})
    assert await messenger.read_votes(CHANNEL_ID, BALLOT_ID, [A]) == {
        Vote(user_id=BOT_ID, emoji=A, is_bot=True),
        Vote(user_id=11, emoji=A, is_bot=False),
    }


async def test_own_letters_are_known_by_the_message_itself(
    double: RestDouble, messenger: DiscordMessenger
) -> None:
    assert await messenger.own_reactions(CHANNEL_ID, BALLOT_ID) == {A}


async def test_deleted_ballot_is_gone_and_not_empty(
    double: RestDouble, messenger: DiscordMessenger
) -> None:
    del double.messages[BALLOT_ID]
    with pytest.raises(MessageGone):
        await messenger.read_votes(CHANNEL_ID, BALLOT_ID, [A])


# Saying.


async def test_message_carries_its_nonce_and_says_whom_it_may_ping(
    double: RestDouble, messenger: DiscordMessenger
) -> None:
    await messenger.say(CHANNEL_ID, CARD, nonce=NONCE, mentions=[11])
    (body,) = double.bodies
    assert (body["nonce"], body["enforce_nonce"]) == (NONCE, True)
    assert body["allowed_mentions"] == {"parse": [], "users": [11]}


async def test_message_said_again_at_once_is_the_same_message(
    double: RestDouble, messenger: DiscordMessenger
) -> None:
    first_id = await messenger.say(CHANNEL_ID, CARD, nonce=NONCE)
    assert await messenger.say(CHANNEL_ID, CARD, nonce=NONCE) == first_id
    assert await messenger.say(CHANNEL_ID, CARD, nonce="a" * 24) == first_id + 1
    assert sorted(double.messages) == [BALLOT_ID, first_id, first_id + 1]


async def test_answer_lost_once_is_made_good_by_the_library(
    double: RestDouble, messenger: DiscordMessenger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """discord.py repeats a call that was answered with 500, one second later."""
    double.losses = [Loss.SERVER_ERROR]
    async with hurried(monkeypatch, HURRY):
        message_id = await messenger.say(CHANNEL_ID, CARD, nonce=NONCE)
    assert len(double.bodies) == 2
    assert sorted(double.messages) == [BALLOT_ID, message_id]


@pytest.mark.parametrize("losses", [[Loss.DROPPED], [Loss.HANGS], [Loss.SERVER_ERROR] * 5])
async def test_answer_that_stays_lost_asks_to_try_later_and_the_message_is_found(
    double: RestDouble,
    messenger: DiscordMessenger,
    monkeypatch: pytest.MonkeyPatch,
    losses: list[Loss],
) -> None:
    double.losses = list(losses)
    loop = asyncio.get_running_loop()
    begun = loop.time()
    async with hurried(monkeypatch, HURRY):
        with pytest.raises(TryLater):
            await messenger.say(CHANNEL_ID, CARD, nonce=NONCE)
        assert loop.time() - begun < CALL_SECONDS + 10
    double.losses.clear()
    found = await messenger.find_message(CHANNEL_ID, NONCE, since=LONG_AGO)
    assert found == BALLOT_ID + 1
    assert sorted(double.messages) == [BALLOT_ID, BALLOT_ID + 1]


async def test_message_is_found_behind_hundreds_of_others(
    double: RestDouble, messenger: DiscordMessenger
) -> None:
    for number in range(250):
        await messenger.say(CHANNEL_ID, Card(title="Chatter"), nonce=f"chatter {number}")
    message_id = await messenger.say(CHANNEL_ID, CARD, nonce=NONCE)
    double.requests.clear()
    assert await messenger.find_message(CHANNEL_ID, NONCE, since=LONG_AGO) == message_id
    assert len(double.requests) == 3


async def test_card_of_somebody_else_that_carries_our_marker_is_not_ours(
    double: RestDouble, messenger: DiscordMessenger
) -> None:
    message_id = await messenger.say(CHANNEL_ID, CARD, nonce=NONCE)
    assert await messenger.find_message(CHANNEL_ID, NONCE, since=LONG_AGO) == message_id
    double.messages[message_id]["author"] = {**double.messages[message_id]["author"], "id": "7"}
    assert await messenger.find_message(CHANNEL_ID, NONCE, since=LONG_AGO) is None


# Being refused.


def limited(seconds: float, *, is_global: bool = False) -> web.Response:
    """Discord's own 429."""
    body = {"message": "Slow down.", "retry_after": seconds, "global": is_global}
    return answer(body, status=429, headers={"Via": "1.1 google"})


def page(status: int, **headers: str) -> web.Response:
    """A page of whoever stands before Discord."""
    return web.Response(
        status=status, text="<html>No.</html>", content_type="text/html", headers=headers
    )


@pytest.mark.parametrize("seconds", [6.5, 25, 95.5])
async def test_long_rate_limit_is_passed_on_with_its_delay(
    double: RestDouble, messenger: DiscordMessenger, seconds: float
) -> None:
    double.refusals = [limited(seconds)]
    with pytest.raises(TryLater) as later:
        await messenger.say(CHANNEL_ID, CARD, nonce=NONCE)
    assert type(later.value) is RouteLimited
    assert later.value.delay == timedelta(seconds=seconds)


async def test_short_rate_limit_is_waited_out(
    double: RestDouble, messenger: DiscordMessenger
) -> None:
    double.refusals = [limited(0.01), limited(0.01)]
    message_id = await messenger.say(CHANNEL_ID, CARD, nonce=NONCE)
    assert sorted(double.messages) == [BALLOT_ID, message_id]


@pytest.mark.parametrize("seconds", [0.01, 25, 95.5])
async def test_limit_of_all_calls_bars_us_and_leaves_no_later_call_hanging(
    double: RestDouble,
    messenger: DiscordMessenger,
    monkeypatch: pytest.MonkeyPatch,
    seconds: float,
) -> None:
    """discord.py would shut its gate, and never open it when the call is cancelled meanwhile."""
    double.refusals = [limited(seconds, is_global=True)]
    async with hurried(monkeypatch, HURRY):
        with pytest.raises(Barred) as barred:
            await messenger.say(CHANNEL_ID, CARD, nonce=NONCE)
        assert barred.value.delay == timedelta(seconds=seconds)
        assert await messenger.say(CHANNEL_ID, CARD, nonce=NONCE) == BALLOT_ID + 1


async def test_limit_of_a_call_that_is_not_the_messengers_is_left_to_the_library(
    double: RestDouble, messenger: DiscordMessenger, client: discord.Client
) -> None:
    double.refusals = [limited(0.01, is_global=True)]
    channel = client.get_partial_messageable(CHANNEL_ID)
    message = await channel.send(nonce=NONCE, content="Hello")
    assert message.id == BALLOT_ID + 1


TEN_MINUTES = timedelta(minutes=10)
BANNED = {"message": "You are being blocked from accessing our API temporarily."}


@pytest.mark.parametrize(
    ("refusal", "delay"),
    [
        (answer(BANNED, status=429), TEN_MINUTES),
        (answer(BANNED, status=429, headers={"Retry-After": "1800"}), timedelta(minutes=30)),
        (page(429), TEN_MINUTES),
        (page(429, Via="1.1 google"), TEN_MINUTES),
        (page(429, **{"Retry-After": "90"}), timedelta(seconds=90)),
        (page(429, **{"Retry-After": "Sat, 21 Nov 2026 12:00:00 GMT"}), TEN_MINUTES),
        (page(403), TEN_MINUTES),
        (answer({"code": 40333, "message": "internal network error"}, status=403), TEN_MINUTES),
    ],
    ids=[
        "json",
        "for long",
        "page",
        "page by way of",
        "page for long",
        "page until",
        "403",
        "code",
    ],
)
async def test_ban_at_the_gate_bars_us(
    double: RestDouble, messenger: DiscordMessenger, refusal: web.Response, delay: timedelta
) -> None:
    double.refusals = [refusal]
    with pytest.raises(Barred) as barred:
        await messenger.say(CHANNEL_ID, CARD, nonce=NONCE)
    assert barred.value.delay == delay


async def test_page_that_says_not_found_is_no_word_of_discords(
    double: RestDouble, messenger: DiscordMessenger
) -> None:
    double.refusals = [page(404), page(400)]
    for _ in range(2):
        with pytest.raises(TryLater) as later:
            await messenger.say(CHANNEL_ID, CARD, nonce=NONCE)
        assert type(later.value) is TryLater


async def test_token_that_is_no_longer_taken_is_more_than_a_problem(
    double: RestDouble, messenger: DiscordMessenger
) -> None:
    double.refusals = [answer({"code": 0, "message": "401: Unauthorized"}, status=401)]
    with pytest.raises(TokenRefused):
        await messenger.say(CHANNEL_ID, CARD, nonce=NONCE)


async def test_every_page_and_every_call_waits_its_turn(
    double: RestDouble, client: discord.Client
) -> None:
    turns = 0

    async def pace() -> None:
        nonlocal turns
        assert turns == len(double.requests)
        turns += 1

    messenger = DiscordMessenger(client, pace)
    double.react(A, range(1, 255))
    for number in range(120):
        await messenger.say(CHANNEL_ID, Card(title="Chatter"), nonce=f"chatter {number}")
    await messenger.find_message(CHANNEL_ID, NONCE, since=LONG_AGO)
    await messenger.read_votes(CHANNEL_ID, BALLOT_ID, [A, B])
    assert turns == len(double.requests) == 120 + 2 + 8


async def test_call_whose_turn_does_not_come_is_not_made(
    double: RestDouble, client: discord.Client
) -> None:
    async def pace() -> None:
        raise TryLater("no budget is left")

    with pytest.raises(TryLater, match="no budget is left"):
        await DiscordMessenger(client, pace).say(CHANNEL_ID, CARD, nonce=NONCE)
    assert double.requests == []


async def test_problem_that_is_no_fault_of_discords_is_a_bug(
    double: RestDouble, messenger: DiscordMessenger
) -> None:
    double.refusals = [answer({"code": 50035, "message": "Invalid Form Body"}, status=400)]
    with pytest.raises(discord.HTTPException):
        await messenger.say(CHANNEL_ID, CARD, nonce=NONCE)


async def test_garbled_answer_asks_to_try_later_without_telling_the_token(
    messenger: DiscordMessenger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """aiohttp's error for it holds the request's headers, and reasons end in logs and rows."""

    async def garble(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"this is no HTTP\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(garble, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    monkeypatch.setattr(discord.http.Route, "BASE", f"http://127.0.0.1:{port}/api/v10")
    async with server:
        with pytest.raises(TryLater) as later:
            await messenger.say(CHANNEL_ID, CARD, nonce=NONCE)
    assert TOKEN in repr(later.value.__cause__)
    assert TOKEN not in repr(later.value)


async def test_server_that_can_not_be_reached_asks_to_try_later(
    messenger: DiscordMessenger, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = await asyncio.start_server(lambda _reader, _writer: None, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()
    monkeypatch.setattr(discord.http.Route, "BASE", f"http://127.0.0.1:{port}/api/v10")
    with pytest.raises(TryLater, match="ClientConnectorError"):
        await messenger.say(CHANNEL_ID, CARD, nonce=NONCE)
