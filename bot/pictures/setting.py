"""Sets a line of text in any script: which typeface draws which part, where, and how much fits.

The renderer takes one typeface for a text and draws boxes, or gives up, where that lacks something.
So a line is cut into runs of one typeface and one direction, which stand side by side in the order
of the Unicode bidirectional algorithm (UAX #9, for one paragraph without controls).
"""

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from wcwidth import iter_graphemes

from bot.pictures.faces import EAST_ASIAN, EMOJI, LATIN, Face
from bot.pictures.weights import REGULAR
from bot.text import clean_line

ELLIPSIS = "…"
UNKNOWN = "\ufffd"
LONGEST_LINE = 400
"""Characters, as readers perceive them, that are looked at."""

_JOINER = "\u200d"
_DROPPED = {"\ufe0e", "\ufe0f", "\u20e3"}
_TONES = {chr(point) for point in range(0x1F3FB, 0x1F400)}
_FLAG_A = 0x1F1E6
_FIXED_SPACE = "\u00a0"
_LEFTWARD, _END = "\u2067", "\u2069"
"""Around text that is read from right to left, so that its brackets are turned."""

_JOINED = {
    "Noto Sans Arabic": 0.75,
    "Noto Sans Khmer": 0.85,
    "Noto Sans Oriya": 0.87,
    "Noto Sans Sinhala": 0.89,
    "Noto Sans Devanagari": 0.92,
}
"""How wide joined letters are beside the same letters alone, measured on rendered titles."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Text of one typeface that begins at `x`. With a `fill` it is made just as wide."""

    text: str
    family: str
    x: float
    fill: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Piece:
    """One perceived character. `direction` is its class in UAX #9: L, R, D (digit), N (neutral)."""

    text: str
    face: Face
    direction: str
    width: float


class Typesetter:
    """Knows the typefaces. Widths are in ems of whatever size the text is drawn at."""

    def __init__(self, faces: Sequence[Face]) -> None:
        self._faces = tuple(faces)
        self._latin = next(face for face in self._faces if face.family == LATIN)
        self.used: set[Face] = {self._latin}
        """The typefaces that the renderer needs for what was set so far."""

    def set_lines(
        self, text: str, room: float, *, most: int = 1, weight: int = REGULAR
    ) -> list[list[Run]]:
        """The text in at most `most` lines of `room` or less; ends in "…" where it was cut."""
        region = _region(text)
        pieces = list(self._pieces(text, region, weight))
        dots = _piece(ELLIPSIS, self._latin, weight)
        lines: list[list[Run]] = []
        while pieces and len(lines) < most:
            count = _fitting(pieces, room, is_whole=True)
            if count < len(pieces) and len(lines) == most - 1:
                count = _fitting(pieces, room - dots.width, is_whole=False)
                line, pieces = [*_trim(pieces[:count]), dots], []
            else:
                line, pieces = pieces[:count], _trim(pieces[count:])
            self.used |= {piece.face for piece in line}
            lines.append(_place(_trim(line), region))
        return lines

    def _pieces(self, text: str, region: str, weight: int) -> Iterator[_Piece]:
        faces = [face for face in self._faces if face.region in {"", region}]
        face = self._latin
        for count, grapheme in enumerate(iter_graphemes(clean_line(text))):
            if count == LONGEST_LINE:
                return
            for part in _reduced(grapheme):
                drawn, face = self._drawn(part, face, faces)
                yield _piece(drawn, face, weight)

    def _drawn(self, text: str, before: Face, faces: Sequence[Face]) -> tuple[str, Face]:
        """The text as it can be drawn, and in which typeface.

        That of the text before goes on where it can, but not for what is Latin anyway.
        """
        is_latin = self._latin.draws(text)
        if before.draws(text) and not (is_latin and (text.isalnum() or before.family == EMOJI)):
            return text, before
        for form in (text, unicodedata.normalize("NFKC", text), text[0]):
            for face in faces:
                if face.draws(form):
                    return form, face
        return UNKNOWN, self._latin


def _piece(text: str, face: Face, weight: int) -> _Piece:
    width = face.width(text, weight) * _JOINED.get(face.family, 1.0)
    return _Piece(text=text, face=face, direction=_direction(text[0]), width=width)


def _reduced(grapheme: str) -> tuple[str, ...]:
    """What of a perceived character can be drawn: flags become letters; emoji lose what is joined
    to them, their tone, frame and variation.
    """
    if all(_FLAG_A <= ord(one) < _FLAG_A + 26 for one in grapheme):
        return tuple(chr(ord(one) - _FLAG_A + ord("A")) for one in grapheme)
    is_emoji = unicodedata.category(grapheme[0]) == "So"
    head = grapheme.partition(_JOINER)[0] if is_emoji else grapheme
    kept = [one for one in head if one not in _DROPPED]
    text = "".join(kept[:1] + [one for one in kept[1:] if one not in _TONES])
    return (text,) if text else ()


def _direction(character: str) -> str:
    kind = unicodedata.bidirectional(character)
    if kind in {"R", "AL"}:
        return "R"
    if kind in {"EN", "AN"}:
        return "D"
    return "L" if kind == "L" else "N"


def _fitting(pieces: Sequence[_Piece], room: float, *, is_whole: bool) -> int:
    """How many pieces fit, at least one; with `is_whole` no word is broken that fits on a line."""
    used, last_break = 0.0, 0
    for count, piece in enumerate(pieces):
        used += piece.width
        if piece.text.isspace():
            last_break = count
            continue
        if piece.face.family == EAST_ASIAN:
            last_break = count
        if used > room:
            return max(last_break if is_whole and last_break else count, 1)
    return len(pieces)


def _trim(pieces: list[_Piece]) -> list[_Piece]:
    """Without the gaps at both ends."""
    first, last = 0, len(pieces)
    while first < last and pieces[first].text.isspace():
        first += 1
    while last > first and pieces[last - 1].text.isspace():
        last -= 1
    return pieces[first:last]


def _place(pieces: Sequence[_Piece], region: str) -> list[Run]:
    """The pieces as runs in the order in which they are seen, from the left."""
    base, ways = _ways(pieces)
    runs: list[tuple[str, list[_Piece]]] = []
    for (way, _), group in groupby(zip(ways, pieces, strict=True), lambda at: (at[0], at[1].face)):
        runs.append((way, [piece for _, piece in group]))
    placed: list[Run] = []
    x = 0.0
    for way, run in _seen(runs, base):
        family = run[0].face.family
        width = sum(piece.width for piece in run)
        # The renderer trims spaces at the ends of a text.
        text = "".join(piece.text for piece in run)
        if run[0].face.draws(_FIXED_SPACE):
            text = text.replace(" ", _FIXED_SPACE)
        placed.append(
            Run(
                text=f"{_LEFTWARD}{text}{_END}" if way == "R" else text,
                family=f"{family} {region}" if family == EAST_ASIAN else family,
                x=x,
                fill=width if family in _JOINED else None,
            )
        )
        x += width
    return [replace(run, fill=None) for run in placed] if len(placed) == 1 else placed


def _ways(pieces: Sequence[_Piece]) -> tuple[str, list[str]]:
    """The direction of the whole (its first letter's) and of each piece, "L" or "R"."""
    base = last = next((piece.direction for piece in pieces if piece.direction in "LR"), "L")
    strong: list[str | None] = []
    for piece in pieces:
        if piece.direction in "LR":
            last = piece.direction
        strong.append(None if piece.direction == "N" else last)
    ways: list[str] = []
    for place, piece in enumerate(pieces):
        if piece.direction == "N":
            before = next((one for one in reversed(strong[:place]) if one), base)
            after = next((one for one in strong[place:] if one), base)
            ways.append(before if before == after else base)
        elif piece.direction == "D" and base == "R":
            # Digits stay in order beside Latin letters, though they follow letters that don't.
            ways.append("L")
        else:
            ways.append(strong[place] or base)
    return base, ways


def _seen(runs: list[tuple[str, list[_Piece]]], base: str) -> Iterator[tuple[str, list[_Piece]]]:
    """From the left: neighbours that go against the line are turned, and then the line if need be.

    Rule L2 of UAX #9 for two levels.
    """
    turned: list[tuple[str, list[_Piece]]] = []
    for way, group in groupby(runs, lambda run: run[0]):
        several = list(group)
        turned += several if way == base else several[::-1]
    yield from turned if base == "L" else turned[::-1]


def _region(text: str) -> str:
    """Whose shapes to give characters that several scripts share: kana and hangul tell."""
    if any("\u3040" <= one <= "\u30ff" for one in text):
        return "JP"
    return "KR" if any("\uac00" <= one <= "\ud7a3" for one in text) else "SC"
