"""What leads may do with a ballot, and what they are told when they may not."""

import asyncio
from collections.abc import Awaitable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from backstage import (
    BEN,
    CHANNEL,
    CLARA,
    DEVI,
    FIRST,
    KENJI,
    MAYA,
    SECOND,
    START,
    THIRD,
    Backstage,
    actor,
)

from bot.ballots.drafting import check_limit, check_quorum
from bot.ballots.extending import PastASession
from bot.ballots.model import (
    LETTERS,
    Ballot,
    BallotForm,
    BallotMode,
    BallotOption,
    BallotState,
    hash_options,
)
from bot.ballots.store import last_ballot, live_ballot
from bot.cards import Card, Tone, stamp
from bot.errors import Refusal
from bot.groups.model import BallotRule, Group
from bot.groups.store import add_lead
from bot.members.model import Member
from bot.members.words import spoken_reading
from bot.pitches.model import Pitch
from bot.pitches.store import backlog, get_pitches
from bot.places.asking import AskBack, written_answer

DUE = START + timedelta(days=3)
FORM = BallotForm(sessions=1)


async def latest(house: Backstage, group: Group) -> Ballot:
    async with house.db.read() as tx:
        ballot = await last_ballot(tx, group.id)
    assert ballot is not None
    return ballot


async def waiting(house: Backstage, group: Group) -> list[Pitch]:
    async with house.db.read() as tx:
        return await backlog(tx, group.id)


async def opened(house: Backstage, *titles: str, form: BallotForm = FORM) -> tuple[Group, Ballot]:
    """A group and its open ballot over these titles, posted."""
    group = await house.found_group()
    await house.pitch(group, *titles, speakers=(BEN, KENJI))
    await house.rooms.ballots.open(actor(), None, form)
    await house.runner.run_due()
    return group, await latest(house, group)


async def refusal_of(call: Awaitable[Any]) -> str:
    with pytest.raises(Refusal) as refused:
        await call
    return str(refused.value)


async def outcomes(*calls: Awaitable[Any]) -> list[str]:
    """What calls made at once came to: "done", or the sentence of the refusal."""
    found = await asyncio.gather(*calls, return_exceptions=True)
    strange = [
        one for one in found if isinstance(one, BaseException) and not isinstance(one, Refusal)
    ]
    assert strange == []
    return sorted(str(one) if isinstance(one, Refusal) else "done" for one in found)


async def test_open_freezes_the_backlog_and_posts_the_ballot(house: Backstage) -> None:
    group = await house.found_group()
    first, second = await house.pitch(group, "Alpha", "Beta", speakers=(BEN,))
    receipt = await house.rooms.ballots.open(actor(), None, FORM)
    assert receipt == Card(
        title="Ballot of ML Theory",
        body=(
            "2 topics for 2 seats. The ballot appears in the group's channel in a moment.",
            f"It closes {spoken_reading(DUE, 'America/Denver', 'Denver', Member(user_id=MAYA))}",
        ),
        tone=Tone.DONE,
    )
    posting = await latest(house, group)
    assert posting == Ballot(
        id=posting.id,
        group_id=group.id,
        state=BallotState.POSTING,
        rule=BallotRule.FAIR_TURNS,
        sessions=1,
        talks_each=2,
        opened_by=MAYA,
        channel_id=CHANNEL,
        due_at=DUE,
        opened_at=START,
        options_hash=hash_options(posting.options),
        options=(
            BallotOption(pitch_id=first, emoji="🇦", title="Alpha", speaker_id=BEN),
            BallotOption(pitch_id=second, emoji="🇧", title="Beta"),
        ),
    )
    assert await waiting(house, group) == []
    await house.runner.run_due()
    opened_ballot = await latest(house, group)
    assert opened_ballot == replace(
        posting,
        state=BallotState.OPEN,
        message_id=opened_ballot.message_id,
        tie_order=opened_ballot.tie_order,
    )
    assert house.messenger.titles() == ["🗳️ ML Theory: what shall we hear next?"]


async def test_open_keeps_the_conditions_that_a_lead_set(house: Backstage) -> None:
    group = await house.found_group()
    await house.pitch(group, "Alpha", "Beta", "Gamma")
    for follower in (BEN, KENJI, CLARA, DEVI):
        await house.rooms.groups.follow(actor(follower), None)
    form = BallotForm(
        rule=BallotRule.FAIR_TURNS,
        mode=BallotMode.PRIVATE,
        choice_limit=2,
        role_id=77,
        quorum="30 %",
    )
    await house.rooms.ballots.open(actor(), None, form)
    ballot = await latest(house, group)
    assert (ballot.rule, ballot.mode, ballot.is_hidden) == (
        BallotRule.FAIR_TURNS,
        BallotMode.PRIVATE,
        True,
    )
    assert (ballot.choice_limit, ballot.role_id, ballot.quorum) == (2, 77, 2)


@pytest.mark.parametrize(
    ("typed", "followers", "quorum"),
    [
        (None, 9, None),
        ("8", 0, 8),
        ("30%", 10, 3),
        ("30%", 11, 4),
        (" 34 % ", 3, 2),
        ("1%", 0, 1),
        ("100%", 7, 7),
    ],
)
def test_quorum_is_a_number_or_a_share_rounded_up(
    typed: str | None, followers: int, quorum: int | None
) -> None:
    assert check_quorum(typed, followers) == quorum


@pytest.mark.parametrize(("limit", "kept"), [(None, None), (1, 1), (2, 2), (3, None), (9, None)])
def test_limit_that_limits_nothing_is_none(limit: int | None, kept: int | None) -> None:
    assert check_limit(limit, options=3) == kept


def test_hash_of_the_options_changes_with_what_members_read() -> None:
    first = BallotOption(pitch_id=1, emoji="🇦", title="Alpha", sources=("https://a.org",))
    assert hash_options([first]) == hash_options([replace(first, has_lost=True)])
    changes: list[dict[str, Any]] = [
        {"pitch_id": 2},
        {"emoji": "🇧"},
        {"title": "Alphа"},
        {"speaker_id": 1},
        {"sources": ()},
    ]
    hashes = {hash_options([replace(first, **change)]) for change in changes}
    assert len(hashes | {hash_options([first])}) == 6


TOO_FAR = "is too far ahead: a ballot stays open for at most 60 days from now."
IMPOSSIBLE = [
    (BallotForm(sessions=0), "A ballot fills 1 to 6 sessions, not 0."),
    (BallotForm(talks_each=5), "A session takes 1 to 4 talks from a ballot, not 5."),
    (BallotForm(choice_limit=0), "A member needs at least one choice, not 0."),
    (BallotForm(quorum="101%"), "A quorum of 101% can't be met: ask for at most 100%."),
    (
        BallotForm(quorum="half"),
        "I can't read “half” as a quorum: write how many people have to vote, like 8, or a share "
        "of the followers, like 30%.",
    ),
    (BallotForm(days=0), "A ballot stays open for at least a day, not 0."),
    (BallotForm(days=61), f"“61 days” {TOO_FAR}"),
    (
        BallotForm(closes="2022-10-29 12:00"),
        "“2022-10-29 12:00” has passed already (I read Saturday, October 29, 2022, 12:00 PM in "
        "Denver).",
    ),
    (
        BallotForm(closes="2022-10-29 12:01"),
        "At “2022-10-29 12:01” the ballot would close at once: choose a time that is ahead.",
    ),
    (
        BallotForm(closes="2022-11-06 01:30"),
        "1:30 AM comes twice on Sunday, November 6, 2022, because the clocks go back. Did you mean "
        "Sun 2022-11-06 01:30 (the first, UTC−06:00) or Sun 2022-11-06 01:30 (the second, "
        "UTC−07:00)? Write it like that, without the weekday.",
    ),
    # An hour that does not exist: whichever is meant, the answer would be refused.
    (BallotForm(closes="2023-03-12 02:30"), f"“2023-03-12 02:30” {TOO_FAR}"),
    (
        BallotForm(closes="9999-12-31 23:59"),
        "“9999-12-31 23:59” is outside of any calendar: check the year.",
    ),
    (
        BallotForm(closes="soon"),
        "I can't find one time of day in “soon”. Write it like 2022-11-19 14:00.",
    ),
    (
        BallotForm(sessions=6, closes="2022-11-05 14:00"),
        "Only 5 of 6 sessions after the ballot closes have a free place: ask for fewer, or "
        "close it earlier.",
    ),
]


async def test_open_refuses_what_a_ballot_cannot_be(house: Backstage) -> None:
    group = await house.found_group()
    await house.pitch(group, "Alpha")
    ballots = house.rooms.ballots
    told = [(form, await refusal_of(ballots.open(actor(), None, form))) for form, _ in IMPOSSIBLE]
    assert told == IMPOSSIBLE
    assert [pitch.title for pitch in await waiting(house, group)] == ["Alpha"]


async def test_open_refuses_a_ballot_over_nothing(house: Backstage) -> None:
    await house.found_group()
    assert await refusal_of(house.rooms.ballots.open(actor(), None, FORM)) == (
        "There is nothing to vote on: the backlog is empty. Ask members to `/pitch` first."
    )


async def test_open_refuses_a_second_ballot(house: Backstage) -> None:
    group, ballot = await opened(house, "Alpha")
    await house.pitch(group, "Beta")
    assert await refusal_of(house.rooms.ballots.open(actor(), None, FORM)) == (
        "ML Theory has a ballot already: close or cancel it before the next."
    )
    assert await latest(house, group) == ballot


async def test_open_names_the_permissions_it_lacks(house: Backstage) -> None:
    group = await house.found_group()
    await house.pitch(group, "Alpha")
    house.messenger.places[CHANNEL].denied.update({"Add Reactions", "Read Message History"})
    assert await refusal_of(house.rooms.ballots.open(actor(), None, FORM)) == (
        "I can't hold a ballot in <#1001>: I need Read Message History, Add Reactions there."
    )
    del house.messenger.places[CHANNEL]
    assert await refusal_of(house.rooms.ballots.open(actor(), None, FORM)) == (
        "The channel of ML Theory was deleted: choose another with `/group edit`."
    )
    assert [pitch.title for pitch in await waiting(house, group)] == ["Alpha"]


async def test_a_twenty_first_pitch_waits_for_the_next_ballot(house: Backstage) -> None:
    group = await house.found_group()
    await house.pitch(group, *(f"Topic {number}" for number in range(22)))
    receipt = await house.rooms.ballots.open(actor(), None, FORM)
    assert receipt.body[2] == "A ballot holds 20 topics: 2 later pitches stay on the backlog."
    assert (await latest(house, group)).emojis == LETTERS
    assert [pitch.title for pitch in await waiting(house, group)] == ["Topic 20", "Topic 21"]


async def test_only_leads_may_touch_a_ballot(house: Backstage) -> None:
    group, ballot = await opened(house, "Alpha")
    ballots, ben = house.rooms.ballots, actor(BEN)
    refused = [
        await refusal_of(ballots.open(ben, None, FORM)),
        await refusal_of(ballots.close(ben, None)),
        await refusal_of(ballots.extend(ben, None, 1)),
        await refusal_of(house.rooms.cancelling.propose(ben, None)),
    ]
    assert refused == ["Only the leads of ML Theory can do this: ask one of them."] * 4
    assert await latest(house, group) == ballot


async def test_another_server_has_no_such_ballot(house: Backstage) -> None:
    group, ballot = await opened(house, "Alpha")
    ballots, stranger, named = house.rooms.ballots, actor(server_id=77), str(group.id)
    refused = [
        await refusal_of(ballots.open(stranger, named, FORM)),
        await refusal_of(ballots.close(stranger, named)),
        await refusal_of(ballots.extend(stranger, named, 1)),
        await refusal_of(house.rooms.cancelling.propose(stranger, named)),
        await refusal_of(house.rooms.history.status(stranger, named)),
    ]
    assert (
        refused
        == [
            "There is no reading group here yet. Somebody with Manage Server can start one with "
            "`/group setup`."
        ]
        * 5
    )
    assert await latest(house, group) == ballot


@pytest.mark.both_databases
async def test_two_leads_open_at_once_and_there_is_one_ballot(house: Backstage) -> None:
    group = await house.found_group()
    async with house.db.begin() as tx:
        await add_lead(tx, group.id, KENJI)
    await house.pitch(group, "Alpha")
    ballots = house.rooms.ballots
    found = await outcomes(
        ballots.open(actor(MAYA), None, FORM), ballots.open(actor(KENJI), None, FORM)
    )
    assert found == [
        "ML Theory has a ballot already: close or cancel it before the next.",
        "done",
    ]


@pytest.mark.both_databases
async def test_two_leads_close_at_once_and_it_is_counted_once(house: Backstage) -> None:
    group, _ = await opened(house, "Alpha")
    ballots = house.rooms.ballots
    found = await outcomes(*(ballots.close(actor(), None) for _ in range(2)))
    assert found == [
        "This ballot is being counted already: the result comes by itself.",
        "done",
    ]
    await house.runner.run_due()
    assert (await latest(house, group)).state is BallotState.ANNOUNCED


@pytest.mark.both_databases
async def test_two_leads_cancel_at_once_and_it_is_done_once(house: Backstage) -> None:
    group, _ = await opened(house, "Alpha")
    asked = await house.rooms.cancelling.propose(actor(), None)
    found = await outcomes(*(house.press(asked, "Call it off") for _ in range(2)))
    assert found == ["done", "done"]
    assert (await latest(house, group)).state is BallotState.VOID
    assert [pitch.title for pitch in await waiting(house, group)] == ["Alpha"]


@pytest.mark.both_databases
async def test_close_and_cancel_at_once_end_in_one_of_the_two(house: Backstage) -> None:
    group, _ = await opened(house, "Alpha")
    asked = await house.rooms.cancelling.propose(actor(), None)
    await outcomes(house.rooms.ballots.close(actor(), None), house.press(asked, "Call it off"))
    await house.runner.run_due()
    left = [pitch.title for pitch in await waiting(house, group)]
    ended = ((await latest(house, group)).state, left)
    # Once it is counted, the lead is asked anew; a topic nobody chose is back on the backlog.
    assert ended in [(BallotState.VOID, ["Alpha"]), (BallotState.ANNOUNCED, ["Alpha"])]


async def test_closing_while_it_is_posted_is_refused(house: Backstage) -> None:
    group = await house.found_group()
    await house.pitch(group, "Alpha")
    await house.rooms.ballots.open(actor(), None, FORM)
    assert await refusal_of(house.rooms.ballots.close(actor(), None)) == (
        "This ballot is still being posted: try again in a minute."
    )


async def test_closing_twice_is_refused_in_a_sentence(house: Backstage) -> None:
    await opened(house, "Alpha")
    await house.rooms.ballots.close(actor(), None)
    await house.runner.run_due()
    assert await refusal_of(house.rooms.ballots.close(actor(), None)) == (
        "ML Theory has no open ballot. The last one is closed: see `/ballot status`. "
        "`/ballot open` opens the next."
    )


async def test_closing_where_there_never_was_a_ballot_is_refused(house: Backstage) -> None:
    await house.found_group()
    assert await refusal_of(house.rooms.ballots.close(actor(), None)) == (
        "ML Theory has no open ballot. `/ballot open` opens one."
    )


@pytest.mark.parametrize("is_posted", [True, False])
async def test_cancel_gives_the_pitches_back_and_says_so_on_the_ballot(
    house: Backstage, is_posted: bool
) -> None:
    group = await house.found_group()
    await house.pitch(group, "Alpha", "Beta")
    before = await waiting(house, group)
    await house.rooms.ballots.open(actor(), None, FORM)
    if is_posted:
        await house.runner.run_due()
    await house.call_off()
    await house.advance_to(DUE + timedelta(hours=1))
    assert await waiting(house, group) == before
    assert [title for title in house.messenger.titles() if "🗳️" in title] == (
        ["🗳️ ML Theory: this ballot was called off"] if is_posted else []
    )


async def test_extend_moves_the_close_and_shows_it_on_the_ballot(house: Backstage) -> None:
    group, ballot = await opened(house, "Alpha")
    extended = await house.rooms.ballots.extend(actor(), None, 2)
    later = DUE + timedelta(days=2)
    assert extended == replace(ballot, due_at=later)
    await house.advance_to(DUE + timedelta(hours=1))
    assert await latest(house, group) == extended
    assert ballot.message_id is not None
    posted = house.messenger.message(ballot.message_id)
    assert posted.card.body[2].startswith(f"⏳ Closes {stamp(later)}")
    await house.advance_to(later)
    assert (await latest(house, group)).state is BallotState.ANNOUNCED


async def test_extend_refuses_a_close_that_is_too_late(house: Backstage) -> None:
    group, ballot = await opened(house, "Alpha", form=BallotForm(sessions=4))
    ballots = house.rooms.ballots
    assert [
        await refusal_of(ballots.extend(actor(), None, 60)),
        await refusal_of(ballots.extend(actor(), None, 50)),
    ] == [
        f"“60 days longer” {TOO_FAR}",
        "The ballot would close after a session that it has to fill, and the calendar has none for "
        "it after that.",
    ]
    assert await latest(house, group) == ballot


async def test_a_ballot_runs_past_a_session_only_when_the_lead_means_it(house: Backstage) -> None:
    group, ballot = await opened(house, "Alpha")
    with pytest.raises(PastASession) as asked:
        await house.rooms.ballots.extend(actor(), None, 7)
    later = DUE + timedelta(days=7)
    assert asked.value.card.body == (
        f"It would close {stamp(later)}, after #1 · {stamp(FIRST)}, which it is to fill. Whoever "
        f"is elected would speak in #2 · {stamp(SECOND)} instead.",
    )
    assert await latest(house, group) == ballot
    [button] = asked.value.card.buttons
    _, group_id, days, end = (button.action or "").split(":")
    sure = {"sure_of": int(end)}
    extended = await house.rooms.ballots.extend(actor(), group_id, int(days), **sure)
    assert (extended.due_at, await latest(house, group)) == (later, extended)
    again = house.rooms.ballots.extend(actor(), group_id, int(days), **sure)
    assert await refusal_of(again) == (
        f"The ballot has another end by now: it closes {stamp(later)}."
    )


async def test_a_ballot_that_is_counted_cannot_stay_open_longer(house: Backstage) -> None:
    await opened(house, "Alpha")
    await house.rooms.ballots.close(actor(), None)
    assert await refusal_of(house.rooms.ballots.extend(actor(), None, 1)) == (
        "This ballot is being counted already: it can't stay open longer."
    )


async def test_a_close_that_comes_twice_is_asked_about(house: Backstage) -> None:
    group = await house.found_group()
    await house.pitch(group, "Alpha")
    with pytest.raises(AskBack) as asked:
        await house.rooms.ballots.open(actor(), None, BallotForm(closes="2022-11-06 01:30"))
    _, second = asked.value.choices
    closes = written_answer(second.answer)
    await house.rooms.ballots.open(actor(), None, BallotForm(closes=closes))
    async with house.db.read() as tx:
        ballot = await live_ballot(tx, group.id)
    assert ballot is not None
    assert ballot.due_at == datetime(2022, 11, 6, 8, 30, tzinfo=UTC)


async def test_runner_ups_are_first_in_line_next_time(house: Backstage) -> None:
    group, ballot = await opened(house, "Alpha", "Beta", "Gamma", form=BallotForm(talks_each=1))
    assert ballot.message_id is not None
    house.messenger.vote(ballot.message_id, BEN, "🇨")
    await house.advance_to(DUE)
    await house.pitch(group, "Delta")
    again = [(pitch.title, pitch.has_lost) for pitch in await waiting(house, group)]
    assert again == [("Alpha", True), ("Beta", True), ("Delta", False)]
    await house.rooms.ballots.open(actor(), None, FORM)
    await house.runner.run_due()
    second = await latest(house, group)
    assert [second.option_of(one).title for one in second.tie_order] == ["Alpha", "Beta", "Delta"]
    async with house.db.read() as tx:
        pitches = await get_pitches(tx, [option.pitch_id for option in ballot.options])
    assert sorted((pitch.title, pitch.state.value) for pitch in pitches.values()) == [
        ("Alpha", "on_ballot"),
        ("Beta", "on_ballot"),
        ("Gamma", "scheduled"),
    ]


async def test_a_close_at_the_third_session_fills_the_one_after(house: Backstage) -> None:
    group, ballot = await opened(house, "Alpha", form=BallotForm(closes="2022-12-03 14:00"))
    assert ballot.message_id is not None
    house.messenger.vote(ballot.message_id, BEN, "🇦")
    await house.advance_to(THIRD)
    assert (await latest(house, group)).state is BallotState.ANNOUNCED
    _, calendar = await house.rooms.sessions.calendar_card(actor(), None, past=False)
    assert [line.splitlines()[-1] for line in calendar.body[:3]] == [
        "Talks to be chosen",
        "Alpha",
        "Talks to be chosen",
    ]
