"""A Components V2 card as a flat list of things that can be read."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

# Discord's component reference, "Component Object".
_ROW, _BUTTON, _SECTION, _TEXT, _THUMBNAIL, _GALLERY, _FILE, _RULE, _CONTAINER = (
    1,
    2,
    9,
    10,
    11,
    12,
    13,
    14,
    17,
)
_PICKS = (3, 5, 6, 7, 8)
# How a mention of each kind of default value begins.
_SIGNS = {"user": "@", "role": "@&", "channel": "#"}


class Kind(StrEnum):
    TEXT = "text"
    CONTROLS = "controls"
    PICTURE = "picture"
    FILE = "file"
    RULE = "rule"


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One piece of a card: its text, or the labels of the controls in a row.

    A picture's text says what it shows, its `url` where it lies.
    """

    kind: Kind
    text: str = ""
    labels: tuple[str, ...] = ()
    url: str = ""


Component = Mapping[str, Any]
NameOf = Callable[[str, int], str]
"""The name behind the sign and the id of a mention: "#", 5 → "#general"."""


def _as_mention(sign: str, subject_id: int) -> str:
    return f"<{sign}{subject_id}>"


def flatten(components: Sequence[Component], name_of: NameOf = _as_mention) -> tuple[Block, ...]:
    """The card's blocks, top to bottom; unknown components are left out."""
    return tuple(_walk(components, name_of))


def accent(components: Sequence[Component]) -> str | None:
    """The colour of the first container, as `#rrggbb`."""
    for component in components:
        colour = component.get("accent_color")
        if component.get("type") == _CONTAINER and isinstance(colour, int):
            return f"#{colour & 0xFFFFFF:06x}"
    return None


def _walk(components: Sequence[Component], name_of: NameOf) -> Iterator[Block]:
    for component in components:
        kind = component.get("type")
        if kind == _TEXT:
            yield Block(kind=Kind.TEXT, text=str(component.get("content", "")))
        elif kind == _CONTAINER:
            yield from _walk(component.get("components") or (), name_of)
        elif kind == _SECTION:
            yield from _walk(component.get("components") or (), name_of)
            yield from _accessory(component.get("accessory") or {}, name_of)
        elif kind == _ROW:
            labels = tuple(_label(child, name_of) for child in component.get("components") or ())
            yield Block(kind=Kind.CONTROLS, labels=labels)
        elif kind == _GALLERY:
            for item in component.get("items") or ():
                yield _picture(item)
        elif kind == _FILE:
            url = str((component.get("file") or {}).get("url", ""))
            yield Block(kind=Kind.FILE, text=component.get("name") or url.rsplit("/", 1)[-1])
        elif kind == _RULE:
            yield Block(kind=Kind.RULE)


def _accessory(component: Component, name_of: NameOf) -> Iterator[Block]:
    if component.get("type") == _BUTTON:
        yield Block(kind=Kind.CONTROLS, labels=(_label(component, name_of),))
    elif component.get("type") == _THUMBNAIL:
        yield _picture(component)


def _picture(item: Component) -> Block:
    url = str((item.get("media") or {}).get("url", ""))
    return Block(kind=Kind.PICTURE, text=item.get("description") or "a picture", url=url)


def _label(component: Component, name_of: NameOf) -> str:
    if component.get("type") in _PICKS:
        chosen = ", ".join(_chosen(component, name_of))
        return f"{chosen or component.get('placeholder') or 'Choose'} ▾"
    return _titled(component) or "…"


def _chosen(pick: Component, name_of: NameOf) -> Iterator[str]:
    """What a list shows as chosen, in its order."""
    for option in pick.get("options") or ():
        if option.get("default"):
            yield _titled(option)
    for value in pick.get("default_values") or ():
        yield name_of(_SIGNS[value["type"]], int(value["id"]))


def _titled(part: Component) -> str:
    emoji = (part.get("emoji") or {}).get("name") or ""
    return f"{emoji} {part.get('label') or ''}".strip()
