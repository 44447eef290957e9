"""What members do with the backlog: each use case refused, undone, at once, elsewhere, again."""

import asyncio
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import replace
from datetime import timedelta

import pytest
from backstage import BEN, CHANNEL, CLARA, MAYA, SERVER, Backstage, actor
from bent import acts_in
from sqlalchemy import select

from bot.ballots.model import BallotForm
from bot.cards import Objection, Option, Pick
from bot.database import Database
from bot.errors import Refusal
from bot.groups.model import Group
from bot.groups.store import add_lead
from bot.pitches import store
from bot.pitches.model import Pitch, PitchForm, PitchState
from bot.pitches.store import set_state
from bot.pitches.words import removal_card, removed_card, restored_card, withdrawn_card

OTHER_SERVER, NEW_HOME = 990, 955
FORM = PitchForm(
    title=" Meta-learning ", why="It\u202e learns.", sources="1903.03096v4", speaker_id=CLARA
)
NOT_HERE = "That pitch is not here any more."


async def refusal(work: object) -> str:
    with pytest.raises(Refusal) as refused:
        await work
    return str(refused.value)


async def all_pitches(db: Database) -> list[Pitch]:
    async with db.read() as tx:
        ids = list(await tx.scalars(select(store.PITCHES.c.id).order_by(store.PITCHES.c.id)))
        return list((await store.get_pitches(tx, ids)).values())


async def only_pitch(house: Backstage) -> Pitch:
    (pitch,) = await all_pitches(house.db)
    return pitch


async def pitched(house: Backstage, form: PitchForm = FORM) -> tuple[Group, Pitch]:
    """Ben's pitch with its card posted."""
    group = await house.found_group()
    await house.rooms.pitches.submit(actor(BEN), None, form)
    await house.runner.run_due()
    return group, await only_pitch(house)


def cards(house: Backstage, channel_id: int = CHANNEL) -> Sequence[str]:
    """The titles of the cards in the channel, as they read now."""
    return house.messenger.titles(channel_id=channel_id)


async def test_a_pitch_is_kept_cleaned_and_shown_once(house: Backstage) -> None:
    group, pitch = await pitched(house)
    (message,) = house.messenger.places[CHANNEL].messages.values()
    assert pitch == Pitch(
        id=pitch.id,
        group_id=group.id,
        author_id=BEN,
        title="Meta-learning",
        why="It learns.",
        sources=("https://arxiv.org/abs/1903.03096v4",),
        speaker_id=CLARA,
        submitted_at=house.now,
        channel_id=CHANNEL,
        message_id=message.id,
    )
    house.restart()
    await house.runner.run_due()
    assert cards(house) == ["💡 Meta-learning"]
    assert message.pings == frozenset()


async def test_a_refused_pitch_leaves_nothing_behind(house: Backstage) -> None:
    await house.found_group()
    pitches = house.rooms.pitches
    for form in (
        replace(FORM, title="", sources=""),
        replace(FORM, title="x" * 5_000),
        replace(FORM, why="x" * 1_001),
        replace(FORM, sources="javascript:alert(1)"),
    ):
        await refusal(pitches.submit(actor(BEN), None, form))
    await refusal(pitches.submit(actor(BEN), "Biology", FORM))
    await house.runner.run_due()
    assert (await all_pitches(house.db), house.messenger.said()) == ([], [])


async def test_what_is_known_is_an_objection_until_it_is_taken_off(house: Backstage) -> None:
    _, pitch = await pitched(house)
    pitches, again = house.rooms.pitches, replace(FORM, title="Another", sources="1903.03096")
    for state in PitchState:
        async with house.db.begin() as tx:
            await store.set_state(tx, [pitch.id], state)
        gone = {PitchState.WITHDRAWN, PitchState.TAKEN_OFF}
        with nullcontext() if state in gone else pytest.raises(Objection, match="Meta-learning"):
            await pitches.submit(actor(CLARA), None, again)
            again = replace(again, title="A third", sources="")
    assert len(await all_pitches(house.db)) == 3


async def test_an_edit_is_objected_to_where_it_comes_to_propose_what_is_known(
    house: Backstage,
) -> None:
    await pitched(house)
    pitches = house.rooms.pitches
    await pitches.submit(actor(CLARA), None, replace(FORM, title="Another", sources=""))
    other = (await all_pitches(house.db))[-1]
    same = replace(FORM, title="Another", sources="1903.03096")
    with pytest.raises(Objection, match="Meta-learning") as objected:
        await pitches.edit(actor(CLARA), other.id, same)
    assert objected.value.label == "Save it all the same"
    assert "Yours is not changed yet" in objected.value.card.text
    assert (await all_pitches(house.db))[-1] == other
    await pitches.edit(actor(CLARA), other.id, same, is_sure=True)
    # What it shares already is no news, and nobody is like themselves.
    edited = await pitches.edit(actor(CLARA), other.id, replace(same, why="It learns to learn."))
    assert edited.why == "It learns to learn."


@pytest.mark.both_databases
async def test_pitches_at_once_are_all_kept(house: Backstage) -> None:
    await house.found_group()
    await asyncio.gather(
        *(
            house.rooms.pitches.submit(actor(who), None, replace(FORM, title=title), is_sure=True)
            for who, title in ((BEN, "One"), (BEN, "One"), (CLARA, "Two"))
        )
    )
    await house.runner.run_due()
    found = sorted((pitch.author_id, pitch.title) for pitch in await all_pitches(house.db))
    assert found == [(BEN, "One"), (BEN, "One"), (CLARA, "Two")]
    assert sorted(cards(house)) == ["💡 One", "💡 One", "💡 Two"]


async def test_the_author_edits_and_the_card_follows(house: Backstage) -> None:
    _, pitch = await pitched(house)
    pitches = house.rooms.pitches
    assert await pitches.form_of(actor(BEN), pitch.id) == PitchForm(
        title="Meta-learning",
        why="It learns.",
        sources="https://arxiv.org/abs/1903.03096v4",
        speaker_id=CLARA,
    )
    form = PitchForm(title="", why="", sources="10.1000/xyz", speaker_id=None)
    edited = await pitches.edit(actor(BEN), pitch.id, form)
    house.restart()
    await house.runner.run_due()
    assert edited == replace(
        pitch,
        title="DOI 10.1000/xyz",
        why="",
        sources=("https://doi.org/10.1000/xyz",),
        speaker_id=None,
    )
    assert await only_pitch(house) == edited
    assert cards(house) == ["💡 DOI 10.1000/xyz"]


async def test_a_refused_edit_changes_nothing(house: Backstage) -> None:
    _, pitch = await pitched(house)
    pitches = house.rooms.pitches
    assert "has 5,000 characters" in await refusal(
        pitches.edit(actor(BEN), pitch.id, replace(FORM, title="x" * 5_000))
    )
    assert await only_pitch(house) == pitch


async def test_only_the_author_touches_a_pitch(house: Backstage) -> None:
    _, pitch = await pitched(house)
    pitches = house.rooms.pitches
    clara = replace(actor(CLARA), manages_server=True)
    for who in (actor(MAYA), clara):
        for work in (
            pitches.form_of(who, pitch.id),
            pitches.edit(who, pitch.id, FORM),
            pitches.restore(who, pitch.id),
        ):
            assert await refusal(work) == "Only the author of “Meta-learning” can change it."
    assert await refusal(pitches.withdraw(clara, pitch.id)) == (
        "Only the author of “Meta-learning” and the leads of ML Theory can take it off the backlog."
    )
    for who in (actor(BEN), clara):
        assert await refusal(pitches.remove(who, pitch.id)) == (
            "Only the leads of ML Theory can do this: ask one of them."
        )
    assert await only_pitch(house) == pitch


async def test_another_server_neither_sees_nor_touches_a_pitch(house: Backstage) -> None:
    group, pitch = await pitched(house)
    await house.found_group(server_id=OTHER_SERVER, name="Chess", channel_id=NEW_HOME)
    pitches, ben = house.rooms.pitches, actor(BEN, OTHER_SERVER)
    for work in (
        pitches.form_of(ben, pitch.id),
        pitches.edit(ben, pitch.id, FORM),
        pitches.withdraw(ben, pitch.id),
        pitches.restore(ben, pitch.id),
        pitches.remove(ben, pitch.id),
        pitches.withdraw(actor(BEN), pitch.id + 1),
    ):
        assert await refusal(work) == NOT_HERE
    assert (await pitches.topics(ben, None, None)).text == (
        "Topics of Chess\nThe backlog is empty. Be the first: `/pitch`."
    )
    stranger = f"There is no group called “{group.id}” here. There is: Chess."
    assert await refusal(pitches.submit(ben, str(group.id), FORM)) == stranger
    assert await refusal(pitches.topics(ben, str(group.id), None)) == stranger
    assert await only_pitch(house) == pitch


async def test_topics_on_a_ballot_are_not_said_to_be_missing(house: Backstage) -> None:
    group, pitch = await pitched(house)
    async with house.db.begin() as tx:
        await set_state(tx, [pitch.id], PitchState.ON_BALLOT)
    ballot = (
        f"🗳️ 1 topic is on the ballot in <#{group.channel_id}> now: `/ballot status` leads there."
    )
    assert (await house.rooms.pitches.topics(actor(BEN), None, None)).body == (
        "Nothing waits for the next ballot yet: `/pitch` something.",
        ballot,
    )
    assert (await house.rooms.pitches.topics(actor(BEN), None, "meta")).body == (
        "Nothing on the backlog matches “meta”.",
        ballot,
    )
    assert (await house.rooms.pitches.topics(actor(BEN), None, "xyz")).body == (
        "Nothing on the backlog matches “xyz”.",
    )


@pytest.mark.both_databases
async def test_a_withdrawn_pitch_stays_withdrawn(house: Backstage) -> None:
    _, pitch = await pitched(house)
    pitches = house.rooms.pitches
    answers = await asyncio.gather(
        *(pitches.withdraw(actor(BEN), pitch.id) for _ in range(2)), return_exceptions=True
    )
    withdrawn = replace(pitch, state=PitchState.WITHDRAWN)
    fixed = "“Meta-learning” can't be changed now: it was taken back; pitch it again with `/pitch`."
    assert sorted(map(str, answers)) == sorted([str(withdrawn_card(pitch)), fixed])
    await house.runner.run_due()
    assert (await only_pitch(house), cards(house)) == (withdrawn, ["~~Meta-learning~~"])
    assert await refusal(pitches.edit(actor(BEN), pitch.id, FORM)) == fixed
    assert (await pitches.topics(actor(BEN), None, None)).body == (
        "The backlog is empty. Be the first: `/pitch`.",
    )


async def test_the_author_puts_a_withdrawn_pitch_back_as_it_was(house: Backstage) -> None:
    _, pitch = await pitched(house)
    pitches = house.rooms.pitches
    await pitches.withdraw(actor(BEN), pitch.id)
    house.restart()
    back = [await house.rooms.pitches.restore(actor(BEN), pitch.id) for _ in range(2)]
    await house.runner.run_due()
    assert back == [restored_card(pitch)] * 2
    assert (await only_pitch(house), cards(house)) == (pitch, ["💡 Meta-learning"])


@pytest.mark.both_databases
async def test_a_lead_takes_a_pitch_off_and_audit_takes_that_back(house: Backstage) -> None:
    group, pitch = await pitched(house)
    pitches, maya = house.rooms.pitches, actor(MAYA)
    assert await pitches.withdraw(maya, pitch.id) == removal_card(group, pitch, MAYA)
    assert await pitches.ask_removal(maya, pitch.id) == removal_card(group, pitch, MAYA)
    assert await only_pitch(house) == pitch
    done = await asyncio.gather(*(pitches.remove(maya, pitch.id) for _ in range(2)))
    assert done == [removed_card(pitch)] * 2
    await house.runner.run_due()
    off = replace(pitch, state=PitchState.TAKEN_OFF)
    assert (await only_pitch(house), cards(house)) == (off, ["💡 A pitch was taken off"])
    for work in (pitches.restore(actor(BEN), pitch.id), pitches.withdraw(actor(BEN), pitch.id)):
        assert await refusal(work) == (
            "“Meta-learning” can't be changed now: a lead took it off the backlog."
        )
    [act] = acts_in(await house.rooms.acts.acts_card(maya, None))
    assert act.endswith(f"<@{MAYA}> took **Meta-learning** of <@{BEN}> off the backlog")
    await house.undo()
    await house.runner.run_due()
    assert (await only_pitch(house), cards(house)) == (pitch, ["💡 Meta-learning"])
    await house.undo()  # the undoing
    await house.runner.run_due()
    assert (await only_pitch(house), cards(house)) == (off, ["💡 A pitch was taken off"])
    assert len(house.messenger.said()) == 1


async def test_a_lead_is_asked_of_an_own_topic_in_the_list_too_and_puts_it_back(
    house: Backstage,
) -> None:
    group, pitch = await pitched(house)
    async with house.db.begin() as tx:
        await add_lead(tx, group.id, BEN)
    pitches, ben = house.rooms.pitches, actor(BEN)
    assert await pitches.ask_removal(ben, pitch.id) == removal_card(group, pitch, BEN)
    assert await only_pitch(house) == pitch
    taken_back = replace(pitch, state=PitchState.WITHDRAWN)
    done = [await pitches.remove(ben, pitch.id) for _ in range(2)]
    assert (done, await only_pitch(house)) == ([withdrawn_card(pitch)] * 2, taken_back)
    assert (await house.rooms.acts.acts_card(ben, None)).buttons == ()  # it was the author's to do
    await pitches.restore(ben, pitch.id)
    assert await only_pitch(house) == pitch
    assert "Only the leads" in await refusal(pitches.ask_removal(actor(CLARA), pitch.id))


async def test_what_is_on_a_ballot_since_a_lead_was_asked_stays(house: Backstage) -> None:
    _, pitch = await pitched(house)
    pitches = house.rooms.pitches
    await pitches.withdraw(actor(MAYA), pitch.id)
    await house.rooms.ballots.open(actor(), None, BallotForm(sessions=1, talks_each=1))
    assert await refusal(pitches.remove(actor(MAYA), pitch.id)) == (
        "“Meta-learning” can't be changed now: it is on the ballot that is open."
    )
    assert (await house.rooms.acts.acts_card(actor(), None)).buttons == ()


async def test_leads_alone_are_offered_topics_to_take_off(house: Backstage) -> None:
    _, pitch = await pitched(house)
    lists = [await house.rooms.pitches.topics(actor(who), None, None) for who in (MAYA, BEN)]
    assert [card.picks for card in lists] == [
        (
            Pick(
                action="pitch:pick:1",
                prompt="Take one off the backlog (leads only)",
                options=(Option(label="Meta-learning", value=str(pitch.id)),),
            ),
        ),
        (),
    ]
    assert (await house.rooms.pitches.topics(actor(MAYA), None, "quantum")).picks == ()


async def test_a_pitch_on_an_open_ballot_can_not_be_changed(house: Backstage) -> None:
    _, pitch = await pitched(house)
    await house.rooms.ballots.open(actor(), None, BallotForm(sessions=1, talks_each=1))
    pitches = house.rooms.pitches
    fixed = "“Meta-learning” can't be changed now: it is on the ballot that is open."
    for work in (
        pitches.form_of(actor(BEN), pitch.id),
        pitches.edit(actor(BEN), pitch.id, FORM),
        pitches.withdraw(actor(BEN), pitch.id),
    ):
        assert await refusal(work) == fixed
    assert await only_pitch(house) == replace(pitch, state=PitchState.ON_BALLOT)


@pytest.mark.both_databases
async def test_a_pitch_is_withdrawn_or_on_the_ballot_but_never_both(house: Backstage) -> None:
    _, pitch = await pitched(house)
    form = BallotForm(sessions=1, talks_each=1)
    await asyncio.gather(
        house.rooms.pitches.withdraw(actor(BEN), pitch.id),
        house.rooms.ballots.open(actor(), None, form),
        return_exceptions=True,
    )
    await house.runner.run_due()
    state = (await only_pitch(house)).state
    ballots = house.messenger.titles("what shall we hear next")
    assert (state, len(ballots)) in [(PitchState.WITHDRAWN, 0), (PitchState.ON_BALLOT, 1)]


async def test_topics_are_searched_in_titles_and_reasons(house: Backstage) -> None:
    await house.found_group()
    pitches = house.rooms.pitches
    for title, why in (("Straße der Modelle", ""), ("Diffusion", "beats GANs"), ("GANs", "")):
        house.now += timedelta(minutes=1)
        await pitches.submit(actor(BEN), None, PitchForm(title=title, why=why))

    async def found(search: str | None) -> list[str]:
        card = await pitches.topics(actor(CLARA), None, search)
        return [line.split("**")[1] for line in card.body[0].splitlines() if "**" in line]

    assert await found(None) == ["Straße der Modelle", "Diffusion", "GANs"]
    assert await found(" gans\u200b ") == ["Diffusion", "GANs"]
    assert await found("STRASSE") == ["Straße der Modelle"]
    assert await found("quantum") == []


async def test_runner_ups_come_first_in_the_backlog(house: Backstage, db: Database) -> None:
    group = await house.found_group()
    first, _, third = await house.pitch(group, "A", "B", "C")
    async with db.begin() as tx:
        await store.set_state(tx, [third], PitchState.OPEN, has_lost=True)
        await store.set_state(tx, [first], PitchState.WITHDRAWN)
    async with db.read() as tx:
        assert [pitch.title for pitch in await store.backlog(tx, group.id)] == ["C", "B"]


async def test_groups_of_one_server_keep_their_backlogs_apart(house: Backstage) -> None:
    group, _ = await pitched(house)
    other = await house.found_group(name="Quantum", channel_id=NEW_HOME, forum_id=None)
    pitches = house.rooms.pitches
    await pitches.submit(actor(BEN), str(other.id), replace(FORM, title="Qubits"))
    assert (await pitches.topics(actor(BEN), "quantum", None)).title == "Topics of Quantum"
    here, there = [
        (await pitches.topics(actor(BEN), str(one.id), None)).body[0] for one in (group, other)
    ]
    assert ("Meta-learning" in here, "Qubits" in here) == (True, False)
    assert ("Meta-learning" in there, "Qubits" in there) == (False, True)
    assert SERVER == group.server_id == other.server_id
