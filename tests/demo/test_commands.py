"""Typed slash commands."""

from typing import Any

import pytest

from bot.demo.commands import hint, split_command, split_options, wanted_value
from bot.errors import Refusal

PATHS = ("pitch", "ballot open", "ballot close", "me timezone")


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("/pitch", ("pitch", "")),
        ("  pitch ", ("pitch", "")),
        ("/Me Timezone city:Berlin", ("me timezone", "city:Berlin")),
        ("/ballot  open  seats:2", ("ballot open", "seats:2")),
        ("/me timezone city:New York", ("me timezone", "city:New York")),
    ],
)
def test_a_command_is_known_by_its_first_words(text: str, parts: tuple[str, str]) -> None:
    assert split_command(text, PATHS) == parts


@pytest.mark.parametrize("text", ["", "/", "/ballot", "/pitching", "/dance now"])
def test_an_unknown_command_is_refused_in_its_own_words(text: str) -> None:
    with pytest.raises(Refusal, match="There is no command"):
        split_command(text, PATHS)


@pytest.mark.parametrize(
    ("rest", "options"),
    [
        ("", {}),
        ("city:New York", {"city": "New York"}),
        ("city:New York group:ML Theory", {"city": "New York", "group": "ML Theory"}),
        ("group: ML at:14:00 city:", {"group": "ML at:14:00", "city": ""}),
    ],
)
def test_a_value_ends_where_the_next_option_begins(rest: str, options: dict[str, str]) -> None:
    assert split_options(rest, ("city", "group")) == options


def test_the_name_may_be_left_out_where_there_is_one_option() -> None:
    assert split_options("New York", ("city",)) == {"city": "New York"}


@pytest.mark.parametrize(
    ("rest", "names", "sentence"),
    [
        ("now", (), "takes no options"),
        ("Berlin", ("city", "group"), "with one of these names: city, group"),
        (
            "hello city:Berlin",
            ("city", "group"),
            "“hello” belongs to no option: write name:value, with one of these names: city, group",
        ),
    ],
)
def test_options_that_cannot_be_read_are_refused(
    rest: str, names: tuple[str, ...], sentence: str
) -> None:
    with pytest.raises(Refusal, match=sentence):
        split_options(rest, names)


@pytest.mark.parametrize(
    ("option", "wanted"),
    [
        ({"type": 3, "choices": [{"name": "A"}, {"name": "B"}]}, "one of A, B"),
        ({"type": 4}, "a number"),
        ({"type": 10, "min_value": 1, "max_value": 6}, "a number from 1 to 6"),
        ({"type": 5}, "yes or no"),
        ({"type": 3, "min_length": 2, "max_length": 80}, "2 to 80 characters"),
        ({"type": 3}, "0 to 6000 characters"),
    ],
)
def test_what_an_option_takes_is_said_in_words(option: dict[str, Any], wanted: str) -> None:
    assert wanted_value(option) == wanted


def test_a_hint_puts_what_may_be_left_out_in_brackets() -> None:
    leaf = {"options": [{"name": "city", "required": True}, {"name": "group"}]}

    assert hint("me timezone", leaf) == "/me timezone city [group]"
