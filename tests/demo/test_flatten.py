"""Components V2 as a list that can be read."""

from typing import Any

from bot.demo.flatten import Block, Kind, accent, flatten

CARD: list[dict[str, Any]] = [
    {
        "type": 17,
        "accent_color": 0x2E9E6B,
        "components": [
            {"type": 10, "content": "## Ballot"},
            {"type": 14},
            {
                "type": 9,
                "components": [{"type": 10, "content": "A section"}],
                "accessory": {"type": 2, "label": "More", "custom_id": "x"},
            },
            {
                "type": 9,
                "components": [{"type": 10, "content": "Another"}],
                "accessory": {"type": 11, "media": {"url": "attachment://a.png"}},
            },
            {"type": 12, "items": [{"media": {"url": "u"}, "description": "the result"}]},
            {"type": 13, "file": {"url": "attachment://next.ics"}},
            {
                "type": 1,
                "components": [
                    {"type": 2, "label": "Going", "emoji": {"name": "✅"}},
                    {"type": 2, "emoji": {"name": "❌"}},
                    {"type": 2},
                ],
            },
            {"type": 1, "components": [{"type": 3, "placeholder": "Which talk?"}]},
            {"type": 1, "components": [{"type": 5}]},
            {
                "type": 1,
                "components": [
                    {
                        "type": 3,
                        "placeholder": "Never",
                        "options": [
                            {"label": "1 week", "default": True},
                            {"label": "1 day", "default": False},
                            {"label": "1 hour", "emoji": {"name": "🔔"}, "default": True},
                        ],
                    }
                ],
            },
            {
                "type": 1,
                "components": [
                    {
                        "type": 8,
                        "placeholder": "Where?",
                        "default_values": [{"id": "12", "type": "channel"}],
                    }
                ],
            },
        ],
    },
    {"type": 999},
]


def test_a_card_is_read_from_top_to_bottom() -> None:
    assert flatten(CARD) == (
        Block(kind=Kind.TEXT, text="## Ballot"),
        Block(kind=Kind.RULE),
        Block(kind=Kind.TEXT, text="A section"),
        Block(kind=Kind.CONTROLS, labels=("More",)),
        Block(kind=Kind.TEXT, text="Another"),
        Block(kind=Kind.PICTURE, text="a picture", url="attachment://a.png"),
        Block(kind=Kind.PICTURE, text="the result", url="u"),
        Block(kind=Kind.FILE, text="next.ics"),
        Block(kind=Kind.CONTROLS, labels=("✅ Going", "❌", "…")),
        Block(kind=Kind.CONTROLS, labels=("Which talk? ▾",)),
        Block(kind=Kind.CONTROLS, labels=("Choose ▾",)),
        Block(kind=Kind.CONTROLS, labels=("1 week, 🔔 1 hour ▾",)),
        Block(kind=Kind.CONTROLS, labels=("<#12> ▾",)),
    )


def test_what_is_chosen_in_a_list_is_named() -> None:
    pick = {"type": 7, "default_values": [{"id": "1", "type": "user"}, {"id": "2", "type": "role"}]}

    (block,) = flatten([{"type": 1, "components": [pick]}], lambda sign, number: f"{sign}{number}")
    assert block.labels == ("@1, @&2 ▾",)


def test_the_colour_is_that_of_the_first_container() -> None:
    assert accent(CARD) == "#2e9e6b"


def test_a_card_without_a_colour_has_none() -> None:
    assert accent([{"type": 17, "accent_color": None, "components": []}, {"type": 10}]) is None
