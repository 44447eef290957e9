"""Pictures are drawn elsewhere: what goes wrong there costs the picture and nothing else."""

import asyncio
import io
import os
import signal
import subprocess
import sys
from typing import Any, cast

import pytest
from PIL import Image

from bot.pictures.model import Award, Bar, ResultChart, SleepMap
from bot.pictures.studio import Studio


def chart(*titles: str, votes: int = 3, award: Award = Award.NONE) -> ResultChart:
    return ResultChart(
        title="ML Theory: the vote is counted",
        note="3 people voted.",
        legend="elected",
        bars=tuple(
            Bar(letter=chr(65 + n), title=title, votes=votes, prize="#2", award=award)
            for n, title in enumerate(titles)
        ),
    )


def pixels(content: bytes | None) -> Image.Image:
    assert content is not None
    return Image.open(io.BytesIO(content)).convert("RGB")


HOSTILE = (
    '<script>alert(1)</script> & "quotes" ]]> <!-- {{ 7*7 }}',
    r"$\foo$ \frac{1}{2} \x00",
    "\u202egnirts\u202c \u2067rtl\u2069 \u200f\u200e",
    "👨‍👩‍👧‍👦👩🏽‍🚀🏳️‍🌈🇩🇪🇯🇵1️⃣☃️ x",
    "a" + "\u0301" * 4_000,
    "W" * 4_000,
    "\u0000\ud800\ufffe\U0010ffff control",
    "",
)


async def test_hostile_titles_are_drawn_by_the_same_process(studio: Studio) -> None:
    await studio.draw(chart("plain"))
    before = studio.process_id
    assert pixels(await studio.draw(chart(*HOSTILE))).width == 1024
    assert pixels(await studio.draw(chart(*HOSTILE, award=Award.ELECTED))).width == 1024
    assert studio.process_id == before


async def test_same_drawing_is_the_same_picture_again(studio: Studio) -> None:
    first = await studio.draw(chart("深度学习 GANs", "مقدمة في Python"))
    assert first is not None
    assert await studio.draw(chart("深度学习 GANs", "مقدمة في Python")) == first
    assert await studio.draw(chart("深度学习 GANs", "مقدمة في C")) != first


async def test_bars_are_as_long_as_their_votes(studio: Studio) -> None:
    drawing = ResultChart(
        title="",
        note="",
        legend="",
        bars=(
            Bar(letter="A", title="", votes=8),
            Bar(letter="B", title="", votes=2),
            Bar(letter="C", title="", votes=0),
        ),
    )
    picture = pixels(await studio.draw(drawing))
    # The middles of the three bars, read near their lower edges, free of letters and figures.
    rows = [round((106 + 52 * n + 39) * 1.6) for n in range(3)]
    lengths = [
        sum(picture.getpixel((x, y)) == (0x45, 0x48, 0x69) for x in range(picture.width))
        for y in rows
    ]
    assert lengths[0] == pytest.approx(4 * lengths[1], rel=0.03)
    assert lengths[2] == 0


async def test_winner_is_marked_by_more_than_its_colour(studio: Studio) -> None:
    place = (750, 185, 792, 222)
    won, moved_up, lost = [
        pixels(await studio.draw(chart("Same", award=award))).convert("L").crop(place)
        for award in (Award.ELECTED, Award.MOVED_UP, Award.NONE)
    ]
    darkest, brightest = lost.getextrema()
    assert darkest == brightest
    assert len({won.tobytes(), moved_up.tobytes(), lost.tobytes()}) == 3  # star, arrow, nothing


async def test_hours_are_lighter_where_more_are_awake_and_meetings_are_framed(
    studio: Studio,
) -> None:
    shares = (0.0,) * 12 + (1.0,) * 12
    drawing = SleepMap(title="", note="", shares=shares * 7, slots=frozenset({24 * 5 + 14}))
    picture = pixels(await studio.draw(drawing))

    def colour(day: int, hour: int, down: int = 14) -> object:
        """Of the picture in an hour's middle, or on its upper edge."""
        return picture.getpixel(
            (round((72 + 22 * hour + 11) * 1.6), round((134 + 28 * day + down) * 1.6))
        )

    assert colour(0, 3) == colour(6, 11) == (0x2B, 0x2F, 0x52)
    assert colour(0, 12) == colour(5, 14) == (0xC9, 0xF0, 0xFF)
    assert colour(5, 14, 0) == (0xFB, 0xBF, 0x24)
    assert colour(4, 13, 0) != (0xFB, 0xBF, 0x24)


async def test_next_picture_is_drawn_after_the_process_was_killed(studio: Studio) -> None:
    assert await studio.draw(chart("one")) is not None
    killed = studio.process_id
    assert killed is not None
    os.kill(killed, signal.SIGKILL)
    assert await studio.draw(chart("two")) is not None
    assert studio.process_id not in {None, killed}


IDLE = """
import sys
from bot.pictures.worker import serve
serve(sys.stdin.buffer, sys.stdout.buffer, idle_seconds=0.01)
"""


def test_process_ends_by_itself_where_nothing_is_asked_for_a_while() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", IDLE], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        # Its input stays open: only the wait can have ended it.
        assert process.wait(timeout=120) == 0
        assert process.stdin is not None
        assert not process.stdin.closed


async def test_what_can_not_be_drawn_costs_its_own_picture_only(studio: Studio) -> None:
    assert await studio.draw(cast("Any", "no drawing")) is None
    assert await studio.draw(chart("two")) is not None


async def test_process_that_hangs_is_stopped_and_replaced() -> None:
    studio = Studio(patience_seconds=120)
    try:
        assert await studio.draw(chart("one")) is not None
        hung = studio.process_id
        assert hung is not None
        os.kill(hung, signal.SIGSTOP)
        studio.patience_seconds = 0.1
        assert await studio.draw(chart("two")) is None
        studio.patience_seconds = 120
        assert await studio.draw(chart("three")) is not None
        assert studio.process_id != hung
    finally:
        studio.close()


async def test_closing_breaks_off_what_is_being_drawn() -> None:
    studio = Studio(patience_seconds=120)
    assert await studio.draw(chart("one")) is not None
    process_id = studio.process_id
    assert process_id is not None
    os.kill(process_id, signal.SIGSTOP)
    drawing = asyncio.create_task(studio.draw(chart("two")))
    await asyncio.sleep(0)
    studio.close()
    assert await drawing is None
    assert studio.process_id is None
    with pytest.raises(ProcessLookupError):
        os.kill(process_id, 0)


def test_renderer_is_not_loaded_into_the_process_of_the_bot(studio: Studio) -> None:
    assert "resvg_py" not in sys.modules
    assert "bot.pictures.worker" not in sys.modules
