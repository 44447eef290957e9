"""Discord's Markdown as HTML."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.demo.markdown import Reader
from bot.demo.people import PEOPLE

CLARA = PEOPLE[2]
NOW = datetime(2026, 11, 21, 19, 0, tzinfo=UTC)


LINKS = {"https://discord.com/channels/1/22": ("/?as=clara#place-general", "#general")}


def reader() -> Reader:
    return Reader(CLARA, NOW, lambda kind, subject_id: f"{kind}{subject_id % 100}", LINKS)


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("plain", "plain"),
        ("**bold** and *slanted*", "<strong>bold</strong> and <em>slanted</em>"),
        ("**both *at* once**", "<strong>both <em>at</em> once</strong>"),
        ("__under__ ~~gone~~", "<u>under</u> <s>gone</s>"),
        ("a snake_case_name", "a snake_case_name"),
        ("2 ** 3", "2 ** 3"),
        (r"\*not slanted\*", "*not slanted*"),
        (r"America/New\_York, \_so\_", "America/New_York, _so_"),
        ("`a*b*c`", "<code>a*b*c</code>"),
        ("<b>", "&lt;b&gt;"),
        ("<@123456789012345601>", '<span class="mention">@1</span>'),
        ("<@!123456789012345601>", '<span class="mention">@1</span>'),
        ("<#123456789012345602>", '<span class="mention">#2</span>'),
        ("</ballot open:123456789012345602>", '<span class="mention">/ballot open</span>'),
        ("<:tada:123456789012345602>", ":tada:"),
        (
            "[the **paper**](https://example.org/a)",
            '<a href="https://example.org/a" rel="noopener noreferrer" target="_blank">'
            "the <strong>paper</strong></a>",
        ),
        (
            "<https://example.org/a_b_c>",
            '<a href="https://example.org/a_b_c" rel="noopener noreferrer" target="_blank">'
            "https://example.org/a_b_c</a>",
        ),
        ("[x](javascript:alert(1))", "[x](javascript:alert(1))"),
        (
            "see https://discord.com/channels/1/22/333",
            'see <a href="/?as=clara#place-general">#general › message</a>',
        ),
        (
            "<https://discord.com/channels/1/22>",
            '<a href="/?as=clara#place-general">#general</a>',
        ),
        (
            "[the **vote**](https://discord.com/channels/1/22/333)",
            '<a href="/?as=clara#place-general">the <strong>vote</strong></a>',
        ),
        (
            "https://discord.com/channels/1/23",
            '<a href="https://discord.com/channels/1/23" rel="noopener noreferrer" '
            'target="_blank">https://discord.com/channels/1/23</a>',
        ),
    ],
)
def test_inline_marks(text: str, html: str) -> None:
    assert str(reader().inline(text)) == html


def test_timestamps_are_read_in_the_viewer_s_zone() -> None:
    unix = int((NOW + timedelta(hours=1)).timestamp())

    assert str(reader().inline(f"<t:{unix}:t>, <t:{unix}:R>")) == (
        '<time title="Saturday, 21 November 2026 at 21:00">21:00</time>, '
        '<time title="Saturday, 21 November 2026 at 21:00">in 1 hour</time>'
    )


def test_a_year_that_no_calendar_has_stays_text() -> None:
    assert str(reader().inline("<t:999999999999:F>")) == "&lt;t:999999999999:F&gt;"


def test_lines_become_headings_items_quotes_and_paragraphs() -> None:
    text = "## Ballot\none\ntwo\n\n- first\n2. second\n> said\n-# small"

    assert str(reader().render(text)) == (
        '<p class="h2">Ballot</p><p>one<br>two</p>'
        '<p class="item"><span>•</span><span>first</span></p>'
        '<p class="item"><span>2.</span><span>second</span></p>'
        '<blockquote>said</blockquote><p class="small">small</p>'
    )


def test_an_indented_line_belongs_to_the_item_above() -> None:
    assert str(reader().render("1. talk\n   source\n   slides\n   \n   not an item")) == (
        '<p class="item"><span>1.</span><span>talk</span></p>'
        '<p class="item"><span></span><span>source</span></p>'
        '<p class="item"><span></span><span>slides</span></p>'
        "<p>   not an item</p>"
    )


@given(st.text(alphabet="<>&\"'*_~`[]()\\ :/@#t1\nahtps"))
def test_nothing_written_by_a_member_becomes_a_tag_of_their_own(text: str) -> None:
    html = str(reader().render(f"{text}<script>alert('x')</script>"))

    assert "<script" not in html
    assert html.count("<p") == html.count("</p>")
