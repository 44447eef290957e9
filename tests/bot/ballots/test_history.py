"""What can be asked about a ballot: how it stands or ended, its record, and one's own vote."""

import csv
import json
from collections.abc import Sequence
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from backstage import BEN, CHANNEL, CLARA, DEVI, FIRST, KENJI, MAYA, SERVER, START, Backstage, actor
from ballotbox import click
from click.testing import CliRunner
from sqlalchemy import delete, insert, update

from bot.__main__ import main
from bot.ballots.listening import LOG_KEPT
from bot.ballots.machine import EventKind, VoteEvent
from bot.ballots.model import Ballot, BallotForm, BallotMode, BallotState
from bot.ballots.moves import mark_closing
from bot.ballots.store import BALLOTS, last_ballot
from bot.ballots.votes import EVENTS, RECORDS, log_events, logged_events, record_of
from bot.cards import Card, stamp
from bot.errors import Refusal
from bot.groups.model import BallotRule, Group
from bot.messenger import Membership
from bot.pitches.store import promise

ONE_EACH = BallotForm(sessions=1, talks_each=2)


async def refusal_of(call: Any) -> str:
    with pytest.raises(Refusal) as caught:
        await call
    return str(caught.value)


async def latest(house: Backstage, group: Group) -> Ballot:
    async with house.db.read() as tx:
        ballot = await last_ballot(tx, group.id)
    assert ballot is not None
    return ballot


async def hold(
    house: Backstage, group: Group, votes: dict[int, str], form: BallotForm = ONE_EACH
) -> Ballot:
    """The ballot over the whole backlog after `votes` (letters A to T) were counted."""
    await house.rooms.ballots.open(actor(), None, form)
    await house.runner.run_due()
    ballot = await latest(house, group)
    for user_id, letters in votes.items():
        chosen = [ballot.options[ord(letter) - ord("A")] for letter in letters]
        if form.mode is BallotMode.PRIVATE:
            values = [str(option.pitch_id) for option in chosen]
            await house.rooms.booth.choose(actor(user_id), ballot.id, values)
        else:
            assert ballot.message_id is not None
            house.messenger.vote(
                ballot.message_id, user_id, "".join(option.emoji for option in chosen)
            )
    await house.rooms.ballots.close(actor(), None)
    await house.runner.run_due()
    return await latest(house, group)


def files_of(card: Card) -> dict[str, str]:
    return {file.name.partition("-")[2]: file.content.decode() for file in card.files}


async def exported(house: Backstage, ballot: Ballot) -> Any:
    card = await house.rooms.history.export(actor(), ballot.id)
    assert "it elects the same winners" in card.text
    return json.loads(files_of(card)[f"{ballot.id}.json"])


def replayed(document: object) -> Any:
    """What the command says to the file."""
    result = CliRunner().invoke(main, ["tally", "-"], input=json.dumps(document))
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


async def credits_after(house: Backstage, ballot: Ballot) -> dict[str, int]:
    async with house.db.read() as tx:
        lines = await record_of(tx, ballot.id)
    return {str(one.user_id): one.credits_after for one in lines if one.credits_after is not None}


async def test_exported_ballots_are_counted_again_to_the_same_result(house: Backstage) -> None:
    group = await house.found_group()
    titles = ["Alpha", "Beta", "Gamma", "Delta"]
    await house.pitch(group, *titles, speakers=(BEN, CLARA))
    first = await hold(house, group, {BEN: "AB", CLARA: "AB", DEVI: "C", KENJI: "ABD"})
    await house.pitch(group, "Epsilon", "Zeta")
    house.messenger.members.remove(KENJI)
    form = BallotForm(sessions=2, talks_each=2, choice_limit=2)
    second = await hold(house, group, {BEN: "ABC", CLARA: "C", DEVI: "AB", KENJI: "D"}, form)
    for ballot in (first, second):
        document = await exported(house, ballot)
        assert ballot.result is not None
        answer = replayed(document)
        assert answer == {
            "winners": list(ballot.result.winners),
            "credits": await credits_after(house, ballot),
        }
        assert answer == document["result"]
    assert second.result is not None
    assert len(second.result.winners) == 3 < second.seats
    document = await exported(house, second)
    assert document["limit"] == 2
    assert document["exclusions"] == {str(BEN): "limit", str(KENJI): "left"}
    assert document["waiting_order"] == [
        one for one in second.tie_order if second.option_of(one).has_lost
    ]
    assert set(document["credits"]) == {str(BEN), str(CLARA), str(DEVI)}
    forged = document | {"ballots": document["ballots"] | {"99": [second.result.runners_up[0]]}}
    assert replayed(forged) != document["result"]


@pytest.mark.parametrize("rule", [BallotRule.MOST_VOTES, BallotRule.FAIR_THIS_BALLOT])
async def test_other_rules_and_a_missed_quorum_replay_too(
    house: Backstage, rule: BallotRule
) -> None:
    group = await house.found_group()
    await house.pitch(group, "Alpha", "Beta", "Gamma")
    missed = await hold(house, group, {BEN: "A"}, BallotForm(talks_each=1, quorum="3"))
    await house.rooms.ballots.close(actor(), None)  # the first close has extended it
    await house.runner.run_due()
    assert replayed(await exported(house, missed)) == {"winners": [], "credits": {}}
    ballot = await hold(
        house, group, {BEN: "AB", CLARA: "AB", DEVI: "C"}, BallotForm(talks_each=2, rule=rule)
    )
    assert ballot.result is not None
    assert replayed(await exported(house, ballot))["winners"] == list(ballot.result.winners)


PEOPLE = (*range(987_650_001, 987_650_011),)


async def test_a_private_record_names_nobody_and_elects_the_same(house: Backstage) -> None:
    group = await house.found_group()
    house.messenger.members.update(PEOPLE)
    await house.pitch(group, "Alpha", "Beta", "Gamma", "Delta", "Epsilon")
    first = await hold(house, group, dict(zip(PEOPLE, ["AB", "A", "B", "C", "D"] * 2, strict=True)))
    known = await credits_after(house, first)
    letters = ["A", "AB", "B", "AB", "C", "BC", "A", "C", "AB", "B"]
    private = BallotForm(talks_each=2, mode=BallotMode.PRIVATE)
    second = await hold(house, group, dict(zip(PEOPLE, letters, strict=True)), private)
    card = await house.rooms.history.export(actor(), second.id)
    document = json.loads(files_of(card)[f"{second.id}.json"])
    assert second.result is not None
    assert replayed(document) == document["result"]
    assert document["result"]["winners"] == list(second.result.winners)
    everything = "".join(file.content.decode() for file in card.files)
    assert [
        one for one in PEOPLE if str(one) in everything.replace(str(second.message_id), "")
    ] == []
    assert sorted(document["ballots"]) == sorted(f"voter-{n}" for n in range(1, 11))
    assert len(set(known.values())) > 2
    assert not {*document["credits"].values()} & {*known.values()} - {0}
    assert "I have just counted what is stored" in card.text
    # An open ballot afterwards would tell by the difference what each had paid in private.
    await house.pitch(group, "Zeta", "Eta")
    third = await hold(house, group, dict(zip(PEOPLE, letters, strict=True)))
    document = await exported(house, third)
    assert sorted(document["ballots"]) == sorted(map(str, PEOPLE))
    exact = await credits_after(house, second)
    assert not {*document["credits"].values()} & {*exact.values()} - {0}
    # The ballot before it is as exact as ever.
    assert (await exported(house, first))["result"]["credits"] == known


async def test_few_private_voters_have_a_file_without_their_credits(house: Backstage) -> None:
    group = await house.found_group()
    await house.pitch(group, "Alpha", "Beta", "Gamma", "Delta")
    await hold(house, group, {BEN: "A", CLARA: "AB", DEVI: "C"})
    private = BallotForm(talks_each=1, mode=BallotMode.PRIVATE)
    second = await hold(house, group, {BEN: "A", CLARA: "A", DEVI: "B"}, private)
    card = await house.rooms.history.export(actor(), second.id)
    files = files_of(card)
    document = json.loads(files[f"{second.id}.json"])
    assert second.result is not None
    assert replayed(document)["winners"] == list(second.result.winners)
    _, *rows = csv.reader(StringIO(files[f"{second.id}-votes.csv"]))
    assert [row[0] for row in rows] == ["voter-1", "voter-2", "voter-3"]
    assert sorted(row[1:] for row in rows) == [
        ["0", "1", "", "", ""],
        ["1", "0", "", "", ""],
        ["1", "0", "", "", ""],
    ]
    assert card.body[2:4] == (
        "The members' real credits would tell who chose what in private, so the file has made-up "
        "ones that give the same winners. They were found from the choices and the result alone, "
        "so they tell nothing more. Only where all voters chose the same can you tell what each "
        "of them chose.",
        "I have just counted what is stored, with the members' own credits: the same result. The "
        f"bot's operator can do so with `lectern tally --ballot {second.id}`.",
    )


async def test_tables_are_read_back_and_run_nothing(house: Backstage) -> None:
    group = await house.found_group()
    titles = ['=HYPERLINK("http://x")', "Теория, ∩ 学习 😀", "+1", "＝1", "Plain"]
    await house.pitch(group, *titles)
    ballot = await hold(house, group, {BEN: "AB", CLARA: "B", KENJI: "E"})
    files = files_of(await house.rooms.history.export(actor(), ballot.id))

    def table(name: str) -> list[list[str]]:
        assert files[name].startswith("\ufeff")
        return list(csv.reader(StringIO(files[name].removeprefix("\ufeff"))))

    topics = table(f"{ballot.id}-topics.csv")
    assert [row[2] for row in topics] == [
        "title",
        f"'{titles[0]}",
        titles[1],
        "'+1",
        "'＝1",
        "Plain",
    ]
    assert [row[0] + row[3] for row in topics[1:]] == ["A1", "B2", "C0", "D0", "E1"]
    assert [row[4:6] for row in topics[1:3]] == [["", ""], ["1", "1"]]
    votes = table(f"{ballot.id}-votes.csv")
    assert votes[0] == [
        "member", "A", "B", "C", "D", "E", "not counted", "credits before", "credits after",
    ]  # fmt: skip
    assert [row[:6] for row in votes[1:]] == [
        [f"<@{BEN}>", "1", "1", "0", "0", "0"],
        [f"<@{CLARA}>", "0", "1", "0", "0", "0"],
        [f"<@{KENJI}>", "0", "0", "0", "0", "1"],
    ]


@pytest.mark.both_databases
async def test_records_are_for_leads_of_that_server_and_of_counted_ballots(
    house: Backstage,
) -> None:
    group = await house.found_group()
    await house.pitch(group, "Alpha", "Beta")
    export = house.rooms.history.export
    await house.rooms.ballots.open(actor(), None, ONE_EACH)
    await house.runner.run_due()
    opened = await latest(house, group)
    assert "not counted yet" in await refusal_of(export(actor(), opened.id))
    await house.call_off()
    assert "called off" in await refusal_of(export(actor(), opened.id))
    closed = await hold(house, group, {BEN: "A"})
    assert await refusal_of(export(actor(BEN), closed.id)) == (
        "Only the leads of ML Theory can do this: ask one of them."
    )
    for stranger in (actor(server_id=77), actor(BEN, server_id=77)):
        assert "no such ballot" in await refusal_of(export(stranger, closed.id))
        assert "no such ballot" in await refusal_of(
            house.rooms.history.explain_vote(stranger, closed.id)
        )
    assert "no such ballot" in await refusal_of(export(actor(), 999))
    async with house.db.begin() as tx:
        await tx.execute(delete(RECORDS).where(RECORDS.c.ballot_id == closed.id))
    assert "kept no record" in await refusal_of(export(actor(), closed.id))
    assert "kept no record" in (await house.rooms.history.explain_vote(actor(BEN), closed.id)).text


async def test_a_record_that_was_changed_is_told(house: Backstage) -> None:
    group = await house.found_group()
    [_, beta] = await house.pitch(group, "Alpha", "Beta")
    closed = await hold(house, group, {BEN: "A", CLARA: "A"}, BallotForm(talks_each=1))
    async with house.db.begin() as tx:
        await tx.execute(
            update(RECORDS).where(RECORDS.c.ballot_id == closed.id).values(pitch_ids=[beta])
        )
    card = await house.rooms.history.export(actor(), closed.id)
    assert "does not give the published result" in card.text


async def test_each_member_is_told_what_counted_of_theirs(house: Backstage) -> None:
    group = await house.found_group()
    await house.pitch(group, "Alpha", "Beta", "Gamma")
    house.messenger.members.add(99)
    house.messenger.servers[SERVER].known[99] = Membership(joined_at=START + timedelta(days=1))
    await house.rooms.ballots.open(actor(), None, BallotForm(talks_each=1, choice_limit=1))
    await house.runner.run_due()
    ballot = await latest(house, group)
    explain = house.rooms.history.explain_vote
    assert "not counted yet" in (await explain(actor(BEN), ballot.id)).text
    assert ballot.message_id is not None
    house.messenger.vote(ballot.message_id, BEN, "🇦")
    house.messenger.vote(ballot.message_id, KENJI, "🇦")
    house.messenger.vote(ballot.message_id, CLARA, "🇦🇧")
    house.messenger.vote(ballot.message_id, 99, "🇨")
    house.now += timedelta(days=2)
    await house.rooms.ballots.close(actor(), None)
    await house.runner.run_due()
    house.messenger.vote(ballot.message_id, DEVI, "🇨")
    house.restart()
    explain = house.rooms.history.explain_vote
    told = {one: await explain(actor(one), ballot.id) for one in (BEN, CLARA, DEVI, 99)}
    closed = await latest(house, group)
    order = [closed.option_of(one).emoji for one in closed.tie_order]
    counted, over = [one for one in order if one in "🇦🇧"]
    assert told[BEN].body == ("Your vote counted for 🇦.", "🇦 **Alpha** · elected")
    assert told[CLARA].body[0] == (
        "You chose more topics than may count: the first of them in the published order counted. "
        f"Your vote counted for {counted}. Over the limit: {over}."
    )
    files = files_of(await house.rooms.history.export(actor(), ballot.id))
    votes = next(text for name, text in files.items() if name.endswith("votes.csv"))
    document = json.loads(files[f"{ballot.id}.json"])
    assert f"limit: {'AB'['🇦🇧'.index(over)]}," in votes
    assert document["dropped"] == {
        str(CLARA): [one.pitch_id for one in closed.options if one.emoji == over]
    }
    assert told[DEVI].body == (
        "Nothing of yours was there to be counted.",
        f"Votes were counted {stamp(house.now)}: what was taken back or cleared before, or pressed "
        "after that, is not among them.",
    )
    assert told[99].body == (
        "You joined after the vote had opened, so nothing you chose was counted; it is in the "
        "next.",
    )
    assert {card.small for card in told.values()} == {"Nobody else sees this answer."}


async def test_what_came_after_the_count_began_is_told(house: Backstage) -> None:
    group = await house.found_group()
    await house.pitch(group, "Alpha", "Beta", "Gamma")
    ballot = await hold(house, group, {BEN: "A", DEVI: "B"})
    await house.pitch(group, "Delta")
    later = await hold(house, group, {})
    added = insert(EVENTS).returning(EVENTS.c.id)
    async with house.db.begin() as tx:
        ids = [
            await tx.scalar(
                added.values(
                    ballot_id=ballot.id, kind="add", user_id=BEN, emoji=emoji, received_at=START
                )
            )
            for emoji in ("🇦", "🇧", "🍕", "🇦", "🇨", "🇨")
        ]
        await tx.execute(update(BALLOTS).where(BALLOTS.c.id == ballot.id).values(cutoff=ids[0]))
        ours = VoteEvent(kind=EventKind.ADD, user_id=BEN, emoji="🇩", received_at=START)
        await log_events(tx, [(later.id, ours)])
    told = [await house.rooms.history.explain_vote(actor(one), ballot.id) for one in (BEN, DEVI)]
    assert told[0].body[2:] == ("Pressed after counting had begun, so not counted: 🇧 🇨.",)
    assert told[1].body[2:] == ()


@pytest.mark.both_databases
async def test_what_was_heard_is_forgotten_a_month_later_once_the_ballot_is_over(
    house: Backstage,
) -> None:
    group = await house.found_group()
    await house.pitch(group, "Alpha", "Beta", "Gamma")
    ballot = await hold(house, group, {BEN: "A"})
    event = VoteEvent(kind=EventKind.CLEAR, received_at=START)
    left = []
    for state, age in (
        (BallotState.OPEN, LOG_KEPT * 2),
        (BallotState.ANNOUNCED, LOG_KEPT),
        (BallotState.ANNOUNCED, LOG_KEPT + timedelta(seconds=1)),
    ):
        house.now = START + age
        async with house.db.begin() as tx:
            await tx.execute(delete(EVENTS))
            await log_events(tx, [(ballot.id, event)])
            await tx.execute(update(BALLOTS).where(BALLOTS.c.id == ballot.id).values(state=state))
        await house.rooms.listener.forget_old()
        async with house.db.read() as tx:
            left.append(len(await logged_events(tx, ballot.id)))
    assert left == [1, 1, 0]


async def test_who_asks_before_the_result_is_told_how_far_it_is(house: Backstage) -> None:
    group = await house.found_group()
    await house.pitch(group, "Alpha", "Beta")
    await house.rooms.ballots.open(actor(), None, BallotForm(quorum="1"))
    await house.runner.run_due()
    ballot = await latest(house, group)

    async def told() -> tuple[str, ...]:
        return (await house.rooms.history.explain_vote(actor(BEN), ballot.id)).body

    await house.rooms.ballots.close(actor(), None)
    house.rooms.listener.fall_silent()  # the count has begun, and waits for the gateway
    async with house.db.begin() as tx:
        await mark_closing(tx, ballot.id, house.now)
    while_counted = await told()
    house.rooms.listener.resume_session()
    await house.runner.run_due()
    longer = await latest(house, group)
    assert (while_counted, await told()) == (
        ("It is being counted now.",),
        (
            f"It is not counted yet; it closes {stamp(longer.due_at)}. It was kept open longer, "
            "since too few had voted.",
        ),
    )


async def test_private_voters_learn_their_own_line_alone(house: Backstage) -> None:
    group = await house.found_group()
    await house.pitch(group, "Alpha", "Beta")
    form = BallotForm(talks_each=1, mode=BallotMode.PRIVATE)
    ballot = await hold(house, group, {BEN: "B", CLARA: "B", DEVI: "A"}, form)
    told = [
        (await house.rooms.history.explain_vote(actor(one), ballot.id)).body[0]
        for one in (BEN, DEVI, MAYA)
    ]
    assert told == [
        "Your vote counted for 🇧.",
        "Your vote counted for 🇦.",
        "Nothing of yours was there to be counted.",
    ]


async def test_status_tells_each_state(house: Backstage) -> None:
    group = await house.found_group()

    async def status() -> tuple[str, ...]:
        return (await house.rooms.history.status(actor(BEN), None)).body

    assert await status() == ("There has been none yet. A lead opens one with `/ballot open`.",)
    await house.pitch(group, "Alpha", speakers=(BEN,))
    form = BallotForm(talks_each=1, rule=BallotRule.MOST_VOTES, quorum="2")
    await house.rooms.ballots.open(actor(), None, form)
    closes = f"Opened by <@{MAYA}>; closes {stamp(START + timedelta(days=3))}."
    seats = f"🪑 1 seat in #1 · {stamp(FIRST)}"
    rest = ("⚖️ Most votes: Most clicks win.", closes, seats, "It takes 2 voters to elect anybody.")
    assert await status() == ("It is being posted.", *rest)
    await house.runner.run_due()
    link = f"https://discord.com/channels/1000/1001/{(await latest(house, group)).message_id}"
    assert await status() == (
        f"It is open: nobody has voted yet. {link}",
        *rest,
    )
    await house.rooms.ballots.close(actor(), None)
    assert await status() == (f"It is being counted. {link}", *rest)
    await house.call_off()
    assert await status() == (
        "No vote counts; its topics are on the backlog again: Alpha",
        f"Opened {stamp(START)} by <@{MAYA}>.",
    )


async def test_status_says_how_many_voted_and_who_is_promised_a_seat(house: Backstage) -> None:
    group = await house.found_group()
    await house.pitch(group, "Alpha", "Beta")
    await house.rooms.ballots.open(actor(), None, BallotForm(talks_each=1))
    await house.runner.run_due()
    [waiting] = await house.pitch(group, "Gamma *", speakers=(BEN,))
    async with house.db.begin() as tx:
        await promise(tx, [waiting], START)
    ballot = await latest(house, group)
    assert ballot.message_id is not None
    house.rooms.listener.begin_session()  # nobody can vouch for what was heard before
    house.messenger.vote(ballot.message_id, BEN, "🇦🇧")
    house.messenger.vote(ballot.message_id, CLARA, "🇧")
    house.messenger.react(BEN, CHANNEL, ballot.message_id, "🍕")
    history = house.rooms.history
    shown = await history.status(actor(DEVI), None)
    assert shown.body[0].startswith("It is open: 2 people have voted so far. https://")
    assert shown.body[-1] == "**Promised, not yet delivered**\n1. **Gamma \\*** · <@12>"
    # Within a minute nobody makes Discord read it all again.
    house.messenger.vote(ballot.message_id, KENJI, "🇦")
    house.now += timedelta(seconds=59)
    assert "2 people have voted so far" in (await history.status(actor(DEVI), None)).text
    house.now += timedelta(seconds=1)
    assert "3 people have voted so far" in (await history.status(actor(DEVI), None)).text
    house.messenger.delete(CHANNEL, ballot.message_id)
    house.now += timedelta(minutes=1)
    shown = await history.status(actor(DEVI), None)
    assert shown.body[0].startswith("It is open. Votes are read from Discord when it closes.")


async def test_what_is_heard_is_counted_without_reading_as_long_as_it_can_be_trusted(
    house: Backstage,
) -> None:
    group = await house.found_group()
    await house.pitch(group, "Alpha", "Beta")
    await house.rooms.ballots.open(actor(), None, BallotForm(talks_each=1))
    await house.runner.run_due()
    message_id = (await latest(house, group)).message_id or 0
    house.messenger.vote(message_id, BEN, "🇦")
    house.messenger.robots.add(KENJI)
    house.messenger.vote(message_id, KENJI, "🇦")
    await house.rooms.upkeep.look_after_all()
    before = house.messenger.calls.count("read_votes")

    async def voted() -> str:
        shown = await house.rooms.history.status(actor(DEVI), None)
        return shown.body[0].split(". ")[0].removeprefix("It is open: ")

    assert await voted() == "1 person has voted so far"
    click(house, message_id, CLARA, "🇧")
    click(house, message_id, DEVI, "🍕")
    assert await voted() == "2 people have voted so far"
    click(house, message_id, BEN, "🇦")
    assert await voted() == "1 person has voted so far"
    assert house.messenger.calls.count("read_votes") == before
    house.rooms.listener.fall_silent()
    house.messenger.vote(message_id, DEVI, "🇦")  # nobody tells us
    assert await voted() == "2 people have voted so far"
    assert house.messenger.calls.count("read_votes") == before + 1
    house.rooms.listener.begin_session()
    house.now += timedelta(minutes=1)
    house.messenger.vote(message_id, MAYA, "🇦")
    assert await voted() == "3 people have voted so far"


def labels(card: Card) -> Sequence[str]:
    return [button.label for button in card.buttons]


async def test_past_ballots_are_found_by_their_winners_and_shown(house: Backstage) -> None:
    group = await house.found_group()
    await house.pitch(group, "Alpha", "Beta", speakers=(BEN, CLARA))
    first = await hold(house, group, {BEN: "A", CLARA: "A"}, BallotForm(talks_each=1))
    await house.rooms.ballots.open(actor(), None, BallotForm(talks_each=1))
    await house.call_off()
    second = await latest(house, group)
    third = await hold(house, group, {}, BallotForm(talks_each=1))
    history = house.rooms.history
    assert await history.choices(actor(BEN), None) == [
        ("October 29, 2022: nobody elected (Beta)", third.id),
        ("October 29, 2022: called off (Beta)", second.id),
        ("October 29, 2022: Alpha", first.id),
    ]
    shown = await history.status(actor(BEN), None, first.id)
    assert shown.title == "🗳️ ML Theory: the vote is counted"
    assert "🇦 **Alpha** · <@12> · 2 votes" in shown.text
    assert f"Open from {stamp(START)} until {stamp(START)}; opened by <@{MAYA}>." in shown.text
    assert labels(shown) == ["Was my vote counted?"]
    assert labels(await history.status(actor(), None, first.id)) == [
        "Was my vote counted?",
        "Export",
    ]
    assert "called off" in (await history.status(actor(), None, second.id)).title
    assert await refusal_of(history.status(actor(), None, 999)) == (
        "ML Theory has no ballot 999: choose one from the list that `past` offers."
    )


async def test_a_ballot_of_another_group_is_not_shown(house: Backstage) -> None:
    group = await house.found_group()
    await house.pitch(group, "Alpha")
    ballot = await hold(house, group, {BEN: "A"})
    await house.found_group(name="Other", server_id=77)
    history = house.rooms.history
    assert await history.choices(actor(server_id=77), None) == []
    assert "Other has no ballot" in await refusal_of(
        history.status(actor(server_id=77), None, ballot.id)
    )
