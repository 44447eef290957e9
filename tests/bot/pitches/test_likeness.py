"""What proposes the same: one paper under all its addresses, one title however it is typed."""

from datetime import UTC, datetime

import pytest

from bot.pitches.likeness import alike, link_key, title_key
from bot.pitches.model import Pitch, check_sources

PAPER = Pitch(
    id=5,
    group_id=1,
    author_id=12,
    title="Dense retrieval: embeddings or keywords?",
    sources=("https://arxiv.org/abs/2004.04906", "https://example.org/notes"),
    submitted_at=datetime(2022, 10, 29, 18, 0, tzinfo=UTC),
)


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ("2004.04906", "arxiv:2004.04906"),
        ("arXiv:2004.04906v3", "arxiv:2004.04906"),
        ("https://arxiv.org/pdf/2004.04906v2.pdf", "arxiv:2004.04906"),
        ("https://export.arxiv.org/abs/2004.04906v1", "arxiv:2004.04906"),
        ("https://www.alphaxiv.org/abs/2004.04906", "arxiv:2004.04906"),
        ("doi:10.48550/arXiv.2004.04906", "arxiv:2004.04906"),
        ("https://doi.org/10.48550/ARXIV.2004.04906", "arxiv:2004.04906"),
        ("https://arxiv.org/abs/hep-th/9901001v2", "arxiv:hep-th/9901001"),
        ("https://dx.doi.org/10.1103/PhysRevE.69.066138", "10.1103/physreve.69.066138"),
        ("http://www.Example.org/a/#part", "example.org/a?"),
        ("https://example.org/a?v=1", "example.org/a?v=1"),
        ("https://arxiv.org/list/cs.LG/new", "arxiv.org/list/cs.LG/new?"),
    ],
)
def test_each_address_of_a_thing_has_its_key(typed: str, key: str) -> None:
    (link,) = check_sources(typed)
    assert link_key(link) == key


def test_a_title_is_its_words() -> None:
    assert title_key(" DENSE retrieval - embeddings, or \uff4beywords ") == title_key(PAPER.title)
    assert title_key("“?!”") == ""


@pytest.mark.parametrize(
    ("title", "sources", "is_alike"),
    [
        ("Another", ("https://arxiv.org/abs/2004.04906v2",), True),
        ("Another", ("https://example.org/notes/",), True),
        ("dense retrieval embeddings or keywords", (), True),
        ("Dense retrieval", ("https://arxiv.org/abs/2004.04907", "https://example.org"), False),
        ("?!", (), False),
    ],
)
def test_one_source_or_the_title_is_enough(
    title: str, sources: tuple[str, ...], is_alike: bool
) -> None:
    assert alike(title, sources, [PAPER]) == ([PAPER] if is_alike else [])
