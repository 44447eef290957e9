"""The card of `/group edit` says what was done, also where something else is missing."""

from dataclasses import replace

import pytest

from bot.groups.edit_words import edit_card
from bot.groups.model import Group
from tests.bot.groups.test_words import DRAFT

HERE = replace(DRAFT, name="ML Theory", meeting_place="Stage 1", about="Papers.")
AUDIT = "`/audit` takes it back."


@pytest.mark.parametrize(
    ("after", "lacks", "title", "is_audited"),
    [
        (HERE, [], "ML Theory", False),
        (HERE, ["Manage Events"], "ML Theory lacks permissions", False),
        (replace(HERE, name="Theory"), [], "✅ Theory is changed", True),
        (
            replace(HERE, name="Theory"),
            ["Manage Events"],
            "Theory is changed, but permissions are missing",
            True,
        ),
        (replace(HERE, channel_id=7), [], "✅ ML Theory moved", False),
        (
            replace(HERE, channel_id=7),
            ["Manage Events"],
            "ML Theory moved, but permissions are missing",
            False,
        ),
    ],
)
def test_what_was_done_is_said_beside_what_is_missing(
    after: Group, lacks: list[str], title: str, *, is_audited: bool
) -> None:
    card = edit_card(after, lacks, HERE)
    assert (card.title, AUDIT in (card.small or "")) == (title, is_audited)
    assert all(one in card.text for one in lacks)


def test_other_words_are_shown_to_who_wrote_them() -> None:
    assert "Books." not in edit_card(replace(HERE, name="Theory"), [], HERE).text
    assert "What it is about: Books." in edit_card(replace(HERE, about="Books."), [], HERE).text
