"""What a lead has changed in a form, whatever others changed since it was opened."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.cards import action
from bot.groups.edits import marks_of, retyped

LARGEST_ID = 2**63 - 1


@pytest.mark.parametrize(
    ("typed", "changed"),
    [
        (["ML", "", "Stage 1"], [None, None, None]),
        (["ML", "We read.", "Stage 1"], [None, "We read.", None]),
        (["", "", ""], ["", None, ""]),
        (["Stage 1", "", "ML"], ["Stage 1", None, "ML"]),
    ],
)
def test_only_what_was_typed_over_is_changed(typed: list[str], changed: list[str | None]) -> None:
    assert retyped(typed, marks_of(["ML", "", "Stage 1"])) == changed


@given(st.lists(st.text(), min_size=3, max_size=3))
@settings(max_examples=20)
def test_the_marks_of_any_words_fit_the_id_of_a_form(words: list[str]) -> None:
    # A longer id raises.
    form_id = action("words", LARGEST_ID, marks_of(words))
    assert retyped(words, form_id.split(":")[2]) == [None, None, None]
