"""Draws a picture as SVG: places everything, and lets the template write it down."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from jinja2 import Environment, FileSystemLoader

from bot.pictures.faces import Face
from bot.pictures.model import DAYS, Award, Bar, Drawing, ResultChart, SleepMap
from bot.pictures.setting import Run, Typesetter
from bot.pictures.weights import BOLD, REGULAR, SEMIBOLD

INK = MappingProxyType(
    {
        "ground": "#1f2033",
        "text": "#f4f4f8",
        "quiet": "#b6b8cc",
        "track": "#2b2d45",
        "badge": "#4f5375",
        "other": "#454869",
        "won": "#765a10",
        "winner": "#fbbf24",
    }
)
"""A ground of its own, so that it reads the same in Discord's dark and light themes."""

WIDTH = 640
MARGIN = 24
ZOOM = 1.6
"""1,024 pixels across: sharp on a phone, and half the time that twice as many would take."""

_TRACK = WIDTH - 2 * MARGIN - 50
_TWO_LINES_UP_TO = 10

_NIGHT, _DAY = (0x2B, 0x2F, 0x52), (0xC9, 0xF0, 0xFF)
"""Nobody awake and everybody; between them it gets lighter, for those who see no colours."""

_STAR = "M0-1 .29-.4 .95-.31 .48 .15 .59 .81 0 .5-.59 .81-.48 .15-.95-.31-.29-.4Z"

_ARROW = "M0-.95 .75-.05 .3-.05 .3 .9-.3 .9-.3-.05-.75-.05Z"

_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"), autoescape=True
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A drawing, and the typefaces that it takes."""

    svg: str
    faces: frozenset[Face]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """One bar and what stands on it; `lines` is its title."""

    y: int
    height: int
    letter: str
    lines: list[list[Run]]
    length: float
    votes: int
    is_winner: bool
    is_marked: bool
    prize: list[Run]

    @property
    def middle(self) -> int:
        return self.height // 2


def draw(drawing: Drawing, faces: Sequence[Face]) -> Sheet:
    """The drawing, set in these typefaces, of which there must be Latin."""
    if isinstance(drawing, SleepMap):
        return draw_sleep_map(drawing, faces)
    return draw_result(drawing, faces)


def draw_result(chart: ResultChart, faces: Sequence[Face]) -> Sheet:
    """The result of a ballot: a bar for each topic; winners have a star, those who moved up an
    arrow, and both a colour of their own.

    Many topics get less room each, so that the whole stays a picture that fits a screen.
    """
    setter = Typesetter(faces)
    is_roomy = len(chart.bars) <= _TWO_LINES_UP_TO
    size, gap = (20, 10) if is_roomy else (18, 6)
    most = max((bar.votes for bar in chart.bars), default=0)
    rows: list[_Row] = []
    y = 106
    for bar in chart.bars:
        rows.append(_row(bar, y, most, setter, size=size, lines=2 if is_roomy else 1))
        y += rows[-1].height + gap
    svg = _TEMPLATES.get_template("result.svg").render(
        width=WIDTH,
        height=y + 48,
        margin=MARGIN,
        track=_TRACK,
        size=size,
        ink=INK,
        star=_STAR,
        arrow=_ARROW,
        title=_only(setter, chart.title, 26, weight=BOLD),
        note=_only(setter, chart.note, 18),
        legend=_only(setter, chart.legend, 17),
        rows=rows,
    )
    return Sheet(svg=svg, faces=frozenset(setter.used))


def _row(  # noqa: PLR0913 - what stands around a row
    bar: Bar, y: int, most: int, setter: Typesetter, *, size: int, lines: int
) -> _Row:
    is_marked = bar.award is not Award.NONE
    room, weight = (_TRACK - 172, SEMIBOLD) if is_marked else (_TRACK - 84, REGULAR)
    titles = setter.set_lines(bar.title, room / size, most=lines, weight=weight)
    return _Row(
        y=y,
        height=42 + 26 * max(len(titles) - 1, 0),
        letter=bar.letter,
        lines=titles,
        length=round(max(_TRACK * bar.votes / most, 16), 1) if bar.votes else 0,
        votes=bar.votes,
        is_winner=bar.is_winner,
        is_marked=is_marked,
        prize=_only(setter, bar.prize, 20, room=76, weight=BOLD),
    )


def _only(
    setter: Typesetter,
    text: str,
    size: int,
    *,
    room: float = WIDTH - 2 * MARGIN - 26,
    weight: int = REGULAR,
) -> list[Run]:
    """The text's one line; nothing for no text."""
    lines = setter.set_lines(text, room / size, weight=weight)
    return lines[0] if lines else []


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cell:
    x: int
    y: int
    shade: str


def draw_sleep_map(drawing: SleepMap, faces: Sequence[Face]) -> Sheet:
    """A row for each day and a column for each hour, lighter where more are awake."""
    setter = Typesetter(faces)
    left, top, width, height = MARGIN + 48, 134, 22, 28
    cells = [
        _Cell(
            x=left + width * (place % 24),
            y=top + height * (place // 24),
            shade=_shade(share),
        )
        for place, share in enumerate(drawing.shares)
    ]
    svg = _TEMPLATES.get_template("sleep.svg").render(
        width=WIDTH,
        height=top + 7 * height + 64,
        margin=MARGIN,
        left=left,
        top=top,
        cell=(width, height),
        ink=INK,
        shades=[_shade(step / 4) for step in range(5)],
        title=_only(setter, drawing.title, 26, weight=BOLD),
        note=_only(setter, drawing.note, 16, room=WIDTH - 2 * MARGIN),
        days=[day[:3] for day in DAYS],
        cells=cells,
        slots=[cells[slot] for slot in sorted(drawing.slots)],
    )
    return Sheet(svg=svg, faces=frozenset(setter.used))


def _shade(share: float) -> str:
    mixed = (round(a + (b - a) * share) for a, b in zip(_NIGHT, _DAY, strict=True))
    return "#" + "".join(f"{part:02x}" for part in mixed)
