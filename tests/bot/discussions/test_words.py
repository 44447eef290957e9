"""A discussion's title and its first words."""

from dataclasses import replace

import pytest
import scenery
from scenery import GROUP

from bot.cards import Card, Tone
from bot.discussions.words import discussion_card, discussion_title, first_question
from bot.sessions.model import SessionState, Talk
from bot.sessions.words import MOST_MENTIONS
from bot.text import utf16_length

SESSION = replace(scenery.SESSION, state=SessionState.HELD)
QUESTIONS = (
    "What would you try first, now that you have heard this?",
    "Which step of the argument would you like to see again, slower?",
    "What surprised you, and what did you expect instead?",
    "Where would this fail, and how would you notice?",
)


def talk(talk_id: int, **changes: object) -> Talk:
    values: dict[str, object] = {"title": "Alpha_beta", "speaker_id": 12, "minutes": 30}
    return Talk(id=talk_id, session_id=7, position=0, **values | changes)  # type: ignore[arg-type]


def test_a_discussion_names_speaker_sources_question_and_listeners() -> None:
    sources = ("https://arxiv.org/abs/2207.13443", "https://example.org/slides")
    found = discussion_card(GROUP, SESSION, talk(2, sources=sources), frozenset({14, 12, 13}))
    assert found == Card(
        title="Alpha\\_beta",
        body=(
            "🎤 <@12> · ML \\*Theory\\* #2",
            "📎 [arXiv 2207.13443](<https://arxiv.org/abs/2207.13443>) · "
            "[example.org](<https://example.org/slides>)",
            "🎞️ Slides and recording: post them here when they are there.",
            f"❓ **{QUESTIONS[2]}**",
            "👥 <@13> <@14>",
        ),
        tone=Tone.DISCUSSION,
    )


def test_a_discussion_without_speaker_sources_and_listeners_is_short() -> None:
    assert discussion_card(GROUP, SESSION, talk(1, speaker_id=None), frozenset()).body == (
        "🎤 no speaker was named · ML \\*Theory\\* #2",
        "🎞️ Slides and recording: post them here when they are there.",
        f"❓ **{QUESTIONS[1]}**",
    )


def test_a_talk_keeps_its_question() -> None:
    asked = [first_question(talk(number)) for number in range(8)]
    assert asked == [*QUESTIONS, *QUESTIONS]


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Alpha_beta", "Alpha_beta (ML *Theory* #2)"),
        ("x" * 150, "x" * 99 + "…"),
        ("👩‍🔬" * 60, "👩‍🔬" * 19 + "…"),
    ],
)
def test_a_post_is_named_within_discords_limit(title: str, name: str) -> None:
    found = discussion_title(GROUP, SESSION, talk(1, title=title))
    assert found == name
    assert utf16_length(found) <= 100


def test_a_crowd_is_named_as_far_as_a_message_may_ping() -> None:
    crowd = frozenset(range(100, 400))
    line = discussion_card(GROUP, SESSION, talk(1), crowd).body[-1]
    assert line.split() == ["👥", *(f"<@{one}>" for one in range(100, 100 + MOST_MENTIONS))]
