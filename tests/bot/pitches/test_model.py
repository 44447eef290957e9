"""What may stand in a pitch: titles, reasons, and sources that hide nothing."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.errors import Refusal
from bot.pitches.model import (
    MOST_SOURCES,
    TITLE_LIMIT,
    WHY_LIMIT,
    check_sources,
    check_title,
    check_why,
    is_link,
    source_name,
)
from bot.text import clean_line, utf16_length

ZALGO = "Z" + "\u0335\u0336\u0337\u0338" * 40
BLANKS = ("", "   ", "\n\t", "\u200b", "\u3164\u2800", "\u202e\u2066")


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("  Meta-learning \n for all ", "Meta-learning for all"),
        ("@everyone read this", "@everyone read this"),
        ("pay\u202egnp.exe", "paygnp.exe"),
        (ZALGO, "Z\u0335\u0336\u0337"),
        ("**bold** [x](https://evil.example)", "**bold** [x](https://evil.example)"),
        ("量子確率 🎲", "量子確率 🎲"),
        ("x" * TITLE_LIMIT, "x" * TITLE_LIMIT),
    ],
)
def test_a_title_is_cleaned_and_otherwise_kept_as_typed(text: str, title: str) -> None:
    assert check_title(text, ()) == title


@pytest.mark.parametrize("text", BLANKS)
def test_a_pitch_without_title_and_link_is_refused(text: str) -> None:
    with pytest.raises(Refusal) as refused:
        check_title(text, ())
    assert str(refused.value) == "A pitch needs a title or a link: type one of them."


@pytest.mark.parametrize("text", BLANKS)
def test_the_first_source_names_a_pitch_without_title(text: str) -> None:
    sources = check_sources("2207.13443 10.1000/xyz")
    assert check_title(text, sources) == "arXiv 2207.13443"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            "x" * 5_000,
            f"The title “{'x' * 29}…” has 5,000 characters; a title has at most 150. "
            "Put the rest under “Why”.",
        ),
        (
            "word " * 31,
            "The title “word word word word word word…” has 154 characters; a title has at most "
            "150. Put the rest under “Why”.",
        ),
    ],
)
def test_a_title_that_is_too_long_is_refused(text: str, sentence: str) -> None:
    with pytest.raises(Refusal) as refused:
        check_title(text, ())
    assert str(refused.value) == sentence


def test_a_reason_keeps_its_lines_up_to_its_limit() -> None:
    assert check_why(" Because\r\n\r\n\r\n it is\u202e new. ") == "Because\n\nit is new."
    assert check_why("x" * WHY_LIMIT) == "x" * WHY_LIMIT
    with pytest.raises(Refusal) as refused:
        check_why("x" * (WHY_LIMIT + 1))
    assert str(refused.value) == "“Why” has 1,001 characters; keep it to 1,000."


@pytest.mark.parametrize(
    ("text", "links"),
    [
        ("2207.13443", ("https://arxiv.org/abs/2207.13443",)),
        ("arXiv:2207.13443v2", ("https://arxiv.org/abs/2207.13443v2",)),
        ("arXiv: 2207.13443", ("https://arxiv.org/abs/2207.13443",)),
        ("https://arxiv.org/abs/1903.03096v4", ("https://arxiv.org/abs/1903.03096v4",)),
        ("http://www.arxiv.org/pdf/1903.03096v4.pdf", ("https://arxiv.org/abs/1903.03096v4",)),
        ("https://arxiv.org/html/2207.13443/", ("https://arxiv.org/abs/2207.13443",)),
        ("arxiv.org/abs/2207.13443", ("https://arxiv.org/abs/2207.13443",)),
        ("hep-th/9901001", ("https://arxiv.org/abs/hep-th/9901001",)),
        ("arXiv:math.AG/0309136v1", ("https://arxiv.org/abs/math.AG/0309136v1",)),
        ("10.1000/xyz123", ("https://doi.org/10.1000/xyz123",)),
        ("doi: 10.1000/xyz123", ("https://doi.org/10.1000/xyz123",)),
        ("http://dx.doi.org/10.1000/xyz123", ("https://doi.org/10.1000/xyz123",)),
        (
            "10.1016/S0370-2693(97)00123-4",
            ("https://doi.org/10.1016/S0370-2693%2897%2900123-4",),
        ),
        ("10.1000/a`b]c\\d|e", ("https://doi.org/10.1000/a%60b%5Dc%5Cd%7Ce",)),
        ("https://example.org/a?b=c&d=%20#e", ("https://example.org/a?b=c&d=%20#e",)),
        (
            "https://en.wikipedia.org/wiki/Attention_(machine_learning)",
            ("https://en.wikipedia.org/wiki/Attention_%28machine_learning%29",),
        ),
        ("https://bücher.example:8080/x", ("https://bücher.example:8080/x",)),
        (
            "2207.13443, https://arxiv.org/pdf/2207.13443;\nhttps://example.org 2207.13443v2",
            (
                "https://arxiv.org/abs/2207.13443",
                "https://example.org",
                "https://arxiv.org/abs/2207.13443v2",
            ),
        ),
        (
            "<https://example.org/a>, <HTTPS://example.org/b>;<https://arxiv.org/abs/2207.13443>",
            (
                "https://example.org/a",
                "HTTPS://example.org/b",
                "https://arxiv.org/abs/2207.13443",
            ),
        ),
        ("", ()),
        (" ,; \n", ()),
    ],
)
def test_sources_become_links_in_order_and_once(text: str, links: tuple[str, ...]) -> None:
    assert check_sources(text) == links


@pytest.mark.parametrize(
    "text",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "ftp://example.org/x",
        "//example.org/x",
        "example.org/x",
        "https://user@evil.example/x",
        "https://user:secret@evil.example/x",
        "https://good.example@evil.example",
        "https://localhost/x",
        "https://.",
        "https://a..b/x",
        "https:///x",
        "https://[::1]/x",
        "https://[::1",
        "[good](https://evil.example)",
        "https://good.example](https://evil.example",
        "<https://evil.example",
        "https://evil.example/<b>",
        "https://evil.example/`x`",
        "https://evil.example/||x||",
        "https://evil.example\\x",
        "@everyone",
        "10.1/too-short",
        "2207.134",
        "12345",
        "10.1000/" + "量" * 40,
    ],
)
def test_what_is_no_plain_link_is_refused(text: str) -> None:
    with pytest.raises(Refusal) as refused:
        check_sources(text)
    assert str(refused.value) == (
        f"“{text}” is not a link I can keep: paste the address itself, starting with https:// and "
        "at most 300 characters long, or an arXiv id or DOI."
    )


def test_a_link_of_300_characters_is_kept_and_a_longer_one_refused() -> None:
    link = "https://example.org/" + "x" * 280
    assert check_sources(link) == (link,)
    with pytest.raises(Refusal) as refused:
        check_sources(link + "x")
    assert str(refused.value).startswith(f"“{link[:59]}…” is not a link I can keep")


def test_ten_sources_are_kept_and_an_eleventh_refused() -> None:
    ids = [f"2207.{n:05}" for n in range(MOST_SOURCES + 1)]
    twice = f"{' '.join(ids[:MOST_SOURCES])} , {ids[0]}"
    assert len(check_sources(twice)) == MOST_SOURCES
    with pytest.raises(Refusal) as refused:
        check_sources(" ".join(ids))
    assert str(refused.value) == (
        "That is 11 links; a pitch has at most 10. Leave out 1, or name them under “Why”."
    )


@example("10.1000/%E2%80%AE]")
@example("https://\u202eexample.org/\u200bx(y)")
@given(st.text(max_size=60))
def test_a_link_that_is_kept_can_not_break_out_of_its_brackets(text: str) -> None:
    try:
        links = check_sources(text)
    except Refusal:
        return
    for link in links:
        assert link.casefold().startswith(("https://", "http://"))
        assert not set(link) & set('<>()[]|`"\\ \n')
        assert check_sources(link) == (link,)


@pytest.mark.parametrize(
    ("link", "name"),
    [
        ("https://arxiv.org/abs/1903.03096v4", "arXiv 1903.03096v4"),
        ("https://arxiv.org/list/cs.LG/recent", "arxiv.org"),
        ("https://doi.org/10.1016/S0370-2693%2897%2900123-4", "DOI 10.1016/S0370-2693(97)00123-4"),
        ("https://doi.org/10.1000/%E2%80%AEx%0Ay", "DOI 10.1000/x y"),
        ("https://doi.org/", "doi.org"),
        ("https://www.example.org/a", "example.org"),
        ("https://" + "x" * 120 + ".org", "x" * 99 + "…"),
    ],
)
def test_a_source_is_named_by_what_it_is(link: str, name: str) -> None:
    assert source_name(link) == name


@given(st.from_regex(r"10\.\d{4,9}/[!-~]{1,200}", fullmatch=True))
def test_a_doi_names_a_pitch_in_one_short_visible_line(doi: str) -> None:
    try:
        sources = check_sources(doi)
    except Refusal:
        return
    title = check_title("", sources)
    assert (title, utf16_length(title) <= TITLE_LIMIT) == (clean_line(title), True)


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("https://arxiv.org/abs/2207.13443", True),
        (" 2207.13443 ", True),
        ("10.1000/xyz", True),
        ("<https://example.org/a>", True),
        ("<@12>", False),
        ("Transformers", False),
        ("Meta-learning, an overview", False),
        ("2207.13443 2207.13444", False),
        ("javascript:alert(1)", False),
        ("", False),
        ("x" * 5_000, False),
    ],
)
def test_one_line_is_a_link_or_a_title(text: str, answer: bool) -> None:
    assert is_link(text) is answer
