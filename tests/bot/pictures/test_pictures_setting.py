"""Lines in any script: the right typeface, the right order, no wider than they may be."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.pictures.drawing import draw_sleep_map
from bot.pictures.faces import find_faces
from bot.pictures.model import SleepMap
from bot.pictures.setting import Run, Typesetter

FACES = find_faces()
WIDE = 1_000.0
"""Ems: room for everything."""


def set_line(text: str, room: float = WIDE) -> list[Run]:
    lines = Typesetter(FACES).set_lines(text, room)
    return lines[0] if lines else []


def seen(text: str, room: float = WIDE) -> list[tuple[str, str]]:
    """Each run's family and text, from the left, without the marks of direction."""
    return [
        (run.family.removeprefix("Noto Sans ").removeprefix("Noto "), plain(run.text))
        for run in set_line(text, room)
    ]


def plain(text: str) -> str:
    return text.strip("\u2067\u2069").replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("text", "families"),
    [
        ("Attention, a 2nd look (αβγ, ж, ℝⁿ)", ["Sans"]),
        ("深度学习入门", ["CJK SC"]),
        ("ディープラーニング入門", ["CJK JP"]),
        ("딥러닝 소개", ["CJK KR"]),
        ("مقدمة في التعلم", ["Arabic"]),
        ("מבוא ללמידה", ["Hebrew"]),
        ("गहन शिक्षण", ["Devanagari"]),
        ("การเรียนรู้", ["Thai"]),
        ("🎉🧠", ["Emoji"]),
    ],
)
def test_each_script_has_its_typeface(text: str, families: list[str]) -> None:
    assert [family for family, _ in seen(text)] == families
    assert [words for _, words in seen(text)] == [text]


def test_scripts_side_by_side_are_runs_of_their_own() -> None:
    assert seen("GANs 生成对抗网络 🎉!") == [
        ("Sans", "GANs "),
        ("CJK SC", "生成对抗网络 "),
        ("Emoji", "🎉"),
        ("Sans", "!"),
    ]


def test_line_that_begins_leftward_stands_from_right_to_left() -> None:
    line = "مقدمة في Python 2.1 للجميع"
    assert [words for _, words in seen(line)] == ["للجميع", " ", "Python 2.1", "مقدمة في "]


def test_leftward_words_in_a_rightward_line_keep_their_place() -> None:
    assert [words for _, words in seen("On תורה and שלום עולם, again")] == [
        "On ",
        "תורה",
        " ",
        "and ",
        "שלום עולם",
        ", again",
    ]


def test_neighbours_that_go_left_are_seen_from_the_right() -> None:
    assert [words for _, words in seen("a שלום سلام b")] == ["a ", "سلام", "שלום ", " ", "b"]


@pytest.mark.parametrize(
    ("text", "drawn"),
    [
        ("👨‍👩‍👧‍👦 family", "👨 family"),
        ("👩🏽‍🚀", "👩"),
        ("👍🏽", "👍"),
        ("☃️ ❤️", "☃ ❤"),
        ("1️⃣ 2️⃣", "1 2"),
        ("🇩🇪🇯🇵", "DEJP"),
        ("𝔼[𝑥] ﬁn", "E[x] ﬁn"),
        ("a\u202eb\u2066c\x00d", "abcd"),
        ("\U000f0000x", "\ufffdx"),
        ("\ue000x", "\ufffdx"),
    ],
)
def test_what_no_typeface_draws_is_reduced(text: str, drawn: str) -> None:
    assert "".join(words for _, words in seen(text)) == drawn


def test_spaces_at_the_ends_of_runs_are_kept_from_the_renderer() -> None:
    assert [run.text for run in set_line("a 深 b")] == ["a\u00a0", "深\u00a0", "b"]


def test_runs_follow_each_other_without_gaps() -> None:
    first, second, third = set_line("ab سلام")[0], set_line("ab سلام")[1], set_line("سلام")[0]
    assert first.x == 0
    assert second.x == pytest.approx(set_line("ab ")[0].x + Typesetter(FACES)._latin.width("ab "))
    assert second.fill is not None
    assert third.fill is None


def test_long_title_ends_in_dots_within_its_room() -> None:
    assert seen("Attention is all you need", 8.0) == [("Sans", "Attention is all…")]


def test_wide_characters_take_more_of_the_room() -> None:
    assert seen("深度学习入门与实践", 5.0) == [("CJK SC", "深度学习"), ("Sans", "…")]


def test_title_is_broken_between_words() -> None:
    lines = Typesetter(FACES).set_lines("Attention is all you need", 8.0, most=2)
    assert [plain(line[0].text) for line in lines] == ["Attention is all", "you need"]


def test_word_that_fills_a_line_is_broken_anywhere() -> None:
    lines = Typesetter(FACES).set_lines("x" * 40, 8.0, most=2)
    assert [len(line) for line in lines] == [1, 1]
    assert plain(lines[0][0].text) == "x" * 15


@pytest.mark.parametrize("text", ["", "   ", "\u200d\ufe0f", "\u2067\u2069"])
def test_nothing_to_see_is_no_line(text: str) -> None:
    assert Typesetter(FACES).set_lines(text, WIDE) == []


def test_only_typefaces_that_are_used_are_handed_on() -> None:
    setter = Typesetter(FACES)
    setter.set_lines("Plain words", WIDE)
    assert {face.family for face in setter.used} == {"Noto Sans"}
    setter.set_lines("深度", WIDE)
    assert {face.family for face in setter.used} == {"Noto Sans", "Noto Sans CJK"}


HARD = st.text(
    st.sampled_from("ab 1.(!)אبп深한🎉👩🏽🇩🇪ก้हि") | st.characters() | st.just("\u200d"), max_size=60
)


@given(HARD, st.floats(1.0, 40.0), st.integers(1, 3))
def test_every_line_fits_its_room_and_every_typeface_draws_what_it_is_given(
    text: str, room: float, most: int
) -> None:
    by_family = {face.family: face for face in FACES}
    lines = Typesetter(FACES).set_lines(text, room, most=most)
    assert len(lines) <= most
    for line in lines:
        last = line[-1]
        face = by_family[last.family.removesuffix(" SC").removesuffix(" JP").removesuffix(" KR")]
        assert last.x <= room + 2.0
        assert face.draws(plain(last.text))


def test_the_note_of_a_sleep_map_is_never_cut() -> None:
    note = "12,345 people counted, week of September 28; night is 23:00 to 07:00."
    shares = (0.5,) * 168
    drawing = SleepMap(title="Who is awake", note=note, shares=shares, slots=frozenset())
    svg = draw_sleep_map(drawing, FACES).svg
    assert (note in svg.replace("\u00a0", " "), "…" in svg) == (True, False)
