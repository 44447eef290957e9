"""Which pitches propose what another proposes already: the same paper, or the same title."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from urllib.parse import unquote as decode
from urllib.parse import urlsplit

from bot.pitches.model import Pitch

_ARXIV_ID = re.compile(r"(\d{4}\.\d{4,5}|[a-z\-]+(?:\.[a-z]{2})?/\d{7})(?:v\d{1,2})?(?:\.pdf)?$")
_ARXIV_HOSTS = ("arxiv.org", "alphaxiv.org")
_ARXIV_DOI = "10.48550/arxiv."
"""How arXiv registers its papers as DOIs (https://info.arxiv.org/help/doi.html)."""


def link_key(link: str) -> str:
    """What two links share that lead to one thing: a paper's arXiv id without its version, a DOI
    (which has no case), else the address without what browsers leave out.
    """
    parts = urlsplit(link)
    host = parts.netloc.casefold().removeprefix("www.")
    path = decode(parts.path).strip("/")
    if host == "doi.org":
        doi = path.casefold()
        return f"arxiv:{doi.removeprefix(_ARXIV_DOI)}" if doi.startswith(_ARXIV_DOI) else doi
    is_arxiv = any(host == one or host.endswith(f".{one}") for one in _ARXIV_HOSTS)
    if is_arxiv and (found := _ARXIV_ID.search(path.casefold())):
        return f"arxiv:{found.group(1)}"
    return f"{host}/{path}?{parts.query}"


def title_key(title: str) -> str:
    """The words of a title alone, without case; empty where it has none."""
    return " ".join(re.findall(r"\w+", unicodedata.normalize("NFKC", title).casefold()))


def alike(title: str, sources: Sequence[str], pitches: Iterable[Pitch]) -> list[Pitch]:
    """Those of the pitches that have a source or the title in common, in their order."""
    key, links = title_key(title), set(map(link_key, sources))
    return [
        one
        for one in pitches
        if (key and title_key(one.title) == key) or not links.isdisjoint(map(link_key, one.sources))
    ]
