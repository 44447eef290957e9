"""Calling a ballot off: what is asked, and when the answer still holds."""

from dataclasses import replace

import pytest
from backstage import BEN, CLARA, KENJI, MAYA, START, Backstage, actor
from bent import refusal_of
from scenery import GROUP

from bot.ballots import store
from bot.ballots.cancelling import question_card
from bot.ballots.model import Ballot, BallotForm, BallotOption, BallotState
from bot.cards import Button, ButtonStyle, Card, Tone
from bot.groups.model import BallotRule
from bot.groups.store import add_lead, remove_lead

BALLOT = Ballot(
    id=4,
    group_id=1,
    state=BallotState.OPEN,
    rule=BallotRule.FAIR_TURNS,
    sessions=1,
    talks_each=1,
    channel_id=901,
    opened_by=MAYA,
    opened_at=START,
    due_at=START,
    options=(
        BallotOption(pitch_id=1, emoji="🇦", title="*Alpha*"),
        BallotOption(pitch_id=2, emoji="🇧", title="B" * 70),
    ),
)


def test_the_question_names_the_ballot_and_what_would_be_lost() -> None:
    at = int(START.timestamp())
    assert question_card(GROUP, BALLOT, 12) == Card(
        title="🗳️ Call off the ballot of ML \\*Theory\\*?",
        body=(
            f"Opened <t:{at}:F>, closes <t:{at}:R>: \\*Alpha\\* · {'B' * 59}…",
            "**12 people have voted.** If you call it off, no vote counts, none can be brought "
            "back, and its topics go to the backlog.",
            "To count the votes now, use `/ballot close` instead.",
        ),
        small="Nothing has changed yet. Only you see this.",
        tone=Tone.WARNING,
        buttons=(Button(label="Call it off", action="calloff:4:open", style=ButtonStyle.DANGER),),
    )


@pytest.mark.parametrize(
    ("change", "voters", "said"),
    [
        ({}, 0, "Nobody has voted yet."),
        ({}, 1, "1 person has voted."),
        ({}, None, "How many people have voted can't be seen at the moment."),
        ({"state": BallotState.POSTING}, None, "It is just being posted."),
        ({"state": BallotState.CLOSING}, None, "It is being counted now."),
        (
            {"state": BallotState.CLOSING, "is_degraded": True},
            None,
            "It is counted, but not for certain.",
        ),
    ],
)
def test_the_question_says_how_far_the_ballot_is(
    change: dict[str, object], voters: int | None, said: str
) -> None:
    card = question_card(GROUP, replace(BALLOT, **change), voters)
    assert card.body[1].startswith(f"**{said}** ")
    assert (len(card.body) == 3) is ("state" not in change)


async def opened(house: Backstage) -> tuple[int, Card]:
    """The id of a ballot for which two have voted, and what Maya is asked about it."""
    group = await house.found_group()
    await house.pitch(group, "Alpha", "Beta")
    await house.rooms.ballots.open(actor(), None, BallotForm(is_reviewed=False))
    await house.runner.run_due()
    ballot = await latest(house, group.id)
    assert ballot.message_id is not None
    house.messenger.vote(ballot.message_id, BEN, "🇦🇧")
    house.messenger.vote(ballot.message_id, CLARA, "🇦")
    house.restart()  # no event has told of these: they are read
    return group.id, await house.rooms.cancelling.propose(actor(), None)


async def latest(house: Backstage, group_id: int) -> Ballot:
    async with house.db.read() as tx:
        found = await store.last_ballot(tx, group_id)
    assert found is not None
    return found


async def test_nothing_happens_before_the_press_nor_after_a_second_one(house: Backstage) -> None:
    group_id, asked = await opened(house)
    assert asked.body[1].startswith("**2 people have voted.**")
    before = await latest(house, group_id)
    house.restart()
    done = await house.press(asked, "Call it off")
    again = await house.press(asked, "Call it off")
    after = await latest(house, group_id)
    assert (before.state, after.state) == (BallotState.OPEN, BallotState.VOID)
    assert done.body == ("The ballot is called off; its topics are on the backlog.",)
    assert again == done
    reopened = await house.rooms.ballots.open_again(actor(), before.id)
    assert reopened.title == "Ballot of ML Theory"
    assert await house.press(asked, "Call it off") == done
    assert (await latest(house, group_id)).state is BallotState.POSTING


async def test_a_ballot_that_is_counted_meanwhile_is_asked_about_anew(house: Backstage) -> None:
    group_id, asked = await opened(house)
    await house.rooms.ballots.close(actor(), None)
    anew = await house.press(asked, "Call it off")
    assert anew.body[1].startswith("**It is being counted now.**")
    assert (await latest(house, group_id)).state is BallotState.CLOSING
    await house.runner.run_due()
    for card in (asked, anew):
        assert await refusal_of(house.press(card, "Call it off")) == (
            "This ballot is closed by now, so it can't be called off: see `/ballot status`."
        )
    assert (await latest(house, group_id)).state is BallotState.ANNOUNCED


async def test_whoever_leads_no_more_and_other_servers_call_nothing_off(house: Backstage) -> None:
    group_id, asked = await opened(house)
    async with house.db.begin() as tx:
        await add_lead(tx, group_id, KENJI)
        await remove_lead(tx, group_id, MAYA)
    assert [
        await refusal_of(house.press(asked, "Call it off", *who)) for who in ((), (KENJI, 77))
    ] == [
        "Only the leads of ML Theory can do this: ask one of them.",
        "That ballot is not here any more.",
    ]
    assert (await latest(house, group_id)).state is BallotState.OPEN
