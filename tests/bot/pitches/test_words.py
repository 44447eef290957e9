"""How a pitch and the backlog read: members' words shown as they are, links as what they are."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from backstage import BEN, CHANNEL, CLARA, MAYA, PATTERN, SERVER

from bot.cards import Button, ButtonStyle, Card, Tone
from bot.groups.model import Group, GroupState
from bot.pitches.model import Pitch, PitchState
from bot.pitches.words import (
    pitch_card,
    pitched_card,
    removal_card,
    spoken_sources,
    topics_card,
    why_fixed,
)

GROUP = Group(
    id=1,
    server_id=SERVER,
    name="ML_Theory",
    state=GroupState.ACTIVE,
    creator_id=MAYA,
    pattern=PATTERN,
    channel_id=CHANNEL,
)
PITCH = Pitch(
    id=5,
    group_id=1,
    author_id=BEN,
    title="@everyone [free](https://evil.example) **Nitro**",
    why="> read\n# this <@12>",
    sources=("https://arxiv.org/abs/2207.13443", "https://example.org/a_b"),
    speaker_id=CLARA,
    submitted_at=datetime(2022, 10, 29, 18, 0, tzinfo=UTC),
)
TITLE = "@\u200beveryone \\[free\\](https://evil.example) \\*\\*Nitro\\*\\*"
SOURCES = (
    "[arXiv 2207.13443](<https://arxiv.org/abs/2207.13443>) · "
    "[example.org](<https://example.org/a_b>)"
)


def test_a_pitchs_card_shows_every_word_as_it_was_typed() -> None:
    assert pitch_card(PITCH) == Card(
        title=f"💡 {TITLE}",
        body=(
            "\\> read\n\\# this \\<@\u200b12>",
            f"📎 {SOURCES}",
            f"🎤 <@{CLARA}>",
        ),
        small=f"Pitched by <@{BEN}>. The author can edit it or take it back until a ballot opens.",
        tone=Tone.PITCH,
        buttons=(
            Button(label="Edit", action="pitch:edit:5", emoji="✏️"),
            Button(label="Withdraw", action="pitch:withdraw:5", style=ButtonStyle.DANGER),
        ),
    )


def test_a_pitch_named_after_its_link_does_not_say_it_twice() -> None:
    bare = replace(PITCH, title="arXiv 2207.13443", why="")
    assert pitch_card(bare).body[0] == (
        "📎 [arxiv.org/abs/2207.13443](<https://arxiv.org/abs/2207.13443>) · "
        "[example.org](<https://example.org/a_b>)"
    )


def test_a_bare_pitch_says_that_a_speaker_is_wanted() -> None:
    card = pitch_card(replace(PITCH, why="", sources=(), speaker_id=None))
    assert card.body == ("🎤 speaker wanted",)


def test_a_withdrawn_pitch_is_struck_out_and_has_no_buttons() -> None:
    card = pitch_card(replace(PITCH, state=PitchState.WITHDRAWN))
    assert (card.title, card.body, card.small, card.buttons) == (
        f"~~{TITLE}~~",
        (f"📎 {SOURCES}", f"🎤 <@{CLARA}>"),
        f"Pitched by <@{BEN}>. It was taken back.",
        (),
    )


@pytest.mark.parametrize(
    ("state", "said"),
    [
        (PitchState.ON_BALLOT, "It is on the ballot that is open."),
        (PitchState.SCHEDULED, "It was elected: `/sessions` says when it is presented."),
        (PitchState.PROMISED, "It was elected and gets the next free seat."),
        (PitchState.DELIVERED, "It was presented."),
    ],
)
def test_a_pitch_that_can_not_be_changed_has_no_buttons(state: PitchState, said: str) -> None:
    card = pitch_card(replace(PITCH, state=state))
    assert (card.small, card.buttons) == (f"Pitched by <@{BEN}>. {said}", ())


def test_a_pitch_that_a_lead_took_off_shows_no_word_and_no_link() -> None:
    assert pitch_card(replace(PITCH, state=PitchState.TAKEN_OFF)) == Card(
        title="💡 A pitch was taken off",
        small=f"Pitched by <@{BEN}>. A lead took it off the backlog.",
        tone=Tone.PITCH,
    )


def test_a_lead_is_asked_by_title_author_and_age() -> None:
    assert removal_card(GROUP, PITCH, CLARA) == Card(
        title="Take a pitch off the backlog of ML\\_Theory?",
        body=(
            f"**{TITLE}**, pitched by <@{BEN}> <t:1667066400:R>.",
            "It can't be elected then, and its card in the channel shows no word of it any more, "
            "only that a lead took it off. `/audit` puts it back as it was.",
        ),
        small="Nothing has changed yet. Only you see this.",
        tone=Tone.WARNING,
        buttons=(Button(label="Take it off", action="pitch:remove:5", style=ButtonStyle.DANGER),),
    )


def test_a_lead_is_asked_of_their_own_pitch_in_its_own_words() -> None:
    card = removal_card(GROUP, PITCH, BEN)
    assert (card.title, card.body) == (
        "Take your pitch off the backlog of ML\\_Theory?",
        (
            f"**{TITLE}**, pitched by you <t:1667066400:R>.",
            "It can't be elected then, and its card in the channel says that its author took it "
            "back. You can put it back as it was.",
        ),
    )


def test_many_long_links_are_counted_rather_than_cut_in_the_middle() -> None:
    links = tuple(f"https://example.org/{n}{'x' * 279}" for n in range(10))
    one = len("[example.org](<>)") + 300
    line = spoken_sources(links)
    assert line == (" · ".join(f"[example.org](<{link}>)" for link in links[:4]) + " · and 6 more")
    assert len(line) == 4 * one + 3 * 3 + len(" · and 6 more")
    assert spoken_sources(()) == ""


def test_the_receipt_names_topic_and_group() -> None:
    assert pitched_card(GROUP, PITCH).text == (
        f"Your pitch is in\n**{TITLE}** is on the backlog of ML\\_Theory. You can edit it or take "
        "it back on its card until a ballot opens."
    )


def test_topics_are_numbered_with_speaker_and_age() -> None:
    second = replace(PITCH, title="x" * 120, speaker_id=None, has_lost=True)
    assert topics_card(GROUP, [PITCH, second], None).text == (
        "Topics of ML\\_Theory\n"
        f"1. **{TITLE}** · <@{CLARA}> · <t:1667066400:R>\n"
        f"2. **{'x' * 79}…** · speaker wanted · <t:1667066400:R> · runner-up\n"
        "2 topics wait for a ballot."
    )
    assert topics_card(GROUP, [second], None).small == "1 topic waits for a ballot."


def test_twenty_topics_are_shown_and_the_rest_counted() -> None:
    card = topics_card(GROUP, [PITCH] * 21, None)
    assert (len(card.body[0].splitlines()), card.small) == (
        20,
        "And 1 more topic: narrow them with the search option.",
    )
    assert topics_card(GROUP, [PITCH] * 40, None).small == (
        "And 20 more topics: narrow them with the search option."
    )


@pytest.mark.parametrize(
    ("search", "sentence"),
    [
        (None, "The backlog is empty. Be the first: `/pitch`."),
        ("**b\u202eold**", "Nothing on the backlog matches “\\*\\*bold\\*\\*”."),
        ("x" * 90, f"Nothing on the backlog matches “{'x' * 59}…”."),
    ],
)
def test_an_empty_list_says_why(search: str | None, sentence: str) -> None:
    assert topics_card(GROUP, [], search).body == (sentence,)


@pytest.mark.parametrize("state", [one for one in PitchState if one is not PitchState.OPEN])
def test_every_state_but_open_says_why_a_pitch_is_fixed(state: PitchState) -> None:
    assert (
        why_fixed(replace(PITCH, state=state))
        == {
            PitchState.ON_BALLOT: "it is on the ballot that is open",
            PitchState.SCHEDULED: "it was elected, see `/sessions`",
            PitchState.PROMISED: "it was elected and gets the next free seat; `/talk` changes that",
            PitchState.DELIVERED: "it was presented",
            PitchState.WITHDRAWN: "it was taken back; pitch it again with `/pitch`",
            PitchState.TAKEN_OFF: "a lead took it off the backlog",
        }[state]
    )
