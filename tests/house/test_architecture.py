"""What ARCHITECTURE.md points to is there."""

import re
from pathlib import Path

import pytest

TOP = Path(__file__).parents[2]
PLAN = (TOP / "ARCHITECTURE.md").read_text(encoding="utf-8")
FILES = sorted(set(re.findall(r"`((?:bot|cogs|tests|migrations)/[\w/]+\.py)`", PLAN)))
STEPS = re.findall(r"^\| `([\w/]+\.py)` \| `(\w+)` \|", PLAN, re.MULTILINE)
"""(file, function) of each step of the walk through one act."""


@pytest.mark.parametrize("file", FILES)
def test_a_file_that_is_named_exists(file: str) -> None:
    assert (TOP / file).is_file()


@pytest.mark.parametrize(("file", "name"), STEPS)
def test_a_step_of_the_walk_is_where_it_says(file: str, name: str) -> None:
    assert re.search(rf"^ *(async )?def {name}\(", (TOP / file).read_text("utf-8"), re.MULTILINE)


def test_the_walk_goes_from_a_button_to_a_reminder() -> None:
    assert len(STEPS) > 8
    assert (STEPS[0][1], STEPS[-2][1]) == ("answer_buttons", "personal_reminder")
