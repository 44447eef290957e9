"""Hostile text becomes harmless text, in linear time."""

import re
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.text import MARKS_PER_BASE, clean_block, clean_line, escape, quote, shorten, utf16_length

HOSTILE = "".join(
    [
        "\u202e\u2066\u200b\u200d\u200c\ufeff\u00ad\u0000\u0007\u001b\u0085\u2028\u2029\u00a0\u3000",
        "\r\n\t\v\f \u0301\u0323\u0344\u20e3\ufe0f\ufe0e\ufe00\U000e0101\U000e0062\u2800\u3164",
        "aé☺👍🏽👩🔬🇩🇪#1\ufb2c\u0958\u2adc\u2260=\u0338\uac00\u1100\u1161\ud800\ufffe",
    ]
)
hostile_texts = st.text(st.one_of(st.sampled_from(HOSTILE), st.characters()), max_size=60)
markdown_texts = st.text(st.sampled_from("[]()<>*_~|`#->+.1:@&!/\\ \nhtps ev"), max_size=80)


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("  a\u00a0\n b\t", "a b"),
        ("e\u0301", "é"),
        ("pay\u202egpj.exe", "paygpj.exe"),
        ("a\u200bb\u00adc\u2060d\ufeff", "abcd"),
        ("e\u200b\u0301", "é"),
        ("x\x00\x07\x1b[0m", "x[0m"),
        ("\ud800lone", "lone"),
        ("\u3164\u2800\u115f", ""),
        ("z" + "\u0335" * 50, "z" + "\u0335" * 3),
        ("မြို့", "မြို့"),
        ("👩\u200d🔬 ❤\ufe0f 1\ufe0f\u20e3 👍🏽", "👩\u200d🔬 ❤\ufe0f 1\ufe0f\u20e3 👍🏽"),
        ("🏳\ufe0f\u200d🌈", "🏳\ufe0f\u200d🌈"),
        ("a\u200db\ufe0f\u200d☺", "ab☺"),
        ("🏴\U000e0067\U000e007f", "🏴"),
        ("🇩🇪 Ωμέγα 日本", "🇩🇪 Ωμέγα 日本"),
    ],
)
def test_clean_line_keeps_what_is_seen(text: str, cleaned: str) -> None:
    assert clean_line(text) == cleaned


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("a\r\nb\rc\u2028d\x85e", "a\nb\nc\nd\ne"),
        ("a\n\n\n\n b  \n", "a\n\nb"),
        ("a \n \t \n \n b\u00a0 c", "a\n\nb c"),
        ("\n\n", ""),
    ],
)
def test_clean_block_keeps_line_breaks(text: str, cleaned: str) -> None:
    assert clean_block(text) == cleaned


@given(hostile_texts)
@example("\ufb2c" + "\u0301" * 5)
@example("😀\u200d\ufffe😀")
def test_cleaning_again_changes_nothing(text: str) -> None:
    line, block = clean_line(text), clean_block(text)
    assert (clean_line(line), clean_block(block)) == (line, block)
    assert (unicodedata.normalize("NFC", line), line.encode().decode()) == (line, line)


@pytest.mark.parametrize(
    "point",
    [0x180B, 0x180F, 0xFE00, 0xFE0D, 0xE0100, 0xE01EF, 0xFDD0, 0xFDEF, 0xFFFE, 0xFFFF, 0x10FFFE],
)
def test_characters_that_carry_hidden_words_or_are_none_are_taken_out(point: int) -> None:
    assert clean_line(f"a{chr(point)}b") == "ab"


@given(hostile_texts)
def test_cleaned_text_hides_nothing(text: str) -> None:
    hidden = {c for c in clean_line(text) if unicodedata.category(c) in {"Cc", "Cf", "Cs"}}
    assert hidden <= {"\u200d"}
    assert re.search(r"\s\s|^\s|\s$|\n", clean_line(text)) is None
    assert re.search(r"\n{3}|\r| \n|\n ", clean_block(text)) is None


@given(st.text(st.sampled_from("ae\u0301\u0323\u0335\u0489 \u200b"), max_size=60))
def test_no_base_carries_more_marks_than_allowed(text: str) -> None:
    runs = re.findall("[\u0300-\u0489]+", clean_line(text))
    assert all(len(run) <= MARKS_PER_BASE for run in runs)


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("**b** _i_ ~~s~~ ||p||", r"\*\*b\*\* \_i\_ \~\~s\~\~ \|\|p\|\|"),
        ("`code`", r"\`code\`"),
        ("[safe](https://evil.example)", r"\[safe\](https://evil.example)"),
        (
            "# head\n-# small\n- item\n+ x\n> quote",
            "\\# head\n\\-# small\n\\- item\n\\+ x\n\\> quote",
        ),
        ("  1. one", "  1\\. one"),
        ("a - b > c # d 3.5", "a - b > c # d 3.5"),
        ("<@1> <@&2>", "\\<@\u200b1> \\<@\u200b&2>"),
        ("<#1> <t:0:R> </next:1> <:e:1>", r"\<#1> \<t:0:R> \</next:1> \<:e:1>"),
        ("@everyone @here me@x.org", "@\u200beveryone @\u200bhere me@x.org"),
        (r"¯\_(ツ)_/¯", r"¯\\\_(ツ)\_/¯"),
        ("see https://arxiv.org/abs/a_b_c?x=1", "see https://arxiv.org/abs/a_b_c?x=1"),
        ("https://x.org/@everyone", "https://x.org/@\u200beveryone"),
        ("HTTPS://a_b_", r"HTTPS://a\_b\_"),
    ],
)
def test_escape_shows_the_text_itself(text: str, escaped: str) -> None:
    assert escape(text) == escaped


@given(markdown_texts)
def test_escaped_text_has_nothing_live_and_reads_the_same(text: str) -> None:
    escaped = escape(text)
    unescaped = re.sub(r"\\([^0-9A-Za-z\s])", r"\1", escaped).replace("\u200b", "")
    assert unescaped == text
    live = re.sub(r"(?<![^\s(])https?://[\w\-./?#:+~]+", "", re.sub(r"\\.", "x", escaped))
    assert re.search(r"[*_~|`\[\]<]|^[ \t]*([>#+-]|\d+\.)|@(everyone|here)", live, re.M) is None


@pytest.mark.parametrize(
    ("text", "limit", "shortened"),
    [
        ("abc", 3, "abc"),
        ("abcd", 3, "ab…"),
        ("ab cd", 4, "ab…"),
        ("abc", 0, ""),
        ("abc", 1, "…"),
        ("😀😀", 4, "😀😀"),
        ("😀😀", 3, "😀…"),
        ("a👩\u200d🔬b", 5, "a…"),
        ("a👍🏽b", 4, "a…"),
        ("🇩🇪🇫🇷", 7, "🇩🇪…"),
        ("ae\u0323\u0301bcd", 3, "a…"),
    ],
)
def test_shorten_never_cuts_a_character_in_two(text: str, limit: int, shortened: str) -> None:
    assert shorten(text, limit) == shortened


@given(hostile_texts, st.integers(min_value=0, max_value=70))
def test_shortened_text_fits_and_begins_the_text(text: str, limit: int) -> None:
    short = shorten(text, limit)
    assert utf16_length(short) <= limit
    assert short == text or text.startswith(short.removesuffix("…"))


def test_utf16_length_counts_as_discord_does() -> None:
    assert utf16_length("a😀é") == 4


def test_quote_stays_short_and_on_one_line() -> None:
    assert quote("a\nb" + "c" * 200, 10) == "“a bcccccc…”"


@pytest.mark.parametrize(
    "pattern", ["[](", "\u0335\u0323", "😀\u200d", " ", "https://", "\n\n ", "1"]
)
def test_every_function_accepts_very_long_hostile_text(pattern: str) -> None:
    text = (pattern * 200_000)[:200_000]
    assert len(clean_line(text)) <= len(clean_block(text)) + 1
    assert utf16_length(shorten(text, 100)) <= 100
    assert len(escape(text)) <= 2 * len(text)
