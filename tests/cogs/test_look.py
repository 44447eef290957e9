"""A card as Discord takes it: its words fit into one message, and the longest give way first."""

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.cards import Card
from bot.text import utf16_length
from cogs.look import TEXT_LIMIT, draw

lengths = st.integers(1, 5_000)


def texts_of(card: Card) -> list[str]:
    """Everything that stands in the card, from top to bottom."""
    [box] = draw(card).to_components()
    return [part["content"] for part in box["components"] if "content" in part]


@settings(max_examples=50, deadline=None)
@given(st.integers(1, 256), st.lists(lengths, max_size=9), st.integers(0, 600), st.booleans())
def test_the_words_of_a_card_fit_and_the_longest_give_way_to_one_length(
    title: int, body: list[int], small: int, is_wide: bool
) -> None:
    letter = "𝔟" if is_wide else "b"  # two of the units that Discord counts, or one
    paragraphs = tuple(letter * length for length in body)
    texts = texts_of(Card(title="t" * title, body=paragraphs, small="s" * small))
    shown = texts[1 : 1 + len(body)]
    assert sum(map(utf16_length, texts)) <= TEXT_LIMIT
    longest = max(map(len, shown), default=0)
    pairs = list(zip(paragraphs, shown, strict=True))
    assert all(now == was or len(now) == longest for was, now in pairs)
    wished = len("### -# ") + title + sum(map(utf16_length, paragraphs)) + small
    assert wished > TEXT_LIMIT or shown == list(paragraphs)
