"""The typefaces that pictures are set in: where they lie, what each can draw, how wide it is.

Read from the fonts' own tables (OpenType specification: `cmap`, `hhea`, `hmtx`, `name`), since no
library that Lectern carries says which characters a font has, and a renderer that has to guess
draws boxes.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.util import find_spec
from pathlib import Path
from struct import Struct, unpack_from

from bot.pictures.weights import REGULAR, Weights

PACKAGES = ("manimgx_fonts", "manimgx_fonts_cjk")
"""Noto, as published: Latin, Greek, Cyrillic, 19 scripts, symbols and emoji; and East Asia."""

LATIN = "Noto Sans"
EMOJI = "Noto Emoji"
EAST_ASIAN = "Noto Sans CJK"
"""The last word of the family is the region: its shape of a character that several share."""

REGIONS = ("JP", "KR", "SC")
"""In the order in which they lie in their file; those that nothing of ours asks for come after."""

_RECORD = Struct(">4sIII")
_GROUP = Struct(">III")


@dataclass(frozen=True)
class Face:
    """One typeface in a file; nothing of the file is read before it is asked for."""

    family: str
    path: Path
    region: str = ""
    """Whose typeface of a collection; "" for a file of its own."""

    def draws(self, text: str) -> bool:
        """True when there is a glyph for each of its characters."""
        return all(ord(character) in self._glyphs for character in text)

    def width(self, text: str, weight: int = REGULAR) -> float:
        """How far the text runs, in ems, as if no glyph were joined to another."""
        glyphs = [self._glyphs.get(ord(one), 0) for one in text]
        return (
            sum(self._advance(one) + self._weights.added(one, weight) for one in glyphs) / self._em
        )

    @property
    def _bytes(self) -> bytes:
        return _content(self.path)

    @cached_property
    def _weights(self) -> Weights:
        return Weights(self._bytes, self._tables)

    @cached_property
    def _tables(self) -> dict[str, int]:
        """Where each table begins."""
        start = 0
        if self.region:
            (start,) = unpack_from(">I", self._bytes, 12 + 4 * REGIONS.index(self.region))
        (count,) = unpack_from(">H", self._bytes, start + 4)
        records = _RECORD.iter_unpack(self._bytes[start + 12 : start + 12 + 16 * count])
        return {tag.decode(): offset for tag, _, offset, _ in records}

    @cached_property
    def _em(self) -> int:
        (units,) = unpack_from(">H", self._bytes, self._tables["head"] + 18)
        return int(units)

    @cached_property
    def _metrics(self) -> int:
        """How many glyphs have a width of their own; all others are as wide as the last."""
        (count,) = unpack_from(">H", self._bytes, self._tables["hhea"] + 34)
        return int(count)

    def _advance(self, glyph: int) -> int:
        entry = min(glyph, self._metrics - 1)
        (advance,) = unpack_from(">H", self._bytes, self._tables["hmtx"] + 4 * entry)
        return int(advance)

    @cached_property
    def _glyphs(self) -> dict[int, int]:
        """The glyph of each character."""
        start = self._tables["cmap"]
        (count,) = unpack_from(">H", self._bytes, start + 2)
        encodings = {
            unpack_from(">HH", self._bytes, start + 4 + 8 * n): unpack_from(
                ">I", self._bytes, start + 8 + 8 * n
            )[0]
            for n in range(count)
        }
        # Platform 3 is Windows: encoding 10 has every character, 1 those up to U+FFFF.
        if (3, 10) in encodings:
            return dict(self._in_groups(start + encodings[3, 10]))
        return dict(self._in_segments(start + encodings[3, 1]))

    def _in_groups(self, start: int) -> Iterator[tuple[int, int]]:
        """`cmap` format 12."""
        (count,) = unpack_from(">I", self._bytes, start + 12)
        groups = _GROUP.iter_unpack(self._bytes[start + 16 : start + 16 + 12 * count])
        for first, last, glyph in groups:
            yield from ((first + n, glyph + n) for n in range(last - first + 1))

    def _in_segments(self, start: int) -> Iterator[tuple[int, int]]:
        """`cmap` format 4."""
        (doubled,) = unpack_from(">H", self._bytes, start + 6)
        count = doubled // 2
        ends = unpack_from(f">{count}H", self._bytes, start + 14)
        starts = unpack_from(f">{count}H", self._bytes, start + 16 + doubled)
        deltas = unpack_from(f">{count}H", self._bytes, start + 16 + 2 * doubled)
        table = start + 16 + 3 * doubled
        for n, (first, last, delta) in enumerate(zip(starts, ends, deltas, strict=True)):
            (offset,) = unpack_from(">H", self._bytes, table + 2 * n)
            for character in range(first, min(last, 0xFFFE) + 1):
                glyph = character
                if offset:
                    place = table + 2 * n + offset + 2 * (character - first)
                    (glyph,) = unpack_from(">H", self._bytes, place)
                if not offset or glyph:
                    yield character, (glyph + delta) & 0xFFFF


@cache
def _content(path: Path) -> bytes:
    """Read once for all typefaces of a collection."""
    return path.read_bytes()


def find_faces() -> tuple[Face, ...]:
    """Every upright typeface that is installed, in the order in which they are asked to draw."""
    paths = [path for name in PACKAGES for path in _files(name)]
    found = [
        Face(_family(path), path, region)
        for path in paths
        for region in (REGIONS if path.suffix == ".ttc" else ("",))
    ]
    return tuple(sorted(found, key=lambda face: (_rank(face.family), face.family)))


_ASKED_LAST = ("Noto Sans Symbols", EMOJI, EAST_ASIAN)


def _rank(family: str) -> int:
    if family == LATIN:
        return -1
    return _ASKED_LAST.index(family) + 1 if family in _ASKED_LAST else 0


def _files(package: str) -> list[Path]:
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        return []
    folder = Path(spec.origin).parent
    fonts = [path for path in folder.iterdir() if path.suffix in {".ttf", ".ttc"}]
    return [path for path in fonts if "Italic" not in path.name]


def _family(path: Path) -> str:
    """ "Noto Sans Arabic" for `NotoSansArabic[wght].ttf`."""
    words = re.findall("CJK|[A-Z][a-z]+", path.name.partition("[")[0].partition("-")[0])
    return " ".join(words)
