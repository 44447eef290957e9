"""What a weight adds to the widths of a variable typeface, read from the font's own tables.

OpenType specification: `fvar` (the axis), `avar` (how it is bent), and `HVAR` with its item
variation store (what is added to which glyph). The renderer sets bold letters from the same tables.
"""

from collections.abc import Iterator
from itertools import pairwise
from struct import unpack_from

REGULAR, SEMIBOLD, BOLD = 400, 600, 700
"""The weights that pictures are set in."""

_ONE = 1 << 14
"""In the fixed point of `avar` and of regions."""


class Weights:
    """The weight axis of a font, the only one that our fonts have."""

    def __init__(self, content: bytes, tables: dict[str, int]) -> None:
        self._content = content
        self._tables = tables
        self._hvar = tables["HVAR"]
        store, self._map = self._read(">II", self._hvar + 4)
        self._store = self._hvar + store
        self._shares: dict[int, list[float]] = {}

    def added(self, glyph: int, weight: int) -> float:
        """How much wider the glyph is at the weight than in the font's own, in the font's units."""
        if weight not in self._shares:
            self._shares[weight] = list(self._regions(self._place(weight)))
        shares = self._shares[weight]
        outer, inner = self._entry(glyph)
        (offset,) = self._read(">I", self._store + 8 + 4 * outer)
        start = self._store + offset
        words, count = self._read(">HH", start + 2)
        regions = self._read(f">{count}H", start + 6)
        row = f">{words}h{count - words}b"
        deltas = self._read(row, start + 6 + 2 * count + inner * (words + count))
        return sum(delta * shares[one] for delta, one in zip(deltas, regions, strict=True))

    def _read(self, form: str, place: int) -> tuple[int, ...]:
        return unpack_from(form, self._content, place)

    def _place(self, weight: int) -> float:
        """Where the weight lies between the font's own (0), the lightest (-1) and the boldest."""
        fvar = self._tables["fvar"]
        (axes,) = self._read(">H", fvar + 4)
        least, own, most = (one / 65536 for one in self._read(">3i", fvar + axes + 4))
        held = min(max(weight, least), most)
        place = (held - own) / ((most - own) if held > own else (own - least) or 1)
        return self._bent(place) if "avar" in self._tables else place

    def _bent(self, place: float) -> float:
        (count,) = self._read(">H", self._tables["avar"] + 8)
        flat = self._read(f">{2 * count}h", self._tables["avar"] + 10)
        points = [(a / _ONE, b / _ONE) for a, b in zip(flat[::2], flat[1::2], strict=True)]
        for (a, from_a), (b, from_b) in pairwise(points):
            if a <= place <= b:
                return from_a + (from_b - from_a) * (place - a) / (b - a)
        return place

    def _regions(self, place: float) -> Iterator[float]:
        """How much of each region's additions there is at the place, 0 to 1."""
        start = self._store + self._read(">I", self._store + 2)[0]
        for n in range(self._read(">H", start + 2)[0]):
            first, peak, last = (one / _ONE for one in self._read(">3h", start + 4 + 6 * n))
            if place == peak:
                yield 1.0
            elif first < place < last:
                edge = first if place < peak else last
                yield (place - edge) / (peak - edge)
            else:
                yield 0.0

    def _entry(self, glyph: int) -> tuple[int, int]:
        """Which subtable of the store, and which row of it, tells what is added to the glyph."""
        if not self._map:
            return 0, glyph
        start = self._hvar + self._map
        (form,) = self._read(">B", start + 1)
        (count,) = self._read(">H", start + 2)
        size, bits = (form >> 4 & 3) + 1, (form & 15) + 1
        at = start + 4 + size * min(glyph, count - 1)
        packed = int.from_bytes(self._content[at : at + size], "big")
        return packed >> bits, packed & ((1 << bits) - 1)
