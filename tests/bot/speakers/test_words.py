"""Questions to speakers, as whole cards."""

from scenery import SESSION

from bot.cards import Button, ButtonStyle, Card, Tone
from bot.sessions.model import Talk
from bot.speakers.words import cant_card


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
