"""The words of a picture say all that it shows."""

from bot.cards import Card, Picture
from bot.pictures.model import ALT_LIMIT, Award, Bar, ResultChart, alt_text, with_picture
from bot.text import utf16_length

CHART = ResultChart(
    title="ML *Theory*: the vote is counted",
    note="3 people voted on 2 topics for 1 seat.",
    legend="elected, with the number of its session",
    bars=(
        Bar(letter="B", title="深度学习", votes=3, prize="#12", award=Award.ELECTED),
        Bar(letter="C", title="Optimal transport", votes=2, award=Award.PROMISED),
        Bar(letter="D", title="Diffusion", votes=1, prize="#13", award=Award.MOVED_UP),
        Bar(letter="A", title="GANs", votes=1),
    ),
)


def test_alternative_text_has_every_bar_in_words() -> None:
    assert alt_text(CHART) == (
        "ML *Theory*: the vote is counted. 3 people voted on 2 topics for 1 seat. "
        "B 深度学习: 3 votes, elected for #12; C Optimal transport: 2 votes, elected, promised a "
        "seat; D Diffusion: 1 vote, moved up to #13; A GANs: 1 vote."
    )


def test_twenty_long_titles_are_shortened_until_all_are_named() -> None:
    bars = tuple(
        Bar(
            letter=chr(65 + n),
            title="🎉 A title of some length " * 8,
            votes=10_000,
            prize="#123",
            award=Award.ELECTED,
        )
        for n in range(20)
    )
    text = alt_text(ResultChart(title="n" * 100, note="x" * 60, legend="", bars=bars))
    assert utf16_length(text) <= ALT_LIMIT
    assert text.count("10000 votes, elected for #123") == 20
    assert "T 🎉 A" in text


def test_card_gets_the_picture_with_its_words() -> None:
    card = Card(title="Counted", body=("In words",))
    assert with_picture(card, "result.png", CHART, b"png") == Card(
        title="Counted",
        body=("In words",),
        pictures=(Picture(name="result.png", content=b"png", alt=alt_text(CHART)),),
    )


def test_card_without_a_picture_is_as_it_was() -> None:
    card = Card(title="Counted", body=("In words",))
    assert with_picture(card, "result.png", CHART, None) == card
