"""Speakers confirm, step back, swap; whoever is next is asked for the seat that is free."""

import asyncio
from collections.abc import Awaitable, Mapping
from datetime import timedelta
from typing import Any

import pytest
from backstage import (
    BEN,
    CHANNEL,
    CLARA,
    DEVI,
    FIRST,
    FORUM,
    KENJI,
    MAYA,
    SECOND,
    Backstage,
    actor,
)
from bent import told_acts
from fakes.messenger import Message

from bot.ballots.model import BallotForm
from bot.ballots.store import last_ballot
from bot.cards import stamp
from bot.errors import Refusal
from bot.groups.model import BallotRule, Group
from bot.members.away import Away
from bot.members.model import Place
from bot.members.store import replace_away_spans
from bot.pitches.model import PitchState
from bot.pitches.store import get_pitches, promised
from bot.sessions.calendar import ABSENT_AFTER
from bot.sessions.model import Session, Talk, TalkState
from bot.sessions.store import sessions_ahead
from bot.sessions.talks import get_talk
from bot.speakers.model import answer_by

TITLES = ("Alpha", "Beta", "Gamma", "Delta")
HOURS = timedelta(hours=1)
DAY = timedelta(days=1)


VOTES = {MAYA: "🇦🇧🇨🇩", BEN: "🇦🇧🇨", CLARA: "🇦🇧", DEVI: "🇦"}


async def elected(house: Backstage, votes: Mapping[int, str] = VOTES, **form: Any) -> Group:
    """Ben's Alpha in session 1 and Clara's Beta in session 2; Devi's Gamma is the first reserve,
    Kenji's Delta the second.
    """
    group = await house.found_group()
    await house.pitch(group, *TITLES, speakers=(BEN, CLARA, DEVI, KENJI))
    asked: dict[str, Any] = {"sessions": 2, "talks_each": 1} | form
    await house.rooms.ballots.open(actor(), None, BallotForm(**asked))
    await house.runner.run_due()
    [ballot_id] = house.messenger.places[CHANNEL].messages
    for person, letters in votes.items():
        house.messenger.vote(ballot_id, person, letters)
    await house.rooms.ballots.close(actor(), None)
    await house.runner.run_due()
    return group


async def programme(house: Backstage) -> list[tuple[int, str, TalkState, int | None]]:
    async with house.db.read() as tx:
        ahead = await sessions_ahead(tx, 1, house.now, 6)
    return [
        (one.number, talk.title, talk.state, talk.speaker_id) for one in ahead for talk in one.talks
    ]


async def coming(house: Backstage) -> list[tuple[Session, Talk]]:
    async with house.db.read() as tx:
        ahead = await sessions_ahead(tx, 1, house.now, 6)
    return [(one, talk) for one in ahead for talk in one.talks]


async def talk_called(house: Backstage, title: str) -> Talk:
    return next(talk for _, talk in await coming(house) if talk.title == title)


async def waiting(house: Backstage) -> list[str]:
    async with house.db.read() as tx:
        return [pitch.title for pitch in await promised(tx, 1)]


async def state_of(house: Backstage, title: str) -> PitchState:
    async with house.db.read() as tx:
        pitches = await get_pitches(tx, [1, 2, 3, 4])
    return next(pitch.state for pitch in pitches.values() if pitch.title == title)


async def refusal_of(call: Awaitable[Any]) -> str:
    with pytest.raises(Refusal) as refused:
        await call
    return str(refused.value)


def asks(house: Backstage) -> list[Message]:
    """The questions that stand in the channel, oldest first."""
    messages = house.messenger.places[CHANNEL].messages.values()
    return [one for one in messages if one.card.title.startswith(("🎤", "🔁"))]


def ask_id(message: Message) -> int:
    return int(str(message.card.buttons[0].action).rpartition(":")[2])


async def step_back(house: Backstage, title: str, state: TalkState, by: int) -> str:
    talk = await talk_called(house, title)
    card = await house.rooms.speakers.step_back(actor(by), talk.id, state)
    await house.runner.run_due()
    return card.text


async def test_a_speaker_confirms_and_confirming_twice_changes_nothing(house: Backstage) -> None:
    await elected(house)
    await house.know(BEN, Place(name="Kolkata", zone="Asia/Kolkata"))
    talk = await talk_called(house, "Alpha")
    first = await house.rooms.speakers.confirm(actor(BEN), talk.id)
    again = await house.rooms.speakers.confirm(actor(BEN), talk.id)
    assert first == again
    assert "✅ Confirmed" in first.body[0]
    assert first.body[1].endswith("For you: Sunday, 6 November, 1:30 am in Kolkata, in 1 week**")
    assert await programme(house) == [
        (1, "Alpha", TalkState.CONFIRMED, BEN),
        (2, "Beta", TalkState.ELECTED, CLARA),
    ]


async def test_the_seat_of_who_can_t_goes_to_the_next_reserve_who_says_yes(
    house: Backstage,
) -> None:
    await elected(house)
    told = await step_back(house, "Alpha", TalkState.DEFERRED, BEN)
    assert told == (
        "✅ Done\n**Alpha** stays promised: it gets the next free seat.\n"
        f"I ask <@{DEVI}> to take the place in session #1."
    )
    [ask] = asks(house)
    assert (ask.card.body[0], ask.pings) == (
        f"<@{DEVI}>, you are next in line with **Gamma**: would you present it {stamp(FIRST)}?",
        {DEVI},
    )
    await house.rooms.speaker_answers.answer(actor(DEVI), ask_id(ask), is_yes=False)
    await house.runner.run_due()
    first, second = asks(house)
    assert (first.card.body[1], first.card.buttons, second.pings) == (
        f"<@{DEVI}> can't.",
        (),
        {KENJI},
    )
    await house.rooms.speaker_answers.answer(actor(KENJI), ask_id(second), is_yes=True)
    await house.runner.run_due()
    assert asks(house)[1].card.body[1] == f"✅ <@{KENJI}> presents it."
    assert await programme(house) == [
        (1, "Delta", TalkState.CONFIRMED, KENJI),
        (2, "Beta", TalkState.ELECTED, CLARA),
    ]
    assert await waiting(house) == ["Alpha"]
    assert [await state_of(house, title) for title in TITLES] == [
        PitchState.PROMISED,
        PitchState.SCHEDULED,
        PitchState.OPEN,
        PitchState.SCHEDULED,
    ]


async def test_reserves_are_asked_in_the_order_of_the_tally_and_not_of_votes(
    house: Backstage,
) -> None:
    gale = 16
    house.messenger.members.add(gale)
    votes = {MAYA: "🇦🇧", BEN: "🇦🇧", CLARA: "🇦🇧", gale: "🇦", DEVI: "🇨", KENJI: "🇨"}
    await elected(house, votes, sessions=1, rule=BallotRule.FAIR_TURNS)
    assert await programme(house) == [(1, "Alpha", TalkState.ELECTED, BEN)]
    async with house.db.read() as tx:
        ballot = await last_ballot(tx, 1)
    assert ballot is not None
    assert ballot.result is not None
    # Beta has more votes, but of people who have just got Alpha.
    counts = {ballot.option_of(one).title: n for one, n in ballot.result.counts.items()}
    assert counts == {"Alpha": 4, "Beta": 3, "Gamma": 2, "Delta": 0}
    await step_back(house, "Alpha", TalkState.WITHDRAWN, BEN)
    await house.rooms.speaker_answers.answer(actor(DEVI), ask_id(asks(house)[0]), is_yes=False)
    await house.runner.run_due()
    assert [one.pings for one in asks(house)] == [{DEVI}, {CLARA}]
    await house.rooms.speaker_answers.answer(actor(CLARA), ask_id(asks(house)[1]), is_yes=False)
    await house.runner.run_due()
    [told] = house.messenger.told(MAYA)
    assert (len(asks(house)), "nobody is left" in told.text) == (2, True)  # nobody chose Delta


async def test_silence_is_a_no_and_leads_hear_when_nobody_is_left(house: Backstage) -> None:
    await elected(house)
    await step_back(house, "Alpha", TalkState.WITHDRAWN, BEN)
    await house.advance_to(house.now + 2 * DAY + HOURS)
    assert [one.pings for one in asks(house)] == [{DEVI}, {KENJI}]
    assert asks(house)[0].card.body[1] == "No answer came in time."
    await house.advance_to(FIRST - HOURS)
    assert asks(house)[1].card.body[1] == "No answer came in time."
    assert [card.body[0] for card in house.messenger.told(MAYA)] == [
        "Session #1 has a free place, and nobody is left whom I could ask to take it: ask "
        "somebody yourself, or open a ballot for it with `/ballot open`."
    ]
    assert (await waiting(house), await state_of(house, "Alpha")) == ([], PitchState.WITHDRAWN)


async def test_the_promised_are_asked_before_reserves_but_not_for_what_they_left(
    house: Backstage,
) -> None:
    await elected(house)
    await step_back(house, "Beta", TalkState.DEFERRED, CLARA)
    await step_back(house, "Alpha", TalkState.DEFERRED, BEN)
    assert [one.pings for one in asks(house)] == [{DEVI}, {CLARA}]
    await house.rooms.speaker_answers.answer(actor(CLARA), ask_id(asks(house)[1]), is_yes=True)
    await house.rooms.speaker_answers.answer(actor(DEVI), ask_id(asks(house)[0]), is_yes=False)
    await house.runner.run_due()
    assert asks(house)[2].pings == {BEN}
    assert await programme(house) == [(1, "Beta", TalkState.CONFIRMED, CLARA)]


async def test_a_promise_gets_the_first_seat_when_the_next_ballot_opens(house: Backstage) -> None:
    await elected(house)
    await step_back(house, "Alpha", TalkState.DEFERRED, BEN)
    house.now = FIRST + 2 * HOURS
    await house.runner.run_due()
    form = BallotForm(sessions=2, talks_each=2, days=3, rule=BallotRule.MOST_VOTES)
    receipt = await house.rooms.ballots.open(actor(), None, form)
    assert receipt.body[-1] == (
        "First, 1 promised talk has a seat now: **Alpha** in #2. The channel hears of it."
    )
    assert await programme(house) == [
        (2, "Beta", TalkState.ELECTED, CLARA),
        (2, "Alpha", TalkState.ELECTED, BEN),
    ]
    await house.runner.run_due()
    assert len(house.messenger.titles("what shall we hear")) == 2
    assert await waiting(house) == []
    [told] = [
        one for one in house.messenger.places[CHANNEL].messages.values() if "🪑" in one.card.title
    ]
    assert (told.card.body, told.pings) == (
        (f"**#2 · {stamp(SECOND)}**\n**Alpha** · <@{BEN}>",),
        {BEN},
    )
    _, _, ballot_id = (told.card.buttons[0].action or "").split(":")
    talk_id = await house.rooms.speakers.talk_of(actor(BEN), int(ballot_id))
    assert talk_id == (await talk_called(house, "Alpha")).id


async def test_a_promised_talk_that_lost_its_seat_again_is_not_told(house: Backstage) -> None:
    await elected(house)
    await step_back(house, "Alpha", TalkState.DEFERRED, BEN)
    house.now = FIRST + 2 * HOURS
    await house.runner.run_due()
    await house.rooms.ballots.open(actor(), None, BallotForm(sessions=2, talks_each=2, days=3))
    await house.cancel(2)
    await house.runner.run_due()
    assert not house.messenger.titles("a promised talk has its seat")
    assert await waiting(house) == ["Alpha", "Beta"]


async def test_a_result_names_the_talks_that_were_in_its_sessions_before(house: Backstage) -> None:
    await elected(house)
    await house.rooms.ballots.open(actor(), None, BallotForm(talks_each=2, days=1))
    await house.runner.run_due()
    ballot_card = list(house.messenger.places[CHANNEL].messages.values())[-1]
    house.messenger.vote(ballot_card.id, KENJI, "🇦")
    await house.advance_to(house.now + timedelta(days=1))
    [result] = [
        one.card
        for one in house.messenger.places[CHANNEL].messages.values()
        if "the vote is counted" in one.card.title
    ][-1:]
    lines = next(part for part in result.body if part.startswith("**#1")).splitlines()
    assert lines[2:] == [f"🪑 **Alpha** · <@{BEN}> · had its seat before this vote"]


async def test_an_open_ballot_is_drawn_anew_as_its_sessions_change(house: Backstage) -> None:
    await elected(house)
    await house.rooms.ballots.open(actor(), None, BallotForm(talks_each=2, days=1))
    await house.runner.run_due()
    ballot_card = list(house.messenger.places[CHANNEL].messages.values())[-1]
    before = ballot_card.card.body[2].splitlines()[1]
    await house.cancel(1)
    await house.runner.run_due()
    assert (before, ballot_card.card.body[2].splitlines()[1]) == (
        f"🪑 1 seat in #1 · {stamp(FIRST)} (1 more place there is taken)",
        f"🪑 1 seat in #2 · {stamp(SECOND)} (1 more place there is taken)",
    )


async def test_a_ballot_counts_only_the_places_that_are_left(house: Backstage) -> None:
    await elected(house)
    await house.rooms.ballots.open(actor(), None, BallotForm(sessions=2, talks_each=2, days=1))
    await house.runner.run_due()
    card = list(house.messenger.places[CHANNEL].messages.values())[-1].card
    assert card.body[2].endswith(
        f"🪑 2 seats in #1 · {stamp(FIRST)} and #2 · {stamp(SECOND)} "
        "(2 more places there are taken)"
    )


async def test_two_speakers_change_places_when_the_other_agrees(house: Backstage) -> None:
    await elected(house)
    alpha, beta = await talk_called(house, "Alpha"), await talk_called(house, "Beta")
    offered = await house.rooms.swaps.offer(actor(BEN), alpha.id)
    assert [option.value for option in offered.picks[0].options] == [str(beta.id)]
    await house.rooms.swaps.ask(actor(BEN), alpha.id, beta.id)
    await house.runner.run_due()
    [ask] = asks(house)
    assert (ask.card.body[0], ask.pings) == (
        f"<@{CLARA}>, <@{BEN}> asks to swap: **Beta** would be {stamp(FIRST)} (#1), and "
        f"**Alpha** {stamp(SECOND)} (#2).",
        {CLARA},
    )
    answers = house.rooms.speaker_answers
    for stranger in (BEN, DEVI):
        assert await refusal_of(answers.answer(actor(stranger), ask_id(ask), is_yes=True)) == (
            "This question is for somebody else."
        )
    await answers.answer(actor(CLARA), ask_id(ask), is_yes=True)
    assert await programme(house) == [
        (1, "Beta", TalkState.SWAPPED, CLARA),
        (2, "Alpha", TalkState.SWAPPED, BEN),
    ]
    assert [one.sequence for one, _ in await coming(house)] == [2, 2]
    assert await refusal_of(answers.answer(actor(CLARA), ask_id(ask), is_yes=True)) == (
        "This was answered with yes already."
    )


async def test_discussions_follow_a_swap(house: Backstage) -> None:
    await elected(house)
    alpha, beta = await talk_called(house, "Alpha"), await talk_called(house, "Beta")
    await house.rooms.swaps.ask(actor(BEN), alpha.id, beta.id)
    await house.runner.run_due()
    await house.rooms.speaker_answers.answer(actor(CLARA), ask_id(asks(house)[0]), is_yes=True)
    await house.advance_to(FIRST + 2 * HOURS)
    posts = [one.title for one in house.messenger.places.values() if one.parent_id == FORUM]
    assert posts == ["Beta (ML Theory #1)"]


async def test_a_swap_is_off_once_one_of_the_talks_has_gone(house: Backstage) -> None:
    await elected(house)
    alpha, beta = await talk_called(house, "Alpha"), await talk_called(house, "Beta")
    await house.rooms.swaps.ask(actor(BEN), alpha.id, beta.id)
    await house.runner.run_due()
    await step_back(house, "Alpha", TalkState.DEFERRED, BEN)
    [swap, _] = asks(house)
    assert (swap.card.body[1], swap.card.buttons) == ("This is settled otherwise.", ())
    answer = house.rooms.speaker_answers.answer(actor(CLARA), 1, is_yes=True)
    assert await refusal_of(answer) == "This is settled otherwise already."
    assert (await talk_called(house, "Beta")).state is TalkState.ELECTED


async def test_a_swap_with_a_session_that_is_cancelled_changes_nothing(house: Backstage) -> None:
    await elected(house)
    alpha, beta = await talk_called(house, "Alpha"), await talk_called(house, "Beta")
    await house.rooms.swaps.ask(actor(BEN), alpha.id, beta.id)
    await house.cancel(2, "")
    card = await house.rooms.speaker_answers.answer(actor(CLARA), 1, is_yes=True)
    assert card.body[1] == "This is settled otherwise."
    assert await programme(house) == [(1, "Alpha", TalkState.ELECTED, BEN)]


async def test_a_swap_that_cant_be_is_not_asked_for(house: Backstage) -> None:
    await elected(house)
    speakers, swaps, answers = (
        house.rooms.speakers,
        house.rooms.swaps,
        house.rooms.speaker_answers,
    )
    alpha, beta = await talk_called(house, "Alpha"), await talk_called(house, "Beta")
    house.now = FIRST - HOURS
    assert await refusal_of(swaps.ask(actor(BEN), alpha.id, beta.id)) == (
        "It is too late to ask for a swap: one of the two sessions begins soon. Talk to the leads."
    )
    await speakers.step_back(actor(CLARA), beta.id, TalkState.DEFERRED)
    assert await refusal_of(swaps.offer(actor(BEN), alpha.id)) == (
        "There is no other talk to change places with at the moment."
    )
    for other_id in (beta.id, alpha.id):
        assert await refusal_of(swaps.ask(actor(BEN), alpha.id, other_id)) == (
            "You can't change places with that talk (any more)."
        )
    assert await refusal_of(swaps.offer(actor(CLARA), beta.id)) == (
        "“Beta” has no place in a session at the moment."
    )
    assert await refusal_of(answers.answer(actor(DEVI), 2, is_yes=True)) == (
        "That question is not here any more."
    )


async def test_where_no_talk_is_to_come_the_last_one_is_shown(house: Backstage) -> None:
    """That is when slides and recordings come in."""
    await elected(house)
    house.now = SECOND + 2 * HOURS
    card = house.rooms.speakers.card
    assert [(await card(actor(who), None, None)).title for who in (BEN, CLARA, KENJI)] == [
        "🎤 Alpha",
        "🎤 Beta",
        "🎤 Beta",
    ]


async def test_a_promise_is_given_back_and_then_asked_for_no_more(house: Backstage) -> None:
    await elected(house)
    talk = await talk_called(house, "Alpha")
    await step_back(house, "Alpha", TalkState.DEFERRED, BEN)
    await step_back(house, "Beta", TalkState.DEFERRED, CLARA)
    assert [one.pings for one in asks(house)] == [{DEVI}, {BEN}]
    speakers = house.rooms.speakers
    labels = [one.label for one in (await speakers.card(actor(BEN), None, talk.id)).buttons]
    given_back = await speakers.step_back(actor(BEN), talk.id, TalkState.WITHDRAWN)
    assert (labels, given_back.text) == (["Withdraw it"], "✅ Done\n**Alpha** is withdrawn.")
    assert (await waiting(house), await state_of(house, "Alpha")) == (
        ["Beta"],
        PitchState.WITHDRAWN,
    )
    again = speakers.step_back(actor(BEN), talk.id, TalkState.WITHDRAWN)
    assert await refusal_of(again) == "“Alpha” has no place in a session at the moment."
    # He had been asked for the seat that Clara left: it goes to the next.
    card = await house.rooms.speaker_answers.answer(actor(BEN), 2, is_yes=True)
    await house.runner.run_due()
    assert (card.body[1], asks(house)[2].pings) == ("This is settled otherwise.", {DEVI})


async def test_the_talks_to_choose_from_are_the_next_the_promised_and_the_last(
    house: Backstage,
) -> None:
    await elected(house)
    speakers = house.rooms.speakers
    await step_back(house, "Beta", TalkState.DEFERRED, CLARA)
    await house.rooms.speaker_answers.answer(actor(DEVI), 1, is_yes=True)
    ahead = await speakers.choices(actor(KENJI), None)
    house.now = FIRST + 2 * HOURS
    await house.runner.run_due()
    past = await speakers.choices(actor(KENJI), None)
    assert [[label for label, _ in labels] for labels in (ahead, past)] == [
        ["#1 · Alpha", "Promised · Beta", "#2 · Gamma"],
        ["#2 · Gamma", "Promised · Beta", "#1 · Alpha"],
    ]
    for label, talk_id in past:
        card = await speakers.card(actor(KENJI), None, talk_id)
        assert card.title == f"🎤 {label.rpartition(' ')[2]}"


@pytest.mark.parametrize(
    ("is_gone", "alert"),
    [
        (False, "I can't ask a speaker in the group's channel: I need Send Messages."),
        (
            True,
            "The group's channel was deleted, so I can't ask a speaker to take a free seat. "
            "Choose another with `/group edit`.",
        ),
    ],
)
async def test_leads_hear_that_nobody_can_be_asked_in_the_channel(
    house: Backstage, is_gone: bool, alert: str
) -> None:
    await elected(house)
    talk, channel = await talk_called(house, "Alpha"), house.messenger.places[CHANNEL]
    if is_gone:
        del house.messenger.places[CHANNEL]
    else:
        channel.denied.add("Send Messages")
    await house.rooms.speakers.step_back(actor(BEN), talk.id, TalkState.DEFERRED)
    await house.runner.run_due()
    told = [card.body[0] for card in house.messenger.told(MAYA)]
    channel.denied.clear()
    await house.advance_to(house.now + HOURS)
    assert (told, [one.pings for one in asks(house)] if not is_gone else []) == (
        [alert],
        [] if is_gone else [{DEVI}],
    )


@pytest.mark.both_databases
async def test_two_yeses_at_once_fill_the_seat_once(house: Backstage) -> None:
    await elected(house)
    await step_back(house, "Alpha", TalkState.DEFERRED, BEN)
    answer = house.rooms.speaker_answers.answer
    found = await asyncio.gather(
        *(answer(actor(DEVI), 1, is_yes=True) for _ in range(3)), return_exceptions=True
    )
    refused = [str(one) for one in found if isinstance(one, Refusal)]
    assert refused == ["This was answered with yes already."] * 2
    assert [title for _, title, _, _ in await programme(house)] == ["Gamma", "Beta"]


async def test_only_the_speaker_or_a_lead_changes_a_talk_and_only_in_its_server(
    house: Backstage,
) -> None:
    await elected(house)
    talk = await talk_called(house, "Alpha")
    speakers, swaps, before = house.rooms.speakers, house.rooms.swaps, await programme(house)
    calls = [
        (speakers.confirm, ()),
        (speakers.ask_why_not, ()),
        (speakers.step_back, (TalkState.DEFERRED,)),
        (swaps.offer, ()),
        (swaps.ask, (2,)),
        (speakers.links_of, ()),
        (speakers.save_links, ({},)),
    ]
    for call, rest in calls:
        assert await refusal_of(call(actor(KENJI), talk.id, *rest)) == (
            "Only the speaker of “Alpha”, or a lead, can do this."
        )
        assert await refusal_of(call(actor(BEN, server_id=77), talk.id, *rest)) == (
            "That talk is not here (any more)."
        )
    assert await programme(house) == before
    asked = [(await speakers.ask_why_not(actor(who), talk.id)).title for who in (BEN, MAYA)]
    assert asked == ["You can't present your talk?", "The speaker can't present this talk?"]
    await speakers.step_back(actor(MAYA), talk.id, TalkState.DEFERRED)
    assert [title for _, title, _, _ in await programme(house)] == ["Beta"]
    await house.runner.run_due()
    answer = house.rooms.speaker_answers.answer
    assert await refusal_of(answer(actor(DEVI, server_id=77), 1, is_yes=True)) == (
        "That question is not here any more."
    )
    # A lead does not say yes for anybody, but need not wait for a no.
    assert await refusal_of(answer(actor(MAYA), 1, is_yes=True)) == (
        "This question is for somebody else."
    )
    await answer(actor(MAYA), 1, is_yes=False)
    await house.runner.run_due()
    assert asks(house)[1].pings == {KENJI}


async def test_nothing_changes_once_the_session_has_begun(house: Backstage) -> None:
    await elected(house)
    talk = await talk_called(house, "Alpha")
    house.now = FIRST
    call = house.rooms.speakers.step_back(actor(BEN), talk.id, TalkState.DEFERRED)
    assert await refusal_of(call) == "Session #1 has begun: nothing to change any more."
    await house.advance_to(FIRST + 2 * HOURS)
    async with house.db.read() as tx:
        held = await get_talk(tx, talk.id)
    assert held is not None
    assert (held.state, await state_of(house, "Alpha")) == (
        TalkState.DELIVERED,
        PitchState.DELIVERED,
    )


async def test_who_has_left_the_server_is_passed_over(house: Backstage) -> None:
    await elected(house)
    house.messenger.members.discard(DEVI)
    await step_back(house, "Alpha", TalkState.DEFERRED, BEN)
    assert [one.pings for one in asks(house)] == [{KENJI}]


async def test_who_says_away_before_the_question_is_put_is_passed_over(house: Backstage) -> None:
    await elected(house)
    talk = await talk_called(house, "Alpha")
    await house.rooms.speakers.step_back(actor(BEN), talk.id, TalkState.DEFERRED)
    await house.leave_for(DEVI, FIRST)
    await house.runner.run_due()
    assert [one.pings for one in asks(house)] == [{KENJI}]


async def test_who_says_away_after_the_question_need_not_answer_it(house: Backstage) -> None:
    await elected(house)
    await step_back(house, "Alpha", TalkState.DEFERRED, BEN)
    await house.leave_for(DEVI, FIRST)
    await house.advance_to(house.now + ABSENT_AFTER)
    assert [one.pings for one in asks(house)] == [{DEVI}, {KENJI}]
    assert asks(house)[0].card.body[1] == f"<@{DEVI}> can't."


async def test_nobody_is_seated_or_asked_for_a_day_away(house: Backstage) -> None:
    await house.leave_for(BEN, FIRST)
    await house.leave_for(DEVI, SECOND)
    await elected(house)
    assert [(number, title) for number, title, *_ in await programme(house)] == [
        (1, "Beta"),
        (2, "Alpha"),
    ]
    await step_back(house, "Alpha", TalkState.DEFERRED, BEN)
    assert [one.pings for one in asks(house)] == [{KENJI}]


async def test_a_winner_who_is_always_away_is_promised_and_a_reserve_steps_in(
    house: Backstage,
) -> None:
    await house.know(BEN)
    async with house.db.begin() as tx:
        span = Away(first_day=FIRST.date(), last_day=FIRST.date() + 200 * DAY)
        await replace_away_spans(tx, BEN, [span])
    await elected(house)
    assert [(number, title) for number, title, *_ in await programme(house)] == [
        (1, "Beta"),
        (2, "Gamma"),
    ]
    assert await waiting(house) == ["Alpha"]


async def test_a_seat_offered_for_a_session_that_is_cancelled_is_not_given(
    house: Backstage,
) -> None:
    await elected(house)
    await step_back(house, "Alpha", TalkState.DEFERRED, BEN)
    await house.cancel(1, "")
    card = await house.rooms.speaker_answers.answer(actor(DEVI), 1, is_yes=True)
    assert card.body[1] == "This is settled otherwise."
    assert [number for number, *_ in await programme(house)] == [2]


async def test_a_question_that_waits_tells_the_new_time_of_its_sessions(house: Backstage) -> None:
    await elected(house)
    alpha, beta = await talk_called(house, "Alpha"), await talk_called(house, "Beta")
    await house.rooms.swaps.ask(actor(BEN), alpha.id, beta.id)
    await house.runner.run_due()
    for number, was in ((1, FIRST), (2, SECOND)):
        await house.move(number, f"{was + DAY:%Y-%m-%d} 14:00")
    await house.runner.run_due()
    [ask] = asks(house)
    (one, _), (other, _) = await coming(house)
    assert (ask.card.body[0], ask.pings) == (
        f"<@{CLARA}>, <@{BEN}> asks to swap: **Beta** would be {stamp(one.starts_at)} (#1), and "
        f"**Alpha** {stamp(other.starts_at)} (#2).",
        {CLARA},
    )
    await house.cancel(2)
    await house.runner.run_due()
    assert (ask.card.body[1], ask.card.buttons) == ("🚫 Cancelled: there is nothing to answer.", ())
    await house.undo()
    await house.runner.run_due()
    assert [button.label for button in ask.card.buttons] == ["Yes", "I can't"]


async def test_a_topic_without_a_speaker_is_taken_on_once(house: Backstage) -> None:
    group = await house.found_group()
    await house.pitch(group, "Alpha")
    await house.rooms.ballots.open(actor(), None, BallotForm(talks_each=1))
    await house.runner.run_due()
    [ballot_id] = house.messenger.places[CHANNEL].messages
    house.messenger.vote(ballot_id, MAYA, "🇦")
    await house.rooms.ballots.close(actor(), None)
    await house.runner.run_due()
    card = await house.rooms.speakers.card(actor(KENJI), None, None)
    assert [button.label for button in card.buttons] == ["I'll present this"]
    assert card.body[0] == "🎤 speaker wanted\n🙋 Elected; nobody presents it yet"
    await house.rooms.speakers.take_on(actor(KENJI), 1)
    assert await refusal_of(house.rooms.speakers.take_on(actor(DEVI), 1)) == (
        "“Alpha” has a speaker already."
    )
    assert await programme(house) == [(1, "Alpha", TalkState.CONFIRMED, KENJI)]


async def test_links_are_checked_kept_and_shown(house: Backstage) -> None:
    await elected(house)
    talk = await talk_called(house, "Alpha")
    speakers = house.rooms.speakers
    typed = {"reading": "2207.13443v2", "slides": "https://example.org/s", "recording": ""}
    card = await speakers.save_links(actor(BEN), talk.id, typed)
    assert card.body[-1] == (
        "📖 Pre-reading: [arXiv 2207.13443v2](<https://arxiv.org/abs/2207.13443v2>)\n"
        "🎞️ Slides: [example.org](<https://example.org/s>)"
    )
    for wrong, told in (
        ({"slides": "my desk"}, "“my” is not a link I can keep"),
        ({"slides": "https://a.org/1 https://a.org/2"}, "is more than one link"),
    ):
        assert told in await refusal_of(speakers.save_links(actor(BEN), talk.id, wrong))
    kept = await speakers.links_of(actor(BEN), talk.id)
    assert kept == {
        "reading": "https://arxiv.org/abs/2207.13443v2",
        "slides": "https://example.org/s",
        "recording": "",
    }


async def test_what_a_lead_does_for_a_speaker_is_told_and_what_speakers_do_is_not(
    house: Backstage,
) -> None:
    await elected(house)
    alpha, beta = [await talk_called(house, title) for title in ("Alpha", "Beta")]
    speakers, swaps = house.rooms.speakers, house.rooms.swaps
    links = {"reading": "https://example.org/r", "slides": "", "recording": ""}
    for who in (BEN, MAYA):  # the speaker, and then the lead, with nothing left to do
        await speakers.confirm(actor(who), alpha.id)
        await speakers.save_links(actor(who), alpha.id, links)
    assert len(await told_acts(house)) == 2  # the ballot's
    await speakers.confirm(actor(MAYA), beta.id)
    await speakers.save_links(actor(MAYA), beta.id, links)
    await swaps.ask(actor(MAYA), alpha.id, beta.id)
    await house.runner.run_due()
    await house.rooms.speaker_answers.answer(actor(MAYA), ask_id(asks(house)[-1]), is_yes=False)
    await step_back(house, "Beta", TalkState.DEFERRED, MAYA)
    await speakers.step_back(actor(MAYA), beta.id, TalkState.WITHDRAWN)
    await step_back(house, "Alpha", TalkState.WITHDRAWN, MAYA)
    told = await told_acts(house, 7)
    assert [one.partition(f"<@{MAYA}> ")[2] for one in told] == [
        f"took **Alpha** of <@{BEN}> out of #1 for good",
        f"gave back the promised seat of **Beta** of <@{CLARA}>",
        f"put **Beta** of <@{CLARA}> off: it was in #2",
        f"said no for <@{CLARA}>, who was asked to change places",
        f"asked <@{CLARA}> to change places with **Alpha** of <@{BEN}>",
        f"changed the links of **Beta** of <@{CLARA}>",
        f"confirmed **Beta** of <@{CLARA}> in #2",
    ]


async def test_answers_and_offers_go_on_after_a_restart(house: Backstage) -> None:
    await elected(house)
    talk = await talk_called(house, "Alpha")
    await house.rooms.speakers.step_back(actor(BEN), talk.id, TalkState.DEFERRED)
    house.restart()
    await house.runner.run_due()
    house.restart()
    await house.rooms.speaker_answers.answer(actor(DEVI), 1, is_yes=False)
    house.restart()
    await house.runner.run_due()
    assert [(one.pings, bool(one.card.buttons)) for one in asks(house)] == [
        ({DEVI}, False),
        ({KENJI}, True),
    ]


@pytest.mark.parametrize(
    ("left", "patience"),
    [
        (10 * DAY, 2 * DAY),
        (4 * DAY, 2 * DAY),
        (DAY, 12 * HOURS),
        (2 * HOURS, HOURS),
        (2 * HOURS - timedelta(seconds=1), None),
    ],
)
def test_half_of_the_time_that_is_left_goes_to_the_next(
    left: timedelta, patience: timedelta | None
) -> None:
    expected = None if patience is None else FIRST - left + patience
    assert answer_by(FIRST - left, FIRST) == expected
