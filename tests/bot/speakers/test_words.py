"""Questions to speakers, as whole cards."""

from dataclasses import replace
from datetime import timedelta

import pytest
from scenery import GROUP, SESSION, STARTS

from bot.cards import Button, ButtonStyle, Card, Tone
from bot.sessions.model import SessionState, Talk
from bot.speakers.away_words import spoken_missed
from bot.speakers.model import Ask, AskKind, AskState
from bot.speakers.words import AskView, ask_card, cant_card


def test_a_speaker_who_cannot_is_asked_without_a_second_question_mark() -> None:
    talk = Talk(id=3, session_id=7, position=0, title="Embeddings or keywords?", minutes=30)
    assert cant_card(talk, SESSION) == Card(
        title="You can't present your talk?",
        body=(
            "**Embeddings or keywords?**\n"
            "Its place on <t:1668891600:F> is offered to the next in line at once.",
            "**Another day**: your talk stays promised and gets the next free seat.\n"
            "**Not at all**: it is withdrawn.",
        ),
        tone=Tone.SESSION,
        buttons=(
            Button(label="Another day", action="talk:defer:3", style=ButtonStyle.PRIMARY),
            Button(label="Not at all", action="talk:withdraw:3", style=ButtonStyle.DANGER),
        ),
    )


def test_a_lead_is_not_asked_of_a_talk_of_her_own() -> None:
    talk = Talk(id=3, session_id=7, position=0, title="Alpha", minutes=30)
    card = cant_card(talk, SESSION, is_own=False)
    assert (card.title, card.body[1].splitlines()[0]) == (
        "The speaker can't present this talk?",
        "**Another day**: the talk stays promised and gets the next free seat.",
    )


@pytest.mark.parametrize(
    ("lead_ids", "advice"),
    [
        ({11}, "Ask them"),
        ({11, 14}, "Whoever it is swaps or steps back with `/talk`"),
    ],
)
def test_a_lead_who_is_the_absent_speaker_is_not_told_to_ask_herself(
    lead_ids: set[int], advice: str
) -> None:
    talk = Talk(id=3, session_id=7, position=0, title="Alpha", speaker_id=14, minutes=30)
    assert spoken_missed(SESSION, [talk], lead_ids).endswith(
        f"(**Alpha**). {advice}, or let somebody else step in with `/session skip`."
    )


@pytest.mark.parametrize("state", [AskState.OPEN, AskState.LAPSED])
def test_nobody_has_failed_to_answer_what_was_cancelled(state: AskState) -> None:
    ask = Ask(
        id=5,
        group_id=1,
        kind=AskKind.SEAT,
        state=state,
        person_id=14,
        session_id=7,
        asked_at=STARTS - timedelta(days=9),
        expires_at=STARTS - timedelta(days=7),
    )
    cancelled = replace(SESSION, state=SessionState.CANCELLED)
    card = ask_card(AskView(ask=ask, group=GROUP, session=cancelled, title="Alpha"))
    assert (card.body[1], card.buttons) == ("🚫 Cancelled: there is nothing to answer.", ())
