"""The hub's style sheet."""

import re
import unicodedata
from pathlib import Path

ROOT = Path(__file__).parents[2]
STYLE = (ROOT / "bot/demo/templates/style.css").read_text(encoding="utf-8")
SOURCES = [path for room in ("bot", "cogs") for path in sorted((ROOT / room).rglob("*.py"))]
VARIATION = "\ufe0f"


def test_the_emoji_of_machines_without_any_come_first() -> None:
    assert '--sans: "Any Emoji", ' in STYLE


def test_every_emoji_that_lectern_writes_is_asked_of_them() -> None:
    (ranges,) = re.findall(r"unicode-range: (.*?);", STYLE)
    ends = [part.removeprefix("U+").split("-") for part in ranges.split(", ")]
    covered = {number for end in ends for number in range(int(end[0], 16), int(end[-1], 16) + 1)}

    text = "".join(path.read_text(encoding="utf-8") for path in SOURCES)
    emoji = set(re.findall(f"(.){VARIATION}", text))
    emoji |= {sign for sign in text if sign >= "\U0001f000" or _is_wide_symbol(sign)}
    assert {"✏", "✅", "↩", "🗓"} <= emoji
    assert {sign for sign in emoji if ord(sign) not in covered} == set()


def _is_wide_symbol(sign: str) -> bool:
    return unicodedata.category(sign) == "So" and unicodedata.east_asian_width(sign) == "W"
