"""The result goes out once, with its picture where that can be drawn."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from backstage import (
    BEN,
    CHANNEL,
    CLARA,
    KENJI,
    START,
    Backstage,
    actor,
    lose_the_answer,
    once,
)
from fakes.messenger import Message
from scenery import GROUP

from bot.ballots.chart import result_chart
from bot.ballots.model import LETTERS, Ballot, BallotForm, BallotOption, BallotState, Result
from bot.cards import Picture
from bot.groups.model import BallotRule
from bot.pictures.model import Award, Bar, Drawing, ResultChart, alt_text
from bot.sessions.model import Session, SessionState

TITLES = ("Alpha", "Beta_", "深度学习", "Delta")
BALLOT = Ballot(
    id=5,
    group_id=1,
    state=BallotState.CLOSED,
    rule=BallotRule.MOST_VOTES,
    sessions=2,
    talks_each=1,
    opened_by=11,
    channel_id=901,
    due_at=START,
    opened_at=START,
    options=tuple(
        BallotOption(pitch_id=10 * n, emoji=LETTERS[n - 1], title=title, speaker_id=4242)
        for n, title in enumerate(TITLES, start=1)
    ),
    result=Result(
        winners=(30, 20),
        runners_up=(10, 40),
        counts={10: 0, 20: 3, 30: 4, 40: 2},
        voters=6,
        seated={30: 107},
    ),
)
SESSION = Session(
    id=107,
    group_id=1,
    number=7,
    wall_start=datetime(2022, 11, 19, 14, 0),  # noqa: DTZ001 - a wall time
    zone="America/Denver",
    starts_at=datetime(2022, 11, 19, 21, 0, tzinfo=UTC),
    minutes=60,
    state=SessionState.PLANNED,
    changed_at=START,
)


def test_chart_has_winners_first_then_the_others_by_votes() -> None:
    assert result_chart(GROUP, BALLOT, [SESSION]) == ResultChart(
        title="ML *Theory*: the vote is counted",
        note="6 people voted on 4 topics for 2 seats.",
        legend="elected, with the number of its session",
        bars=(
            Bar(letter="C", title="深度学习", votes=4, prize="#7", award=Award.ELECTED),
            Bar(letter="B", title="Beta_", votes=3, award=Award.PROMISED),
            Bar(letter="D", title="Delta", votes=2),
            Bar(letter="A", title="Alpha", votes=0),
        ),
    )


def test_nobody_elected_makes_no_chart() -> None:
    empty = Result(winners=(), runners_up=(10,), counts={10: 0}, voters=0)
    assert result_chart(GROUP, replace(BALLOT, result=empty), []) is None
    assert result_chart(GROUP, replace(BALLOT, result=None), []) is None


def test_no_speaker_is_in_the_chart() -> None:
    chart = result_chart(GROUP, BALLOT, [SESSION])
    assert chart is not None
    assert "4242" not in repr(chart)


async def announced(house: Backstage) -> list[Message]:
    """A ballot is opened, voted on and closed by hand; what says so."""
    group = await house.found_group()
    await house.pitch(group, "Alpha", "Beta", speakers=(BEN, CLARA))
    await house.rooms.ballots.open(actor(), None, BallotForm(talks_each=1))
    await house.runner.run_due()
    [ballot] = house.messenger.places[CHANNEL].messages.values()
    house.messenger.vote(ballot.id, KENJI, "🇦")
    await house.rooms.ballots.close(actor(), None)
    await house.advance_to(START + timedelta(minutes=2))
    messages = house.messenger.places[CHANNEL].messages.values()
    return [one for one in messages if one.card.title.endswith("the vote is counted")]


async def test_result_goes_out_with_its_picture_and_all_its_words(house: Backstage) -> None:
    drawn: list[Drawing] = []

    async def draw(drawing: Drawing) -> bytes:
        drawn.append(drawing)
        return b"png"

    house.draw = draw
    [message] = await announced(house)
    [chart] = drawn
    assert message.card.pictures == (
        Picture(name="result.png", content=b"png", alt=alt_text(chart)),
    )
    assert alt_text(chart) == (
        "ML Theory: the vote is counted. 1 person voted on 2 topics for 1 seat. "
        "A Alpha: 1 vote, elected for #1; B Beta: 0 votes."
    )
    assert message.card.body[0].splitlines()[0] == "1 person voted."


async def test_result_goes_out_once_without_a_picture_that_fails(house: Backstage) -> None:
    async def draw(_drawing: Drawing) -> None:
        return None

    house.draw = draw
    [message] = await announced(house)
    assert message.card.pictures == ()
    assert message.card.body[0].splitlines()[0] == "1 person voted."


async def test_result_whose_answer_got_lost_stands_there_once_with_its_picture(
    house: Backstage,
) -> None:
    async def draw(_drawing: Drawing) -> bytes:
        house.messenger.meanwhile["say"] = once(lose_the_answer)
        return b"png"

    house.draw = draw
    [message] = await announced(house)
    assert [picture.content for picture in message.card.pictures] == [b"png"]
