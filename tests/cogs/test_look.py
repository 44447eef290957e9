"""A card as Discord takes it: its words fit into one message, and the longest give way first."""

from discord import ui
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.audit.model import Act, ActKind
from bot.cards import Button, Card
from bot.rescheduling.tellings import ACTS_SHOWN, acts_card
from bot.text import utf16_length
from cogs.look import TEXT_LIMIT, draw
from tests.scenery import GROUP, STARTS

MOST_PARTS = 40
"""Discord's component reference: "You can nest up to 40 total components" in one message."""

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


def test_a_button_stands_beside_its_paragraph_and_the_others_below() -> None:
    buttons = (
        Button(label="Undo", action="undo:1", beside=1),
        Button(label="Older", action="acts:1:2"),
    )
    [box] = draw(Card(title="Acts", body=("One", "Two"), buttons=buttons)).children
    assert isinstance(box, ui.Container)
    title, one, two, rule, row = box.children
    assert [type(part) for part in (title, one, rule, row)] == [
        ui.TextDisplay,
        ui.TextDisplay,
        ui.Separator,
        ui.ActionRow,
    ]
    assert isinstance(two, ui.Section)
    assert (two.children[0].content, two.accessory.custom_id) == ("Two", "undo:1")
    assert [part.custom_id for part in row.children] == ["acts:1:2"]


def test_a_full_page_of_the_longest_acts_fits() -> None:
    acts = [
        Act(
            id=2**62 + number,
            group_id=1,
            user_id=2**62,
            kind=ActKind.EDIT,
            what="x" * 700,
            done_at=STARTS,
            changes=(),
        )
        for number in range(ACTS_SHOWN + 1)
    ]
    card = acts_card(GROUP, acts, {act.id for act in acts}, 2, "✅ You took back: " + "x" * 700)
    assert len(card.buttons) == ACTS_SHOWN + 2
    view = draw(card)
    texts = [part.content for part in view.walk_children() if isinstance(part, ui.TextDisplay)]
    assert sum(map(len, texts)) <= TEXT_LIMIT
    assert sum("<t:" in text for text in texts) == ACTS_SHOWN
    assert len([*view.walk_children()]) <= MOST_PARTS
