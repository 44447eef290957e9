"""How wide letters are at each weight: as wide as the renderer draws them."""

import pytest

from bot.pictures.faces import find_faces
from bot.pictures.setting import Typesetter
from bot.pictures.weights import BOLD, REGULAR, SEMIBOLD

FACES = find_faces()
WIDE = 1_000.0
"""Ems: room for everything."""


@pytest.mark.parametrize(
    ("family", "region", "character", "drawn"),
    [
        ("Noto Sans", "", "a", (0.560, 0.585, 0.600)),
        ("Noto Sans", "", "&", (0.7325, 0.7425, 0.750)),
        ("Noto Sans CJK", "JP", "機", (1.0, 1.0, 1.0)),
        ("Noto Sans CJK", "KR", "한", (0.920, 0.920, 0.920)),
        ("Noto Sans CJK", "SC", "a", (0.5625, 0.5825, 0.591)),
        ("Noto Sans CJK", "SC", "“", (1.0, 1.0, 1.0)),
        ("Noto Sans Arabic", "", "د", (0.476, 0.501, 0.5175)),
        ("Noto Sans Hebrew", "", "ש", (0.730, 0.766, 0.786)),
        ("Noto Sans Thai", "", "ร", (0.488, 0.5075, 0.5175)),
        ("Noto Emoji", "", "🎉", (1.27, 1.27, 1.27)),
    ],
)
def test_each_weight_is_as_wide_as_it_is_drawn(
    family: str, region: str, character: str, drawn: tuple[float, float, float]
) -> None:
    """`drawn` was measured, in ems, on pictures of the character in a row (resvg, 40 pixels)."""
    face = next(one for one in FACES if (one.family, one.region) == (family, region))
    widths = tuple(face.width(character, weight) for weight in (REGULAR, SEMIBOLD, BOLD))
    assert widths == pytest.approx(drawn, abs=0.003)


@pytest.mark.parametrize(
    ("text", "weight", "places"),
    [
        ("& 機", REGULAR, (0.0, 0.994)),
        ("& 機", BOLD, (0.0, 1.006)),
        ("Reading 機 & 한국 🎉", REGULAR, (0.0, 4.112, 8.300)),
        ("Reading 機 & 한국 🎉", BOLD, (0.0, 4.325, 8.588)),
        ("“深度” in", BOLD, (0.0, 0.444, 3.669)),
    ],
)
def test_each_script_begins_where_the_one_before_ends(
    text: str, weight: int, places: tuple[float, ...]
) -> None:
    """`places` are where the runs before end on pictures of them (resvg, 160 pixels)."""
    (line,) = Typesetter(FACES).set_lines(text, WIDE, weight=weight)
    assert tuple(run.x for run in line) == pytest.approx(places, abs=0.01)


@pytest.mark.parametrize(
    ("text", "weight", "fitting"),
    [
        ("Minimum illumination", REGULAR, "Minimum ill…"),
        ("Minimum illumination", BOLD, "Minimum i…"),
        ("深度学习入门与实践", REGULAR, "深度学习入…"),
        ("深度学习入门与实践", BOLD, "深度学习入…"),
    ],
)
def test_bold_is_cut_where_it_is_wider_and_only_there(text: str, weight: int, fitting: str) -> None:
    (line,) = Typesetter(FACES).set_lines(text, 6.5, weight=weight)
    assert "".join(run.text for run in line).replace("\u00a0", " ") == fitting
