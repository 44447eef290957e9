"""What leads do with a ballot stands in `/audit`, in words alone: no undo brings votes back."""

from dataclasses import replace
from datetime import timedelta

import pytest
from backstage import BEN, CHANNEL, CLARA, DEVI, KENJI, START, Backstage, actor
from bent import labels, refusal_of, told_acts

from bot.ballots.acts import spoken_opening
from bot.ballots.model import Ballot, BallotForm, BallotMode, BallotOption, BallotState
from bot.ballots.store import last_ballot
from bot.cards import stamp
from bot.groups.model import BallotRule

DAY = timedelta(days=1)
BALLOT = Ballot(
    id=4,
    group_id=1,
    state=BallotState.POSTING,
    rule=BallotRule.FAIR_TURNS,
    sessions=1,
    talks_each=1,
    channel_id=CHANNEL,
    opened_by=BEN,
    opened_at=START,
    due_at=START + DAY,
    options=(BallotOption(pitch_id=1, emoji="🇦", title="Alpha"),),
)
THAT = f"the ballot of {stamp(START, 'D')}"


async def opened(house: Backstage, **form: object) -> int:
    group = await house.found_group()
    await house.pitch(group, "Alpha", "*Beta*", "Gamma", speakers=[CLARA, DEVI, KENJI])
    await house.rooms.ballots.open(actor(), None, BallotForm(sessions=2, talks_each=1, **form))
    await house.runner.run_due()
    async with house.db.read() as tx:
        ballot = await last_ballot(tx, group.id)
    assert ballot is not None
    return ballot.id


async def test_opening_keeping_open_closing_and_calling_off_are_told(house: Backstage) -> None:
    await opened(house)
    await house.rooms.ballots.extend(actor(), None, 2)
    await house.rooms.ballots.close(actor(), None)
    await refusal_of(house.rooms.ballots.close(actor(), None))  # is being counted already
    await house.call_off()
    assert await told_acts(house) == [
        f"**1.** <@11> called off {THAT}",
        f"**2.** <@11> closed {THAT} early",
        f"**3.** <@11> kept {THAT} open until {stamp(START + 5 * DAY)}",
        f"**4.** <@11> opened a ballot over 3 topics, until {stamp(START + 3 * DAY)}",
    ]
    card = await house.rooms.acts.acts_card(actor(), None)
    assert (labels(card), card.small) == ([], "None of these can be taken back (any more).")
    assert await refusal_of(house.undo(2)) == (
        "That can't be taken back: it is only told here that it was done."
    )


async def test_what_leads_do_to_the_seats_is_told(house: Backstage) -> None:
    ballot_id = await opened(house, rule=BallotRule.MOST_VOTES, is_reviewed=True)
    [message_id] = [
        number
        for number, one in house.messenger.places[CHANNEL].messages.items()
        if one.card.title.startswith("🗳️")
    ]
    house.messenger.vote(message_id, BEN, "🇦🇧")
    await house.advance_to(START + 3 * DAY)
    review = house.rooms.review
    for chosen in ([1], [1], []):
        card = await review.leave_out(actor(), ballot_id, chosen)
    for _ in range(2):
        seen = str(card.buttons[0].action).rpartition(":")[2]
        card = await review.swap(actor(), ballot_id, [2, 1], seen)
    seen = str(card.buttons[0].action).rpartition(":")[2]
    for _ in range(2):
        await review.publish(actor(), ballot_id, seen)
    assert (await told_acts(house))[:-1] == [
        f"**1.** <@11> published the seats of {THAT}",
        f"**2.** <@11> swapped **Alpha** and **\\*Beta\\*** back in the seats of {THAT}",
        f"**3.** <@11> swapped **Alpha** and **\\*Beta\\*** in the seats of {THAT}",
        f"**4.** <@11> left nobody out of the seats of {THAT}",
        f"**5.** <@11> left **Alpha** out of the seats of {THAT}",
    ]


@pytest.mark.parametrize(
    ("mode", "is_hidden", "kind"),
    [
        (BallotMode.OPEN, False, ""),
        (BallotMode.OPEN, True, "hidden "),
        (BallotMode.PRIVATE, False, "private "),
    ],
)
def test_a_ballot_is_told_with_its_kind_and_size(
    mode: BallotMode, kind: str, *, is_hidden: bool
) -> None:
    ballot = replace(BALLOT, mode=mode, is_hidden=is_hidden)
    until = stamp(START + DAY)
    assert spoken_opening(ballot) == f"opened a {kind}ballot over 1 topic, until {until}"
