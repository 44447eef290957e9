"""The process that draws: a pickled drawing in, its picture out, until its input ends.

A process of its own, because the renderer holds the interpreter while it works and gives up with a
panic on what it can't set; this is the only module that loads it. It serves the process that
started it and nobody else, and ends by itself where nothing is asked for a while.
"""

import pickle
import select
import sys
from collections.abc import Sequence
from typing import BinaryIO

import resvg_py

from bot.pictures.drawing import ZOOM, draw
from bot.pictures.faces import LATIN, Face, find_faces
from bot.pictures.frames import REPLY
from bot.pictures.model import Drawing

IDLE_SECONDS = 60.0
"""How long the memory of a process that draws is kept for the next picture."""


def render(drawing: Drawing, faces: Sequence[Face]) -> bytes:
    """The drawing as PNG, the same bytes for the same drawing and typefaces."""
    sheet = draw(drawing, faces)
    return resvg_py.svg_to_bytes(
        svg_string=sheet.svg,
        zoom=ZOOM,
        skip_system_fonts=True,
        font_files=sorted({str(face.path) for face in sheet.faces}),
        font_family=LATIN,
    )


def answer(drawing: Drawing, faces: Sequence[Face]) -> bytes | str:
    """The picture, or in words why there is none."""
    try:
        return render(drawing, faces)
    except BaseException as error:  # noqa: BLE001 - the renderer's panics are no Exceptions
        return f"{type(error).__name__}: {error}"


def serve(asked: BinaryIO, told: BinaryIO, idle_seconds: float = IDLE_SECONDS) -> None:
    """Answer every drawing that arrives, one after the other, until none does for a while."""
    faces = find_faces()
    while select.select([asked], [], [], idle_seconds)[0]:
        try:
            drawing = pickle.load(asked)  # noqa: S301 - written by the process that started us
        except EOFError:
            return
        found = answer(drawing, faces)
        body = found.encode() if isinstance(found, str) else found
        told.write(REPLY.pack(isinstance(found, bytes), len(body)) + body)
        told.flush()


if __name__ == "__main__":
    serve(sys.stdin.buffer, sys.stdout.buffer)
